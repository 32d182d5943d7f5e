"""Lines and bodies are taken out of files as a whole, and what fills their places is scored."""

from pathlib import Path

import pytest

from bench.completion import Filled, edit_similarity, report
from bench.held_out_code import drawn

SOURCE = '''"""A shop."""


def total(prices, discount):
    """Add prices.

    The discount is taken off.
    """
    full = sum(prices)
    reduced = full - discount
    return max(reduced, 0)


class Shop:
    def sell(self, article):
        if article in self.articles:
            self.articles.remove(article)
        return self.articles
'''


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "tests").mkdir(parents=True)
    (folder / "shop.py").write_text(SOURCE, encoding="utf-8")
    (folder / "tests" / "test_shop.py").write_text(SOURCE, encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", ["line", "body"])
def test_what_is_taken_out_and_what_is_left_are_the_file(repository: Path, kind: str) -> None:
    held = drawn([repository], {kind: 2}, seed=1)
    assert sorted(one.path for one in held) == ["shop.py", "shop.py"]
    for one in held:
        lines = one.text.split("\n")
        before = "\n".join([*lines[: one.line - 1], lines[one.line - 1][: one.column - 1]])
        after = one.text[len(before) :]
        assert before + one.code + after == SOURCE
        assert "The discount is taken off" not in one.code
        assert ("\n" in one.code) == (kind == "body")


def test_the_same_seed_draws_the_same_code(repository: Path) -> None:
    assert drawn([repository], {"line": 2}, seed=3) == drawn([repository], {"line": 2}, seed=3)


def test_edit_similarity_is_one_less_the_share_of_edits() -> None:
    assert edit_similarity("abc", "abc") == 1
    assert edit_similarity("abcd", "abed") == 0.75
    assert edit_similarity("", "abc") == 0


def test_only_gaps_that_were_filled_in_all_ways_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    filled = [
        Filled("shop/a.py:1:line", "line", "file", exact=False, similarity=0.5, tokens=10),
        Filled("shop/a.py:1:line", "line", "ours", exact=True, similarity=1.0, tokens=30),
        Filled("shop/b.py:1:line", "line", "file", exact=True, similarity=1.0, tokens=10),
    ]
    report(filled)
    printed = capsys.readouterr().out
    assert "line: 1 gaps" in printed and "tokens of a prompt: file 10, ours 30" in printed
