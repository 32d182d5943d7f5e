"""Which places answer a question, and the scores of their ranks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import RagError
from rag.evaluation.questions import Gold
from rag.evaluation.questions.judge import Found, meets, rank_of
from rag.evaluation.questions.scores import cutoff_of, mean_score, measure_named, scores_of

RUN = Found(("/home/me/app/src/run.py",), 10, 20, ("Runner.run", "app.Runner.run"))


@pytest.mark.parametrize(
    "gold",
    [
        Gold("src/run.py"),
        Gold("run.py"),
        Gold("/home/me/app/src/run.py"),
        Gold("src/run.py", 20, 30),
        Gold("src/run.py", 1, 10),
        Gold("src/run.py", 12, 13),
        Gold(symbol="run"),
        Gold(symbol="Runner.run"),
        Gold("src/run.py", 12, 13, "app.Runner.run"),
    ],
    ids=str,
)
def test_a_place_is_met_by_its_path_its_lines_and_its_names(gold: Gold) -> None:
    assert meets(RUN, gold)


@pytest.mark.parametrize(
    "gold",
    [
        Gold("un.py"),
        Gold("app/run.py"),
        Gold("src/run.py", 21, 30),
        Gold("src/run.py", 1, 9),
        Gold(symbol="unner.run"),
        Gold(symbol="Runner"),
        Gold("src/run.py", 12, 13, "walk"),
        Gold("src/walk.py", symbol="run"),
    ],
    ids=str,
)
def test_all_that_gold_names_has_to_agree(gold: Gold) -> None:
    assert not meets(RUN, gold)


def test_a_near_duplicate_that_is_not_indexed_counts_as_its_twin() -> None:
    assert meets(Found(("v1/run.py", "v2/run.py"), 10, 20), Gold("v2/run.py", 12, 13))


def test_the_rank_is_that_of_the_first_place_that_meets_any_gold() -> None:
    found = [Found(("a.py",), 1, 9), Found(("b.py",), 1, 9), Found(("c.py",), 1, 9)]
    assert rank_of(found, [Gold("c.py"), Gold("b.py")]) == 2
    assert rank_of(found, [Gold("d.py")]) == 0
    assert rank_of([], [Gold("d.py")]) == 0


def test_scores_are_those_by_hand() -> None:
    assert scores_of([1, 2, 0, 6]) == {
        "hit@1": 1 / 4,
        "hit@5": 2 / 4,
        "MRR": pytest.approx((1 + 1 / 2 + 1 / 6) / 4),
    }
    assert mean_score("hit@1", []) == 0


@given(st.lists(st.integers(0, 20), min_size=1))
def test_more_hits_answer_no_fewer_questions_and_mrr_lies_between(ranks: list[int]) -> None:
    scores = [mean_score(f"hit@{k}", ranks) for k in (1, 5, 20)]
    assert scores == sorted(scores)
    assert scores[0] <= mean_score("MRR", ranks) + 1e-9 and mean_score("MRR", ranks) <= scores[-1] + 1e-9


@pytest.mark.parametrize("name", ["hit@0", "hit@", "hit@x", "ndcg", "hit@99999", ""])
def test_an_unknown_measure_is_an_error_that_names_one(name: str) -> None:
    assert cutoff_of(name) == 0
    with pytest.raises(RagError) as caught:
        measure_named(name)
    assert "hit@5" in caught.value.fix
