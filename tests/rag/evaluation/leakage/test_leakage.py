"""What counts as contamination and what is documentation; tasks by date and by origin."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Origin
from corpora.errors import RagError
from indexers.chunking.chunk import Chunk
from rag.evaluation.leakage import contamination, date_windows, exclude_contaminated, origin_windows
from rag.evaluation.leakage.fingerprint import fingerprint, word_list
from rag.evaluation.task import Case, Task
from rag.retrieval.hit import Hit

LINE = Task("line", "show the first rows of the table `df`", reference="df.head()")
LONG = Task(
    "long",
    "sum what each customer bought in every month and write it into the database, the largest first",
    shown="import pandas as pd\n\ndef totals(orders, connection):\n",
    reference="""\
    months = orders["date"].dt.to_period("M")
    totals = orders.groupby([orders["customer"], months])["price"].sum()
    ranked = totals.sort_values(ascending=False).reset_index(name="total")
    ranked.to_sql("monthly_totals", connection, if_exists="replace", index=False)
    return ranked
""",
    tests="""
frame = pd.DataFrame({"customer": ["Ada", "Bob"], "date": pd.to_datetime(["2024-01-03", "2024-02-05"]),
                      "price": [10, 25]})
assert totals(frame, sqlite3.connect(":memory:"))["total"].tolist() == [25, 10]
""",
)


def hit(text: str, rank: int = 1) -> Hit:
    return Hit(Chunk(Origin("app", "x", "python", "code"), text, 1, 1, 0, len(text)), 1.0, rank)


def reason(task: Task, text: str, n: int = 8) -> str | None:
    return contamination(task, [hit(text)], n)[0].reason


def test_a_documented_line_that_is_a_whole_reference_is_documentation() -> None:
    page = "DataFrame.head(n=5)\nReturn the first n rows.\n>>> df.head()\n  animal\n0  alligator\n"
    assert contamination(LINE, [hit(page)])[0] == (0, 1, 0, None)


def test_a_short_task_and_its_answer_together_are_contamination() -> None:
    assert (
        reason(LINE, "# Show the first rows of the table df\nprint(df.head())") == "statement and reference"
    )


def test_a_topic_and_a_documented_line_are_none() -> None:
    task = Task("topic", "sort a list", reference="values.sort()")
    assert reason(task, "To sort a list in place, call `values.sort()`.") is None


def test_a_long_reference_is_found_in_another_layout_and_case() -> None:
    text = LONG.reference.replace("    ", "\t").replace('"', "'").replace("ranked", "Ranked")
    assert reason(LONG, f"# a notebook\n{text}") == "reference"


def test_half_of_a_long_reference_counts_and_less_does_not() -> None:
    lines = LONG.reference.splitlines()
    assert reason(LONG, "\n".join(lines[1:])) == "reference"
    assert reason(LONG, "\n".join(lines[:2])) is None


def test_fifty_words_of_a_reference_that_no_passage_holds_count() -> None:
    words = [f"step{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(400)]
    task = replace(LONG, reference=" ".join(words))
    assert reason(task, " ".join(words[100:150])) == "reference"
    assert reason(task, " ".join(words[100:149])) is None


def test_a_long_statement_counts_without_the_reference() -> None:
    assert reason(LONG, f'"""{LONG.intent.capitalize()}."""\nreturn solve(orders)') == "statement"


def test_tests_count_and_so_do_inputs_with_their_outputs() -> None:
    assert reason(LONG, LONG.tests) == "tests"
    case = Case("\n".join(f"move robot{i} forward" for i in range(9)), "robots arrived")
    assert reason(replace(LONG, tests="", cases=(case,)), case.stdin) == "tests"


def test_the_program_around_an_answer_as_text_is_its_tests() -> None:
    task = replace(LONG, before=LONG.tests, tests="test_execution(solution)", place="as text")
    assert reason(task, LONG.tests) == "tests"


def test_what_the_prompt_shows_anyway_is_no_evidence() -> None:
    shown = LONG.reference
    assert reason(replace(LONG, shown=shown), shown) is None
    assert reason(replace(LONG, before=shown), shown) is None


def test_imports_and_counting_are_in_every_manual() -> None:
    imports = "import numpy as np\nimport pandas as pd, os\nfrom scipy import stats as st\n" * 3
    counting = "x = [" + ", ".join(map(str, range(40))) + "]\ny = [" + ", ".join("'abcdefghijklmnop'") + "]\n"
    task = replace(LONG, reference=imports + counting, tests="")
    assert reason(task, imports + counting) is None


def test_prose_that_begins_like_an_import_is_read() -> None:
    assert word_list("import the data\nfrom a table take rows") == word_list(
        "import the data from a table take rows"
    )
    assert word_list("import the.data as t\nfrom a.table import rows") == []


def test_contaminated_hits_are_separated_in_their_order() -> None:
    hits = [hit("pandas reads tables", 1), hit(LONG.reference, 2), hit("def totals(): ...", 3)]
    kept, excluded = exclude_contaminated(LONG, hits)
    assert [one.rank for one in kept] == [1, 3]
    assert [(one.hit.rank, one.overlap.reason) for one in excluded] == [(2, "reference")]


def test_longer_grams_find_longer_copies_only() -> None:
    copied = " ".join(LONG.intent.split()[:13])
    assert reason(LONG, copied, n=8) == "statement"
    assert reason(LONG, copied, n=13) is None


def test_grams_of_one_word_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 words, not 1"):
        contamination(LINE, [], n=1)


_WORDS = st.sampled_from(["read", "write", "table", "frame", "row", "column"])


@given(st.lists(_WORDS, max_size=30), st.integers(2, 5))
def test_shares_are_those_of_a_count_by_hand(words: list[str], n: int) -> None:
    text = "write the table and read the frame by column and row into a table"
    expected = word_list(text)
    grams = {tuple(expected[i : i + n]) for i in range(len(expected) - n + 1)}
    stems = word_list(" ".join(words))
    held = {tuple(stems[i : i + n]) for i in range(len(stems) - n + 1)}
    telling = {gram for gram in grams if sum(len(word) > 1 for word in gram) * 3 >= n}
    found = fingerprint(Task("t", text), n).overlap(stems)
    assert found.statement == len(telling & held) / len(telling)


def dated(*dates: str) -> list[Task]:
    return [Task(date or "none", "x", date=date) for date in dates]


def test_tasks_are_grouped_by_the_cutoff_of_a_model() -> None:
    tasks = dated("2023-09-30", "2023-10-01", "", "2023-10-01T14:30:00", "2022")
    windows = date_windows(tasks, "2023-09-30")
    assert {name: [task.date for task in part] for name, part in windows.items()} == {
        "before": ["2023-09-30", "2022"],
        "after": ["2023-10-01", "2023-10-01T14:30:00"],
        "no date": [""],
    }


def test_only_what_is_surely_unseen_is_after() -> None:
    assert [task.date for task in date_windows(dated("2023-09", "2023-10"), "2023-09-15")["after"]] == [
        "2023-10"
    ]
    assert date_windows(dated("2023-12-31"), "2023")["after"] == []
    assert date_windows(dated("2024-02-29"), "2024-02")["after"] == []
    assert [task.date for task in date_windows(dated("2024-03"), "2024-02")["after"]] == ["2024-03"]


@pytest.mark.parametrize("text", ["soon", "2023-13", "2023-02-30", "", "23"])
def test_a_cutoff_that_is_no_date_is_reported(text: str) -> None:
    with pytest.raises(RagError, match="the cutoff is not a date"):
        date_windows([], text)


def test_a_task_with_a_date_that_is_none_is_named() -> None:
    with pytest.raises(RagError, match="date of the task yesterday"):
        date_windows(dated("yesterday"), "2023")


def test_existing_and_new_tasks_are_grouped_by_their_group() -> None:
    tasks = [Task(str(n), "x", group=group) for n, group in enumerate(("existing", "new", "pandas", "new"))]
    found = {name: [task.task_id for task in part] for name, part in origin_windows(tasks).items()}
    assert found == {"existing": ["0"], "new": ["1", "3"], "unknown": ["2"]}
