"""The tables of a run by hand, and its plain-text and JSON forms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Origin
from corpora.errors import RagError
from indexers.chunking.chunk import Chunk
from rag.evaluation.intervals import Interval, interval, share_interval
from rag.evaluation.report import (
    ContextResult,
    RunResult,
    ShownPassage,
    TaskOutcome,
    from_json,
    tables,
    text_report,
    to_json,
)
from rag.evaluation.report.numbers_as_text import chance, limits, number, number_format
from rag.evaluation.report.result import flat
from rag.evaluation.report.visible import visible, visible_line
from rag.retrieval.hit import Hit
from tests.report_samples import NONE, RETRIEVED, RUN, case, outcomes


def values(table: tables.ScoreTable, name: str) -> list[float | None]:
    (row,) = (row for row in table.rows if row.name == name)
    return [value.mean if isinstance(value, Interval) else value for value in row.values]


def test_the_summary_has_a_column_for_each_context() -> None:
    table = tables.summary_table(RUN)
    assert table.columns == ("none", "retrieved")
    assert values(table, "pass@1") == pytest.approx([3 / 8, 6 / 8])
    assert values(table, "repaired") == [0.5, 1.0]
    assert table.rows[0].values[0] == share_interval([0, 0.5, 1, 0])


def test_pass_at_k_goes_up_to_the_number_of_samples() -> None:
    table = tables.pass_table(RUN)
    assert [row.name for row in table.rows] == ["pass@1", "pass@2"]
    assert values(table, "pass@2") == [2 / 4, 4 / 4]


def test_a_task_with_fewer_samples_is_not_left_out_unseen() -> None:
    few = ContextResult("oracle", (TaskOutcome("t1", 12, 6), TaskOutcome("t2", 3, 3)))
    table = tables.pass_table(replace(RUN, contexts=(few, NONE)))
    assert [row.name for row in table.rows] == ["pass@1", "pass@2", "pass@3"]
    assert values(table, "pass@3")[1] is None
    assert values(table, "pass@2") == [pytest.approx((1 - 6 * 5 / (12 * 11) + 1) / 2), 0.5]


def test_groups_are_separated_the_largest_first() -> None:
    run = replace(RUN, contexts=(NONE, ContextResult("oracle", outcomes({"t1": 1, "t2": 2, "t3": 2}))))
    (table,) = tables.group_tables(run)
    assert table.title == "By library"
    assert [(row.name, row.tasks) for row in table.rows] == [("numpy", 2), ("re", 2)]
    assert values(table, "numpy") == [0.25, 0.75] and values(table, "re") == [0.5, 1.0]


def test_a_single_task_has_an_interval_for_shares_only() -> None:
    run = replace(RUN, contexts=(ContextResult("none", outcomes({"t1": 1})),))
    assert tables.summary_table(run).rows[0].values == (share_interval([0.5]),)
    assert tables.text_table(run).rows[0].values == (40.0,)


def test_scores_that_say_yes_or_no_are_shares_and_others_are_not() -> None:
    scored = [
        replace(task, text={"exact_match": 0.0, "bleu": 0.0 + n}) for n, task in enumerate(NONE.outcomes)
    ]
    exact, bleu = tables.text_table(replace(RUN, contexts=(ContextResult("none", tuple(scored)),))).rows
    assert exact.values == (share_interval([0] * 4),) and bleu.values == (interval([0, 1, 2, 3]),)


def test_no_table_says_what_another_one_says() -> None:
    def titles(groups: Mapping[str, Sequence[str]], samples: int = 1) -> list[str]:
        """Return the titles of the tables of two tasks that are grouped in these ways."""
        grouped = [{way: (names[number],) for way, names in groups.items()} for number in (0, 1)]
        found = tuple(TaskOutcome(f"t{number}", samples, 0, groups=own) for number, own in enumerate(grouped))
        run = replace(RUN, contexts=(ContextResult("none", found),))
        return [table.title for table in tables.shown_tables(run)]

    assert titles({}) == ["pass@1"]
    assert titles({}, samples=2) == ["pass@1", "pass@k"]
    assert titles({"group": "ab", "library": "AB", "origin": "xx"}) == ["pass@1", "By group"]
    assert titles({"group": "aa", "library": "ab"}) == ["pass@1", "By library"]
    rows = [(table.title, row.name) for table in tables.shown_tables(RUN) for row in table.rows]
    assert len({name for _, name in rows}) == len(rows)


def test_groups_are_those_of_tasks_that_have_tests() -> None:
    tested, other = ("a", "b", "b"), (3, 2, 0)
    found = [
        TaskOutcome(str(number), samples, 0, groups={"group": (group,), "kind": (kind,)})
        for number, (group, samples, kind) in enumerate(zip(tested, other, "ppq", strict=True))
    ]
    run = replace(RUN, contexts=(ContextResult("none", tuple(found)),))
    (table,) = tables.group_tables(run)
    assert (table.title, {row.name for row in table.rows}) == ("By group", {"a", "b"})


def test_scores_are_means_over_the_tasks_that_have_them() -> None:
    gold = replace(NONE.outcomes[0], retrieval={"NDCG@10": 0.25})
    other = replace(NONE.outcomes[1], retrieval={"NDCG@10": 0.75})
    run = replace(RUN, contexts=(NONE, replace(RETRIEVED, outcomes=(gold, other, *NONE.outcomes[2:]))))
    (row,) = tables.retrieval_table(run).rows
    assert row.tasks == 2 and values(tables.retrieval_table(run), "NDCG@10") == [None, 0.5]
    assert values(tables.text_table(run), "chrF") == [41.5, 41.5]
    assert values(tables.text_table(run), "BLEU (corpus)") == [12.5, 25.0]


def test_two_tasks_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id in the context none"):
        ContextResult("none", (NONE.outcomes[0], NONE.outcomes[0]))


def test_numbers_are_written_alike_everywhere() -> None:
    assert number(0.31249, number_format(True, 0.3)) == "31.2"
    assert number(0.31249, number_format(False, 0.3)) == "0.312"
    assert limits(Interval(23.44, 9.96, 30.0), number_format(False, 23.44)) == "[10.0, 30.0]"
    assert [number(share, number_format(True, share), signed=True) for share in (0.05, -0.05, -0.0001)] == [
        "+5.0",
        "-5.0",
        "0.0",
    ]
    assert (chance(0.0), chance(0.04321)) == ("< 0.001", "0.043")


def test_a_manifest_is_flattened_in_its_order() -> None:
    assert flat(RUN.manifest) == {
        "dataset": "small",
        "generator.backend": "echo",
        "generator.stop": "\n\n, def ",
        "seed": "0",
        "gate": "None",
    }


def test_the_text_form_shows_all_but_the_cases() -> None:
    text = text_report(RUN)
    assert "\npass@1 (%) of 4 tasks, with 95 % intervals\n" in text
    assert "37.5 [9.2, 78.1]" in text and "75.0 [30.1, 95.4]" in text
    assert "left out because the reference fails here: 3 tasks\n     2  no module named 'torch'" in text
    assert "none: left out 2 contaminated passages" in text
    assert "gate at 0.1: closed for 3 tasks, 1 gained, 0 lost" in text
    assert text.count("Failing cases: 2 (report.html shows them in full)\n") == 1
    assert "none       error    t1  sum an array\n                      AttributeError: summ" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "1.  helped     0.0      numpy.sum" in text
    assert "2.  no change  50.0     numpy.mean\n3.  hurt       100.0    numpy.ptp" in text


@settings(deadline=None, max_examples=30)
@given(st.text(min_size=1), st.text(min_size=1))
def test_the_text_form_fits_the_terminal_and_moves_no_cursor(name: str, group: str) -> None:
    odd = replace(
        RUN,
        name=name,
        contexts=(
            replace(
                NONE,
                outcomes=tuple(replace(task, groups={"library": (group,)}) for task in NONE.outcomes),
                corpus_scores={name: 1.0},
            ),
        ),
        environment_failures={group: (name,)},
    )
    lines = text_report(odd).split("\n")
    assert all(len(line) <= 80 and line.isprintable() for line in lines)


_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)


@given(_TEXT, _TEXT, st.floats(0, 1))
def test_json_gives_back_what_was_written(answer: str, group: str, rate: float) -> None:
    run = replace(
        RUN,
        failing=(case(answer),),
        contexts=(
            ContextResult("none", (TaskOutcome("t1", 2, 1, {"repaired": rate}, groups={"x": (group,)}),)),
        ),
        manifest={group: {"n": rate, "stop": [answer]}},
    )
    assert from_json(to_json(run)) == run


def test_json_holds_the_tables_for_other_programs() -> None:
    first = json.loads(to_json(RUN))["tables"][0]
    assert first["columns"] == ["none", "retrieved"]
    assert first["rows"][0]["values"][0]["mean"] == 0.375


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format_version": 1}', '{"format_version": 1, "tables": []}']
)
def test_text_that_is_no_result_is_reported(text: str) -> None:
    with pytest.raises(RagError, match="results of the run cannot be read"):
        from_json(text)


def test_results_of_another_version_are_reported() -> None:
    with pytest.raises(RagError, match="format 2; this version of rag reads 1"):
        from_json(to_json(RUN).replace('"format_version": 1', '"format_version": 2'))


def test_an_empty_run_has_a_report() -> None:
    assert text_report(RunResult("empty", {}, ())) == "Run empty"


def test_nothing_hides_in_what_is_shown() -> None:
    assert (
        visible("a\tb\r\nc\r\x1b[31m\u202ed\x00\ud800 é😀") == "a\tb\nc\\r\\x1b[31m\\u202ed\\x00\\ud800 é😀"
    )
    assert visible_line(" a\n\tb\x07 ") == "a b\\x07"


@given(_TEXT)
def test_what_is_shown_is_printable(text: str) -> None:
    assert all(line.isprintable() for line in visible(text).replace("\t", "").split("\n"))


def test_a_hit_is_named_by_name_and_place() -> None:
    chunk = Chunk(
        Origin("docs", "sum.html", "html", "docs"), "text", 1, 1, 0, 4, symbol="numpy.sum", anchor="sum"
    )
    assert ShownPassage.of(Hit(chunk, 0.5, 2)) == ShownPassage(2, "numpy.sum", "docs: sum.html#sum", 0.5)
