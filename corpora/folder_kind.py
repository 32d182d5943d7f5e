"""Decide what a folder holds: code, documentation, or manual pages; and say why."""

import os
import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from corpora.built_sites.recognise import PAGE_SUFFIXES, built_site, site_in
from corpora.outside.files import open_outside
from corpora.source_tree.skip_rules import UNLISTED, file_reason, folder_reason
from corpora.syntax.languages import language_of

MOST_COUNTED: Final = 20_000  # 4 microseconds each
"""How many files of a folder are counted at most."""
_PROBE_BYTES: Final = 1_000
_MOST_FOLDERS: Final = 100  # that are looked at for a built site in each
_MOST_CODE: Final = 0.1  # of the files in a folder of documentation: the configuration of its generator

_MANUAL = re.compile(r"\.[1-9][a-z]*(?:\.gz)?$")
_PROSE: Final = frozenset({"markdown", "rst", "asciidoc", "org", "textile", "pod"})
# Files that say nothing about a folder: data, pictures, styles, and what a repository of any kind has.
_NEUTRAL: Final = frozenset({
    "css", "csv", "gettext", "ignore_list", "ini", "json", "less", "properties", "requirements", "sass",
    "scss", "text", "toml", "xml", "yaml",
})  # fmt: skip
_SCRIPTS: Final = frozenset({"javascript"})  # of pages, where there are pages
# What belongs to the source of a site and is no code to search.
_SITE_CONFIGURATION: Final = frozenset({
    "conf.py", "makefile", "make.bat", "hooks.py", "docusaurus.config.js", "docusaurus.config.ts",
    "sidebars.js", "sidebars.ts", "config.ts", "config.js", "config.mts", "config.mjs", "versions.js",
    "babel.config.js", "next.config.js", "next.config.mjs", "antora-playbook.js", "gulpfile.js",
    "theme.config.jsx", "theme.config.tsx",
})  # fmt: skip
# Whoever has one of these in a folder will have code there, too.
_PROJECT_FILES: Final = frozenset({
    "pyproject.toml", "setup.py", "setup.cfg", "Cargo.toml", "go.mod", "pom.xml", "build.gradle",
    "build.gradle.kts", "CMakeLists.txt", "configure.ac", "meson.build", "Gemfile", "composer.json",
    "Package.swift", "mix.exs",
})  # fmt: skip
_ASSET_FOLDERS: Final = frozenset({
    "_static", "_sources", "_downloads", "_images", "_modules", "static.files", "assets", "search",
    "src-html", "static", "js", "css", "fonts", "img", "images", "node_modules", ".vitepress",
    ".vuepress", "_ext", "_templates", "_themes", "overrides",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FolderKind:
    """What a folder holds.

    Attributes:
        kind: the name of the kind of corpus that reads it.
        what: the same in words, such as `built documentation (Sphinx)`.
        pages: pages of documentation in it; at most 20,000 files are counted.
        code: files of code in it, of the same files.
        is_cut: whether there are more files than were counted.
    """

    kind: Literal["code", "docs", "man"]
    what: str
    pages: int = 0
    code: int = 0
    is_cut: bool = False


def folder_kind(folder: Path) -> FolderKind:
    """Decide what a folder holds, by its files and their names; of pages, only some beginnings are read.

    A folder is documentation if a generator built it, if it is one of DevDocs or holds such folders, or if
    nearly all of its files that are neither data nor pictures are pages of HTML, Markdown,
    reStructuredText or AsciiDoc. It holds manual pages if most names are those of manual pages. All else is
    code: a repository with a folder `docs`, too.
    """
    sites = _sites_in(folder)
    counts = _count(folder)
    if (generator := built_site(folder)) is not None and not _is_project(folder, counts):
        return _docs(f"built documentation ({generator.name})", counts)
    beside = _count(folder, sites) if sites else counts
    if sites and not beside["code"] and not beside["scripts"]:  # such as a site for each version
        return _docs(f"built documentation ({min(sites.values())})", counts)
    if _holds_devdocs(folder):
        return _docs("documentation as DevDocs packs it", counts)
    if counts["man"] > counts["files"] / 2:
        return FolderKind("man", "manual pages", counts["man"], is_cut=_is_cut(counts))
    pages = counts["html"] + counts["prose"]
    code = counts["code"]
    is_project = any((folder / name).is_file() for name in _PROJECT_FILES)
    # More than a few scripts for each page are a program with a page, not pages.
    if pages and not is_project and code <= _MOST_CODE * pages and pages > 2 * counts["scripts"]:
        what = "pages of HTML" if counts["html"] > counts["prose"] else "pages of Markdown and the like"
        return _docs(what, counts)
    return FolderKind("code", "code", pages, code + counts["scripts"], _is_cut(counts))


def _sites_in(folder: Path) -> dict[str, str]:
    """Return the folders in `folder` that hold a built site, each with its generator."""
    _, folders, _ = next(os.walk(folder), ("", [], []))
    found = {name: site_in(folder / name) for name in sorted(folders)[:_MOST_FOLDERS]}
    return {name: site.name for name, site in found.items() if site}


def _docs(what: str, counts: Counter[str]) -> FolderKind:
    return FolderKind("docs", what, counts["html"] + counts["prose"], counts["code"], _is_cut(counts))


def _is_cut(counts: Counter[str]) -> bool:
    return counts["files"] >= MOST_COUNTED


def _is_project(folder: Path, counts: Counter[str]) -> bool:
    """Return whether a folder with marks of a built site is a project that its author publishes as it is."""
    return any((folder / name).is_file() for name in _PROJECT_FILES) and counts["code"] > counts["html"]


def _count(folder: Path, without: Collection[str] = ()) -> Counter[str]:
    """Count the files of each sort in a folder, without those in some folders of it."""
    counts: Counter[str] = Counter()
    for name in islice(_file_names(folder, without), MOST_COUNTED):
        counts["files"] += 1
        counts[_sort_of(name)] += 1
    return counts


def _sort_of(name: str) -> str:
    """Return what the name of a file says about its folder."""
    lower = name.lower()
    if lower.endswith(PAGE_SUFFIXES):
        return "html"
    if _MANUAL.search(name):
        return "man"
    language = language_of(name)
    if language in _PROSE:
        return "prose"
    if language in _NEUTRAL or lower in _SITE_CONFIGURATION or file_reason(name):
        return "neutral"
    return "scripts" if language in _SCRIPTS else "code"


def _holds_devdocs(folder: Path) -> bool:
    _, folders, _ = next(os.walk(folder), ("", [], []))
    return _is_devdocs(folder) or any(_is_devdocs(folder / name) for name in folders)


def _is_devdocs(folder: Path) -> bool:
    try:
        with open_outside(folder / "index.json") as stream:
            return b'"entries"' in stream.read(_PROBE_BYTES)
    except OSError:  # it cannot be read, so it says nothing
        return False


def _file_names(folder: Path, without: Collection[str]) -> Iterator[str]:
    """Yield the names of the files in a folder: its own, then one of each folder in it in turn.

    What is first in the alphabet does not stand for the rest: `Documentation` for the source of Linux.
    """
    place, folders, files = next(os.walk(folder), ("", [], []))
    listed = [name for name in _listed(folders) if name not in without]
    while len(listed) == 1 and not files:  # an archive was unpacked here
        place, folders, files = next(os.walk(Path(place, listed[0])), ("", [], []))
        listed = _listed(folders)
    yield from sorted(files)
    in_turn = deque(_all_names(Path(place, name)) for name in listed)
    while in_turn:
        names = in_turn.popleft()
        if (name := next(names, None)) is not None:
            yield name
            in_turn.append(names)


def _all_names(folder: Path) -> Iterator[str]:
    """Yield the names of all files below a folder."""
    for _, folders, files in os.walk(folder):
        folders[:] = _listed(folders)
        yield from sorted(files)


def _listed(folders: Iterable[str]) -> list[str]:
    """Return the names of the folders that may hold what the folder around them is about, sorted."""
    return sorted(
        name
        for name in folders
        if name not in UNLISTED and name not in _ASSET_FOLDERS and not folder_reason(name)
    )
