"""Tables of words that come with the package."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from indexers.vocabulary.word_table import WordLines, read_words, write_words

WORDS = st.text(st.characters(categories=["L", "N", "P"]), max_size=12)


@given(st.dictionaries(WORDS, st.text("abc 0123", max_size=20), max_size=20), WORDS)
def test_a_line_is_found_by_its_whole_word(lines: dict[str, str], other: str) -> None:
    body = "".join(f"{word}\t{line}\n" for word, line in lines.items()).encode()
    found = WordLines(body)
    assert dict(found) == lines and len(found) == len(lines)
    assert found.get(other) == lines.get(other)


def test_a_word_is_no_part_of_a_line(tmp_path: Path) -> None:
    write_words(tmp_path / "table", "words", {"wait": "= 3 time.sleep 2", "sleep": "= 1 x 1"})
    found = read_words(tmp_path / "table", "words")
    assert found["sleep"] == "= 1 x 1"
    assert "time.sleep" not in found and "wait\t= 3 time.sleep 2\nsleep" not in found


def test_a_line_is_the_same_at_the_first_look_up_and_after_many() -> None:
    lines = WordLines(b"one\t1\ntwo\t2 3\n\xc3\xa9t\xc3\xa9\t4\none\t5\n")
    words = ["one", "two", "\u00e9t\u00e9", "none", "on", "a\nb", ""]
    first = [lines.get(word) for word in words]
    for _ in range(300):
        lines.get("two")
    assert first == [lines.get(word) for word in words] == ["1", "2 3", "4", None, None, None, None]
