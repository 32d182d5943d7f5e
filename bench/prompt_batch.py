"""Measure how many prompts a second are made of 1,000 real questions, in one process and in several.

    python -m bench.prompt_batch INDEX [--processes 2] [--questions 1000]

The questions are those of ODEX-dev and DS-1000-dev (RAG_BENCH_DATA), and the first lines of docstrings of
Python's standard library. Prompts of several processes are compared with those of one.
"""

import ast
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter

from bench.arguments import argument_parser
from bench.data import bench_data
from bench.docs_retrieval import all_questions
from rag import DocPrompter, Index, Prompt

FILES = ("odex-dev.jsonl", "ds1000-dev.jsonl")
WARM_UP = 50  # questions, before the time is taken


def docstring_lines() -> Iterator[str]:
    """Yield the first lines of the docstrings of public functions of the standard library."""
    folder = Path(ast.__file__).parent
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if line := (ast.get_docstring(node) or "").strip().partition("\n")[0]:
                yield line


def real_questions(number: int) -> list[str]:
    """Return that many questions: of both data sets, then first lines of docstrings."""
    asked = [query for file in FILES for query in all_questions(bench_data() / "docs" / file)]
    return [*asked, *islice(docstring_lines(), max(number - len(asked), 0))][:number]


def cpu_seconds() -> float:
    """Return the processor time of this process and of all that have ended before it."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in (own, others))


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--questions", type=int, default=1000)
    options = parser.parse_args()
    questions = real_questions(options.questions)
    made: dict[int, list[Prompt]] = {}
    for processes in sorted({1, options.processes}):
        with Index.open(options.index) as index:
            prompter = DocPrompter(index)
            if processes == 1:
                list(prompter.prompts(questions[:WARM_UP]))
            start, cpu = perf_counter(), cpu_seconds()
            made[processes] = [one for one in prompter.prompts(questions, processes=processes)]  # type: ignore[misc]
            seconds, cpu = perf_counter() - start, cpu_seconds() - cpu
        print(
            f"processes: {processes}   {len(questions) / seconds:6.1f} prompts a second   "
            f"{1000 * cpu / len(questions):5.1f} ms of CPU each"
        )
    first, *others = made.values()
    if any(other != first for other in others):
        sys.exit("several processes made other prompts than one")


if __name__ == "__main__":
    main()
