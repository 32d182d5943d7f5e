"""Tell values that equal something from objects that claim to equal everything.

Where one side of a comparison in the tests is made of plain values alone and the other is not, the same
question is asked with other plain values, at random places: an object that says yes to one of those is no
answer. While an object is asked, no frame that it can see holds the value that is expected.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from functools import partial
from operator import eq, ge, gt, le, lt, not_
from os import urandom
from typing import Any

globals()["__builtins__"] = dict(
    vars(builtins)
)  # a program that replaces `len` or `all` changes nothing here

_OTHERS = 31  # an object that says yes to one of them at random passes an assertion by 1 in 32
_MOST_LEAVES = 20
_ATOMS = frozenset(
    [
        bool,
        bytes,
        bytearray,
        complex,
        float,
        int,
        str,
        range,
        type,
        type(None),
        type(...),
        type(NotImplemented),
    ]
)
_SEQUENCES, _SETS = (list, tuple), (set, frozenset)
_DICT_OF, _BASES_OF = type.__dict__["__dict__"].__get__, type.__dict__["__mro__"].__get__
_SLOT = type(int.__eq__)
_MIRRORED = {"eq": "eq", "contains": "eq", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
_FAR = 1e300
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

Forged = Callable[[str], object]
Comparison = Callable[[Any, Any], Any]


def comparisons(
    forged: Forged, trusted: dict[int, type], see_whole: Callable[[], object], met: list[bool]
) -> dict[str, Callable[..., Any]]:
    """What stands in the tests for `==`, `in`, `<`, and around values that some other function compares.

    Args:
        forged: is told what a program has done, and does not return.
        trusted: classes of the tests, by their ids, which may equal what they like.
        see_whole: tells where the harness is not what it was, which code that is asked could reach by frames.
        met: is filled once code of a program may have been called from here.
    """
    asked, plain, questions, deciding = _asked, _plain, _questions, _deciding
    table: dict[str, Callable[..., Any]] = {}

    def comparing(name: str, compare: Comparison) -> Comparison:
        def compared(left: Any, right: Any) -> Any:
            is_plain = plain(left)
            other_is = plain(right)
            if is_plain is other_is is True:
                return compare(left, right)
            met[:] = [True]
            if is_plain is other_is:
                return compare(left, right)
            see_whole()
            found = questions(name, compare, left, right, trusted)
            if not found:
                return compare(left, right)
            box = deciding(found, partial(compare, left, right), forged, see_whole)
            del left, right, found
            return box.pop()(list(map(asked, box.pop())))

        return compared

    def genuine(value: Any) -> Any:
        if not plain(value):
            met[:] = [True]
            see_whole()
            leaves = ((leaf, object()) for leaf in _foreign(value))
            box = deciding(_of_leaves(leaves, trusted), None, forged, see_whole)
            box.pop()(list(map(asked, box.pop())))
        return value

    def both(left: Any, right: Any) -> tuple[Any, Any]:
        return genuine(left), genuine(right)

    for compare in (eq, lt, le, gt, ge):
        table[f"compare {compare.__name__}"] = comparing(compare.__name__, compare)
    table["compare contains"] = comparing("contains", _within)
    return {**table, "genuine": genuine, "both": both}


def _within(item: Any, container: Any) -> Any:
    return item in container


def _asked(
    question: Callable[[], Any], negated: Callable[[Any], bool] = not_, raised: type[Exception] = Exception
) -> tuple[Any, Any, BaseException | None]:
    """What comes of a question, and whether that is true, before another is asked; by no global name."""
    try:
        value = question()
    except raised as error:
        return None, False, error
    try:
        return value, not negated(value), None
    except raised:  # an array of several values
        return value, None, None


def _deciding(
    others: list[Callable[[], Any]],
    question: Callable[[], Any] | None,
    forged: Forged,
    see_whole: Callable[[], object],
) -> list[Any]:
    """The questions in an order of chance, and what gives the answer to the one that is meant."""
    place = _below(len(others) + 1)
    if question:
        others.insert(place, question)

    def decide(answers: list[tuple[Any, Any, BaseException | None]]) -> Any:
        see_whole()
        value, truth, error = answers.pop(place) if question else (None, None, None)
        if any(answer[1] for answer in answers):
            forged("an object equals whatever it is compared with")
        if error:
            raise error
        lazy = any("__bool__" in _DICT_OF(kind) for kind in _bases(value)) and not _slot(value, "__bool__")
        return truth if lazy and truth is not None else value

    return [others, decide]


def _questions(  # noqa: PLR0911 (a case each)
    name: str, compare: Comparison, left: Any, right: Any, trusted: dict[int, type]
) -> list[Callable[[], Any]]:
    """Questions whose honest answer is no."""
    foreign, expected = (right, left) if _plain(left) else (left, right)
    if name == "eq":
        return _of_leaves(_pairs(foreign, expected), trusted)
    if name == "contains":
        if foreign is left:
            leaves = list(expected) if isinstance(expected, (*_SEQUENCES, *_SETS)) else [expected]
            return _of_leaves(((foreign, leaf) for leaf in leaves[:2]), trusted)
        if _is_known(foreign, "__contains__", trusted) or not hasattr(type(foreign), "__contains__"):
            return []
        return [partial(compare, other, foreign) for other in _others(expected)]
    names = (f"__{name}__", f"__{_MIRRORED[name]}__")
    if type(expected) not in (int, float) or all(_is_known(foreign, each, trusted) for each in names):
        return []
    low = (name in ("lt", "le")) == (foreign is left)
    numbers = [(-_FAR if low else _FAR) * (1 + _unit()) for _ in range(_OTHERS)]
    if foreign is left:
        return [partial(compare, foreign, number) for number in numbers]
    return [partial(compare, number, foreign) for number in numbers]


def _of_leaves(pairs: Any, trusted: dict[int, type]) -> list[Callable[[], Any]]:
    found = [(leaf, expected) for leaf, expected in pairs if not _is_known(leaf, "__eq__", trusted)]
    if len(found) > _MOST_LEAVES:
        start = _below(len(found) - _MOST_LEAVES)
        found = found[start : start + _MOST_LEAVES]
    return [partial(eq, leaf, other) for leaf, expected in found for other in _others(expected)]


def _pairs(foreign: Any, expected: Any) -> Iterator[tuple[Any, Any]]:
    """The parts of `foreign` that are not plain, and what they are to equal."""
    if _plain(foreign):
        return
    kind = type(foreign)
    if _is_of(kind, _SEQUENCES) and type(expected) in _SEQUENCES and len(foreign) == len(expected):
        for item, wanted in zip(foreign, expected):  # noqa: B905 (from Python 3.10 on)
            yield from _pairs(item, wanted)
    elif kind is dict and type(expected) is dict:
        for key, wanted in expected.items():
            if key in foreign:
                yield from _pairs(foreign[key], wanted)
    elif _is_of(kind, (*_SEQUENCES, *_SETS, dict)):
        yield from ((leaf, object()) for leaf in _foreign(foreign))
    else:
        yield foreign, expected


def _foreign(value: Any) -> Iterator[Any]:
    if _is_of(type(value), (*_SEQUENCES, *_SETS)):
        for item in value:
            yield from _foreign(item)
    elif type(value) is dict:
        for item in (*value, *value.values()):
            yield from _foreign(item)
    elif not _plain(value):
        yield value


def _is_of(kind: type, kinds: tuple[type, ...]) -> bool:
    """Whether it is one of these itself; by `in`, a class can equal another."""
    return any(kind is each for each in kinds)


def _telling_plain() -> Callable[[Any], bool]:
    """Make what tells whether nothing in a value runs code of a program when it is compared.

    It looks nothing up by name, where a program might have changed it, and asks classes for no hash.
    """
    kind_of, ids, every, each = type, id, all, map
    atoms, several, mapping = frozenset(map(id, _ATOMS)), frozenset(map(id, (*_SEQUENCES, *_SETS))), dict

    def plain(value: Any) -> bool:
        kind = kind_of(value)
        if ids(kind) in atoms:
            return True
        if ids(kind) in several:
            return atoms.issuperset(each(ids, each(kind_of, value))) or every(each(plain, value))
        return kind is mapping and every(each(plain, value)) and every(each(plain, value.values()))

    return plain


_plain = _telling_plain()


def _is_known(value: Any, method: str, trusted: dict[int, type]) -> bool:
    """Whether the method that compares a value is written in C, or comes with the tests."""
    return id(type(value)) in trusted or _slot(value, method)


def _slot(value: Any, method: str) -> bool:
    for kind in _bases(value):
        found = _DICT_OF(kind).get(method)
        if found is not None:
            return type(found) is _SLOT and found.__name__ == method
    return True  # it has none


def _bases(value: Any) -> tuple[type, ...]:
    return _BASES_OF(type(value))  # type: ignore[no-any-return]


def _others(expected: Any) -> Iterator[Any]:
    return (_other(expected) for _ in range(_OTHERS))


def _other(expected: Any) -> Any:  # noqa: PLR0911 (a kind each)
    """A plain value that is not `expected`, and looks like it."""
    kind = type(expected)
    if kind is int:
        return expected + _sign() * (1 + _below(max(9, abs(expected))))
    if kind is float and -_FAR < expected < _FAR:
        return expected + _sign() * (0.5 + _unit()) * max(1.0, abs(expected))
    if kind is str:
        return "".join(_LETTERS[_below(len(_LETTERS))] for _ in range(max(4, len(expected)))) + "_"
    if kind in _SEQUENCES:
        return kind([_other(item) for item in expected] or [_unit()])
    if kind is dict:
        return {key: _other(item) for key, item in expected.items()} or {_unit(): 0}
    if kind in _SETS:
        return kind([*expected, _unit()])
    return (2 + _below(1 << 40), _unit(), str(_unit()))[_below(3)]


# (not by the module `random`, whose methods a program may have replaced)
def _below(bound: int) -> int:
    return int.from_bytes(urandom(8), "big") % bound


def _unit() -> float:
    return _below(1 << 53) / (1 << 53)


def _sign() -> int:
    return 1 - 2 * _below(2)
