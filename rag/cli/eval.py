"""`rag eval`: evaluate a generator on real tasks by running its answers."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from corpora.errors import RagError
from indexers.index import Index
from rag.cli.again import recorded_options
from rag.cli.generator_options import (
    add_generator_options,
    add_prompt_options,
    chosen_settings,
    note_toy,
    note_usage,
    opened,
)
from rag.cli.options import HelpWithNames, add_common_options, positive
from rag.cli.questions.sandbox_options import (
    DEFAULT_ENVIRONMENTS,
    add_sandbox_options,
    chosen_interpreters,
    chosen_limits,
)
from rag.cli.rendering.results import progress_of_steps
from rag.cli.tasks.example_options import add_example_options, chosen_examples
from rag.cli.terminal import note, show
from rag.doc_prompter import DEFAULT_PASSAGES
from rag.evaluation.datasets import DATASETS, Dataset, open_dataset
from rag.evaluation.environments import Environments, make_environments
from rag.evaluation.repair import FEEDBACK_MODES, STRATEGIES
from rag.evaluation.repair.repairer import DEFAULT_TURNS
from rag.evaluation.report import text_report, to_json
from rag.evaluation.run import (
    Evaluation,
    Generated,
    Recorded,
    Sampler,
    Settings,
    evaluate,
    is_judged,
    warm_imports,
)
from rag.evaluation.sample import CONTEXTS
from rag.evaluation.selection import METHODS
from rag.execution import Sandbox, open_sandbox
from rag.generators.usage import Prices
from rag.projects.index_targets import find_index

_OUT: Final = Path("eval-run")


def add_eval_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag eval`."""
    add_common_options(command)
    add_generator_options(command)
    add_prompt_options(command)
    command.description = (
        "Have a model answer the tasks of a data set with and without retrieved passages, run the answers "
        "in a sandbox, and report how many pass. Run the same command again to resume an interrupted run."
    )
    _add_run_options(command)
    _add_context_options(command.add_argument_group("tasks and prompts"))
    _add_step_options(command.add_argument_group("what is done with the answers"))
    box = command.add_argument_group("sandbox")
    add_sandbox_options(box)
    _add_program_options(box)
    command.set_defaults(run=run_eval, parser=command)


def _add_run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "dataset",
        nargs="*",
        metavar="DATASET",
        help=HelpWithNames(
            "a local file or folder, preceded by the name of its format if that is not recognised: %(names)s",
            DATASETS.names,
        ),
    )
    command.add_argument("--out", type=Path, metavar="FOLDER", help=f"folder of the run; default: {_OUT}")
    command.add_argument(
        "--again", type=Path, metavar="RUN", help="resume that run, or repeat it in the folder of --out"
    )
    command.add_argument(
        "--answers", type=Path, metavar="FILE", help="JSON lines with recorded answers, instead of a backend"
    )


def _add_context_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--context",
        default="none,retrieved",
        metavar="LIST",
        help=(
            f"what prompts hold beside the task, any of: {','.join(CONTEXTS)} (nothing, retrieved passages, "
            "those of --wrong-index, the documents that answer it); default: none,retrieved"
        ),
    )
    group.add_argument(
        "--wrong-index",
        type=Path,
        metavar="FOLDER",
        help="index of another version of the library, for the context wrong: what does it cost to read it?",
    )
    group.add_argument(
        "-n", "--samples", type=positive, default=1, metavar="N", help="answers per task; default: 1"
    )
    group.add_argument(
        "--tasks", type=positive, default=0, metavar="N", help="number of tasks, evenly spread; default: all"
    )
    group.add_argument(
        "-k",
        type=positive,
        default=DEFAULT_PASSAGES,
        metavar="N",
        help="maximum number of passages; default: %(default)s",
    )
    add_example_options(group)
    group.add_argument(
        "--keep-contaminated",
        action="store_true",
        help="also show passages that hold the task itself; by default these are left out",
    )
    group.add_argument(
        "--cutoff",
        default="",
        metavar="DATE",
        help="end of the model's training data, such as 2024-06: earlier and later tasks are reported apart",
    )


def _add_step_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="METHOD",
        help=(
            "select one of the answers without using the tests, by: "
            f"{', '.join(METHODS)}, or several joined by + to break ties; may be repeated"
        ),
    )
    group.add_argument(
        "--written-tests",
        type=positive,
        default=0,
        metavar="N",
        help="number of times the model writes test cases for a task, used by --select; default: 0",
    )
    group.add_argument(
        "--repair", choices=sorted(STRATEGIES), default="", help="have the model repair its first answer"
    )
    group.add_argument(
        "--feedback",
        choices=FEEDBACK_MODES,
        default="visible",
        metavar="MODE",
        help="what repair may see: errors of what the task shows (visible), or of its tests (tests); or what "
        "a check finds before anything runs, alone (findings) or first (findings+visible, findings+tests); "
        "default: visible",
    )
    group.add_argument(
        "--turns",
        type=positive,
        default=DEFAULT_TURNS,
        metavar="N",
        help=f"maximum number of repaired answers; default: {DEFAULT_TURNS}",
    )
    group.add_argument(
        "--attribute",
        action="store_true",
        help="answer again without each retrieved passage, to measure its effect",
    )
    group.add_argument(
        "--code-bert-score",
        default="",
        metavar="MODEL",
        help="also compute CodeBERTScore with this encoder model, a folder or the name of a cached model",
    )


def _add_program_options(box: argparse._ArgumentGroup) -> None:
    box.add_argument("--python", metavar="FILE", help="Python interpreter with the libraries of the tasks")
    box.add_argument(
        "--make-environments", action="store_true", help="first make missing environments, with pip"
    )
    box.add_argument(
        "--workers", type=positive, default=2, metavar="N", help="programs run at a time; default: 2"
    )


def run_eval(options: argparse.Namespace) -> None:
    """Run `rag eval`."""
    if options.again:
        options = recorded_options(options)
    out = options.out or _OUT
    dataset = _dataset(options)
    sampler, prices = _sampler(options, dataset)
    settings = _settings(options)
    with ExitStack() as stack:
        index = None
        wrong_index = None
        if set(settings.contexts) - {"none", "wrong"}:
            index = stack.enter_context(Index.open(find_index(options.index)))
        if "wrong" in settings.contexts and options.wrong_index:
            wrong_index = stack.enter_context(Index.open(find_index(options.wrong_index)))
        places = stack.enter_context(_environments(options, dataset))
        evaluation = Evaluation(
            dataset,
            sampler,
            places.sandbox_of,
            settings,
            index,
            places.why_not,
            options.workers,
            wrong_index,
            prices,
            chosen_examples(options, dataset.tasks[0].language if dataset.tasks else "python"),
        )
        with progress_of_steps() as progress:
            result = evaluate(evaluation, out, command=options.given, progress=progress)
    show(to_json(result) if options.json else text_report(result), json=options.json)
    if isinstance(sampler, Generated):
        note_usage(sampler.generator)
    note(f"full report: {out / 'report.html'}")


def _dataset(options: argparse.Namespace) -> Dataset:
    if not 1 <= len(options.dataset) <= 2:
        raise RagError(
            "there is no data set",
            why="a file or folder is needed, preceded by its format if that is not recognised",
            fix="for example: rag eval humaneval HumanEval.jsonl.gz",
        )
    return open_dataset(*options.dataset)


def _sampler(options: argparse.Namespace, dataset: Dataset) -> tuple[Sampler, Prices | None]:
    """Return where answers come from, and what they cost."""
    if options.answers:
        return Recorded.read(options.answers), None
    if not any(map(is_judged, dataset.tasks)):
        return Recorded({}, {}), None  # only retrieval is scored, so no model is needed
    asked = chosen_settings(options)
    generator = opened(asked)
    note_toy(generator)
    return Generated(generator, asked.described, asked.sampling.seed), asked.prices


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        contexts=tuple(name.strip() for name in options.context.split(",")),
        samples=options.samples,
        tasks=options.tasks,
        k=options.k,
        max_prompt_tokens=options.max_tokens,
        template=options.template,
        gate=options.gate,
        keep_contaminated=options.keep_contaminated,
        select=tuple(options.select),
        repair=options.repair,
        feedback=options.feedback,
        turns=options.turns,
        cutoff=options.cutoff,
        written_tests=options.written_tests,
        code_bert_score=options.code_bert_score,
        attribute=options.attribute,
        further=options.further,
        seed=options.seed or 0,  # without a generator nothing is drawn
    )


def _environments(options: argparse.Namespace, dataset: Dataset) -> Environments:
    """Return the sandboxes: one for each environment of tasks that pin versions, one for all other tasks."""
    # The user did not name the default folder, so it may have come with a repository.
    made_here = options.environments == DEFAULT_ENVIRONMENTS
    if options.make_environments:
        make_environments(
            dataset.tasks,
            options.environments,
            pythons=chosen_interpreters(options),
            report=note,
            made_here=made_here,
        )
    limits = chosen_limits(options)

    def open_in(python: str | None) -> Sandbox:
        return open_sandbox(options.isolation, limits, (), python) if python else _sandbox(options, dataset)

    return Environments(options.environments, open_in, made_here=made_here)


def _sandbox(options: argparse.Namespace, dataset: Dataset) -> Sandbox:
    """Open a sandbox that has imported what many of the tasks need."""
    limits = chosen_limits(options)
    with open_sandbox(options.isolation, limits, python=options.python) as cold:
        imports = warm_imports(dataset.tasks, cold)
    return open_sandbox(options.isolation, limits, imports, options.python)
