"""Corpora small enough to keep in mind."""

from pathlib import Path
from zipfile import ZipFile

FILES = {
    "dates.py": '''"""Dates and times."""


def parse_date(text: str, layout: str) -> date:
    """Parse a date string with a format."""
    return datetime.strptime(text, layout).date()


def add_days(day: date, count: int) -> date:
    """Move a date by a number of days."""
    return day + timedelta(days=count)
''',
    "net/download.py": '''"""Fetch files over HTTP."""


def download(url: str, target: Path) -> None:
    """Download a file and save it to disk."""
    target.write_bytes(urlopen(url).read())
''',
    "store.go": """package store

// Put saves a value under a key.
func Put(key string, value []byte) error {
	return db.Write(key, value)
}
""",
    "README.md": "# Calendar\n\nHow holidays are computed.\n",
    "notes.txt": "Colours of the logo: teal and orange.\n",
}


def write_tree(root: Path, files: dict[str, str] = FILES) -> Path:
    """Write `files` below `root` and return `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """Make a wheel of pure Python that pip accepts, and return its path."""
    facts = f"{name}-{version}.dist-info"
    metadata = {
        f"{facts}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{facts}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{facts}/RECORD": "",
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for member, text in (metadata | files).items():
            archive.writestr(member, text)
    return path
