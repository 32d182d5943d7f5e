"""Read from a built site what it documents: the library and its version."""

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Final

from corpora.built_sites.generators import SiteGenerator
from corpora.built_sites.recognise import head_of, meta_contents, names_in, pages_asked

_MAX_CHARS: Final = 200
_MAX_PARTS: Final = 200  # crates, or components, of one site
_TITLES_ASKED: Final = 3

_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})</title", re.IGNORECASE)
_BETWEEN = re.compile(r"\s(?:[|—\u2013·•»-]|::)\s")
_IN_PARENTHESES = re.compile(r"\(([^()]*)\)\s*$")
# `v2.1`, `3.12.0`, `5.0rc1`, `2.2.x`; a number alone is a version only where a generator puts one (Javadoc).
_VERSION = re.compile(
    r"(?<![\w.])(?:v(?:er(?:sion)?)?\.?\s?(?=\d))?(\d+(?:\.[\dx]+)+[\w.+-]*|(?<=v)\d+)", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\w+)*)(?![\w.])")
_WORDS: Final = frozenset({
    "api", "apis", "doc", "docs", "documentation", "guide", "handbook", "javadoc", "javadocs", "manual",
    "overview", "reference", "release", "user", "user's", "users", "version", "welcome", "to", "the",
})  # fmt: skip
_UNKNOWN = re.compile(
    r"0(?:\.0)*(?:[.+-].*)?|latest|stable|main|master|trunk|head|dev|devel|development|edge|nightly|next|current"
    r"|unknown|none|version|release",
    re.IGNORECASE,
)
_PROJECT_NUMBER = re.compile(r"id=\"projectnumber\"[^>]{0,100}>([^<]{1,100})<", re.IGNORECASE)
_PROJECT_NAME = re.compile(r"id=\"projectname\"[^>]{0,100}>([^<]{1,200})<", re.IGNORECASE)
_CRATE_VERSION = re.compile(
    r"class=\"(?:[^\"]{0,100}\s)?version(?:\s[^\"]{0,100})?\"[^>]{0,100}>\s*(?:<p>)?\s*(?:Version\s)?\s*(\d[^<\s]{0,60})"
)
_SPHINX_OPTIONS = "_static/documentation_options.js"
_SPHINX_VERSION = re.compile(r"\bVERSION:\s*['\"]([^'\"]{1,100})['\"]")
_VERSION_FOLDER = re.compile(r"v?\d[\w.+-]*")


def known_version(text: str) -> str:
    """Return a version, or nothing if it is a placeholder such as `0.0.0` or `latest`."""
    version = text.strip()[:_MAX_CHARS]
    return "" if _UNKNOWN.fullmatch(version) else version


def read_identity(folder: Path, generator: SiteGenerator) -> tuple[str, str]:
    """Return library and version of the site in `folder`; each is empty where the site does not say it."""
    if generator.name == "rustdoc":  # the crates are named by their folders
        return "", ""
    titles = [title_of(head_of(folder / name)) for name in pages_asked(names_in(folder))[:_TITLES_ASKED]]
    name, version = name_in_titles([title for title in titles if title], generator.name)
    if generator.name == "doxygen":
        head = head_of(folder / "index.html")
        number, project = _PROJECT_NUMBER.search(head), _PROJECT_NAME.search(head)
        name = _plain(project[1]) if project else name
        version = known_version(_plain(number[1])) if number else version
    elif generator.name == "Sphinx":
        options = _SPHINX_VERSION.search(head_of(folder / _SPHINX_OPTIONS))
        stated = [
            *meta_contents(head_of(folder / "index.html"), "docsearch:version"),
            options[1] if options else "",
        ]
        version = version or next(filter(None, map(known_version, stated)), "")
    return name, version


def parts_of(folder: Path, generator: SiteGenerator) -> Mapping[str, tuple[str, str]]:
    """Return the libraries that a site documents in folders of their own: name and version by folder.

    They are the crates of rustdoc, and the components of Antora with their versions.
    """
    found: dict[str, tuple[str, str]] = {}
    if generator.name not in {"rustdoc", "Antora"}:
        return found
    for name in sorted(names_in(folder))[: 10 * _MAX_PARTS]:
        inside = folder / name
        if len(found) >= _MAX_PARTS or name.startswith(("_", ".")) or not inside.is_dir():
            continue
        if (
            generator.name == "rustdoc"
            and (inside / "index.html").is_file()
            and (inside / "all.html").is_file()
        ):
            version = _CRATE_VERSION.search(head_of(inside / "index.html"))
            found[f"{name}/"] = name, version[1] if version else ""
        elif generator.name == "Antora":
            found[f"{name}/"] = name, ""
            versions = [v for v in sorted(names_in(inside)) if _VERSION_FOLDER.fullmatch(v)][:_MAX_PARTS]
            found |= {f"{name}/{version}/": (name, version) for version in versions}
    return found


def title_of(head: str) -> str:
    """Return the title of a page, on one line; empty if it has none."""
    found = _TITLE.search(head)
    return _plain(found[1]) if found else ""


def name_in_titles(titles: "list[str]", generator: str) -> tuple[str, str]:
    """Return the name of a library and its version, as the titles of some pages of its site have them.

    >>> name_in_titles(["Welcome — NumPy v2.1 Manual", "Sums — NumPy v2.1 Manual"], "Sphinx")
    ('NumPy', '2.1')
    """
    ends = [_end(title, generator) for title in titles]
    if not ends:
        return "", ""
    # A page without the name of the site in its title ends in its own name: the others outvote it.
    chosen = max(ends, key=lambda end: (ends.count(end), -ends.index(end)))
    if len(titles) > 1 and ends.count(chosen) == 1 and not _VERSION.search(chosen):
        chosen = ends[0] if generator in {"Javadoc", "TypeDoc"} else ""
    return _name_and_version(chosen, is_number_version=generator == "Javadoc")


def _end(title: str, generator: str) -> str:
    """Return the part of a title that names the site: `Page | Site`, `Page (Site 3.1 API)`, `Site: Page`."""
    if generator == "doxygen":
        return title.partition(": ")[0]
    if generator in {"Javadoc", "Texinfo"}:  # `Top (FFTW 3.3.10)`
        found = _IN_PARENTHESES.search(title)
        return found[1] if found else title
    if generator == "TypeDoc":
        return title.rpartition(" | ")[2]
    return _BETWEEN.split(title)[-1]


def _name_and_version(text: str, *, is_number_version: bool) -> tuple[str, str]:
    found = _VERSION.search(text) or (_NUMBER.search(text) if is_number_version else None)
    before, after = (text[: found.start()], text[found.end() :]) if found else (text, "")
    words = (before if before.strip(" -(:,") else after).strip(" -()[]:,").split()
    while words and words[-1].lower().strip("()") in _WORDS:
        words.pop()
    while words and words[0].lower() in _WORDS - {"the", "to"}:
        words.pop(0)
    return " ".join(words)[:_MAX_CHARS], known_version(found[1]) if found else ""


def _plain(text: str) -> str:
    return " ".join(unescape(text).split())[:_MAX_CHARS]
