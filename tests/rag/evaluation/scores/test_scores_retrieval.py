"""Scores of retrieval, against the formulas of the benches."""

import random
import sys

import pytest

from bench.metrics import ndcg, recall, unique
from corpora.errors import MissingExtra, RagError
from rag.evaluation.scores import retrieval_scores

pytest.importorskip("ir_measures", reason="needs: pip install 'docprompting[eval]'")


def test_they_are_those_of_the_formulas() -> None:
    draw = random.Random(0)
    documents = [f"d{number}" for number in range(40)]
    gold = {f"t{task}": set(draw.sample(documents, draw.randint(1, 12))) for task in range(30)}
    ranked = {task: draw.choices(documents, k=draw.randint(0, 30)) for task in gold}
    found = retrieval_scores(gold, ranked, ["nDCG@10", "R@5", "RR", "P@3"])
    for task, relevant in gold.items():
        places = unique(ranked[task])
        first = next((place for place, one in enumerate(places, start=1) if one in relevant), None)
        assert {name: scores[task] for name, scores in found.per_task.items()} == pytest.approx(
            {
                "nDCG@10": ndcg(places, relevant),
                "R@5": recall(places, relevant, 5),
                "RR": 1 / first if first else 0,
                "P@3": len(set(places[:3]) & relevant) / 3,
            }
        )
    assert found.mean["R@5"] == pytest.approx(sum(found.per_task["R@5"].values()) / 30)


def test_many_documents_keep_their_order() -> None:
    ranked = [f"d{number}" for number in range(20_000)]
    assert retrieval_scores({"t": ["d19999"]}, {"t": ranked}, ["RR"]).mean["RR"] == 1 / 20_000


def test_a_task_without_gold_is_left_out_and_one_without_hits_scores_0() -> None:
    found = retrieval_scores({"a": ["x"], "b": [], "c": ["y"]}, {"a": ["x"], "b": ["z"], "d": ["x"]})
    assert found.per_task["nDCG@10"] == {"a": 1, "c": 0}
    assert found.mean == {"nDCG@10": 0.5, "R@10": 0.5, "RR@10": 0.5, "P@10": pytest.approx(0.05)}
    assert retrieval_scores({"a": ["x"]}, {}).mean["RR@10"] == 0


def test_names_of_measures_stay_as_they_were_given() -> None:
    assert retrieval_scores({"a": ["x"]}, {"a": ["x"]}, ["NDCG@5"]).mean == {"NDCG@5": 1}


@pytest.mark.parametrize("measure", ["P@0", "P", "accuracy", "nDCG@x", "", "os.getcwd()"])
def test_unknown_measures_are_reported(measure: str) -> None:
    with pytest.raises(RagError, match="unknown retrieval measure") as caught:
        retrieval_scores({"a": ["x"]}, {"a": ["x"]}, [measure])
    assert "nDCG@k" in caught.value.why


def test_tasks_without_any_gold_cannot_be_scored() -> None:
    with pytest.raises(RagError, match="cannot be scored"):
        retrieval_scores({"a": []}, {"a": ["x"]})


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(MissingExtra) as caught:
        retrieval_scores({"a": ["x"]}, {"a": ["x"]})
    assert caught.value.fix == "run: pip install 'docprompting[eval]'"
