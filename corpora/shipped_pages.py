"""Pages of documentation that a package brings along: its README, and Markdown and reStructuredText in it.

Of a young library they are often all the documentation there is: its functions have no docstrings, and its
README shows how they are used. A Python package holds its README in its metadata, an npm package as a file.
"""

import os
from collections.abc import Iterator
from email.parser import HeaderParser
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.document import Document, Origin, Skipped, hash_bytes, join_sections
from corpora.outside.archives import member_path
from corpora.outside.files import lies_in, read_outside
from corpora.pages.text_pages import read_text_page

MAX_PAGES: Final = 300
"""How many pages of a package are read."""

DESCRIPTIONS: Final = ("METADATA", "PKG-INFO")
"""Names of files whose body is the README of a Python package."""

_SUFFIXES: Final = (".md", ".markdown", ".rst")
_METADATA_FOLDERS: Final = (".dist-info", ".egg-info")
_MAX_BYTES: Final = 1_000_000
# About the project or its law, and not how the library is used.
_NO_PAGES: Final = tuple(
    """
    authors changelog changes citation code-of-conduct code_of_conduct contributing contributors copying dco
    governance history licence license maintainers news notice release releasing roadmap security third-party
    third_party thirdparty todo upgrade
    """.split()  # noqa: SIM905 (a list to read)
)
# Their pages belong to what a program writes for its users, or to no user at all.
_NOT_ENTERED: Final = frozenset(
    """
    __pycache__ _vendor _vendored bower_components cookiecutter fixtures licenses node_modules scaffold
    skeleton starter template templates test testing tests third_party vendor vendored
    """.split()  # noqa: SIM905 (a list to read)
)


def is_shipped_page(path: str) -> bool:
    """Return whether the file at a path in a package is a page for its users, by its name.

    >>> [is_shipped_page(one) for one in ("x/docs/api.md", "x-1.0.dist-info/METADATA", "x/tests/a.md")]
    [True, True, False]
    """
    *folders, name = PurePosixPath(path).parts or ("",)
    if name in DESCRIPTIONS:
        return not folders or (len(folders) == 1 and folders[0].endswith(_METADATA_FOLDERS))
    if any(folder.endswith(_METADATA_FOLDERS) or not _is_entered(folder) for folder in folders):
        return False
    return name.lower().endswith(_SUFFIXES) and not name.lower().startswith(_NO_PAGES)


def page_paths(root: Path, tops: tuple[str, ...] = ("",)) -> Iterator[str]:
    """Yield the paths of at most `MAX_PAGES` pages in folders of a package, relative to its root."""
    yield from islice(_walk(root, tops), MAX_PAGES)


def _walk(root: Path, tops: tuple[str, ...]) -> Iterator[str]:
    for top in tops:
        if not lies_in(root / top, root):
            continue
        for folder, folders, names in os.walk(root / top):
            folders[:] = sorted(filter(_is_entered, folders))
            for name in sorted(names):
                path = (Path(folder) / name).relative_to(root).as_posix()
                if name not in DESCRIPTIONS and is_shipped_page(path):
                    yield path


def _is_entered(folder: str) -> bool:
    return folder.lower() not in _NOT_ENTERED and not folder.startswith(".") and "{" not in folder


def has_description(file: Path, root: Path) -> bool:
    """Return whether a file of metadata holds a README."""
    try:
        data = read_outside(file, max_bytes=_MAX_BYTES, root=root)
    except (OSError, ValueError):
        return False
    return has_readme(data)


def has_readme(data: bytes) -> bool:
    """Return whether metadata holds a README."""
    return bool(_readme(data)[1].strip())


def written_description(root: Path, name: str, text: str) -> str:
    """Write metadata of an archive below `root`, and return its path there; empty if it holds no README.

    Args:
        root: the folder.
        name: of the member of the archive.
        text: its content.
    """
    path = member_path(name) if name else None
    if path is None or not is_shipped_page(path.as_posix()) or not has_readme(text.encode()):
        return ""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return path.as_posix()


def read_shipped_page(origin: Origin, data: bytes) -> Document | Skipped:
    """Return a page of a package as a document.

    Args:
        origin: of the page; its language is that of what is found.
        data: the content of its file.
    """
    name, text = origin.path, data
    if PurePosixPath(name).name in DESCRIPTIONS:
        name, readme = _readme(data)
        text = readme.encode()
    page = read_text_page(name, text)
    if isinstance(page, Skipped):
        return Skipped(origin.path, page.reason, page.detail, len(data))
    return Document(
        Origin(
            corpus=origin.corpus,
            path=origin.path,
            language=page.language,
            kind="docs",
            library=origin.library,
            version=origin.version,
            url=origin.url,
        ),
        join_sections(page.sections),
        hash_bytes(data),
        page.sections,
        page.invisible_chars,
        page.notes,
    )


def _readme(data: bytes) -> tuple[str, str]:
    """Return the README in a file of metadata, under a name that says in which markup it is."""
    headers = HeaderParser().parsestr(data[:_MAX_BYTES].decode("utf-8", "replace"), headersonly=True)
    body = headers.get_payload()
    text = body if isinstance(body, str) and body.strip() else _unfolded(str(headers.get("Description", "")))
    stated = str(headers.get("Description-Content-Type", "")).partition(";")[0].strip().lower()
    if stated == "text/markdown" or (not stated and text.lstrip().startswith(("# ", "![", "[!", "<"))):
        return "README.md", text
    return ("README.txt" if stated == "text/plain" else "README.rst"), text


def _unfolded(header: str) -> str:
    """Return a description that stands in a header, whose further lines are indented."""
    return "\n".join(line.removeprefix("        ").removeprefix("|") for line in header.split("\n"))
