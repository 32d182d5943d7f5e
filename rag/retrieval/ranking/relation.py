"""Say what a hit is to a name that a question asks for: its definition, a declaration, a use."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from indexers.catalog.catalog import ChunkFacts
from indexers.chunking.chunk import Chunk
from rag.retrieval.questions.asked_names import as_symbol

RelationKind = Literal["defines", "declares", "re-exports", "documents", "uses", ""]
Exactness = Literal["exact", "case", "underscores", ""]

RELATION_KINDS: Final[tuple[RelationKind, ...]] = (
    "defines",
    "declares",
    "re-exports",
    "documents",
    "uses",
    "",
)
"""What a hit can be to a name, the most wanted first."""


class NameRelation(NamedTuple):
    """What a chunk is to a name.

    Attributes:
        kind: what it is; empty for nothing.
        exactness: how the name is spelled there: as asked for (`exact`), with other capitals (`case`), or
            with other underscores, too (`underscores`: `max_size` for `MaxSize`).
        is_whole: whether the name is the full one, not only its end: `Vec`, not `std.Vec`. A class has the
            name in full; its constructor and fields of that name do not.
    """

    kind: RelationKind = ""
    exactness: Exactness = ""
    is_whole: bool = False


NO_RELATION: Final = NameRelation()

# Each spelling that is tried, the strictest first.
_SPELLINGS: Final[tuple[tuple[Exactness, Callable[[str], str]], ...]] = (
    ("exact", str),
    ("case", str.lower),
    ("underscores", lambda name: name.lower().replace("_", "")),
)
_ANY_SEPARATOR: Final = r"(?:\.|::|->|\\|#)"
_MAX_NAME_CHARS: Final = 200
_ALSO_ASCII: Final = "\u0130\u0131\u017f\u212a"  # for `re.IGNORECASE`
_CACHED: Final = 50_000  # names: questions meet the same chunks again; about 10 MB


def relation(found: Chunk | ChunkFacts, name: str) -> NameRelation:
    """Return what a chunk is to `name`, which may be the end of its full name: `push` for `std.vec.Vec.push`.

    Whether it uses the name is known of a `Chunk`, which has its text, but not of `ChunkFacts`.
    """
    wanted, loosely = _asked(name[:_MAX_NAME_CHARS])
    if not wanted:
        return NO_RELATION
    # What does not match by the loosest spelling matches by none: as most names of most chunks.
    alike = [one for one in _known(found) if _names(_loosely(one[0]), loosely)]
    for exactness, spell in _SPELLINGS if alike else ():
        asked = spell(wanted)
        matches = [
            NameRelation(kind, exactness, is_whole=spell(known) == asked)
            for known, kind in alike
            if _names(spell(known), asked)
        ]
        if matches:
            return min(matches, key=_rank)
    return _use(found.text, wanted) if isinstance(found, Chunk) else NO_RELATION


@lru_cache(maxsize=_CACHED)
def _asked(name: str) -> tuple[str, str]:
    """Return a name as symbols are written, and that in the loosest spelling."""
    wanted = as_symbol(name)
    return wanted, _loosely(wanted)


@lru_cache(maxsize=_CACHED)
def _loosely(name: str) -> str:
    return _SPELLINGS[-1][1](name)


def closest_relation(found: Chunk | ChunkFacts, names: Iterable[str]) -> NameRelation:
    """Return the most wanted of what a chunk is to each of `names`."""
    relations = [relation(found, name) for name in names]
    return min(relations, key=_rank, default=NO_RELATION)


def _known(found: Chunk | ChunkFacts) -> Iterator[tuple[str, RelationKind]]:
    """Yield the names that a chunk is known by, and what it is to each."""
    yield from found.names
    kind = found.origin.kind if isinstance(found, Chunk) else found.kind
    if kind == "docs":
        for name in (found.symbol, *found.aliases):
            yield name, "documents"


def _names(known: str, asked: str) -> bool:
    """Return whether `asked` names `known`: in full, or by its end."""
    return known == asked or known.endswith(f".{asked}")


def _use(text: str, name: str) -> NameRelation:
    """Return whether a text holds a name as a whole word; of one with dots, the last two parts."""
    parts = name.split(".")[-2:]
    # Most texts do not hold it; but there are letters beyond ASCII that count as `s`, `i` or `k`.
    is_plain = name.isascii() and (text.isascii() or not any(letter in text for letter in _ALSO_ASCII))
    if is_plain and parts[-1].lower() not in text.lower():
        return NO_RELATION
    words = _ANY_SEPARATOR.join(map(re.escape, parts))
    pattern = rf"(?<![\w$]){words}(?![\w$])"
    if re.search(pattern, text):
        return NameRelation("uses", "exact")
    return NameRelation("uses", "case") if re.search(pattern, text, re.IGNORECASE) else NO_RELATION


def _rank(found: NameRelation) -> tuple[int, int, bool]:
    exactness = [name for name, _ in _SPELLINGS]
    spelled = exactness.index(found.exactness) if found.exactness else 0
    return RELATION_KINDS.index(found.kind), spelled, not found.is_whole
