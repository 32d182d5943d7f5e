"""The result of a run, computed from the records in its folder."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Final

from rag.evaluation.leakage import date_windows, origin_windows
from rag.evaluation.report import (
    NO_LIKELIHOOD,
    AnswerCounts,
    Attribution,
    ContextResult,
    DocumentationEffect,
    FailingCase,
    GateEffect,
    PassageEffect,
    RunResult,
    TaskOutcome,
)
from rag.evaluation.report.effects import WITHOUT
from rag.evaluation.run.documentation_effects import changed_task, library_versions
from rag.evaluation.run.folder import RunFolder
from rag.evaluation.run.records import PromptRecord
from rag.evaluation.run.repair_outcome import repair_counts, repair_steps
from rag.evaluation.run.settings import Settings
from rag.evaluation.sample import Context, Sample
from rag.evaluation.scores import CodeBertScore, retrieval_scores, score_answer, score_corpus
from rag.evaluation.task import Task
from rag.execution import Verdict
from rag.generators.completion import is_cut_off

_ERROR_CHARS: Final = 2000  # of the stderr of a failing case, from its end
_REQUEST_CHARS: Final = 80
_ADDRESS: Final = re.compile(r"(?<= at )0x[0-9a-f]+")  # <object at 0x7f5e...> differs from run to run


def result_of(tasks: Sequence[Task], folder: RunFolder, settings: Settings) -> RunResult:
    """Return the result of the finished run in `folder`. The same records give the same result."""
    failures = environment_failures(tasks, folder)
    left_out = {task_id for ids in failures.values() for task_id in ids}
    scored = [task for task in tasks if task.task_id not in left_out]
    cells = _Cells(scored, folder, settings)
    return RunResult(
        folder.path.name,
        {
            **{key: value for key, value in folder.manifest.items() if key != "command"},
            **_selection_notes(scored, folder, settings),
        },
        tuple(cells.context(context) for context in settings.contexts),
        failures,
        tuple(
            case for task in scored for context in settings.contexts for case in cells.failing(task, context)
        ),
        cells.gate() if settings.gate else None,
        tuple(_attributions(scored, cells)) if settings.attribute else (),
        {task.task_id: first_words(task.intent) for task in tasks},
        tuple(cells.effect(context) for context in settings.contexts if context != WITHOUT)
        if WITHOUT in settings.contexts
        else (),
    )


def first_words(intent: str) -> str:
    """Return the first words of what a task asks, on one line."""
    words = " ".join(intent[: 10 * _REQUEST_CHARS].split())
    return words if len(words) <= _REQUEST_CHARS else f"{words[: _REQUEST_CHARS - 1].rstrip()}…"


def _selection_notes(tasks: Sequence[Task], folder: RunFolder, settings: Settings) -> dict[str, Any]:
    """Return what a reader has to know of a selection: what samples were tried on, and what was unknown."""
    notes: dict[str, Any] = {}
    if counts := Counter(selected.origin for selected in folder.selected):
        notes["samples tried on"] = dict(sorted(counts.items()))
    if settings.needs_log_likelihood:
        tested = {task.task_id for task in tasks if task.is_executable}
        samples = [sample for sample in folder.samples if sample.task_id in tested]
        unknown = sum(sample.log_likelihood is None for sample in samples)
        if unknown:
            notes[NO_LIKELIHOOD] = f"{unknown} of {len(samples)}"
    return notes


def environment_failures(tasks: Iterable[Task], folder: RunFolder) -> dict[str, tuple[str, ...]]:
    """Return the ids of the tasks whose reference fails here, by reason, the most frequent reason first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for task in tasks:
        if reason := environment_failure(folder, task):
            found[reason].append(task.task_id)
    return {
        reason: tuple(ids) for reason, ids in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    }


def environment_failure(folder: RunFolder, task: Task) -> str:
    """Return why the reference of `task` fails here; empty where it passes or was not run."""
    calibrated = folder.references.get(task.task_id)
    if calibrated is None or calibrated.verdict.passed:
        return ""
    return f"{calibrated.verdict.status}: {calibrated.verdict.detail}"


def is_judged(task: Task) -> bool:
    """Return whether answers to `task` can be scored; otherwise only retrieval is."""
    return task.is_executable or bool(task.reference)


class _Cells:
    """The outcomes of tasks in contexts."""

    def __init__(self, tasks: Sequence[Task], folder: RunFolder, settings: Settings) -> None:
        self.tasks, self.folder, self.settings = tasks, folder, settings
        self.groups = _groups(tasks, settings)
        self.bert = CodeBertScore(settings.code_bert_score) if settings.code_bert_score else None

    def samples(self, task: Task, context: Context) -> list[Sample]:
        numbers = range(self.settings.samples)
        return [self.folder.samples[task.task_id, context, number] for number in numbers]

    def verdict(self, task: Task, context: Context, number: int) -> Verdict:
        return self.folder.verdicts[task.task_id, context, number].verdict

    def passed(self, task: Task, context: Context) -> list[bool]:
        numbers = range(self.settings.samples if task.is_executable else 0)
        return [self.verdict(task, context, number).passed for number in numbers]

    def prompted(self, task: Task, context: Context) -> PromptRecord:
        return self.folder.prompts[task.task_id, context]

    def context(self, context: Context) -> ContextResult:
        retrieval = self._retrieval(context)
        outcomes = tuple(self._outcome(task, context, retrieval) for task in self.tasks)
        samples = [sample for task in self.tasks for sample in self._all(task, context)]
        repairs = [
            (self.verdict(task, context, 0).passed, repaired)
            for task in self.tasks
            if (repaired := self.folder.repairs.get((task.task_id, context, 0)))
        ]
        return ContextResult(
            context,
            outcomes,
            self._corpus_scores(context),
            answer_counts(samples),
            repair_counts(repairs, self.settings),
        )

    def _all(self, task: Task, context: Context) -> list[Sample]:
        return self.samples(task, context) if is_judged(task) else []

    def _outcome(
        self, task: Task, context: Context, retrieval: Mapping[str, Mapping[str, float]]
    ) -> TaskOutcome:
        passed = self.passed(task, context)
        text: dict[str, float] = {}
        if task.reference:
            answer = self.samples(task, context)[0].answer
            text = score_answer(answer, task.reference, task.language)
            if self.bert:
                text["code_bert_score"] = self.bert(answer, task.reference)
        return TaskOutcome(
            task.task_id,
            len(passed),
            sum(passed),
            self._steps(task, context),
            text,
            {name: scores[task.task_id] for name, scores in retrieval.items() if task.task_id in scores},
            self.groups[task.task_id],
            self.prompted(task, context).excluded,
            library_versions(task),
        )

    def _steps(self, task: Task, context: Context) -> dict[str, float]:
        if not task.is_executable:
            return {}
        steps: dict[str, float] = {}
        for method in self.settings.select:
            chosen = self.folder.selected[task.task_id, context, method]
            steps[f"selected ({method})"] = float(self.verdict(task, context, chosen.number).passed)
        repaired = self.folder.repairs.get((task.task_id, context, 0))
        if repaired:
            steps |= repair_steps(repaired, self.settings)
        return steps

    def _retrieval(self, context: Context) -> Mapping[str, Mapping[str, float]]:
        gold = {task.task_id: task.gold for task in self.tasks if task.gold}
        if context != "retrieved" or not gold:
            return {}
        ranked = {task.task_id: self.prompted(task, context).ranked for task in self.tasks}
        return retrieval_scores(gold, ranked).per_task

    def _corpus_scores(self, context: Context) -> Mapping[str, float]:
        """Return the scores of the first samples together; none where tasks are in several languages."""
        tasks = [task for task in self.tasks if task.reference]
        if len({task.language for task in tasks}) != 1:
            return {}
        answers = [self.samples(task, context)[0].answer for task in tasks]
        return score_corpus(answers, [task.reference for task in tasks], tasks[0].language)

    def failing(self, task: Task, context: Context) -> Iterable[FailingCase]:
        """Yield the first sample that did not pass, if there is one."""
        failed = [number for number, passed in enumerate(self.passed(task, context)) if not passed]
        if failed:
            sample, verdict = self.samples(task, context)[failed[0]], self.verdict(task, context, failed[0])
            prompted = self.prompted(task, context)
            program = task.checks(sample.answer)[0].program
            yield FailingCase(
                task.task_id,
                context,
                sample.number,
                task.intent,
                prompted.text,
                sample.answer,
                f"{program.source}\n{program.tests}",
                verdict.status,
                _error(verdict),
                prompted.passages,
                task.reference,
                task.language,
            )

    def effect(self, context: Context) -> DocumentationEffect:
        """Return the tasks that the passages of a context changed, the greatest changes first."""
        changed = []
        for task in self.tasks:
            without, passed = self.passed(task, WITHOUT), self.passed(task, context)
            if sum(without) != sum(passed):
                better = context if sum(passed) > sum(without) else WITHOUT
                passing = [
                    sample.answer
                    for sample, is_right in zip(
                        self.samples(task, better), self.passed(task, better), strict=True
                    )
                    if is_right
                ]
                shares = fmean(without), fmean(passed)
                changed.append(changed_task(task, shares, passing, self.prompted(task, context)))
        changed.sort(key=lambda one: (-abs(one.after - one.before), one.task_id))
        return DocumentationEffect(context, tuple(changed))

    def gate(self) -> GateEffect:
        """Compare the answers without and with passages where the confidence is below the gate."""
        closed = [task for task in self.tasks if self._confidence(task) < self.settings.gate]
        change = {
            task.task_id: sum(self.passed(task, "none")) - sum(self.passed(task, "retrieved"))
            for task in closed
        }
        gained = tuple(task_id for task_id, more in change.items() if more > 0)
        lost = tuple(task_id for task_id, more in change.items() if more < 0)
        return GateEffect(self.settings.gate, len(closed), gained, lost)

    def _confidence(self, task: Task) -> float:
        return self.prompted(task, "retrieved").confidence or 0.0


def answer_counts(samples: Sequence[Sample]) -> AnswerCounts:
    """Count answers that are missing, by their reasons, and those that were cut off."""
    # The words of a refusal or an error differ each time: only what stands before them is counted.
    missing = Counter(sample.failure.partition(":")[0] for sample in samples if sample.failure)
    lengths = [sample.completion_tokens for sample in samples if sample.completion_tokens is not None]
    return AnswerCounts(
        dict(missing.most_common()),
        sum(is_cut_off(sample.finish) for sample in samples),
        fmean(lengths) if lengths else None,
        dict(Counter(name for sample in samples for name in sample.left_out).most_common()),
    )


def _error(verdict: Verdict) -> str:
    """Return what went wrong, in words that are the same in every run."""
    # The time limit follows from the measured time of the reference, so it is left out.
    detail = "it reached its time limit" if verdict.status == "timeout" else verdict.detail
    return _ADDRESS.sub("0x...", f"{detail}\n{verdict.stderr[-_ERROR_CHARS:]}").strip()


def _groups(tasks: Sequence[Task], settings: Settings) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the groups of each task for every way to group them; ways that say nothing are left out."""
    ways: dict[str, dict[str, tuple[str, ...]]] = {
        "group": {task.task_id: (task.group,) for task in tasks if task.group},
        "library": {task.task_id: task.libraries for task in tasks if task.libraries},
    }
    windows: list[tuple[str, Mapping[Any, Sequence[Task]]]] = [("origin", origin_windows(tasks))]
    if settings.cutoff:
        windows.append((f"published, cutoff {settings.cutoff}", date_windows(tasks, settings.cutoff)))
    for name, parts in windows:
        if len([part for part in parts.values() if part]) > 1:
            ways[name] = {task.task_id: (str(part),) for part, members in parts.items() for task in members}
    return {
        task.task_id: {name: groups[task.task_id] for name, groups in ways.items() if task.task_id in groups}
        for task in tasks
    }


def _attributions(tasks: Iterable[Task], cells: _Cells) -> Iterable[Attribution]:
    for task in tasks:
        effects = tuple(
            PassageEffect(left_out.passage, left_out.passed / left_out.samples)
            for passage in cells.prompted(task, "retrieved").passages
            if (left_out := cells.folder.ablations.get((task.task_id, passage)))
        )
        if effects:
            passed = cells.passed(task, "retrieved")
            yield Attribution(task.task_id, fmean(passed), effects, len(passed))
