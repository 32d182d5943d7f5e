"""`rag eval` and `rag report`: a generator on real tasks, by running what it wrote."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from corpora.errors import RagError
from indexers.index import Index
from rag.cli.again import recorded_options
from rag.cli.options import (
    chosen_generator,
    pair,
    positive,
)
from rag.cli.project import find_index
from rag.cli.render import progress_of_steps
from rag.cli.terminal import note, show
from rag.doc_prompter import DEFAULT_PASSAGES
from rag.evaluation.datasets import DATASETS, Dataset, open_dataset
from rag.evaluation.environments import Environments, make_environments
from rag.evaluation.repair import FEEDBACK_MODES, STRATEGIES
from rag.evaluation.repair.repairer import DEFAULT_TURNS
from rag.evaluation.report import (
    compare,
    comparison_html,
    comparison_json,
    comparison_text,
    html_report,
    text_report,
    to_json,
)
from rag.evaluation.run import (
    Evaluation,
    Generated,
    Recorded,
    Sampler,
    Settings,
    evaluate,
    is_judged,
    read_result,
    warm_imports,
)
from rag.evaluation.sample import CONTEXTS
from rag.evaluation.selection import METHODS
from rag.execution import Limits, Sandbox, open_sandbox
from rag.execution.isolation import LEVELS, is_level

_OUT: Final = Path("eval-run")
_ENVIRONMENTS: Final = Path("eval-environments")


def add_report_options(command: argparse.ArgumentParser) -> None:
    """Those of `rag report`."""
    command.description = "Show the run in a folder, or compare two runs task by task."
    command.add_argument("run_folder", type=Path, metavar="RUN", help="folder of rag eval --out")
    command.add_argument("other", type=Path, nargs="?", metavar="OTHER", help="a second run, to compare")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page there")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run_report)


def add_eval_options(command: argparse.ArgumentParser) -> None:
    """Those of `rag eval` beside those that it shares."""
    command.description = (
        "Have a generator answer the tasks of a data set, without and with what is retrieved, run the "
        "answers in a sandbox, and report. A run that was cut off goes on when the command is given again."
    )
    command.add_argument(
        "dataset",
        nargs="*",
        metavar="DATASET",
        help=f"a local file or folder, its format before it if need be: {', '.join(DATASETS)}",
    )
    command.add_argument("--out", type=Path, metavar="FOLDER", help=f"of the run; default: {_OUT}")
    command.add_argument(
        "--again",
        type=Path,
        metavar="RUN",
        help="repeat that run",
    )
    command.add_argument(
        "--context",
        default="none,retrieved",
        metavar="LIST",
        help=f"columns of the report: {','.join(CONTEXTS)}",
    )
    command.add_argument("-n", "--samples", type=positive, default=1, metavar="N", help="answers a task")
    command.add_argument("--tasks", type=positive, default=0, metavar="N", help="evenly chosen; default: all")
    command.add_argument(
        "-k", type=positive, default=DEFAULT_PASSAGES, metavar="N", help="passages at the most"
    )
    command.add_argument("--answers", type=Path, metavar="FILE", help="recorded ones, in place of a backend")
    command.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="METHOD",
        help=f"choose a sample without tests: {', '.join(METHODS)}, or several with +; may be repeated",
    )
    command.add_argument("--repair", choices=sorted(STRATEGIES), default="", help="mend the first sample")
    command.add_argument(
        "--feedback", choices=FEEDBACK_MODES, default="visible", help="what repair learns from"
    )
    command.add_argument("--turns", type=positive, default=DEFAULT_TURNS, metavar="N", help="of repair")
    command.add_argument(
        "--written-tests",
        type=int,
        default=0,
        metavar="N",
        help="texts of test cases that the backend writes for each task, for --select",
    )
    command.add_argument("--code-bert-score", default="", metavar="MODEL", help="score answers by it, too")
    command.add_argument("--attribute", action="store_true", help="leave each passage out once")
    command.add_argument(
        "--keep-contaminated", action="store_true", help="show passages that hold the task, too"
    )
    command.add_argument("--cutoff", default="", metavar="DATE", help="of what the model has seen")
    _add_sandbox_options(command.add_argument_group("sandbox"))
    command.set_defaults(run=run_eval, parser=command)


def _add_sandbox_options(box: argparse._ArgumentGroup) -> None:
    box.add_argument(
        "--isolation",
        type=_level,
        default="bwrap",
        metavar="LEVEL",
        help="bwrap (the default), container, container:IMAGE or process",
    )
    box.add_argument("--python", metavar="FILE", help="interpreter that has the libraries of the tasks")
    box.add_argument(
        "--environments",
        type=Path,
        default=_ENVIRONMENTS,
        metavar="FOLDER",
        help=f"of virtual environments, for tasks that pin versions; default: {_ENVIRONMENTS}",
    )
    box.add_argument(
        "--make-environments", action="store_true", help="first make those that are missing, with pip"
    )
    box.add_argument(
        "--interpreter",
        action="append",
        default=[],
        type=pair,
        metavar="VERSION=FILE",
        help="to make them with, such as 3.9=/opt/python3.9/bin/python; may be repeated",
    )
    box.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="of a reference")
    box.add_argument(
        "--memory-mb", type=positive, default=Limits().memory_mb, metavar="MB", help="of a program"
    )
    box.add_argument("--workers", type=positive, default=2, metavar="N", help="programs at a time")


def _level(name: str) -> str:
    if is_level(name):
        return name
    raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(sorted(LEVELS))} or container:IMAGE")


def run_eval(options: argparse.Namespace) -> None:
    """`rag eval`."""
    if options.again:
        options = recorded_options(options)
    out = options.out or _OUT
    settings, dataset = _settings(options), _dataset(options)
    sampler = _sampler(options, dataset)
    with ExitStack() as stack:
        index = None
        if set(settings.contexts) - {"none"}:
            index = stack.enter_context(Index.open(find_index(options.index)))
        places = stack.enter_context(_environments(options, dataset))
        evaluation = Evaluation(
            dataset, sampler, places.sandbox_of, settings, index, places.why_not, options.workers
        )
        with progress_of_steps() as progress:
            result = evaluate(evaluation, out, command=options.given, progress=progress)
    show(to_json(result) if options.json else text_report(result), json=options.json)
    note(f"the whole report: {out / 'report.html'}")


def run_report(options: argparse.Namespace) -> None:
    """`rag report`."""
    result = read_result(options.run_folder)
    if options.other:
        compared = compare(result, read_result(options.other))
        page, text = comparison_html(compared), comparison_text(compared)
        data = comparison_json(compared)
    else:
        page, text, data = html_report(result), text_report(result), to_json(result)
    if options.html:
        try:
            options.html.write_text(page, encoding="utf-8")
        except OSError as error:
            raise RagError(
                f"the page {options.html} cannot be written", why=str(error), fix="name another file"
            ) from error
        note(f"written: {options.html}")
    show(data if options.json else text, json=options.json)


def _dataset(options: argparse.Namespace) -> Dataset:
    if not 1 <= len(options.dataset) <= 2:
        raise RagError(
            "there is no data set",
            why="a file or folder is needed, and perhaps its format before it",
            fix="for example: rag eval humaneval HumanEval.jsonl.gz",
        )
    return open_dataset(*options.dataset)


def _sampler(options: argparse.Namespace, dataset: Dataset) -> Sampler:
    if options.answers:
        return Recorded.read(options.answers)
    if not any(map(is_judged, dataset.tasks)):
        return Recorded({}, {})  # only retrieval is scored: nobody is asked, and no model is needed
    told = {
        "backend": options.backend,
        "model": options.model,
        "base_url": options.base_url,
        "command": options.command,
        "temperature": options.temperature,
        "max_output_tokens": options.max_output_tokens,
    }
    return Generated(
        chosen_generator(options), {name: value for name, value in told.items() if value != ""}, options.seed
    )


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
        seed=options.seed,
    )


def _environments(options: argparse.Namespace, dataset: Dataset) -> Environments:
    """Where tasks run: those that pin versions in environments of their own, all others in one sandbox."""
    pythons = dict(pair.split("=", 1) for pair in options.interpreter)
    # Nobody named the default: it may have come with a repository.
    made_here = options.environments == _ENVIRONMENTS
    if options.make_environments:
        make_environments(
            dataset.tasks,
            options.environments,
            pythons=pythons,
            report=note,
            made_here=made_here,
        )
    limits = _limits(options)

    def open_in(python: str | None) -> Sandbox:
        return open_sandbox(options.isolation, limits, (), python) if python else _sandbox(options, dataset)

    return Environments(options.environments, open_in, made_here=made_here)


def _limits(options: argparse.Namespace) -> Limits:
    return Limits(timeout_seconds=options.timeout, memory_mb=options.memory_mb)


def _sandbox(options: argparse.Namespace, dataset: Dataset) -> Sandbox:
    """A sandbox that has imported what many of the tasks need."""
    limits = _limits(options)
    with open_sandbox(options.isolation, limits, python=options.python) as cold:
        imports = warm_imports(dataset.tasks, cold)
    return open_sandbox(options.isolation, limits, imports, options.python)
