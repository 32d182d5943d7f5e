"""Run an evaluation step by step; each step resumes where the process was killed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from corpora.errors import GeneratorError, GeneratorUnavailable, MissingExtra
from rag.evaluation.answer import answer_of
from rag.evaluation.judge import Job, judge_all, no_answer, unrunnable
from rag.evaluation.leakage import date_windows
from rag.evaluation.repair import Repairer
from rag.evaluation.report import RunResult, ShownPassage
from rag.evaluation.run.backend import Backend
from rag.evaluation.run.contexts import Contexts
from rag.evaluation.run.evaluation import Evaluation, chosen_tasks
from rag.evaluation.run.folder import RunFolder
from rag.evaluation.run.manifest import manifest_of
from rag.evaluation.run.outcome import environment_failure, is_judged, result_of
from rag.evaluation.run.records import (
    Ablation,
    ReferenceVerdict,
    SampleVerdict,
    SelectedSample,
    WrittenTests,
)
from rag.evaluation.run.repair_step import RepairStep
from rag.evaluation.run.run_usage import usage_of_run
from rag.evaluation.run.sampler import with_log_likelihood
from rag.evaluation.sample import Context, Sample
from rag.evaluation.selection import observe_samples, rank_samples, request_for_tests
from rag.evaluation.task import Task
from rag.execution import Verdict
from rag.generators.completion import Generator, complete
from rag.prompting.message import Message
from rag.prompting.prompt import Prompt
from rag.tokens.estimate import estimate_tokens

# Time limit of an answer: so many times what the reference took, and at least a second.
_LEAST_SECONDS: Final = 1.0
_TIMES: Final = 10

StepProgress = Callable[[str, int, int], None]
"""Called with the name of a step, how much of it is done, and how much there is."""


def no_progress(step: str, done: int, of: int) -> None:
    """Ignore the progress."""


def evaluate(
    evaluation: Evaluation, out: Path, *, command: Sequence[str] = (), progress: StepProgress = no_progress
) -> RunResult:
    """Do what is not yet done of `evaluation`, keep it in the folder `out`, and write the reports there.

    The same call resumes a run that was killed. `command` is kept in the manifest, to be repeated.

    Raises:
        RagError: the folder holds another run, the generator answers nothing, or an extra is missing. Results
            so far are kept. A single answer that fails is a wrong one.
    """
    check_extras()
    folder = RunFolder(out, manifest_of(evaluation, command))
    run = _Run(evaluation, folder, progress)
    run.calibrate()
    run.generate()
    run.judge()
    run.select()
    run.repair()
    run.attribute()
    result = result_of(run.tasks, folder, evaluation.settings)
    if run.sampler.generator_for(0):
        result = replace(result, usage=usage_of_run(folder, evaluation.prices))
    folder.save(result)
    return result


def check_extras() -> None:
    """Raise `MissingExtra` now, not after hours of work whose report could not be written."""
    for module, package in (
        ("ir_measures", "ir-measures"),
        ("matplotlib", "matplotlib"),
        ("sacrebleu", "sacrebleu"),
    ):
        if find_spec(module) is None:
            raise MissingExtra(package, "eval")


class _Run:
    """The steps of a run. Each asks a journal of the folder what is left to do, and adds its results."""

    def __init__(self, evaluation: Evaluation, folder: RunFolder, progress: StepProgress) -> None:
        self.evaluation, self.folder, self.progress = evaluation, folder, progress
        self.settings = evaluation.settings
        likely = self.settings.needs_log_likelihood
        self.sampler = with_log_likelihood(evaluation.sampler) if likely else evaluation.sampler
        self.contexts = Contexts(self.settings, evaluation.index, evaluation.wrong_index, evaluation.few_shot)
        self.repairs = RepairStep(evaluation)
        self.tasks = chosen_tasks(evaluation.dataset.tasks, self.settings.tasks)
        self.backend = Backend(has_answered=any(not one.failure for one in self.folder.samples))
        if self.settings.cutoff:
            date_windows(self.tasks, self.settings.cutoff)  # a malformed date is an error now, not at the end

    def calibrate(self) -> None:
        """Run the reference solutions, several at a time."""
        todo = []
        for task in self.tasks:
            if task.is_executable and task.task_id not in self.folder.references:
                if reason := self.evaluation.why_not(task):
                    self.folder.references.add(ReferenceVerdict(task.task_id, unrunnable(reason)))
                elif task.reference:
                    todo.append(task)
        jobs = (Job(task, task.reference) for task in todo)
        verdicts = self._judge_all(jobs)
        for number, (task, verdict) in enumerate(zip(todo, verdicts, strict=True), start=1):
            self.folder.references.add(ReferenceVerdict(task.task_id, verdict))
            self.progress("references", number, len(todo))

    def generate(self) -> None:
        """Ask for the samples, task by task; for a task that nothing can judge, make only the prompt."""
        cells = list(self._cells())
        for number, (task, context) in enumerate(cells, start=1):
            numbers = range(self.settings.samples if is_judged(task) else 0)
            wanted = [n for n in numbers if (task.task_id, context, n) not in self.folder.samples]
            if wanted or (task.task_id, context) not in self.folder.prompts:
                prompt, record = self.contexts.prompt(task, context)
                self.folder.prompts.add(record)
                for sample in wanted:
                    self._ask(task, context, prompt, sample)
            self.progress("answers", number, len(cells))
        self.backend.finish()

    def judge(self) -> None:
        """Run the samples with the tests of their tasks, several at a time."""
        todo = [
            (task, sample)
            for task, context in self._cells()
            if task.is_executable
            for sample in self._samples(task, context)
            if (task.task_id, context, sample.number) not in self.folder.verdicts
        ]
        verdicts = self._verdicts(todo)
        for number, ((task, sample), verdict) in enumerate(zip(todo, verdicts, strict=True), start=1):
            self.folder.verdicts.add(SampleVerdict(task.task_id, sample.context, sample.number, verdict))
            self.progress("verdicts", number, len(todo))

    def select(self) -> None:
        """Select one of the samples by each method; they are run once for all methods."""
        cells = list(self._cells()) if self.settings.select else []
        todo = [(task, context, self._not_selected(task, context)) for task, context in cells]
        self._write_tests([task for task, _, missing in todo if missing])
        for number, (task, context, missing) in enumerate(todo, start=1):
            if missing:
                samples = self._samples(task, context)
                observed = observe_samples(
                    task,
                    samples,
                    self.evaluation.sandbox_of(task),
                    self._written(task),
                    self.evaluation.workers,
                )
                for method in missing:
                    selection = rank_samples(method, observed)
                    best = selection.ranked[0].sample.number
                    self.folder.selected.add(
                        SelectedSample(task.task_id, context, method, best, selection.origin)
                    )
            self.progress("selection", number, len(cells))

    def _not_selected(self, task: Task, context: Context) -> list[str]:
        """Return the methods by which no sample of a task has been selected yet."""
        if not task.is_executable:
            return []
        known = self.folder.selected
        return [method for method in self.settings.select if (task.task_id, context, method) not in known]

    def _write_tests(self, tasks: Iterable[Task]) -> None:
        """Have the generator write test cases for each task, each text with another seed."""
        for task in tasks:
            for number in range(self.settings.written_tests if task.entry_point else 0):
                generator = self.sampler.generator_for(number)
                if generator and (task.task_id, number) not in self.folder.written_tests:
                    self._ask_for_tests(task, number, generator)
        self.backend.finish()

    def _written(self, task: Task) -> list[str]:
        """Return the texts with test cases for a task."""
        numbers = range(self.settings.written_tests if task.entry_point else 0)
        return [self.folder.written_tests[task.task_id, number].text for number in numbers]

    def repair(self) -> None:
        """Repair the first sample of each task."""
        generator = self.sampler.generator_for(0)
        cells = list(self._cells()) if self.settings.repair and generator else []
        for number, (task, context) in enumerate(cells, start=1):
            if task.is_executable and generator and (task.task_id, context, 0) not in self.folder.repairs:
                search = self.contexts.search(task) if context == "retrieved" else None
                self._repair(task, context, self.repairs.repairer(task, generator, search))
            self.progress("repair", number, len(cells))
        self.backend.finish()

    def attribute(self) -> None:
        """Generate and judge again without each retrieved passage in turn."""
        tasks = [task for task in self._scored() if task.is_executable] if self.settings.attribute else []
        for number, task in enumerate(tasks, start=1):
            for passage in self.folder.prompts[task.task_id, "retrieved"].passages:
                if (task.task_id, passage) not in self.folder.ablations:
                    self._leave_out(task, passage)
            self.progress("attribution", number, len(tasks))
        self.backend.finish()

    def _leave_out(self, task: Task, passage: ShownPassage) -> None:
        """Ask without a passage, and keep how many of the answers pass."""
        prompt = self.contexts.without(task, passage)
        made = [self._attempt(task, "retrieved", prompt, number) for number in range(self.settings.samples)]
        passed = sum(verdict.passed for verdict in self._verdicts([(task, sample) for sample, _ in made]))
        keep = partial(self.folder.ablations.add, Ablation(task.task_id, passage, len(made), passed))
        errors = [error for _, error in made if error]
        self._note(errors[-1] if len(errors) == len(made) else None, keep)

    def _repair(self, task: Task, context: Context, repairer: Repairer) -> None:
        """Repair the first sample and keep the result; one that the generator ended by failing, too."""
        prompt, _ = self.contexts.prompt(task, context)
        sample = self.folder.samples[task.task_id, context, 0]
        repaired = repairer(task, sample, prompt, self._seconds(task))
        first = self.folder.verdicts[task.task_id, context, 0].verdict
        kept = self.repairs.record(task, sample, first, repaired, partial(self._job, task))
        what = f"the answer to {task.task_id} was not repaired"
        has_failed = repaired.stopped == "generator failed"
        error = GeneratorError(what, why=repaired.error, fix="") if has_failed else None
        self._note(error, partial(self.folder.repairs.add, kept))

    def _ask(self, task: Task, context: Context, prompt: Prompt, number: int) -> None:
        """Ask for a sample and keep it; an answer that fails is kept as a wrong one."""
        made, error = self._attempt(task, context, prompt, number)
        self._note(error, partial(self.folder.samples.add, made))

    def _attempt(
        self, task: Task, context: Context, prompt: Prompt, number: int
    ) -> tuple[Sample, GeneratorError | None]:
        """Ask for a sample; return it and, if the generator failed at this prompt, the error."""
        try:
            return self._sample(task, context, prompt, number), None
        except GeneratorUnavailable:
            raise
        except GeneratorError as error:
            failure = f"the generator failed: {error.what} ({error.why})"
            return Sample(task.task_id, context, number, "", "", failure=failure), error

    def _ask_for_tests(self, task: Task, number: int, generator: Generator) -> None:
        """Ask for test cases and keep them; none where that fails."""
        request = request_for_tests(task)
        prompt = Prompt((Message("user", request),), task.intent, tokens=estimate_tokens(request))
        text, failed = "", None
        try:
            text = complete(generator, prompt).code
        except GeneratorError as error:
            failed = error
        self._note(failed, partial(self.folder.written_tests.add, WrittenTests(task.task_id, number, text)))

    def _note(self, error: GeneratorError | None, keep: Callable[[], None]) -> None:
        """Keep what the generator answered; what it failed at only if it has not stopped to answer."""
        if error:
            self.backend.failed(error, keep)
        else:
            self.backend.answered()
            keep()

    def _sample(self, task: Task, context: Context, prompt: Prompt, number: int) -> Sample:
        made = self.sampler.sample(task, context, prompt, number)
        answer = answer_of(task, made.text)
        return Sample(
            task.task_id,
            context,
            number,
            made.text,
            answer,
            made.log_likelihood,
            made.finish,
            made.prompt_tokens,
            made.completion_tokens,
            "" if answer.strip() else replace(made, code="").no_code_reason,
            made.left_out,
        )

    def _samples(self, task: Task, context: Context) -> list[Sample]:
        numbers = range(self.settings.samples)
        return [self.folder.samples[task.task_id, context, number] for number in numbers]

    def _scored(self) -> list[Task]:
        """Return the tasks whose reference passes here, or that have no reference to run."""
        return [task for task in self.tasks if not environment_failure(self.folder, task)]

    def _cells(self) -> Iterator[tuple[Task, Context]]:
        for task in self._scored():
            for context in self.settings.contexts:
                yield task, context

    def _verdicts(self, samples: Sequence[tuple[Task, Sample]]) -> Iterator[Verdict]:
        """Yield the verdict on each sample; one without an answer is wrong, and is not run."""
        ran = self._judge_all(self._job(task, one.answer) for task, one in samples if not one.failure)
        return (no_answer(one.failure) if one.failure else next(ran) for _, one in samples)

    def _judge_all(self, jobs: Iterable[Job]) -> Iterator[Verdict]:
        return judge_all(jobs, self.evaluation.sandbox_of, self.evaluation.workers)

    def _job(self, task: Task, answer: str) -> Job:
        return Job(task, answer, self._seconds(task))

    def _seconds(self, task: Task) -> float | None:
        calibrated = self.folder.references.get(task.task_id)
        return max(_LEAST_SECONDS, _TIMES * calibrated.verdict.seconds) if calibrated else None
