"""Names of corpora whose user gives none: two sources in one index have two names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from corpora.document import legible_name
from corpora.git.remote import Remote
from corpora.kinds import kind_named
from corpora.location import default_name, pattern_of_file
from corpora.spec import CorpusSpec


def told_apart(
    specs: Iterable[CorpusSpec],
    known: Iterable[CorpusSpec],
    note: Callable[[str], None],
    *,
    are_named: bool = False,
) -> list[CorpusSpec]:
    """Return corpora, each by a name that no other place has in the index.

    A source that the index holds keeps the name that it has there. Else it gets the shortest of `lib`,
    `y/lib`, `x/y/lib` that is free: that no other corpus has, or only one whose folder is gone. Names that
    are not those that the locations give by default are left as they are.

    Args:
        specs: corpora that a user names.
        known: those of the index.
        note: called with a line about a name that is not what the user expects, or that replaces a corpus.
        are_named: whether the user chose their names, which are kept.
    """
    held = {spec.name: spec for spec in known}
    named = []
    for spec in specs:
        usual = _usual_name(spec)
        is_free = not are_named and spec.name == usual and _has_place(spec)
        one = replace(spec, name=_free_name(spec, held)) if is_free else spec
        before = held.get(one.name)
        if before is None and one.name != spec.name:
            note(f"{_shown(one)} is called {one.name} in the index: {usual} is {_shown(held[usual])}")
        elif before is not None and not _is_same(before, one) and _has_place(one) and _has_place(before):
            gone = ", which is gone," if _is_gone(before) else ""
            note(f"{_shown(one)} replaces {_shown(before)}{gone} as {one.name}")
        held[one.name] = one
        named.append(one)
    return named


def _has_place(spec: CorpusSpec) -> bool:
    """Return whether a corpus is told by where it lies, and not by what is installed."""
    return Path(spec.location).is_absolute() or kind_named(spec.kind).name == "git"


def _usual_name(spec: CorpusSpec) -> str:
    """Return the name that a source has by default; that of a single file is its own."""
    return spec.name if _is_file(spec) else default_name(spec.location, spec.kind)


def _is_file(spec: CorpusSpec) -> bool:
    """Return whether a corpus is one file of code under its own name, or under a longer one."""
    return spec.include == (pattern_of_file(spec.name.rpartition("/")[2]),)


def _free_name(spec: CorpusSpec, held: dict[str, CorpusSpec]) -> str:
    names = list(_names(spec))
    kept = next((name for name in names if name in held and _is_same(held[name], spec)), "")
    free = (name for name in names if name not in held or _is_gone(held[name]))
    return kept or next(free, names[-1])


def _names(spec: CorpusSpec) -> Iterator[str]:
    """Yield the names that a location may give: the usual one, then with ever more of what it lies in."""
    first = _usual_name(spec)
    yield first
    if kind_named(spec.kind).name == "git":
        parts = urlsplit(Remote.of(spec.location).url)
        above = [*filter(None, [parts.hostname]), *PurePosixPath(parts.path).parent.parts[1:]]
    else:
        path = Path(spec.location)
        if path.is_file() and path.name != first:  # an archive: its own name tells the version
            first = legible_name(path.name)
            yield first
        above = [legible_name(part) for part in (path if _is_file(spec) else path.parent).parts[1:]]
    for start in reversed(range(len(above))):
        yield "/".join([*above[start:], first])


def _is_same(one: CorpusSpec, other: CorpusSpec) -> bool:
    return (one.location, one.include) == (other.location, other.include)


def _is_gone(spec: CorpusSpec) -> bool:
    return Path(spec.location).is_absolute() and not Path(_shown(spec)).exists()


def _shown(spec: CorpusSpec) -> str:
    return f"{spec.location}/{spec.name.rpartition('/')[2]}" if _is_file(spec) else spec.location
