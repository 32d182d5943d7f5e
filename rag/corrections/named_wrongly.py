"""Documentation of the names that an answer gets wrong, and of what is there in their place."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.retrieval.draft import Draft, Used
from rag.retrieval.hit import Hit
from rag.retrieval.second_round import Search, look_up

_NEAR: Final = 3  # hits taken from a search for a missing name, less certain than a name that is found


class WrongNames(NamedTuple):
    """The names that an error or a finding is about.

    `of_message` holds the names in its message, in full where the program says what they stand for.
    `looked_up` holds these and others that may be meant, such as those used by the failing line.
    """

    of_message: tuple[str, ...]
    looked_up: tuple[Used, ...]


def documents_of_names(
    names: WrongNames, source: str, query: str, search: Search, *, with_near: bool = True
) -> list[Hit]:
    """Return the documentation of names, best first, without repeats.

    Where the message names what lacks an attribute, and no such attribute is documented, hits of a search for
    the full name follow: `pandas.read_cvs` finds `pandas.read_csv`. A name without a dot is most often a
    variable, which nothing documents.

    Args:
        names: that are looked up.
        source: of the program that uses them.
        query: the question, which may name libraries.
        search: finds documentation.
        with_near: whether what is near to a missing name is searched for.
    """
    found = look_up(query, Draft(source, names.looked_up), search)
    missing = [name for name in names.of_message if "." in name]
    if with_near and missing and not _documented(names.of_message, found):
        found += search(" ".join(missing), _NEAR)
    return list({hit.chunk.chunk_id: hit for hit in found}.values())


def _documented(named: Sequence[str], found: Sequence[Hit]) -> bool:
    lasts = {name.rpartition(".")[2] for name in named}
    return any(hit.chunk.symbol.rpartition(".")[2] in lasts for hit in found)
