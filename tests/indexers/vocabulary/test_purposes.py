"""The table of what APIs are called for."""

from pathlib import Path

import pytest

from corpora.errors import IndexDamaged
from indexers.tokens import query_tokens
from indexers.vocabulary.purposes import Purposes, builtin_purposes

TABLE = Purposes.of_weights(
    {"wait": {"time.sleep": 2.0, "select.poll": 0.5}, "second": {"time.sleep": 1.0}},
    {"wait": 3.0, "second": 1.0},
    unknown=4.0,
)


def test_an_api_has_the_mean_of_what_the_words_say_of_it_by_their_rarity() -> None:
    assert TABLE.of_words(["wait", "second"]) == pytest.approx(
        {"time.sleep": (3 * 2 + 1 * 1) / 4, "select.poll": 3 * 0.5 / 4}
    )


def test_a_word_that_no_one_says_counts_as_a_rare_one() -> None:
    assert TABLE.of_words(["wait", "frobnicate"])["time.sleep"] == pytest.approx(3 * 2 / (3 + 4))
    assert TABLE.of_words(["frobnicate"]) == {}
    assert TABLE.of_words([]) == {}


def test_a_repeated_word_counts_once() -> None:
    assert TABLE.of_words(["wait", "wait"]) == TABLE.of_words(["wait"])


def test_a_saved_table_says_the_same(tmp_path: Path) -> None:
    TABLE.save(tmp_path / "purposes.txt")
    loaded = Purposes.load(tmp_path / "purposes.txt")
    assert loaded.of_words(["wait", "second", "x"]) == TABLE.of_words(["wait", "second", "x"])


@pytest.mark.parametrize("content", [b"", b"docprompting purposes 1 abc\nwait\t= 3 x 1\n", b"\xff"])
def test_a_damaged_table_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "purposes.txt").write_bytes(content)
    with pytest.raises(IndexDamaged, match="purposes"):
        Purposes.load(tmp_path / "purposes.txt")


@pytest.mark.parametrize(
    ("question", "api"),
    [
        ("wait a few seconds", "time.sleep"),
        ("delete a folder and everything in it", "shutil.rmtree"),
        ("run a command", "subprocess.run"),
    ],
)
def test_everyday_words_lead_to_what_programmers_call(question: str, api: str) -> None:
    found = builtin_purposes().of_words(query_tokens(question))
    assert api in sorted(found, key=lambda key: -found[key])[:20]
