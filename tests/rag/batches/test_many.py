"""Many questions are asked at once: results keep their order, and an error takes the place of a result."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import psutil
import pytest

from corpora.errors import GeneratorError, PromptError, RagError
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.batches.many import ask_in_threads
from rag.doc_prompter import DocPrompter
from rag.generators.echo import Echo
from rag.prompting.prompt import Prompt
from rag.retrieval.retrieve import retrieve
from rag.retrieval.retrieve_batch import retrieve_batch
from rag.retrieval.search_options import SearchOptions
from tests.small_corpora import write_tree

QUERIES = [
    "parse a date string",
    "save a value",
    "how are holidays computed",
    "download a file",
    "strptime",
] * 4


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("batch")
    with Index.build(folder / "index", [write_tree(folder / "src")]) as opened:
        yield opened


def test_prompts_are_those_that_are_made_one_by_one(index: Index) -> None:
    prompter = DocPrompter(index, Echo(), k=3)
    assert list(prompter.prompts(QUERIES)) == [prompter.prompt(query) for query in QUERIES]


class Letters(Echo):
    """A generator that counts its own tokens."""

    def count_tokens(self, text: str, *, control_tokens: bool = False) -> int:
        return len(text)


def test_prompts_are_counted_as_when_they_are_made_one_by_one(index: Index) -> None:
    prompter = DocPrompter(index, Letters(), max_tokens=1500)
    assert list(prompter.prompts(QUERIES[:4])) == [prompter.prompt(query) for query in QUERIES[:4]]


@pytest.mark.slow
def test_prompts_of_processes_are_the_same(index: Index) -> None:
    prompter = DocPrompter(index, lambda prompt: "a generator that cannot be pickled", k=3)
    made = list(prompter.prompts([*QUERIES, " ", *QUERIES], processes=2))
    assert made[: len(QUERIES)] == made[len(QUERIES) + 1 :] == [prompter.prompt(query) for query in QUERIES]
    assert isinstance(made[len(QUERIES)], PromptError)


@pytest.mark.slow
def test_hits_of_processes_are_the_same_and_errors_are_the_true_ones(index: Index) -> None:
    options = SearchOptions(filter=Filter(languages=("python", "go")))
    found = list(retrieve_batch(index, [*QUERIES, "re:("], 4, options, processes=2))
    assert found[:-1] == [retrieve(index, query, 4, options) for query in QUERIES]
    with pytest.raises(RagError) as raised:
        retrieve(index, "re:(", 4, options)
    assert isinstance(found[-1], RagError) and found[-1].what == raised.value.what


@pytest.mark.slow
def test_an_index_that_has_changed_is_asked_as_it_was_opened(tmp_path: Path) -> None:
    source = write_tree(tmp_path / "src")
    with Index.build(tmp_path / "index", [source]) as opened:
        prompter = DocPrompter(opened)
        before = prompter.prompt("parse a date")
        (source / "dates.py").unlink()
        Index.build(tmp_path / "index", [source]).close()
        assert list(prompter.prompts(["parse a date"] * 3, processes=2)) == [before] * 3


def test_an_index_in_memory_is_asked_in_this_process(tmp_path: Path) -> None:
    index = Index.in_memory([write_tree(tmp_path / "src")])
    assert list(retrieve_batch(index, QUERIES[:2], 2, processes=2)) == [
        retrieve(index, query, 2) for query in QUERIES[:2]
    ]


def test_a_question_that_fails_loses_no_other(index: Index) -> None:
    def fails_at_dates(prompt: Prompt) -> str:
        if "date" in prompt.query:
            raise OSError("no power")
        return prompt.query

    answers = list(
        DocPrompter(index, fails_at_dates).batch(["a date", "a value", "two dates"], concurrency=2)
    )
    assert [type(one) for one in answers[::2]] == [GeneratorError, GeneratorError]
    assert not isinstance(answers[1], RagError) and answers[1].text == "a value"


def test_answers_come_in_order_however_long_each_takes(index: Index) -> None:
    def slower_at_first(prompt: Prompt) -> str:
        time.sleep(0.05 if prompt.query == "q0" else 0)
        return prompt.query

    asked = [f"q{number}" for number in range(12)]
    answers = DocPrompter(index, slower_at_first).batch(asked, concurrency=4)
    assert [one.text for one in answers if not isinstance(one, RagError)] == asked


def test_queries_without_end_are_read_a_few_ahead(index: Index) -> None:
    read = count()
    queries = (f"question {next(read)}" for _ in count())
    answers = DocPrompter(index, lambda prompt: "yes").batch(queries, concurrency=2)
    for _ in range(10):
        next(answers)
    assert next(read) < 30


def test_progress_tells_how_many_are_done_of_how_many(index: Index) -> None:
    told: list[tuple[int, int | None]] = []
    list(DocPrompter(index).prompts(QUERIES[:2], progress=lambda *numbers: told.append(numbers)))
    list(DocPrompter(index).prompts(iter(QUERIES[:1]), progress=lambda *numbers: told.append(numbers)))
    assert told == [(1, 2), (2, 2), (1, None)]


def test_a_batch_that_is_left_begins_nothing_more(index: Index) -> None:
    begun: list[str] = []

    def slow(prompt: Prompt) -> str:
        begun.append(prompt.query)
        time.sleep(0.05)
        return ""

    answers = DocPrompter(index, slow).batch([f"q{number}" for number in range(40)], concurrency=2)
    next(answers)
    answers.close()
    number = len(begun)
    time.sleep(0.2)
    assert len(begun) == number < 10
    assert not [one for one in threading.enumerate() if one.name.startswith("in-order")]


@pytest.mark.parametrize("number", [0, -1])
def test_a_batch_needs_somebody_to_work(index: Index, number: int) -> None:
    with pytest.raises(RagError, match="threads cannot be"):
        DocPrompter(index, Echo()).batch(["q"], concurrency=number)
    with pytest.raises(RagError, match="processes cannot be"):
        DocPrompter(index).prompts(["q"], processes=number)


def test_eight_threads_find_what_one_finds(index: Index) -> None:
    with Index.open(index.path or "") as fresh:  # whose parts are opened while several ask for them
        found = list(ask_in_threads(lambda query: retrieve(fresh, query, 5), QUERIES * 10, 8))
    assert found == [retrieve(index, query, 5) for query in QUERIES * 10]


def test_an_index_that_is_closed_while_threads_ask_it_says_so(index: Index) -> None:
    opened = Index.open(index.path or "")
    found = ask_in_threads(lambda query: retrieve(opened, query, 5), (f"a date {n}" for n in count()), 4)
    assert not isinstance(next(found), RagError)
    opened.close()  # SQLite would end the program
    errors = [one for one in islice(found, 40) if isinstance(one, RagError)]
    found.close()
    assert errors and {error.what for error in errors} == {f"the index at {index.path} is closed"}


INTERRUPTED = """
import sys
from itertools import count
from rag import DocPrompter, Index

with Index.open(sys.argv[1]) as index:
    prompter = DocPrompter(index, lambda prompt: "yes")
    questions = (f"question {number}" for number in count())
    if sys.argv[2] == "prompts":
        results = prompter.prompts(questions, processes=2)
    else:
        results = prompter.batch(questions, concurrency=3)
    for result in results:
        print("one", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["prompts", "batch"])
def test_an_interrupted_batch_ends_with_all_its_processes(index: Index, what: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(index.path), what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout and running.stdout.readline() == "one\n"
        workers = psutil.Process(running.pid).children()
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert errors.rstrip().endswith("KeyboardInterrupt") and errors.count("Traceback") == 1
    assert running.returncode in {-signal.SIGINT, 1} and not psutil.wait_procs(workers, timeout=10)[1]
    assert len(workers) == (2 if what == "prompts" else 0)
