"""Measure whether documentation lets a model use libraries that it cannot know: pass@1 by execution.

    python -m bench.unknown_libraries --keep FOLDER --answers FILE --model FILE.gguf [--part kept_back]
    python -m bench.unknown_libraries --keep FOLDER --answers FILE [-v]     (reports what was answered)
    python -m bench.unknown_libraries --keep FOLDER --answers FILE --check  (runs references, wrong answers)

`bench/data/unknown` holds 60 tasks on three libraries, and says how young these are. FOLDER gets their
wheels, an environment with them, and an index of them: of the packages, as `rag docs add` reads them, and of
the pages beside one of them. Each task is asked without passages, with retrieved ones, and with the
documentation of the names that its reference solution uses.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import venv
from argparse import Namespace
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from bench.arguments import argument_parser
from bench.asked_model import asked_model
from bench.generation import (
    Asked,
    Conditions,
    add_generation_options,
    ask_all,
    complete_tasks,
    journal_at,
    pass_scores,
    points,
    recall_scores,
    sandbox_with,
    share_kept,
    table,
)
from corpora.spec import CorpusSpec
from indexers.deepening.deepen import deepen
from rag import Index
from rag.evaluation.datasets import open_dataset
from rag.evaluation.gold import GoldDocuments
from rag.evaluation.judge import Job, judge
from rag.evaluation.run.contexts import Contexts
from rag.evaluation.run.journal import Journal
from rag.evaluation.run.settings import Settings
from rag.evaluation.sample import Context
from rag.evaluation.task import Task
from rag.prompting.prompt import Prompt

DATA: Final = Path(__file__).parent / "data" / "unknown"
CONDITIONS: Final[tuple[Context, ...]] = ("none", "retrieved", "oracle")
PARTS: Final = ("tasks", "kept_back")
WRONG: Final = ("", "    pass\n", "    return None\n", "    return 0\n", "    return ''\n", "    return []\n")


class Libraries:
    """The libraries in a folder: their wheels, an environment and an index, made when first asked for."""

    def __init__(self, keep: Path, *, is_deepened: bool = False) -> None:
        self.keep, self.is_deepened = keep.resolve(), is_deepened
        self.pins: dict[str, str] = json.loads((DATA / "libraries.json").read_text())["versions"]

    @cached_property
    def wheels(self) -> list[Path]:
        """Download the wheels, and make that of our own package."""
        folder = self.keep / "wheels"
        if not folder.exists():
            part = self.keep / "wheels.part"
            pip = [sys.executable, "-m", "pip", "--quiet"]
            pins = [f"{name}=={version}" for name, version in self.pins.items() if name != "skerry"]
            subprocess.run([*pip, "download", "--no-deps", "--dest", str(part), *pins], check=True)
            with tempfile.TemporaryDirectory() as copy:  # setuptools writes beside the source
                source = shutil.copytree(DATA / "skerry", Path(copy, "skerry"))
                subprocess.run([*pip, "wheel", "--no-deps", "-w", str(part), str(source)], check=True)
            part.rename(folder)
        return sorted(folder.glob("*.whl"))

    @cached_property
    def python(self) -> Path:
        """Make the environment; return its interpreter."""
        folder = self.keep / "environment"
        if not folder.exists():
            part = self.keep / "environment.part"
            venv.create(part, with_pip=True, clear=True)
            wheels = map(str, self.wheels)
            subprocess.run([part / "bin" / "python", "-m", "pip", "install", "--quiet", *wheels], check=True)
            part.rename(folder)
        return folder / "bin" / "python"

    @cached_property
    def index(self) -> Index:
        """Make the index, or bring it up to date."""
        specs = [
            CorpusSpec(name, "package", str(wheel))
            for wheel in self.wheels
            if (name := wheel.name.partition("-")[0]) in self.pins
        ]
        pages = CorpusSpec(
            "skerry-pages", "docs", str(DATA / "skerry" / "docs"), "skerry", self.pins["skerry"]
        )
        index = Index.build(self.keep / "index", [*specs, pages])
        if self.is_deepened:
            deepen(index)
            index.close()
            index = Index.open(self.keep / "index")
        return index


def tasks_of(part: str) -> tuple[Task, ...]:
    """Return the tasks that are worked with, or those that are kept back."""
    return open_dataset("jsonl", DATA / f"{part}.jsonl").tasks


def check(libraries: Libraries, tasks: Sequence[Task]) -> int:
    """Run each reference, which has to pass, and wrong answers, which must not; return how many faults."""
    documents = GoldDocuments(libraries.index)
    faults = 0
    with sandbox_with(libraries.python) as sandbox:
        for task in tasks:
            verdict = judge(Job(task, task.reference), sandbox)
            passing = [wrong for wrong in WRONG if judge(Job(task, wrong), sandbox).passed]
            if missing := documents.missing(task.gold):
                print(f"{task.task_id}: no unit of {', '.join(missing)}")
            if not verdict.passed or passing:
                faults += 1
                print(f"{task.task_id}: {verdict.status} {verdict.detail} {verdict.stderr[-300:]}")
                print(f"  wrong answers that pass: {passing}")
    print(f"{len(tasks)} tasks, {faults} faults")
    return faults


def chosen(options: Namespace) -> list[Context]:
    """Return the conditions that were asked for, in their usual order."""
    names = options.conditions.split(",")
    return [one for one in CONDITIONS if one in names]


def ask(libraries: Libraries, tasks: Sequence[Task], options: Namespace, kept: Journal[Asked]) -> None:
    """Ask the model about the tasks, in an order in which the libraries alternate."""
    contexts = Contexts(Settings(CONDITIONS, max_prompt_tokens=options.prompt_tokens), libraries.index)

    def made(task: Task, condition: str) -> tuple[Prompt, float | None]:
        prompt, record = contexts.prompt(task, next(one for one in CONDITIONS if one == condition))
        return prompt, record.confidence

    with sandbox_with(libraries.python) as sandbox:
        asked = Conditions(chosen(options), made, options.at_once)
        ask_all(tasks, asked, asked_model(options), lambda _: sandbox, kept)


def alternating(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks such that any beginning of them has about as many of each group."""
    places: dict[str, int] = {}
    keyed = []
    for task in tasks:
        places[task.group] = places.get(task.group, -1) + 1
        keyed.append((places[task.group], task))
    return [task for _, task in sorted(keyed, key=lambda one: one[0])]


def report(tasks: Sequence[Task], conditions: Sequence[Context], kept: Journal[Asked]) -> None:
    """Print the tables of what was answered under all conditions."""
    done = complete_tasks(tasks, conditions, kept)
    if not done:
        print("no task was answered under these conditions yet")
        return
    passed = pass_scores(done, conditions, kept)
    print("\n".join([*table(passed), "", *table(recall_scores(done, conditions, kept), "API recall")]))
    for group in sorted({task.group for task in done}):
        shares = [
            f"{condition} {sum(one.score for one in answers if group in one.labels):.0f}"
            for condition, answers in passed.items()
        ]
        print(f"{group}, {sum(task.group == group for task in done)} tasks, passed: {', '.join(shares)}")
    if len(conditions) == len(CONDITIONS):
        share = share_kept(*([one.score for one in passed[condition]] for condition in CONDITIONS))
        print(f"share of the oracle's gain that retrieval keeps, in %: {points(share) if share else 'none'}")
    for condition in conditions:
        asked = [kept[task.task_id, condition] for task in done]
        tokens = sum(one.prompt_tokens or 0 for one in asked) / len(asked)
        found = [_found(task, kept[task.task_id, condition]) for task in done]
        seconds = sum(one.seconds for one in asked) / len(asked)
        shown = sum(found) / len(found)
        print(f"{condition}: {tokens:.0f} tokens a prompt, {seconds:.1f} s, gold names shown {shown:.2f}")


def _found(task: Task, asked: Asked) -> float:
    """Return the share of the names in the gold of a task that the prompt documented."""
    return sum(name in asked.passages for name in task.gold) / len(task.gold)


def failures(tasks: Sequence[Task], kept: Journal[Asked]) -> None:
    """Print what the model answered with retrieved passages where that failed."""
    for task in complete_tasks(tasks, ("retrieved",), kept):
        one = kept[task.task_id, "retrieved"]
        if not one.passed:
            best = kept.get((task.task_id, "oracle"))
            known = f" (oracle: {best.status})" if best else ""
            print(f"\n## {task.task_id}: {one.status}, {one.detail}{known}\n{task.intent}")
            print(f"gold {task.gold}\nshown {one.passages}\n{one.answer}")


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--keep", type=Path, required=True, help="folder of wheels, environment and index")
    parser.add_argument(
        "--conditions", default=",".join(CONDITIONS), help="those to ask and to compare, joined by commas"
    )
    parser.add_argument("--part", choices=PARTS, default=PARTS[0])
    parser.add_argument("--check", action="store_true", help="run the references instead of a model")
    parser.add_argument("--deepen", action="store_true", help="as `rag index --deepen`; FOLDER stays so")
    parser.add_argument("-v", "--verbose", action="store_true", help="show failing answers")
    add_generation_options(parser)
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    libraries, tasks = Libraries(options.keep, is_deepened=options.deepen), tasks_of(options.part)
    if options.check:
        return min(1, check(libraries, tasks))
    tasks = tuple(alternating(tasks))[: options.limit or None]
    kept = journal_at(options.answers)
    if options.model:
        ask(libraries, tasks, options, kept)
    report(tasks, chosen(options), kept)
    if options.verbose:
        failures(tasks, kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
