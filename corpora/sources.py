"""The corpus that a source on the command line stands for."""

import os
from pathlib import Path

from corpora.api_changes.version_range import is_version_range, version_range
from corpora.errors import CorpusError
from corpora.git.remote import Remote, fix_for, is_git_location, problem_with_remote
from corpora.kinds import Kind, kind_named, kind_of_prefix
from corpora.location import (
    default_name,
    is_url,
    kind_at,
    pattern_of_file,
    problem_with_name,
    problem_with_path,
    problem_with_url,
)
from corpora.npm.source import installed_folder, split_pin
from corpora.python.environments import environment_for
from corpora.spec import CorpusSpec
from corpora.standard_library.name import STANDARD_LIBRARY, is_standard_library, standard_library


def spec_for(
    source: str, *, name: str = "", kind: str = "", allow_private: bool = False, python: str = ""
) -> CorpusSpec:
    """Return the corpus that `source` stands for.

    Args:
        source: a folder, one file of code, a wheel or another archive, an OpenAPI file, the URL of a site,
            a git repository (`https://HOST/PATH.git`, with `@REVISION` or without), or the name of an
            installed package or manual page: `pkg:NAME`, `npm:NAME`, `man:NAME`. `python`, `stdlib` and
            `stdlib:` are the standard library, unless there is something of that name in the working folder;
            `python==3.12` and `stdlib:3.12` are that of another version. `NAME==OLD..NEW` is what changed
            from one version of a package to another.
        name: of the corpus; by default that of the folder or package.
        kind: a name in `corpora.kinds.KINDS`; by default found by the prefix or by what lies there.
        allow_private: whether the host of a URL may have a private address.
        python: the environment in which a Python package is looked for by its name: its folder or its
            interpreter; by default the user's, see `corpora.python.environments`.

    Raises:
        CorpusError: there is nothing of that kind.
        UnknownName: there is no such kind.
    """
    asked, environment = kind_named(kind) if kind else None, ""
    is_there = os.path.exists(source)  # noqa: PTH110 (a name may be too long for a path)
    if (not asked or asked.name == "changes") and is_version_range(source) and not is_there:
        location = str(version_range(source))
        return CorpusSpec(name or location, "changes", location)
    if (asked and asked.name == "git") or (not asked and is_git_location(source)):
        return _spec_of_repository(source, name, allow_private=allow_private)
    if is_standard_library(source) and not Path(source).exists() and kind in {"", STANDARD_LIBRARY}:
        source = f"{STANDARD_LIBRARY}:{source}"
    marked = None if is_url(source) else kind_of_prefix(source)
    if is_url(source):
        chosen, place = asked or kind_named("site"), source
        problem = problem_with_url(source) if chosen.place == "url" else "it is a URL"
    elif marked or (asked and asked.prefix and not Path(source).exists()):
        chosen = asked or marked or kind_named("package")
        place = source.removeprefix(marked.prefix) if marked else source
        place = standard_library(place) if chosen.name == STANDARD_LIBRARY else place
        problem = problem_with_name(place, chosen)
        if marked and marked != chosen:
            problem = f"{marked.prefix} marks another kind"
        name = name or place
        place = installed(place, chosen, Path.cwd())
        environment = "" if problem else environment_named_by(place, chosen, Path.cwd(), python)
    else:
        path = Path(os.path.realpath(source))
        chosen, place = asked or kind_named(kind_at(path)), str(path)
        if chosen.name == "code" and path.is_file():
            return _spec_of_file(path, name)
        problem = problem_with_path(path, chosen) if source else "it is empty"
    if problem:
        raise CorpusError(
            f"cannot use {source!r} as a corpus of the kind {chosen.name!r}",
            why=problem,
            fix="name a folder, a file, a .whl, .tar.gz or .tgz file, pkg:NAME, npm:NAME, man:NAME, stdlib:, "
            "a URL with https://, or a git repository as https://HOST/PATH.git",
        )
    return CorpusSpec(
        name or default_name(place),
        chosen.name,
        place,
        allow_private=allow_private,
        environment=environment,
    )


def _spec_of_repository(source: str, name: str, *, allow_private: bool) -> CorpusSpec:
    """Return the corpus of a git repository. Raises `CorpusError` for one that cannot be fetched."""
    remote = Remote.of(source)
    if problem := problem_with_remote(remote, allow_private=allow_private):
        raise CorpusError(
            f"cannot use {source!r} as a git repository",
            why=problem,
            fix=fix_for(problem),
        )
    return CorpusSpec(name or remote.name, "git", remote.location, allow_private=allow_private)


def _spec_of_file(path: Path, name: str) -> CorpusSpec:
    """Return the corpus of one file of code: its folder, of which nothing else is read."""
    include = (pattern_of_file(path.name),)
    return CorpusSpec(name or default_name(str(path)), "code", str(path.parent), include=include)


def installed(location: str, kind: Kind, folder: Path) -> str:
    """Return the folder in `node_modules` of an npm package without a version: it is found from anywhere.

    The standard library is `python`, or `python==3.12`; two versions are `pandas==1.5.3..2.2.3`. Any other
    location is returned as it is.
    """
    if kind.name == "changes":
        return str(version_range(location))
    if kind.name == STANDARD_LIBRARY:
        return standard_library(location)
    pin = split_pin(location) if kind.name == "npm" else None
    found = installed_folder(pin[0], folder) if pin and not pin[1] else None
    return str(found or location)


def environment_named_by(location: str, kind: Kind, folder: Path, python: str = "") -> str:
    """Return the environment in which a Python package is looked for that is named, from `folder`.

    It is empty for that of this program, and for anything else. Raises what `environment_for` raises.
    """
    if kind.name != "package" or Path(location).is_absolute():
        return ""
    return environment_for(location, folder, python)
