"""Of `#if` branches that do not parse together, one is chosen, and every byte stays where it was."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.syntax.conditional_code import choose_branches, dropped_spans
from corpora.syntax.parse_source import error_bytes, parse_source

TWO_HEADS = b"""#ifdef WIN32
int f(HANDLE h) {
#else
int f(int h) {
#endif
  return 0;
}
"""


def test_the_first_head_of_two_is_chosen() -> None:
    chosen = choose_branches(TWO_HEADS)
    assert chosen.split() == b"int f(HANDLE h) { return 0; }".split()
    assert len(chosen) == len(TWO_HEADS)


def test_what_is_off_is_not_chosen() -> None:
    chosen = choose_branches(TWO_HEADS.replace(b"#ifdef WIN32", b"#if 0"))
    assert chosen.split() == b"int f(int h) { return 0; }".split()


@pytest.mark.parametrize(
    "source",
    [
        b"#ifdef A\nint f(void) { return 1; }\n#else\nint f(void) { return 2; }\n#endif\n",
        b'#if A\nconst char *s = "{";\n#endif\n',
        b"#if A\n/* { */ int x; // {\n#endif\n",
        b"#if A\n#define OPEN {\n#endif\n",
        b"#if A\n{ never closed",
    ],
    ids=["whole definitions", "a bracket in a string", "in comments", "in a macro", "no #endif"],
)
def test_branches_with_matching_brackets_are_all_kept(source: bytes) -> None:
    assert choose_branches(source) == source


def test_inside_of_functions_every_conditional_can_be_decided() -> None:
    source = b"int f(void) {\n  return a\n#ifdef B\n    && b\n#else\n    && c\n#endif\n    ;\n}\n"
    assert choose_branches(source) == source
    assert choose_branches(source, inside=True).split() == b"int f(void) { return a && b ; }".split()


def test_the_branch_of_a_branch_is_decided_with_it() -> None:
    source = b"#if A\nif (a) {\n#if B\nif (b) {\n#else\nif (c) {\n#endif\n#else\nif (d) {\n#endif\n}}\n"
    assert choose_branches(source).split() == b"if (a) { if (b) { }}".split()


@given(
    st.lists(
        st.sampled_from(
            [
                "#if 0\n",
                "#ifdef A\n",
                "#elif B\n",
                "#else\n",
                "#endif\n",
                "{",
                "}",
                "(",
                '"',
                "'",
                "/*",
                "*/",
                "//",
                "x\n",
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_nothing_moves_and_nothing_is_added(source: str) -> None:
    data = source.encode()
    for inside in (False, True):
        chosen = choose_branches(data, inside=inside)
        assert len(chosen) == len(data)
        assert all(new in (old, ord(" ")) for old, new in zip(data, chosen, strict=True))
        spans = sorted(dropped_spans(data, inside=inside))
        assert all(first[1] <= second[0] for first, second in pairwise(spans)), "a byte is written twice"


class _CountedBytes(bytes):
    """Source code that counts the bytes in which an end is looked for: each time, that may be all."""

    looked_at = 0

    def find(self, part: bytes, start: int) -> int:  # type: ignore[override]
        found = super().find(part, start)
        self.looked_at += (found if found >= 0 else len(self)) - start
        return found


@pytest.mark.parametrize(
    "source",
    [b"#if A\n{\n#else\n" * 3_000 + b"#endif\n" * 3_000, b"/*" * 3_000, b"/*/\n" * 3_000, b'"/*\n' * 3_000],
    ids=["nested", "comments", "comments that end late", "comments in strings"],
)
def test_no_byte_is_looked_at_or_written_twice(source: bytes) -> None:
    data = _CountedBytes(source)
    spans = list(dropped_spans(data, inside=True))
    assert sum(end - start for start, end in spans) <= len(data)
    assert data.looked_at <= len(data)


def test_a_tree_after_the_choice_has_no_errors() -> None:
    root = parse_source(TWO_HEADS + b"int g(void) { return 1; }\n" * 40, "c")
    assert error_bytes(root) == 0
    assert [node.type for node in root.children] == ["function_definition"] * 41


def test_an_exported_class_is_a_class() -> None:
    (node, *_) = parse_source(b"class Q_CORE_EXPORT Queue final : public Base { int size; };", "cpp").children
    assert node.type == "class_specifier"
    name = node.child_by_field_name("name")
    assert name is not None and name.text == b"Queue"


def test_a_bit_field_is_no_exported_class() -> None:
    root = parse_source(b"struct Job { enum KIND kind : 8; struct A b; };", "cpp")
    assert not root.has_error
