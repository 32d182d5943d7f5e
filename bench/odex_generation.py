"""Measure what documentation does for libraries that a model knows: pass@1 and API recall on ODEX.

    python -m bench.odex_generation --keep FOLDER --answers FILE --model FILE.gguf [--gate-tasks 40]
    python -m bench.odex_generation --keep FOLDER --answers FILE            (reports what was answered)

Of the 232 questions of ODEX-dev, 100 are drawn by a seed, among those whose references pass here. The
others serve as solved examples (never the task itself) and, with --gate-tasks, to choose the threshold of
the gate: so many of them are answered without and with passages first. Without that, it is 0.5: passages are
shown if they are more likely to answer than not. Gated answers are those without passages or the retrieved
ones, so that nothing more is asked for them. FOLDER gets the documentation, its index and an environment
with the libraries of the tasks.
"""

import random
import subprocess
import sys
import venv
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.arguments import argument_parser
from bench.asked_model import asked_model
from bench.data import bench_data, unpacked_docs
from bench.generation import (
    PROMPT_TOKENS,
    Asked,
    Conditions,
    add_generation_options,
    ask_all,
    complete_tasks,
    journal_at,
    pass_scores,
    recall_scores,
    sandbox_with,
    table,
)
from corpora.spec import CorpusSpec
from rag import Index
from rag.evaluation.answer import answer_of
from rag.evaluation.datasets import open_dataset
from rag.evaluation.judge import Job, judge
from rag.evaluation.run.contexts import Contexts
from rag.evaluation.run.journal import Journal
from rag.evaluation.run.settings import Settings
from rag.evaluation.sample import Context
from rag.evaluation.task import Task
from rag.execution import Sandbox
from rag.prompting.prompt import Prompt
from rag.tasks.example_file import FewShotExample
from rag.tasks.few_shot import FewShot

SEED: Final = 17
DRAWN: Final = 100
PASSAGES: Final = 4
GATE: Final = 0.5
FEW_SHOT: Final = "few-shot"
REFERENCE: Final = "reference"
_CONTEXTS: Final[dict[str, Context]] = {
    "none": "none",
    "retrieved": "retrieved",
    FEW_SHOT: "retrieved",
    "oracle": "oracle",
}
CONDITIONS: Final = tuple(_CONTEXTS)
_LIBRARIES: Final = (
    "numpy==1.26.4", "pandas==1.5.3", "scipy==1.11.4", "matplotlib==3.8.4", "requests==2.31.0",
    "beautifulsoup4==4.12.3", "lxml==5.2.2", "pytz==2024.1", "django==4.2.13",
)  # fmt: skip
_MEMORY_MB: Final = 4096


def environment(keep: Path) -> Path:
    """Make the environment with the libraries; return its interpreter."""
    folder = keep / "environment"
    if not folder.exists():
        part = keep / "environment.part"
        venv.create(part, with_pip=True, clear=True)
        pip = [str(part / "bin" / "python"), "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
        subprocess.run([*pip, *_LIBRARIES], check=True)
        part.rename(folder)
    return folder / "bin" / "python"


def documentation(keep: Path) -> Index:
    """Return the index of the documentation pages, made or brought up to date."""
    return Index.build(keep / "index", [CorpusSpec("docs", "docs", str(unpacked_docs(keep)))])


def drawn(tasks: Sequence[Task], sandbox: Sandbox, kept: Journal[Asked]) -> tuple[list[Task], list[Task]]:
    """Return the tasks that are asked about and the others, each with a reference that passes."""
    shuffled = random.Random(SEED).sample(tasks, len(tasks))
    passing = []
    for task in shuffled:
        if (task.task_id, REFERENCE) not in kept:
            verdict = judge(Job(task, answer_of(task, task.reference)), sandbox)
            kept.add(Asked(task.task_id, REFERENCE, "", task.reference, verdict.status, verdict.detail[:300]))
        if kept[task.task_id, REFERENCE].passed:
            passing.append(task)
    return passing[:DRAWN], passing[DRAWN:]


class Prompts:
    """Makes the prompts of a task.

    Args:
        index: where passages are from.
        examples: tasks that may be shown solved; one is never shown for itself.
    """

    def __init__(self, index: Index, examples: Sequence[Task]) -> None:
        settings = Settings(("none", "retrieved", "oracle"), k=PASSAGES, max_prompt_tokens=PROMPT_TOKENS)
        self._plain = Contexts(settings, index)
        # Their code is a whole program, as an answer has to be.
        solved = [FewShotExample(one.intent, one.source(one.reference), name=one.task_id) for one in examples]
        self._few_shot = replace(self._plain, few_shot=FewShot(tuple(solved)))

    def __call__(self, task: Task, condition: str) -> tuple[Prompt, float | None]:
        """Return the prompt under a condition, and the confidence in what was retrieved for it."""
        contexts = self._few_shot if condition == FEW_SHOT else self._plain
        prompt, record = contexts.prompt(task, _CONTEXTS[condition])
        return prompt, record.confidence


def chosen_gate(rows: Sequence[tuple[float, bool, bool]]) -> float:
    """Return the threshold with which most answers pass; of equal ones the highest, which shows least.

    Args:
        rows: of each task, the confidence in what was retrieved, and whether the answers without and with it
            pass.

    >>> chosen_gate([(0.2, True, False), (0.6, False, True), (0.7, False, False)])
    0.6
    """
    thresholds = sorted({confidence for confidence, _, _ in rows} | {0.0, 1.0})

    def passes(threshold: float) -> int:
        return sum(second if confidence >= threshold else first for confidence, first, second in rows)

    return max(thresholds, key=lambda threshold: (passes(threshold), threshold))


def gate_of(others: Sequence[Task], kept: Journal[Asked]) -> tuple[float, int]:
    """Return the threshold, and the number of tasks that it was chosen on."""
    rows = [
        (kept[one.task_id, "retrieved"].confidence or 0.0, kept[one.task_id, "none"].passed,
         kept[one.task_id, "retrieved"].passed)
        for one in complete_tasks(others, ("none", "retrieved"), kept)
    ]  # fmt: skip
    return (chosen_gate(rows), len(rows)) if rows else (GATE, 0)


def with_gated(
    tasks: Sequence[Task], threshold: float, kept: Iterable[Asked]
) -> dict[tuple[str, str], Asked]:
    """Return all answers to tasks by task and condition, with those of a gate."""
    found = {(one.task_id, one.condition): one for one in kept}
    for task in tasks:
        shown = found[task.task_id, "retrieved"]
        chosen = shown if (shown.confidence or 0.0) >= threshold else found[task.task_id, "none"]
        found[task.task_id, "gated"] = replace(chosen, condition="gated")
    return found


def report(tasks: Sequence[Task], others: Sequence[Task], kept: Journal[Asked]) -> None:
    """Print the tables of what was answered under all conditions."""
    done = complete_tasks(tasks, CONDITIONS, kept)
    if not done:
        print("no task was answered under all conditions yet")
        return
    threshold, chosen_on = gate_of(others, kept)
    found = with_gated(done, threshold, kept)
    shown = sum((found[one.task_id, "retrieved"].confidence or 0.0) >= threshold for one in done)
    print(f"gate {threshold:.2f}, chosen on {chosen_on} others: passages for {shown} of {len(done)}\n")
    names = [*CONDITIONS, "gated"]
    print("\n".join([*table(pass_scores(done, names, found)), ""]))
    print("\n".join(table(recall_scores(done, names, found), "API recall")))
    if with_gold := [one for one in done if one.gold]:
        print("\nThose with pages that answer them:")
        print("\n".join(table(pass_scores(with_gold, names, found))))


def ask(
    tasks: Sequence[Task],
    others: Sequence[Task],
    options: Namespace,
    sandbox: Sandbox,
    kept: Journal[Asked],
) -> None:
    """Ask the model, first about the tasks that the gate is chosen on."""
    prompts, model = Prompts(documentation(options.keep), others), asked_model(options)
    for_gate = Conditions(("none", "retrieved"), prompts, options.at_once)
    ask_all(others[: options.gate_tasks], for_gate, model, lambda _: sandbox, kept)
    every = replace(for_gate, names=CONDITIONS)
    ask_all(tasks[: options.limit or None], every, model, lambda _: sandbox, kept)


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--keep", type=Path, required=True, help="folder of pages, index and environment")
    parser.add_argument("--gate-tasks", type=int, default=0, metavar="N", help="choose the gate on N others")
    add_generation_options(parser)
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    kept = journal_at(options.answers)
    every = open_dataset("odex", bench_data() / "docs" / "odex-dev.jsonl").tasks
    with sandbox_with(environment(options.keep), _MEMORY_MB) as sandbox:
        tasks, others = drawn(every, sandbox, kept)
        if options.model:
            ask(tasks, others, options, sandbox, kept)
    report(tasks, others, kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
