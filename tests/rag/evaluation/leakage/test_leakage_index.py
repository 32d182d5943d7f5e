"""A whole index against a set of tasks: one pass finds what looking at each chunk finds."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.index import Index
from rag.evaluation.leakage import index_overlap, overlap_with_index
from rag.evaluation.leakage.fingerprint import fingerprint, word_list
from rag.evaluation.task import Task
from tests.small_corpora import FILES, write_tree

PARSE = Task(
    "parse",
    "Parse a date string with a format",
    reference="return datetime.strptime(text, layout).date()",
)
OTHER = Task("other", "Grow tomatoes on a balcony in the city", reference="plant(tomatoes, balcony)")


def test_what_stands_in_the_index_is_found_with_its_place(tmp_path: Path) -> None:
    index = Index.in_memory([write_tree(tmp_path / "app")])
    found = overlap_with_index([OTHER, PARSE], index)
    assert found.tasks == 2 and found.chunks == index.catalog.census.count_chunks()
    assert [(one.task_id, one.overlap.reason) for one in found.found] == [
        ("parse", "statement and reference")
    ]
    assert found.found[0].location.startswith("app: dates.py:")


def test_an_empty_index_holds_nothing(tmp_path: Path) -> None:
    index = Index.in_memory([write_tree(tmp_path / "app", {"blank.txt": "\n"})])
    assert overlap_with_index([PARSE], index) == (1, 0, ())


def test_no_tasks_overlap_with_nothing(tmp_path: Path) -> None:
    assert overlap_with_index([], Index.in_memory([write_tree(tmp_path / "app")])).found == ()


_WORDS = st.lists(st.sampled_from(["read", "write", "table", "row", "x", "7"]), max_size=12).map(" ".join)
_TASKS = st.lists(st.tuples(_WORDS, _WORDS, _WORDS), max_size=4)


@settings(deadline=None, max_examples=50)
@given(_TASKS, st.lists(_WORDS, max_size=8), st.integers(2, 4))
def test_one_pass_misses_no_chunk_that_counts(
    parts: list[tuple[str, str, str]], texts: list[str], n: int
) -> None:
    tasks = [
        Task(str(number), intent, reference=reference, tests=tests)
        for number, (intent, reference, tests) in enumerate(parts)
    ]
    known = [fingerprint(task, n) for task in tasks]
    words = [word_list(text) for text in texts]
    found = index_overlap.Lookup(known).candidates(words)
    for place, text in enumerate(words):
        for number, task in enumerate(known):
            assert task.overlap(text).reason is None or number in found[place]


def test_the_number_of_chunks_looked_at_together_changes_nothing(tmp_path: Path) -> None:
    pages = {f"page{number}.md": f"# {number}\n\n{FILES['dates.py']}" for number in range(3)}
    index = Index.in_memory([write_tree(tmp_path / "app", pages)])
    once = overlap_with_index([PARSE], index)
    assert overlap_with_index([PARSE], index, batch_words=1) == once
    assert len(once.found) == 3
