"""Ask a local model under several conditions, run its answers, and keep each as it comes.

Conditions are asked task by task, so that the part that was done before a kill is already a comparison. A
rerun with the same file goes on where it ended: an answer is never asked for twice.
"""

import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from bench.asked_model import add_model_options, each_at_once
from bench.intervals import Answer, paired
from corpora.document import hash_bytes
from rag.evaluation.answer import answer_of
from rag.evaluation.intervals import Interval, share_interval
from rag.evaluation.judge import Job, judge
from rag.evaluation.run.journal import Journal
from rag.evaluation.scores.api_recall import api_recall
from rag.evaluation.task import Task
from rag.execution import Limits, Sandbox, open_sandbox
from rag.generators.completion import Completion, Generator, complete
from rag.prompting.prompt import Prompt

PROMPT_TOKENS: Final = 900
_SECONDS: Final = 20  # of a program: more than any reference here takes
_DRAWS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer of a model, and what came of it.

    Args:
        task_id: the task.
        condition: what the prompt held.
        text: what the model wrote.
        answer: the code in it.
        status: the verdict of the tests.
        detail: why it failed, in a line.
        api_recall: the share of the functions of the reference that it calls; None if that calls none.
        passages: the names of the passages in the prompt, best first, and of those listed by signature.
        confidence: how likely what was retrieved answers; None where nothing was retrieved.
        prompt_tokens: by the model's own count.
        completion_tokens: likewise.
        seconds: that the model took.
        prompt_hash: of the prompt; a task is asked once with the same one.
    """

    task_id: str
    condition: str
    text: str
    answer: str
    status: str
    detail: str = ""
    api_recall: float | None = None
    passages: tuple[str, ...] = ()
    confidence: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    prompt_hash: str = ""

    @property
    def passed(self) -> bool:
        """Whether the tests passed."""
        return self.status == "passed"


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which conditions a model is asked about tasks.

    Args:
        names: of them, in the order of asking.
        prompt: makes the prompt of a task under one of them, and returns it with how likely what was found
            answers; None where nothing was.
        at_once: the number of tasks asked about at a time.
    """

    names: Sequence[str]
    prompt: Callable[[Task, str], tuple[Prompt, float | None]]
    at_once: int = 1


def add_generation_options(parser: ArgumentParser) -> None:
    """Add the options of a bench that asks a model and keeps its answers."""
    parser.add_argument("--answers", type=Path, required=True, metavar="FILE", help="JSONL of the answers")
    parser.add_argument("--prompt-tokens", type=int, default=PROMPT_TOKENS, metavar="N", help="of a prompt")
    add_model_options(parser)


def sandbox_with(python: Path | str, memory_mb: int = 512) -> Sandbox:
    """Return a sandbox with an interpreter and its libraries."""
    return open_sandbox(limits=Limits(timeout_seconds=_SECONDS, memory_mb=memory_mb), python=str(python))


def journal_at(path: Path) -> Journal[Asked]:
    """Return the answers kept in a file, made with the first of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return Journal(path, Asked, lambda one: (one.task_id, one.condition))


def ask_all(
    tasks: Sequence[Task],
    asked: Conditions,
    model: Generator,
    sandbox_of: Callable[[Task], Sandbox],
    kept: Journal[Asked],
) -> None:
    """Ask about each task under each condition, unless that answer is kept, and judge it."""
    lock = threading.Lock()

    def about(numbered: tuple[int, Task]) -> None:
        number, task = numbered
        for condition in asked.names:
            if (task.task_id, condition) in kept:
                continue
            prompt, confidence = asked.prompt(task, condition)
            one = _same(task, condition, prompt, kept) or _asked(task, condition, prompt, model, sandbox_of)
            with lock:
                kept.add(replace(one, confidence=confidence))
            name = f"{number}/{len(tasks)} {task.task_id} {condition}"
            print(f"{name}: {one.status}, {one.seconds:.0f} s", flush=True)

    each_at_once(enumerate(tasks, start=1), about, asked.at_once)


def _same(task: Task, condition: str, prompt: Prompt, kept: Journal[Asked]) -> Asked | None:
    """Return the answer that the same prompt got under another condition: at temperature 0 it is the same."""
    same = (one for one in tuple(kept) if one.task_id == task.task_id and one.prompt_hash == _hash(prompt))
    return next((replace(one, condition=condition) for one in same), None)


def _asked(
    task: Task, condition: str, prompt: Prompt, model: Generator, sandbox_of: Callable[[Task], Sandbox]
) -> Asked:
    begun = time.monotonic()
    completion = complete(model, prompt)
    seconds = round(time.monotonic() - begun, 2)
    one = judged(task, condition, prompt, completion, sandbox_of(task))
    return replace(one, seconds=seconds, prompt_hash=_hash(prompt))


def _hash(prompt: Prompt) -> str:
    return hash_bytes(prompt.text.encode())


def judged(task: Task, condition: str, prompt: Prompt, completion: Completion, sandbox: Sandbox) -> Asked:
    """Run an answer with the tests of its task."""
    answer = answer_of(task, completion.text)
    verdict = judge(Job(task, answer), sandbox)
    return Asked(
        task.task_id,
        condition,
        completion.text,
        answer,
        verdict.status,
        " ".join(verdict.detail.split())[:300],
        api_recall(f"{task.before}{answer}", f"{task.before}{task.reference}{task.after}"),
        tuple(hit.chunk.symbol or hit.chunk.location for hit in (*prompt.hits, *prompt.listed)),
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
    )


class Kept(Protocol):
    """Answers by task and condition: a journal of them, or a dictionary."""

    def __getitem__(self, key: tuple[str, str], /) -> Asked:
        """Return an answer."""


Scores = Mapping[str, Sequence[Answer]]
"""By condition, the scores of the same tasks in the same order."""


def complete_tasks(tasks: Iterable[Task], conditions: Sequence[str], kept: Journal[Asked]) -> list[Task]:
    """Return the tasks that were answered under every condition: only these are compared."""
    return [task for task in tasks if all((task.task_id, condition) in kept for condition in conditions)]


def pass_scores(tasks: Sequence[Task], conditions: Sequence[str], kept: Kept) -> Scores:
    """Return 1 for each task whose answer passed, 0 for the others."""
    return {
        condition: [
            Answer(task.task_id, float(kept[task.task_id, condition].passed), labels=(task.group,))
            for task in tasks
        ]
        for condition in conditions
    }


def recall_scores(tasks: Sequence[Task], conditions: Sequence[str], kept: Kept) -> Scores:
    """Return the API recall of each task whose reference calls anything."""
    return {
        condition: [
            Answer(task.task_id, recall)
            for task in tasks
            if (recall := kept[task.task_id, condition].api_recall) is not None
        ]
        for condition in conditions
    }


def share_kept(none: Sequence[float], retrieved: Sequence[float], oracle: Sequence[float]) -> Interval | None:
    """Return which share of the gain of the right passages retrieved ones keep, with its 95 % interval.

    Tasks are drawn anew; draws in which the right passages gain nothing have no such share, and are left out.
    None if they gain nothing at all.

    >>> print(share_kept([0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]))
    0.5000 [0.000, 1.000]
    """
    first, second, best = (np.asarray(one, dtype=float) for one in (none, retrieved, oracle))
    gain = best.mean() - first.mean()
    if gain <= 0:
        return None
    places = np.random.default_rng(0).integers(0, len(first), (_DRAWS, len(first)))
    gains = best[places].mean(axis=1) - first[places].mean(axis=1)
    kept = second[places].mean(axis=1) - first[places].mean(axis=1)
    shares = kept[gains > 0] / gains[gains > 0]
    low, high = np.quantile(shares, (0.025, 0.975))
    return Interval(float((second.mean() - first.mean()) / gain), float(low), float(high))


def table(scores: Scores, unit: str = "pass@1") -> list[str]:
    """Return the rows of a table: each condition with its interval, and its difference from the first one."""
    first = next(iter(scores))
    rows = [f"| {unit} | tasks | share | difference from {first} | p |", "|---|---|---|---|---|"]
    for condition, answers in scores.items():
        share = share_interval([one.score for one in answers])
        if condition == first:
            difference, p = "", ""
        else:
            found = paired(scores[first], answers)
            difference, p = points(found.difference), f"{found.p:.4f}"
        rows.append(f"| {condition} | {len(answers)} | {points(share)} | {difference} | {p} |")
    return rows


def points(found: Interval) -> str:
    """Return an interval in percent.

    >>> points(Interval(0.5, 0.25, 0.75))
    '50.0 [25.0, 75.0]'
    """
    return f"{100 * found.mean:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"
