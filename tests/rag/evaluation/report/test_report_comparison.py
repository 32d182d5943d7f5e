"""Two runs compared: the same tasks only, by paired tests, with what was gained, lost and changed."""

import json
from dataclasses import replace

import pytest

from corpora.errors import RagError
from rag.evaluation.intervals import paired
from rag.evaluation.report import ContextResult, compare, comparison_text
from rag.evaluation.report.json_report import comparison_json
from tests.report_samples import NONE, RETRIEVED, RUN, outcomes

OTHER = replace(
    RUN,
    name="runs/other",
    manifest={**RUN.manifest, "generator": {"backend": "local"}, "seed": 1},
    contexts=(replace(NONE, outcomes=outcomes({"t9": 2, "t4": 1, "t3": 0, "t2": 1, "t1": 1}, repaired=1.0)),),
)


def test_only_what_both_have_is_compared() -> None:
    (context,) = compare(RUN, OTHER).contexts
    assert (context.context, context.tasks) == ("none", 4)
    assert (context.only_first, context.only_second) == ((), ("t9",))
    assert [measure.name for measure in context.measures] == ["pass@1", "pass@2", "repaired", "chrF"]


def test_means_and_the_paired_test_are_of_the_same_tasks() -> None:
    measure = compare(RUN, OTHER).contexts[0].measures[0]
    assert (measure.first.mean, measure.second.mean) == (3 / 8, 3 / 8)
    assert measure.paired == paired(
        {"t1": 0.0, "t2": 0.5, "t3": 1.0, "t4": 0.0},
        {"t1": 0.5, "t2": 0.5, "t3": 0.0, "t4": 0.5},
        are_shares=True,
    )


def test_gained_and_lost_tasks_are_named_with_their_rates() -> None:
    (context,) = compare(RUN, OTHER).contexts
    assert context.gained == (("t1", 0.0, 0.5), ("t4", 0.0, 0.5))
    assert context.lost == (("t3", 1.0, 0.0),)


def test_a_run_is_no_different_from_itself() -> None:
    same = compare(RUN, RUN)
    assert same.manifest == () and [context.context for context in same.contexts] == ["none", "retrieved"]
    for context in same.contexts:
        assert not any((context.gained, context.lost, context.only_first, context.only_second))
        assert all(measure.paired.difference.mean == 0 for measure in context.measures)
        assert not any(measure.paired.is_significant for measure in context.measures)
        assert all(measure.paired.p == 1 for measure in context.measures)


def test_other_numbers_of_samples_are_compared_as_far_as_both_go() -> None:
    more = replace(NONE, outcomes=tuple(replace(task, samples=20) for task in NONE.outcomes))
    (context,) = compare(RUN, replace(RUN, contexts=(more,))).contexts
    assert [measure.name for measure in context.measures][:2] == ["pass@1", "pass@2"]
    assert "pass@10" not in {measure.name for measure in context.measures}


def test_differences_of_the_manifest_are_reported_line_by_line() -> None:
    assert compare(RUN, OTHER).manifest == (
        ("generator.backend", "echo", "local"),
        ("generator.stop", "\n\n, def ", None),
        ("seed", "0", "1"),
    )


def test_runs_without_a_common_task_are_reported() -> None:
    strange = replace(RUN, contexts=(ContextResult("oracle", RETRIEVED.outcomes),))
    with pytest.raises(RagError, match="runs/small and runs/small cannot be compared"):
        compare(RUN, strange)
    with pytest.raises(RagError, match="no context in which both scored the same task"):
        compare(RUN, replace(RUN, contexts=(ContextResult("none", outcomes({"z": 1})),)))


def test_the_text_form_fits_the_terminal() -> None:
    text = comparison_text(compare(RUN, OTHER))
    assert all(len(line) <= 80 and line.isprintable() for line in text.split("\n"))
    assert "Context none: 4 tasks in both runs\nnot compared: 0 only in A, 1 only in B" in text
    assert "gained: 2 tasks\n    0.0 ->  50.0 %  t1" in text
    assert "lost: 1 task\n  100.0 ->   0.0 %  t3" in text
    assert text.endswith("seed               0      1")
    assert comparison_text(compare(RUN, RUN)).endswith("The manifests are the same.")


def test_many_changes_are_counted_and_the_greatest_shown() -> None:
    worse = ContextResult("none", outcomes({f"t{number:02}": 2 for number in range(14)}))
    better = ContextResult("none", outcomes({f"t{number:02}": number % 2 for number in range(14)}))
    text = comparison_text(compare(replace(RUN, contexts=(worse,)), replace(RUN, contexts=(better,))))
    assert "lost: 14 tasks\n  100.0 ->   0.0 %  t00\n  100.0 ->   0.0 %  t02" in text
    assert "  and 4 more" in text


def test_the_json_form_has_names() -> None:
    data = json.loads(comparison_json(compare(RUN, OTHER)))
    assert data["contexts"][0]["measures"][0]["paired"].keys() == {"difference", "p"}
    assert data["contexts"][0]["lost"] == [{"task_id": "t3", "first": 1.0, "second": 0.0}]
