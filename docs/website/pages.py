"""The pages of the site: Markdown files of the repository with their links adapted, and the references.

The same files are read on the site and in the repository, so their links lead to files of the
repository. Each page is copied with those links turned into links to pages of the site; a link to a file
that is no page of the site, or does not exist, is an error here.
"""

import os
import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from docs.website.api_reference import api_pages
from docs.website.cli_reference import cli_page

# Files outside of docs/ that are pages too, and what they are called on the site.
_PAGES_ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting-vulnerabilities.md",
    "bench/README.md": "measuring.md",
    "bench/RESULTS.md": "results.md",
}

_FENCE = re.compile(r"^(```|~~~)")
_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?P<after>\))")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class BrokenPages(Exception):
    """A page links to what is no page of the site."""


def write_pages(root: Path, target: Path) -> None:
    """Write all pages, pictures and styles of the site to the folder `target`, which is emptied first.

    Raises:
        BrokenPages: a link leads to a file that does not exist or is not on the site.
    """
    shutil.rmtree(target, ignore_errors=True)
    names = page_names(root)
    broken: list[str] = []
    for source, name in names.items():
        page = target / name
        page.parent.mkdir(parents=True, exist_ok=True)
        if source.endswith(".md"):
            text, missing = relink((root / source).read_text(encoding="utf-8"), source, names)
            broken += [f"{source}: {link} is no page of the site" for link in missing]
            page.write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(root / source, page)
    if broken:
        raise BrokenPages("\n".join(broken))
    generated = {**api_pages(), "reference/cli.md": cli_page(), "decisions/index.md": _decisions(root)}
    for name, text in generated.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")


def page_names(root: Path) -> dict[str, str]:
    """Return the name on the site of each file that is on it, by its path in the repository."""
    docs = root / "docs"
    files = [*docs.rglob("*.md"), *docs.glob("pictures/*.svg"), *docs.glob("pictures/*.png")]
    names = {f"docs/{(name := file.relative_to(docs).as_posix())}": name for file in sorted(files)}
    return {**_PAGES_ELSEWHERE, **names, "docs/website/style.css": "style.css"}


def relink(text: str, source: str, names: dict[str, str]) -> tuple[str, list[str]]:
    """Return `text` with its links to files of the repository leading to pages, and the links that cannot.

    `[it](../SECURITY.md)` in `docs/security.md` becomes `[it](reporting-vulnerabilities.md)`. Links to other
    sites, anchors of the page itself, and what stands in a code block are left as they are.
    """
    folder = PurePosixPath(names[source]).parent.as_posix()
    missing: list[str] = []

    def adapted(link: re.Match[str]) -> str:
        target = link["target"]
        if _ABSOLUTE.match(target):
            return link[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        page = names.get(file) or ("decisions/index.md" if file == "docs/decisions" else "")
        if not page:
            missing.append(target)
            return link[0]
        return f"{link['before']}{os.path.relpath(page, folder)}{link['anchor'] or ''}{link['after']}"

    lines = [_LINK.sub(adapted, line) if is_prose else line for line, is_prose in _lines(text)]
    return "".join(lines), missing


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line and whether it is outside of every fenced block."""
    within = False
    for line in text.splitlines(keepends=True):
        fence = bool(_FENCE.match(line.lstrip()))
        yield line, not (within or fence)
        within ^= fence


def _decisions(root: Path) -> str:
    """Return the page that lists the decisions by the titles of their pages."""
    rows = []
    for file in sorted((root / "docs" / "decisions").glob("*.md")):
        title = file.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        rows.append(f"- [{title}]({file.name})")
    return "# Decisions\n\nWhat was decided, and why.\n\n" + "\n".join(rows) + "\n"
