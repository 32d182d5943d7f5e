"""A generator with scripted answers, and tasks for the tests of repair."""

from collections.abc import Iterator
from contextlib import contextmanager

from rag.evaluation.repair import Repaired, Repairer
from rag.evaluation.sample import Sample
from rag.evaluation.task import Task
from rag.execution import Limits, Sandbox, open_sandbox
from rag.prompting.prompt import Prompt, make_prompt
from rag.retrieval.hit import Hit
from tests.sandboxes import ISOLATION

SECRET = "17171"  # only the tests know it

ROOT = Task(
    "t/1",
    "the square root of `x`",
    shown="def root(x):\n    return ",
    before="def root(x):\n    return ",
    after="\n",
    tests=f"assert root(4) == 2\nassert root(int({SECRET!r}) ** 2) == {SECRET}\n",
    reference=f"{SECRET}",
    entry_point="root",
)
DOCUMENTED = Task(
    "t/2",
    "Write `double`.",
    shown='def double(x):\n    """Twice x.\n\n    >>> double(2)\n    4\n    """\n',
    before="",
    tests=f"assert double({SECRET}) == 2 * {SECRET}\n",
    entry_point="double",
)
SHELL = Task("t/3", "print hello", tests='[ "$(cat out)" = hello ]', language="bash")


@contextmanager
def small_sandbox() -> Iterator[Sandbox]:
    with open_sandbox(ISOLATION, Limits(timeout_seconds=5)) as opened:
        yield opened


class Scripted:
    """A generator that gives its answers in order, then repeats the last, and keeps its prompts."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt) -> str:
        self.prompts.append(prompt)
        return self.answers[min(len(self.prompts), len(self.answers)) - 1]


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


def repaired(repairer: Repairer, task: Task, answer: str, hits: tuple[Hit, ...] = ()) -> Repaired:
    query = f"{task.intent}\n{task.shown}"
    return repairer(task, Sample(task.task_id, "none", 0, answer, answer), make_prompt(query, hits))
