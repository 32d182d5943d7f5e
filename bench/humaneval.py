"""Run recorded HumanEval samples: pass@k, programs per second, kinds of failure.

    python -m bench.humaneval [--tasks 20] [--workers 2] [--isolation bwrap] [--save VERDICTS.json]

The samples are 16,400 programs written by CodeGen-Mono-16B (temperature 0.8, top-p 0.95). An independent
harness got 22.43 / 50.79 / 74.39 for k = 1 / 10 / 100 from the same samples, with 3 seconds for each.
"""

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path
from typing import Any

from bench.arguments import argument_parser
from bench.data import bench_data
from rag.evaluation.sample import Sample
from rag.evaluation.task import Task
from rag.execution import Program, Sandbox, open_sandbox, pass_at_k

LEAST_SECONDS, TIMES = 1.0, 10  # the time limit of a program: 1 s plus ten times what the reference takes
CUTOFFS = (1, 10, 100)
# a sample goes on until the model's token budget is spent: what follows the function is not part of the
# answer
_NEXT_STATEMENT = re.compile(r"\n(?=[^\s])")
_FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)

Statuses = dict[str, list[str]]
"""Task id -> the status of each sample's verdict, by the number of the sample."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A task, its recorded samples, and 100 texts of test cases that the same model wrote for it."""

    task: Task
    samples: Sequence[Sample]
    written: Sequence[str]


def load_problems(count: int) -> list[Problem]:
    """Load `count` of the 164 tasks, evenly from first to last, since they get harder."""
    folder = bench_data() / "humaneval"
    recorded = list(_records(folder / "codegen16b-samples.jsonl.gz"))
    test_cases = list(_records(folder / "codegen16b-testcases.jsonl.gz"))
    rows = list(_records(folder / "HumanEval.jsonl.gz"))
    problems = []
    for row in (rows[number * len(rows) // count] for number in range(count)):
        name, prompt = row["entry_point"], row["prompt"]
        task = Task(
            row["task_id"],
            intent=prompt,
            shown=prompt,
            reference=row["canonical_solution"],
            before=prompt,
            tests=f"{row['test']}\ncheck({name})\n",
            entry_point=name,
        )
        samples = [
            Sample(task.task_id, "none", number, text, _NEXT_STATEMENT.split(text, maxsplit=1)[0] + "\n")
            for number, text in enumerate(_recorded(task, recorded))
        ]
        problems.append(Problem(task, samples, _recorded(task, test_cases)))
    return problems


def judge(problems: Sequence[Problem], sandbox: Sandbox, workers: int) -> Statuses:
    """Run every sample with the tests of its task; return the statuses."""
    seconds = {problem.task.task_id: _reference_seconds(sandbox, problem.task) for problem in problems}

    def programs() -> Iterator[Program]:
        for problem in problems:
            limit = LEAST_SECONDS + TIMES * seconds[problem.task.task_id]
            for sample in problem.samples:
                yield problem.task.checks(sample.answer, limit)[0].program

    verdicts = sandbox.run_all(programs(), workers)
    return {problem.task.task_id: [next(verdicts).status for _ in problem.samples] for problem in problems}


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--tasks", type=int, default=164, help="number of tasks")
    parser.add_argument("--workers", type=int, default=2, help="number of programs that run at a time")
    parser.add_argument("--isolation", default="bwrap", help="level of isolation of the sandbox")
    parser.add_argument("--save", type=Path, help="JSON file for the status of each sample")
    options = parser.parse_args()
    problems = load_problems(options.tasks)
    started = time.perf_counter()
    with open_sandbox(options.isolation) as sandbox:
        statuses = judge(problems, sandbox, options.workers)
    report(statuses, time.perf_counter() - started, options.isolation)
    if options.save:
        options.save.write_text(json.dumps(statuses))


def report(statuses: Statuses, seconds: float, isolation: str) -> None:
    total = Counter(status for task in statuses.values() for status in task)
    count = total.total()
    print(f"{count} programs of {len(statuses)} tasks, isolation {isolation}: ", end="")
    print(f"{seconds:.1f} s, {count / seconds:.1f} a second")
    print(", ".join(f"{number} {status}" for status, number in total.most_common()))
    for k in CUTOFFS:
        chances = [pass_at_k(len(task), task.count("passed"), k) for task in statuses.values()]
        print(f"pass@{k:<4} {100 * sum(chances) / len(chances):6.2f}")


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _recorded(task: Task, records: Sequence[dict[str, Any]]) -> list[str]:
    """Return what was recorded for a task; the recorded prompt lacks the examples.

    Tasks are matched by the last function of their prompt. Six names are shared by two tasks each: there the
    longest common beginning decides.
    """
    same = [record for record in records if _FUNCTION.findall(record["prompt"])[-1] == task.entry_point]
    best = max(same, key=lambda record: len(commonprefix([record["prompt"], task.shown])))  # noqa: RUF071 (text)
    samples: list[str] = best["samples"]
    return samples


def _reference_seconds(sandbox: Sandbox, task: Task) -> float:
    verdict = sandbox.run(task.checks(task.reference)[0].program)
    if not verdict.passed:
        raise SystemExit(f"the reference of {task.task_id} does not pass here: {verdict.detail}")
    return verdict.seconds


if __name__ == "__main__":
    main()
