"""Names that a question makes up for what it asks for, and the names of APIs that they end with.

Whoever asks for a function often calls it after what it is to wrap: `custom_pointplot`, `my_sorted`,
`compute_vqt`. A name that nothing in the index defines is therefore looked for by its end, too.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from indexers.index import Index
from indexers.search.lexical_query import name_key
from rag.retrieval.questions.asked_names import AskedName, asked_names
from rag.retrieval.questions.names_in_code import names_made_up
from rag.retrieval.questions.query import Query

_WORDS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_FEW: Final = 12  # definitions of an end: more mean that it is an ordinary word, such as `data`
_MIN_CHARS: Final = 3
_MAX_WORDS: Final = 8  # of a name
_MAX_FOUND: Final = 4


def with_wrapped_names(index: Index, query: Query) -> Query:
    """Return `query` that also asks for the ends of its made-up names that something in the index defines.

    Of `custom_is_prime`, it is `is_prime`, and not `prime`: the longest one.
    """
    if query.is_name:
        return query
    made_up = _made_up(query)
    ends = {one: _ends(one.name) for one in query.names if one.name in made_up}
    keys = {name_key(end) for some in ends.values() for end in some}
    if not keys:
        return query
    known = index.lexical.frequencies("defines", [*keys, *(name_key(one.name) for one in ends)])
    found = [
        AskedName(end, is_certain=False)
        for one, some in ends.items()
        if not known[name_key(one.name)]
        for end in [next((end for end in some if 0 < known[name_key(end)] <= _FEW), "")]
        if end
    ]
    return replace(query, names=(*query.names, *_new(found, query.names))) if found else query


def _made_up(query: Query) -> set[str]:
    """Return the names that may be made up: those in sentences, and those that code of the question defines.

    What its code only uses is data, or known to whoever asks.
    """
    said = asked_names(query.question.sentences) if query.is_problem else query.names
    own = names_made_up(query.text) if query.is_problem else frozenset()
    return {one.name for one in said if "." not in one.name and " " not in one.name} | own


def _ends(name: str) -> list[str]:
    """Return the ends of a name of several words, the longest first, without the whole.

    >>> _ends("customIs_prime")
    ['is_prime', 'prime']
    """
    words = _WORDS.findall(name)[:_MAX_WORDS]
    ends = ["_".join(words[at:]) for at in range(1, len(words))]
    return [end.lower() for end in ends if len(end) >= _MIN_CHARS]


def _new(found: Sequence[AskedName], before: Sequence[AskedName]) -> list[AskedName]:
    names = {one.name for one in before}
    return [one for one in dict.fromkeys(found) if one.name not in names][:_MAX_FOUND]
