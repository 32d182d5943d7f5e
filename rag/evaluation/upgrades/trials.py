"""The trial of a task before it is taken: its reference is run, and what must fail has to fail."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from corpora.errors import SandboxError
from corpora.python.fetching.wheels import printable_line
from rag.evaluation.judge import Job, judge
from rag.evaluation.task import Task
from rag.evaluation.upgrades.records import TaskDraft
from rag.execution import Sandbox, Verdict

_RUNS: Final = 2  # of the reference, which has to pass each time
_MAX_DETAIL: Final = 200
PASSES_WITHOUT: Final = "its example passes without the new parameter"


class Trials:
    """Runs drafts in the environments of both versions.

    Args:
        sandbox_of: returns the sandbox of a task, by its requirements.
        older: requirements of the newer version -> those of the older one.
    """

    def __init__(
        self, sandbox_of: Callable[[Task], Sandbox], older: Mapping[tuple[str, ...], tuple[str, ...]]
    ) -> None:
        self._sandbox_of = sandbox_of
        self._older = older

    def why_not(self, draft: TaskDraft) -> tuple[str, str]:
        """Return why a draft is no task, and a detail; an empty text for one that is."""
        task = draft.task
        try:
            for number in range(_RUNS):
                verdict = self._run(task, task.reference)
                if not verdict.passed:
                    reason = "its example fails" if number == 0 else "its example does not pass each time"
                    return reason, _detail(verdict)
            if draft.is_new:
                older = replace(task, requirements=self._older[task.requirements])
                if self._run(older, task.reference).passed:
                    return "its example passes with the older version too", ""
            if draft.bare and self._run(task, draft.bare).passed:
                return PASSES_WITHOUT, ""
            for answer in draft.trivial:
                if self._run(task, answer).passed:
                    return "a trivial answer passes", printable_line(answer.strip())
        except SandboxError as error:
            reason = "there is no environment to run its example in"
            return reason, printable_line(f"{error.what}: {error.why}")
        return "", ""

    def _run(self, task: Task, answer: str) -> Verdict:
        return judge(Job(task, answer), self._sandbox_of(task))


def _detail(verdict: Verdict) -> str:
    return printable_line(f"{verdict.status}: {verdict.detail}")[:_MAX_DETAIL]
