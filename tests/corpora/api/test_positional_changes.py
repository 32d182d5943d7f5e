"""Where arguments have no names, only places count."""

import pytest

from corpora.api.parameter_changes import parameter_changes
from corpora.api.signature import Parameter, Signature


def way(text: str) -> Signature:
    """Return the signature of `a, b?: string, ...c`."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, annotation = (one.strip() for one in part.partition(":"))
        kind = "variadic positional" if name.startswith("...") else "positional only"
        default = "" if name.endswith("?") else None
        found.append(Parameter(name.strip(".?"), kind, default, annotation))  # type: ignore[arg-type]
    return Signature(tuple(found), by_position=True)


def changes(old: str, new: str) -> list[tuple[str, str, bool, bool]]:
    before, after = ([way(one) for one in text.split("|")] for text in (old, new))
    return [
        (one.kind, one.parameter, one.is_breaking, one.is_certain) for one in parameter_changes(before, after)
    ]


@pytest.mark.parametrize(
    ("old", "new", "kind", "name", "is_breaking"),
    [
        ("a, b?", "a, b", "parameter made required", "b", True),
        ("a, b?", "a, c", "parameter made required", "c", True),
        ("a", "a, b", "parameter added", "b", True),
        ("b", "a, b", "parameter added", "a", True),
        ("a", "a, b?", "parameter added", "b", False),
        ("a", "a, ...b", "parameter added", "b", False),
        ("a, b?", "a", "parameter removed", "b", True),
        ("a, ...b", "a", "parameter removed", "b", True),
        ("a, done?", "a, options?, done?", "parameter moved", "done", True),
        ("a: x, b: y", "b: y, a: x", "parameter moved", "a", True),
        ("value | key, value, more?", "key, value, more?", "parameter added", "key", True),
        ("block | name, block", "fn", "parameter removed", "block", True),
    ],
)
def test_a_change_of_places_is_told(old: str, new: str, kind: str, name: str, is_breaking: bool) -> None:
    assert (kind, name, is_breaking, True) in changes(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a, b", "a, b"),
        ("a", "a?"),
        ("a, b?", "...all"),
        ("a | a, b", "a, b?"),
        ("a | b", "x"),
        ("one: string", "two: string"),
    ],
)
def test_what_takes_all_that_it_took_breaks_nothing(old: str, new: str) -> None:
    assert not [one for one in changes(old, new) if one[2]]


def test_another_name_with_another_type_may_be_another_thing() -> None:
    assert changes("url: string", "options: Options") == [("parameter renamed", "url", True, False)]
    assert changes("url: string", "address: string") == [("parameter renamed", "url", False, True)]
    assert changes("opts: string", "options: URL") == [("parameter renamed", "opts", False, True)]


def test_signatures_are_written_as_they_are_declared() -> None:
    assert str(way("a: string, b?: number, ...c: any[]")) == "(a: string, b?: number, ...c: any[])"
    assert str(Signature((), "void", by_position=True)) == "(): void"
