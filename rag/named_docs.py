"""The corpora of documentation that a user names: as they are listed, or as they were added."""

import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from corpora.api_changes.version_range import is_version_range, problem_with_range, version_range
from corpora.errors import UnknownName
from corpora.kinds import kind_named, kind_of_prefix
from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.prompting.fence import safe_line


def documentation_specs(index: Index) -> dict[str, CorpusSpec]:
    """Return the corpora of documentation in an index, by name."""
    corpora = index.catalog.corpora().values()
    return {spec.name: spec for spec in corpora if not kind_named(spec.kind).is_code}


def named_docs(index: Index, names: Sequence[str]) -> list[CorpusSpec]:
    """Return the corpora of documentation that `names` stand for; all if there are none.

    A name is that of a corpus, or what it was added as: `pkg:numpy==2.1.0`, a path, a URL.

    Raises:
        UnknownName: there is no such corpus. The message names those of the same library.
    """
    known = documentation_specs(index)
    return list(dict.fromkeys(_named(name, known) for name in names)) if names else list(known.values())


def _named(name: str, known: Mapping[str, CorpusSpec]) -> CorpusSpec:
    if name in known:
        return known[name]
    kind = kind_of_prefix(name)
    if kind and (spec := known.get(name.removeprefix(kind.prefix))) and spec.kind == kind.name:
        return spec
    # A name with control characters is shown without them.
    places = {name, os.path.realpath(name)}
    if is_version_range(name) and not problem_with_range(name):
        places.add(str(version_range(name)))
    found = [spec for spec in known.values() if spec.location in places or safe_line(spec.name) == name]
    if len(found) == 1:
        return found[0]
    raise _unknown(name, known)


def _unknown(name: str, known: Mapping[str, CorpusSpec]) -> UnknownName:
    """Return the error for a name; it suggests no other version than the one that was asked for."""
    kind = kind_of_prefix(name)
    library, version = _split(name.removeprefix(kind.prefix) if kind else name)
    libraries: dict[str, list[str]] = {}
    for each in known:
        libraries.setdefault(_split(each)[0].lower(), []).append(each)
    near = get_close_matches(library.lower(), libraries, n=1)
    there = libraries.get(near[0], []) if near else []
    exact = [each for each in there if _split(each)[1] == version]
    if exact:
        fix = f"did you mean {safe_line(exact[0])!r}?"
    elif there:
        fix = f"of {near[0]} the index has: {', '.join(map(safe_line, there))}"
    else:
        fix = "choose one of those that this lists: rag docs list"
    return UnknownName("corpus of documentation", name, known, fix=fix)


def _split(name: str) -> tuple[str, str]:
    """Split a name into library and version: `numpy==2.1.0`, `@types/node@20.1.0`."""
    library, pin, version = name.partition("==")
    if not pin:
        at = name.rfind("@")
        library, version = (name[:at], name[at + 1 :]) if at > 0 else (name, "")
    return library, version
