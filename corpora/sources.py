"""The corpus that a source on the command line stands for."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from corpora.counted import counted
from corpora.document import legible_name
from corpora.errors import CorpusError
from corpora.folder_kind import folder_kind
from corpora.kinds import Kind, kind_named, kind_of_prefix
from corpora.location import (
    default_name,
    is_url,
    kind_at,
    problem_with_name,
    problem_with_path,
    problem_with_url,
)
from corpora.npm.source import installed_folder, split_pin
from corpora.spec import CorpusSpec


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it was understood.

    Attributes:
        spec: the corpus that it stands for.
        note: what was decided about it that the user may want otherwise, with the option that changes it;
            empty if nothing was.
    """

    spec: CorpusSpec
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What a user says about a source besides its place; what is empty is found out.

    Args:
        name: of the corpus; by default that of the folder or package.
        kind: a name in `corpora.kinds.KINDS`; by default found by the prefix or by what lies there.
        library: the library that the documents are about, if they do not say it themselves.
        version: of that library.
        allow_private: whether the host of a URL may have a private address.
    """

    name: str = ""
    kind: str = ""
    library: str = ""
    version: str = ""
    allow_private: bool = False


def understand(source: str, options: SourceOptions) -> Source:
    """Return the corpus that `source` stands for, and what was decided about it.

    Raises:
        CorpusError: there is nothing of that kind, or the kind has no library and version.
        UnknownName: there is no such kind.
    """
    spec = spec_for(source, name=options.name, kind=options.kind, allow_private=options.allow_private)
    note = "" if options.kind else decision(spec, "--kind {}")
    check_library(spec.kind, source, options.library, options.version)
    return Source(replace(spec, library=options.library, version=options.version), note)


def decision(spec: CorpusSpec, option: str) -> str:
    """Return in one line what a folder was taken for and how to have it otherwise; empty for code.

    Args:
        spec: a corpus whose kind was guessed.
        option: how the user names another kind, with `{}` for its name.
    """
    folder = Path(spec.location)
    if spec.kind not in {"docs", "man"} or not folder.is_dir():
        return ""
    found = folder_kind(folder)
    shown = _shown(folder)
    return f"{shown}: {found.what}, {counted(found.pages, 'page')}; to index it as code: {option.format('code')}"


def check_library(kind: str, source: str, library: str, version: str) -> None:
    """Check that documents of a kind are about a library, if the user names one or its version.

    Raises:
        CorpusError: they are not, so that both would be lost.
    """
    if (library or version) and not kind_named(kind).is_of_library:
        given = " and ".join(filter(None, ("library" if library else "", "version" if version else "")))
        raise CorpusError(
            f"{source!r} is indexed as {kind}, which has no {given}",
            why=f"library and version say what documentation is about, and this was taken for {kind}",
            fix="name a kind of documentation: docs (pages in a folder) or comments (doc comments in code), "
            f"or leave out {given}",
        )


def _shown(folder: Path) -> str:
    """Return a folder as a user would type it here."""
    here = Path.cwd()
    path = folder.relative_to(here) if folder.is_relative_to(here) else folder
    return legible_name(str(path))


def spec_for(source: str, *, name: str = "", kind: str = "", allow_private: bool = False) -> CorpusSpec:
    """Return the corpus that `source` stands for.

    Args:
        source: a folder, a wheel or another archive, an OpenAPI file, a URL, or the name of an installed
            package or manual page: `pkg:NAME`, `npm:NAME`, `man:NAME`.
        name: of the corpus; by default that of the folder or package.
        kind: a name in `corpora.kinds.KINDS`; by default found by the prefix or by what lies there.
        allow_private: whether the host of a URL may have a private address.

    Raises:
        CorpusError: there is nothing of that kind.
        UnknownName: there is no such kind.
    """
    asked = kind_named(kind) if kind else None
    marked = None if is_url(source) else kind_of_prefix(source)
    if is_url(source):
        chosen, place = asked or kind_named("site"), source
        problem = problem_with_url(source) if chosen.place == "url" else "it is a URL"
    elif marked or (asked and asked.prefix and not Path(source).exists()):
        chosen = asked or marked or kind_named("package")
        place = source.removeprefix(marked.prefix) if marked else source
        problem = problem_with_name(place, chosen)
        if marked and marked != chosen:
            problem = f"{marked.prefix} marks another kind"
        name = name or place
        place = installed(place, chosen, Path.cwd())
    else:
        path = Path(os.path.realpath(source))
        chosen, place = asked or kind_named(kind_at(path)), str(path)
        problem = problem_with_path(path, chosen) if source else "it is empty"
    if problem:
        raise CorpusError(
            f"cannot use {source!r} as a corpus of the kind {chosen.name!r}",
            why=problem,
            fix="name a folder, a .whl, .tar.gz or .tgz file, pkg:NAME, npm:NAME, man:NAME, "
            "or a URL with https://",
        )
    return CorpusSpec(name or default_name(place), chosen.name, place, allow_private=allow_private)


def installed(location: str, kind: Kind, folder: Path) -> str:
    """Return the folder in `node_modules` of an npm package without a version: it is found from anywhere.

    Any other location is returned as it is.
    """
    pin = split_pin(location) if kind.name == "npm" else None
    found = installed_folder(pin[0], folder) if pin and not pin[1] else None
    return str(found or location)
