"""What a library says to use instead of something: found in its words, looked up in its new version."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from corpora.api.model import ApiModel, ApiObject, Missing

_MAX_CHARS: Final = 1_000  # of a message that is read
_NAME: Final = (
    r"[`'\"]{0,2}(?::\w{1,12}:`)?[~.!]?"
    r"([A-Za-z_$][\w$]{0,60}(?:\.[A-Za-z_$][\w$]{0,60}){0,8}(?::[A-Za-z_]\w{0,60})?)"
)
"""The last part may follow a colon, as in `pydantic.types:ImportString`."""
_SAYS: Final = [
    re.compile(
        pattern + r":?\s{1,3}(?:the\s|method\s|function\s|class\s|instead\s){0,2}" + _NAME, re.IGNORECASE
    )
    for pattern in (
        r"\b(?:use|using|try)",
        r"\breplaced (?:by|with)",
        r"\brenamed (?:to|as)",
        r"\bmoved to",
        r"\bin fav(?:ou|o)r of",
        r"\bsuperseded by",
        r"\bimporting from",
        r"\bsee",
        r"\bprefer",
    )
]
_SINCE: Final = re.compile(
    r"\b(?:removed|expired|moved|renamed) (?:in|since|as of) (?:the )?(?:[A-Za-z]\w{0,30} ){0,2}"
    r"v?(\d{1,4}(?:\.\d{1,4}){0,3})\b",
    re.IGNORECASE,
)
_NO_NAMES: Final = frozenset(
    """
    a an the it its this that these those instead of to is in from with your for other another
    keyword keywords method function class argument arguments parameter parameters
    """.split()  # noqa: SIM905 (a list to read)
)
_RECEIVERS: Final = frozenset(
    {"self", "cls", "obj", "index", "frame", "series", "array", "ser", "arr", "idx"}
)
"""What examples call an object: `obj.items` is no name of a library."""


def replacement_for(name: str, said: str, new: ApiModel) -> str:
    """Return the name that a library says to use instead of another one; empty if it names none.

    Args:
        name: of what is deprecated or gone, dotted.
        said: the message of a deprecation or an error.
        new: the version in which the name has to lead somewhere. Names of other libraries are taken if they
            are dotted.
    """
    for words in _named(said[:_MAX_CHARS]):
        for candidate in _candidates(name, words):
            found = new.find(candidate)
            if found is not None and candidate != name and candidate not in new.tops:
                better = new.best.get(found.path, "")
                # The words of the library count, unless they are only a part of a name.
                return words if words == candidate else (better or candidate)
        top = words.partition(".")[0]
        if "." in words and top not in new.tops and top.islower() and len(top) > 2 and top not in _RECEIVERS:
            return words
    return ""


def _named(said: str) -> Iterator[str]:
    """Yield the names that stand after words such as "use"."""
    found = [(match.start(1), match[1]) for says in _SAYS for match in says.finditer(said)]
    for _, written in sorted(found):
        words = written.replace(":", ".")
        if words.lower() not in _NO_NAMES:
            yield words


def _candidates(name: str, words: str) -> Iterator[str]:
    """Yield what `concat` may mean beside `pandas.DataFrame.append`: from near to far, then as it stands."""
    yield words
    place = name
    while place := place.rpartition(".")[0]:
        yield f"{place}.{words}"
    # np.sum, pd.concat: what everybody calls a library
    head, _, rest = words.partition(".")
    top = name.partition(".")[0]
    if rest and head in {"np", "pd", "sa", top[:2]}:
        yield f"{top}.{rest}"
    if rest:
        yield f"{name.rpartition('.')[0].rpartition('.')[0]}.{words}".lstrip(".")


def refusal_of(names: Iterable[str], new: ApiModel) -> str:
    """Return what a version says to those who ask for a name that it does not have any more."""
    for name in names:
        found = new.look_up(name)
        holder = new.objects.get(found.holder) if isinstance(found, Missing) else None
        if holder is not None and (said := holder.refused.get(name.rpartition(".")[2])):
            return said
    return ""


def version_said(refusal: str) -> str:
    """Return the version in which a name was removed, as an error message says; empty if it does not.

    >>> version_said("`np.Inf` was removed in the NumPy 2.0 release. Use `np.inf` instead.")
    '2.0'
    """
    found = _SINCE.search(refusal[:_MAX_CHARS])
    return found[1] if found else ""


def what_is_said(found: ApiObject | None) -> str:
    """Return what a version says of the deprecation or the end of an object; empty if it says nothing."""
    if found is None:
        return ""
    if found.deprecated:
        return found.deprecated
    ends = [one for one in found.notes if one.kind in {"deprecated", "removed"}]
    return ends[-1].text if ends else ""
