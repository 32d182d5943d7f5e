"""A file that no parser gets through is cut by lines at once, with a note that says why."""

import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from corpora.document import Document, Origin
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.parse import NotParsed, parse
from indexers.chunking.document import chunk_document
from rag.evaluation.answer import answer_of
from rag.evaluation.task import Task
from rag.generators.extraction.python_code import parsable
from tests import SLOWNESS
from tests.code_samples import SOURCES
from tests.small_corpora import write_tree

SUFFIXES = {
    "bash": "sh", "c": "c", "c_sharp": "cs", "cpp": "cpp", "elixir": "ex", "go": "go", "haskell": "hs",
    "java": "java", "javascript": "js", "kotlin": "kt", "lua": "lua", "php": "php", "python": "py",
    "ruby": "rb", "rust": "rs", "scala": "scala", "swift": "swift", "tsx": "tsx",
    "typescript": "ts", "zig": "zig",
}  # fmt: skip
# Of each a repetition keeps some grammar for minutes, where nothing stops it.
HOSTILE = ("<!--\n", "a=>", "<a", "\x01\n")
# What takes longest of 60 repeated tokens a language.
WORST = [
    ("lua", "\x01" * 30_000),
    ("haskell", "<<<a\n" * 30_000),
    ("ruby", "a\x01" * 10_000),
    ("scala", "#endif\n" * 10_000),
    ("swift", "package a\n" * 6_000),
]


@pytest.mark.slow
@pytest.mark.parametrize("language", sorted(GRAMMARS))
def test_a_hostile_file_in_any_language_is_chunked_in_seconds(language: str) -> None:
    origin = Origin("code", f"x.{SUFFIXES[language]}", language, "code")
    start = time.process_time()
    for unit in HOSTILE:
        text = unit * (8_000 // len(unit))
        chunks = chunk_document(Document(origin, text, "")).chunks
        assert "".join(chunk.text for chunk in chunks) == text
    assert time.process_time() - start < 15 * SLOWNESS


@pytest.mark.slow
@pytest.mark.parametrize(("language", "text"), WORST, ids=[language for language, _ in WORST])
def test_the_worst_known_text_is_parsed_or_given_up_in_seconds(language: str, text: str) -> None:
    start = time.process_time()
    with suppress(NotParsed):
        parse(text.encode(), language)
    assert time.process_time() - start < 5 * SLOWNESS


def test_a_scanner_that_reads_to_the_end_from_each_byte_is_stopped() -> None:
    with pytest.raises(NotParsed, match="the parser took more than 3800 steps"):
        parse(b"\x01" * 30_000, "lua")


def test_a_module_of_two_thousand_functions_is_parsed() -> None:
    function = (
        'def water_{0}(plant):\n    """Water plant {0}."""\n    return plant.pour(plant.need + {0})\n\n\n'
    )
    module = "".join(function.format(number) for number in range(2_000))
    assert parse(module.encode(), "python").named_child_count == 2_000


def hostile_tree(folder: Path) -> Path:
    """Make files that end a worker, which costs a second or two each, and one that is parsed with pains.

    The other languages end a worker alike; the tests above try all of them.
    """
    for language in ("go", "haskell", "lua", "scala"):
        suffix = SUFFIXES[language]
        worst = dict(WORST).get(language, "<!--\n" * 2_000)[:40_000]
        (folder / f"x.{suffix}").write_text(SOURCES[language] + "\n" + worst + "\n")
    return folder


def index_command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "rag", "index", str(folder), "--index", str(folder.parent / "index")]


@pytest.mark.slow
def test_a_tree_of_hostile_files_is_indexed(tmp_path: Path) -> None:
    (tree := tmp_path / "tree").mkdir()
    run = subprocess.run(
        index_command(hostile_tree(tree)), capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce the limit of memory")
def test_what_nothing_stops_from_inside_is_ended_from_outside(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree", FATAL)
    command = ["index", str(tree), "--index", str(tmp_path / "index"), "--memory", "700MB"]
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in run.stdout + run.stderr
    seconds, megabytes = map(float, run.stdout.splitlines()[-1].split())
    assert seconds < 30 and megabytes < 1_000
    fallbacks = re.findall("fallback for ([0-9]) documents: not parsed: it ", run.stdout)
    assert sum(map(int, fallbacks)) == 2
    assert "index: 4 added" in run.stdout


# 300 KB of the first take 130 seconds and 40 GB in one step of the parser, 16 KB of the second a minute. The
# others must be cut by their syntax.
FATAL = {
    "memory.zig": "<<<a\n=" * 50_000,
    "time.java": "a=>" * 5_300,
    "calls.c": "f(x);\n" * 50_000,
    "honest.py": "def water(plant):\n    return plant.pour()\n",
}
MEASURED = """
import resource, sys
from rag.cli.main import main
main(sys.argv[1:])
own, workers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime
print(seconds, max(own.ru_maxrss, workers.ru_maxrss) / 1000)
"""


def is_parsing(process: int) -> bool:
    """Return whether a child has worked for longer than it takes to start."""
    seconds = [0.0]
    for child in psutil.Process(process).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            seconds.append(child.cpu_times().user)
    return max(seconds) > 0.8


@pytest.mark.slow
def test_an_interrupt_ends_the_indexing_of_a_hostile_tree(tmp_path: Path) -> None:
    (tree := tmp_path / "tree").mkdir()
    for number in range(16):
        (tree / f"x{number}.hs").write_text(f"-- {number}\n" + "<<<a\n" * 30_000)
    with subprocess.Popen(
        index_command(tree), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        while not is_parsing(process.pid):  # all of them take half a minute
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        process.communicate(timeout=30)
    assert process.returncode != 0
    assert time.monotonic() - start < 2


def test_a_file_that_the_parser_does_not_get_through_says_so() -> None:
    origin = Origin("code", "x.go", "go", "code")
    chunking = chunk_document(Document(origin, "<!--\n" * 6_000, ""))
    assert chunking.method == "lines"
    assert chunking.note.startswith("not parsed: the parser makes no progress at byte ")


def test_it_says_the_same_each_time() -> None:
    def reason() -> str:
        with pytest.raises(NotParsed) as caught:
            parse(b"<!--\n" * 6_000, "go")
        return str(caught.value)

    assert len({reason() for _ in range(3)}) == 1


def test_the_next_file_is_parsed_as_if_nothing_had_been() -> None:
    with pytest.raises(NotParsed):
        parse(b"<!--\n" * 6_000, "go")
    assert str(parse(b"package a\n", "go")) == "(source_file (package_clause (package_identifier)))"


def test_an_interrupt_ends_a_parse_at_once() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    text = SOURCES["go"].encode() * 2_000
    try:
        for attempt in range(40):  # it comes while something is read, or counted, or neither
            with pytest.raises(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, 0.005 + 0.0003 * attempt)
                while True:
                    parse(text[:100_000], "go")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert parse(b"package a\n", "go").type == "source_file"


@pytest.mark.parametrize(
    "unit", ["-", "(", "not ", "a.", "lambda:", "[", "f'{", "1+", "x=", "@a\n", "if 1:\n ", "**"]
)
def test_an_answer_that_is_nested_without_end_is_read_in_seconds(unit: str) -> None:
    text = unit * (15_000 // len(unit))
    start = time.process_time()
    parsable(text)
    answer_of(Task("t", "add", before="def add(a, b):\n    return ", entry_point="add"), text)
    assert time.process_time() - start < 15 * SLOWNESS


def test_a_package_with_a_module_nested_without_end_names_the_reason() -> None:
    from corpora.python.loading import syntax_problem

    assert syntax_problem(b"x = " + b"-" * 100_000 + b"1") == "it is nested too deep to be parsed"
