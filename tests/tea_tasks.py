"""A small library, tasks that only those who know it can answer, and generators that know it or not."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from indexers.index import Index
from rag.evaluation.datasets import Dataset, open_dataset
from rag.evaluation.report import ContextResult, RunResult, TaskOutcome
from rag.evaluation.run import Evaluation, Generated, Sampler, Settings
from rag.execution import Limits, Sandbox, open_sandbox
from rag.generators.completion import Generator
from rag.prompting.prompt import Prompt
from tests.sandboxes import ISOLATION
from tests.small_corpora import write_tree

LIBRARY = {
    "kettle.py": '''def boil_water(litres):
    """Heat litres of water in the kettle; returns the seconds it takes."""
    return litres * 90
''',
    "leaves.py": '''def weigh_leaves(cups):
    """The grams of tea leaves for cups of tea."""
    return cups * 2
''',
    "pot.py": '''def fill_pot(guests):
    """How full the pot has to be for its guests."""
    return guests + 1
''',
}

WATER: dict[str, Any] = {
    "id": "water",
    "intent": "how many seconds until the kettle has heated the litres x",
    "before": "boil_water = lambda litres: litres * 90\n",
    "reference": "def answer(x):\n    return boil_water(x)\n",
    "tests": ["assert answer(2) == 180", "assert answer(0) == 0"],
    "entry_point": "answer",
    "gold": ["kettle.py"],
    "group": "hot",
}
LEAVES: dict[str, Any] = {
    "id": "leaves",
    "intent": "the grams of tea leaves that x cups take",
    "before": "weigh_leaves = lambda cups: cups * 2\n",
    "reference": "def answer(x):\n    return weigh_leaves(x)\n",
    "tests": ["assert answer(3) == 6"],
    "entry_point": "answer",
    "gold": ["weigh_leaves", "no/such.html#page"],
    "group": "dry",
}
POT: dict[str, Any] = {
    "id": "pot",
    "intent": "how full is the pot for x guests",
    "before": "fill_pot = lambda guests: guests + 1\n",
    "reference": "def answer(x):\n    return fill_pot(x)\n",
    "tests": ["assert answer(4) == 5"],
    "entry_point": "answer",
    "gold": ["pot.py"],
    "group": "hot",
}
BROKEN: dict[str, Any] = {
    "id": "broken",
    "intent": "what colour the cup has",
    "reference": "import cup_of_nobody\n",
    "tests": ["assert cup_of_nobody.colour"],
    "gold": ["pot.py"],
}
TASKS = (WATER, BROKEN, LEAVES, POT)

NAMES = {"kettle": "boil_water", "leaves": "weigh_leaves", "pot": "fill_pot"}
"""The function that answers a task, by a word of its intent."""
WRONG = "def answer(x):\n    return None\n"


def knowing(prompt: Prompt) -> str:
    """Answer right if the prompt shows the function that is needed."""
    name = needed(prompt)
    return using(name) if name and name in prompt.text else WRONG


def needed(prompt: Prompt) -> str:
    return next((name for word, name in NAMES.items() if word in prompt.query), "")


def using(name: str) -> str:
    return f"```python\ndef answer(x):\n    return {name}(x)\n```"


RIGHT = using("boil_water")


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a journal."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def tea_dataset(folder: Path, *tasks: Mapping[str, Any]) -> Dataset:
    return open_dataset("jsonl", write_lines(folder / "tea.jsonl", tasks or TASKS))


def tea_index(folder: Path, more: Mapping[str, str] = {}) -> Index:
    return Index.in_memory([write_tree(folder / "library", LIBRARY | dict(more))])


@contextmanager
def tea_sandbox() -> Iterator[Sandbox]:
    with open_sandbox(ISOLATION, Limits(timeout_seconds=10)) as opened:
        yield opened


def evaluation(
    dataset: Dataset,
    answers: Generator | Sampler,
    sandbox: Sandbox,
    settings: Settings = Settings(),  # noqa: B008
    index: Index | None = None,
) -> Evaluation:
    """Return an evaluation by two workers, with one sandbox for all tasks."""
    sampler = Generated(answers, {"generator": "of a test"}) if callable(answers) else answers
    return Evaluation(dataset, sampler, lambda task: sandbox, settings, index, workers=2)


def column(result: RunResult, context: str) -> ContextResult:
    return next(one for one in result.contexts if one.context == context)


def outcome(result: RunResult, context: str, task_id: str) -> TaskOutcome:
    return next(one for one in column(result, context).outcomes if one.task_id == task_id)


def passed(result: RunResult, context: str) -> list[str]:
    """Return the tasks whose samples all pass."""
    return [one.task_id for one in column(result, context).outcomes if 0 < one.samples == one.passed]
