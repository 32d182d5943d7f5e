"""What is removed is gone, and the rest is found where it is afterwards."""

from hypothesis import given
from hypothesis import strategies as st

from bench.made_questions.removal import Edited, Removal, sentence_span


def test_a_line_of_which_nothing_remains_is_removed_as_a_whole() -> None:
    data = b"a = 1\n    # why\nb = 2\n"
    edited = Edited(data, [Removal(data.index(b"#"), data.index(b"\nb"))])
    assert edited.data == b"a = 1\nb = 2\n"
    assert edited.line(data.index(b"b")) == 2


def test_the_mark_of_a_comment_without_text_is_removed_with_it() -> None:
    data = b"/// Adds.\n/// Fast.\nfn add() {}\n"
    edited = Edited(data, [Removal(data.index(b"Adds"), data.index(b"\n"))])
    assert edited.data == b"/// Fast.\nfn add() {}\n"


def test_what_stands_beside_the_removed_text_stays() -> None:
    data = b'"""Adds. Fast."""\n'
    assert Edited(data, [Removal(3, 8)]).data == b'"""Fast."""\n'


def test_a_replacement_takes_the_place() -> None:
    data = b'def f():\n    """Adds."""\n'
    start = data.index(b'"""')
    assert Edited(data, [Removal(start, len(data) - 1, b"pass")]).data == b"def f():\n    pass\n"


def test_overlapping_removals_are_one() -> None:
    assert Edited(b"x abcdef y", [Removal(2, 6), Removal(4, 8)]).data == b"x y"


@given(
    st.lists(st.sampled_from(["def f():", "    return 1", "# note", "", "x = 2  # y"]), min_size=1),
    st.data(),
)
def test_lines_that_stay_are_found_at_their_new_numbers(lines: list[str], drawn: st.DataObject) -> None:
    lines = [f"{line} #{number}" for number, line in enumerate(lines)]
    removed = drawn.draw(st.sets(st.sampled_from(range(len(lines)))))
    starts = [len("\n".join(lines[:number]).encode()) + (number > 0) for number in range(len(lines))]
    data = "\n".join(lines).encode()
    edited = Edited(data, [Removal(starts[n], starts[n] + len(lines[n])) for n in removed])
    left = edited.data.decode().split("\n")
    for number, line in enumerate(lines):
        if number not in removed:
            assert left[edited.line(starts[number]) - 1] == line


def test_a_sentence_is_found_across_lines_and_marks() -> None:
    data = b"/**\n * Adds two\n * numbers, fast.\n * More.\n */\n"
    span = sentence_span(data, 0, len(data), "Adds two numbers, fast.")
    assert span is not None
    assert data[slice(*span)] == b"Adds two\n * numbers, fast."
    assert sentence_span(data, 0, len(data), "Adds three numbers") is None
    assert sentence_span(data, 0, len(data), "") is None
