"""What a report says of documentation: by library and version, with the passages of what changed."""

import json
from dataclasses import replace

from rag.evaluation.report import (
    ChangedTask,
    ContextResult,
    DocumentationEffect,
    NamingPassage,
    TaskOutcome,
    from_json,
    html_report,
    text_report,
    to_json,
)
from rag.evaluation.report.effects import effect_tables, total_in_words
from rag.evaluation.run.documentation_effects import changed_task, library_versions, used_names
from rag.evaluation.run.records import PromptRecord
from rag.evaluation.task import Task
from tests.report_samples import NONE, PASSAGES, RETRIEVED, RUN

VERSIONS = {"t1": ("scikit-learn 1.3.0",), "t2": ("scikit-learn 1.3.0",), "t3": ("re",), "t4": ()}


def versioned(context: ContextResult) -> ContextResult:
    return replace(
        context, outcomes=tuple(replace(one, versions=VERSIONS[one.task_id]) for one in context.outcomes)
    )


HELPED = ChangedTask(
    "t1", 0.0, 1.0, ("numpy.sum",), (NamingPassage(PASSAGES[0], ("numpy.sum",)), NamingPassage(PASSAGES[1]))
)
MADE = replace(
    RUN,
    contexts=(versioned(NONE), versioned(RETRIEVED), replace(versioned(NONE), context="oracle")),
    effects=(DocumentationEffect("retrieved", (HELPED,)),),
)


def test_tasks_are_counted_by_library_and_version_for_every_context_beside_none() -> None:
    tables = effect_tables(MADE)
    assert [table.context for table in tables] == ["retrieved", "oracle"]
    rows = {row.name: row for row in tables[0].rows}
    assert list(rows) == ["all tasks", "re", "scikit-learn 1.3.0"]  # t4 has only its library
    every = rows["all tasks"]
    assert (every.tasks, every.better, every.worse, every.neither) == (4, 2, 0, 0)
    assert (every.before.mean, every.after.mean) == (0.375, 0.75)
    assert rows["scikit-learn 1.3.0"].tasks == 2 and rows["re"].tasks == 2
    assert all(row.better == row.worse == 0 for row in tables[1].rows)
    assert tables[1].rows[0].neither == 2


def test_a_difference_is_only_called_one_if_its_interval_says_so() -> None:
    few = effect_tables(MADE)[0]
    assert "which may be chance" in total_in_words(few)
    assert few.rows[0].change.difference.low < 0 < few.rows[0].change.difference.high
    none = ContextResult("none", tuple(TaskOutcome(f"t{n}", 1, 0) for n in range(40)))
    retrieved = ContextResult("retrieved", tuple(TaskOutcome(f"t{n}", 1, 1) for n in range(40)))
    (many,) = effect_tables(replace(RUN, contexts=(none, retrieved)))
    assert "40 better, 0 worse, more than chance" in total_in_words(many)
    assert [row.name for row in many.rows] == ["all tasks"]


def test_without_answers_of_both_kinds_there_is_no_table() -> None:
    assert effect_tables(replace(RUN, contexts=(RETRIEVED,))) == []
    untested = replace(NONE, outcomes=tuple(replace(one, samples=0, passed=0) for one in NONE.outcomes))
    assert effect_tables(replace(RUN, contexts=(untested, RETRIEVED))) == []


def test_a_report_shows_them_on_80_columns_on_a_page_and_as_json() -> None:
    text, page = text_report(MADE), html_report(MADE)
    assert "scikit-learn 1.3.0  2" in text and max(map(len, text.splitlines())) <= 80
    assert "0.0 -> 100.0 %  t1  sum an array" in text and "1. numpy.sum names numpy.sum" in text
    assert "What documentation changed" in page and "<b>names numpy.sum</b>" in page
    data = json.loads(to_json(MADE))
    assert [table["context"] for table in data["documentation"]] == ["retrieved", "oracle"]
    assert data["documentation"][0]["rows"][0]["change"]["difference"]["mean"] == 0.375
    assert from_json(to_json(MADE)) == MADE


def test_what_a_model_wrote_does_no_harm_in_a_report() -> None:
    wild = replace(HELPED, used=("<script>\x1b[31m",), passages=())
    made = replace(MADE, effects=(DocumentationEffect("retrieved", (wild,)),))
    assert "<script>" not in html_report(made) and "\x1b" not in text_report(made)


def test_results_of_older_versions_can_be_read() -> None:
    data = json.loads(to_json(MADE))
    del data["effects"], data["documentation"]
    for context in data["contexts"]:
        del context["repairs"]
        for one in context["outcomes"]:
            del one["versions"]
    for case in data["failing"]:
        for passage in case["passages"]:
            del passage["version"]
    assert from_json(json.dumps(data)).failing == MADE.failing


TASK = Task(
    "t", "sum", libraries=("Scikit_Learn", "re"), requirements=("numpy==1.25.0", "scikit-learn == 1.3.0")
)


def test_the_versions_of_a_task_are_those_that_it_pins() -> None:
    assert library_versions(TASK) == ("Scikit_Learn 1.3.0", "re")


def test_passages_name_what_is_used_by_title_attribute_or_call() -> None:
    answer = "import numpy as np\nprint(np.sum([1]), np.ptp([2]))"
    assert used_names(TASK, answer) == ("numpy.sum", "numpy.ptp")
    texts = ("sum up what there is", "x.sum and `ptp`", "call ptp(x)")
    prompted = PromptRecord("t", "retrieved", "", PASSAGES, texts=texts)
    found = changed_task(TASK, (0.0, 1.0), [answer], prompted)
    assert [one.names for one in found.passages] == [(), ("numpy.sum", "numpy.ptp"), ("numpy.ptp",)]
    titles = changed_task(TASK, (0.0, 1.0), [answer], replace(prompted, texts=()))  # of an older run
    assert [one.names for one in titles.passages] == [("numpy.sum",), (), ("numpy.ptp",)]
