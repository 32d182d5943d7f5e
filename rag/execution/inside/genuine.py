"""Detect objects that claim to equal everything they are compared with.

Where one side of a comparison in the tests consists of plain values and the other does not, the comparison is
repeated with other plain values, in random order: an object that also equals one of those is no answer. While
an object is compared, no frame that it can see holds the value that is expected.

    f(2) == 4   ->   f(2) == 7, f(2) == 4, f(2) == -1, ...   forged if f(2) equals anything but 4
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from functools import partial
from operator import eq, ge, gt, le, lt, not_
from os import urandom
from typing import Any

# our own copy: a program that replaces `len` or `all` changes nothing here
globals()["__builtins__"] = dict(vars(builtins))

_OTHERS = 31  # an object that equals one of them at random passes an assertion with a chance of 1 in 32
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
Comparator = Callable[[Any, Any], Any]


def comparisons(
    forged: Forged, trusted: dict[int, type], see_whole: Callable[[], object], met: list[bool]
) -> dict[str, Callable[..., Any]]:
    """Return the functions that tests call for `==`, `in` and `<`, and to check values compared elsewhere.

    Args:
        forged: reports what a program has done, and does not return.
        trusted: classes that the tests define, by their ids; their instances may equal anything.
        see_whole: checks that the harness is unchanged: a method that is called here can reach it by frames.
        met: filled once code of a program may have been called from here.
    """
    asked, plain, questions, deciding = _asked, _plain, _questions, _deciding
    table: dict[str, Callable[..., Any]] = {}

    def comparing(name: str, compare: Comparator) -> Comparator:
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
    """Return the answer to a question, its truth value, and what it raised; uses no global name."""
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
    """Return all questions, the real one at a random place, and a function that picks the real answer."""
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
    name: str, compare: Comparator, left: Any, right: Any, trusted: dict[int, type]
) -> list[Callable[[], Any]]:
    """Return comparisons of the object with other values, each of which has to be false."""
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
    """Yield the parts of `foreign` that are not plain values, each with what it is expected to equal."""
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
    """Return whether `kind` is one of `kinds`, by identity: a metaclass can make `in` see any as equal."""
    return any(kind is each for each in kinds)


def _telling_plain() -> Callable[[Any], bool]:
    """Return a function that checks that comparing a value runs no code of a program.

    It looks up no global name, which a program might have changed, and takes the hash of no class.
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
    """Return whether the method that compares a value is written in C or defined by the tests."""
    return id(type(value)) in trusted or _slot(value, method)


def _slot(value: Any, method: str) -> bool:
    for kind in _bases(value):
        found = _DICT_OF(kind).get(method)
        if found is not None:
            return type(found) is _SLOT and found.__name__ == method
    return True  # it has no such method


def _bases(value: Any) -> tuple[type, ...]:
    return _BASES_OF(type(value))  # type: ignore[no-any-return]


def _others(expected: Any) -> Iterator[Any]:
    return (_other(expected) for _ in range(_OTHERS))


def _other(expected: Any) -> Any:  # noqa: PLR0911 (a kind each)
    """Return a plain value that looks like `expected` and is different."""
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


# `random` is not used below: a program may have replaced its methods
def _below(bound: int) -> int:
    return int.from_bytes(urandom(8), "big") % bound


def _unit() -> float:
    return _below(1 << 53) / (1 << 53)


def _sign() -> int:
    return 1 - 2 * _below(2)
