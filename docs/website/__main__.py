"""Build the documentation site: `python -m docs.website` (what `make docs` runs)."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from docs.website.pages import BrokenPages, write_pages

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Write the pages to `build/docs` and have Zensical turn them into `build/site`; warnings are errors."""
    parser = argparse.ArgumentParser(prog="python -m docs.website", description=main.__doc__)
    parser.add_argument("--serve", action="store_true", help="serve the site on localhost after building it")
    options = parser.parse_args()
    try:
        write_pages(ROOT, ROOT / "build" / "docs")
    except BrokenPages as error:
        sys.stderr.write(f"{error}\n")
        return 1
    zensical = [sys.executable, "-m", "zensical"]
    command = [*zensical, "build", "--clean", "--strict"]
    built = subprocess.run(
        command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    sys.stderr.write(built.stdout)
    # --strict does not count what griffe says of docstrings, such as a parameter that does not exist.
    if built.returncode or re.search(r"^griffe: ", built.stdout, flags=re.MULTILINE):
        return 1
    if loaded := loaded_from_elsewhere(ROOT / "build" / "site"):
        sys.stderr.write("\n".join(loaded) + "\n")
        return 1
    if options.serve:
        return subprocess.run([*zensical, "serve"], cwd=ROOT, check=False).returncode
    return 0


def loaded_from_elsewhere(site: Path) -> list[str]:
    """Return what pages of the site load from another host when they are read: it has to work offline."""
    tag = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=["']?(https?:)?//[^>]*>""")
    return [
        f"{page.relative_to(site)} loads {found[0]}"
        for page in sorted(site.rglob("*.html"))
        for found in tag.finditer(page.read_text(encoding="utf-8"))
        if "canonical" not in found[0]
    ]


if __name__ == "__main__":
    sys.exit(main())
