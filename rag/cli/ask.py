"""`rag prompt` and `rag generate`: ask an index a question, and have a model answer it."""

import argparse
import sys
from collections.abc import Generator as PythonGenerator
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corpora.errors import GeneratorError
from indexers.index import Index
from rag.checking.check import CodeCheck
from rag.cli.api.check import add_checked_versions, check_exit_code
from rag.cli.generator_options import (
    add_generator_options,
    add_prompt_options,
    add_untrusted_option,
    chosen_generator,
    note_toy,
    note_usage,
)
from rag.cli.options import add_common_options, add_query_options, add_tokenizer_option
from rag.cli.rendering import results
from rag.cli.search import cut_searches_noted, query_of, search_options_of
from rag.cli.tasks.example_options import add_example_options, chosen_examples
from rag.cli.tasks.task_options import (
    add_task_options,
    chosen_checks,
    chosen_task,
    tried_answer,
    verdict_lines,
)
from rag.cli.terminal import note, show, show_stream
from rag.corrections.correct import MAX_CORRECTIONS
from rag.doc_prompter import DEFAULT_PASSAGES, MAX_ROUNDS, DocPrompter
from rag.generators.completion import Completion, StreamingGenerator
from rag.generators.counting import named_counter
from rag.projects.index_targets import find_index
from rag.prompting.fence import safe_line
from rag.prompting.message import Message, read_image
from rag.rendering import prompt_text
from rag.rendering.findings import answer_check_notes
from rag.retrieval.source_files import source_folders
from rag.tasks.shell import command_problem


def add_prompt_command_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag prompt`."""
    command.description = "Search an index for a request, and print the prompt with the passages found."
    add_common_options(command)
    add_query_options(command, k=DEFAULT_PASSAGES)
    add_prompt_options(command)
    add_untrusted_option(command)
    add_tokenizer_option(command)
    add_example_options(command)
    add_task_options(command, answers=False)
    command.set_defaults(run=run_prompt)


def add_generate_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag generate`."""
    command.description = (
        "Search an index for a request, and have a model answer it with what was found. Prints the code of "
        "the answer; on a terminal, a model that can stream shows the whole answer while it is written."
    )
    add_common_options(command)
    add_query_options(command, k=DEFAULT_PASSAGES)
    add_prompt_options(command)
    add_untrusted_option(command)
    add_tokenizer_option(command)
    add_example_options(command)
    add_task_options(command, answers=True)
    add_generator_options(command)
    command.add_argument(
        "--image",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="show the model an image (PNG, JPEG, GIF or WebP), such as a screenshot; may be given several "
        "times",
    )
    command.add_argument(
        "--rounds",
        type=int,
        choices=range(1, MAX_ROUNDS + 1),
        default=1,
        help="number of times the model is asked; from the second on, with documentation of what its last "
        "answer uses; default: 1",
    )
    checking = command.add_argument_group("check of the answer, which is not run")
    checking.add_argument(
        "--check",
        action="store_true",
        help="check the code against its libraries, as rag check does; exits with 1 if errors are left, and "
        "with 2 if it cannot be checked",
    )
    checking.add_argument(
        "--repair",
        type=int,
        choices=range(MAX_CORRECTIONS + 1),
        default=0,
        metavar="N",
        help="check it, and have the model correct what does not exist, with its documentation, at most N "
        f"times (to {MAX_CORRECTIONS}); the answer with the fewest errors is shown; default: 0",
    )
    add_checked_versions(checking)
    command.set_defaults(run=run_generate)


def run_prompt(options: argparse.Namespace) -> None:
    """Run `rag prompt`."""
    with Index.open(find_index(options.index)) as index:
        with cut_searches_noted():
            query = query_of(options)
            counter = named_counter(options.tokenizer)
            prompt = replace(_prompter(index, options, query), count_tokens=counter).prompt(query)
        folders = source_folders(index, (hit.chunk.origin.corpus for hit in prompt.hits))
    show(prompt_text.prompt(prompt, json=options.json, folders=folders), json=options.json)
    for text in prompt_text.passage_notes(prompt):
        note(text)
    if prompt.omitted:
        note(prompt_text.omitted_material(prompt))
    _note_gate(prompt.confidence, options)


def run_generate(options: argparse.Namespace) -> int:
    """Run `rag generate`."""
    generator = chosen_generator(options)
    check, checks = _check(options), chosen_checks(options)
    with Index.open(find_index(options.index)) as index, cut_searches_noted():
        query = query_of(options)
        prompter = replace(
            _prompter(index, options, query),
            generator=generator,
            count_tokens=named_counter(options.tokenizer, generator),
            rounds=options.rounds,
            check=check,
            repairs=options.repair,
        )
        is_toy = note_toy(generator)
        asked = _with_images(query, options.image)
        tried = tried_answer(prompter, asked, checks, options) if checks else None
        if tried:
            completion = tried.completion
            _show_completion(completion, options)
        else:
            completion = _answered(prompter, asked, options)
    if not is_toy:
        note(f"model: {safe_line(completion.generator)}")
    note_usage(generator)
    _note_gate(completion.confidence, options)
    for text in results.completion_notes(completion, options.max_output_tokens):
        note(text)
    _check_has_code(completion)
    if options.task == "shell" and (problem := command_problem(completion.code)):
        note(f"warning: {problem}")
    for text in verdict_lines(tried, checks) if tried else ():
        note(text)
    failed = int(tried is not None and not tried.passed)
    if completion.check is None:
        return failed
    for text in answer_check_notes(completion.check):
        note(text)
    return check_exit_code(completion.check.report) or failed


def _with_images(query: str, paths: Sequence[Path]) -> str | list[Message]:
    """Return a request with the images that it is about."""
    return [Message("user", query, tuple(map(read_image, paths)))] if paths else query


def _answered(
    prompter: DocPrompter, query: str | Sequence[Message], options: argparse.Namespace
) -> Completion:
    """Have the model answer, and show the answer: while it comes if a person reads it."""
    is_whole = prompter.task.read is not None  # what the task reads in an answer is known at its end only
    if _is_watched(options) and isinstance(prompter.generator, StreamingGenerator) and not is_whole:
        watched = _Watched(prompter.stream(query))
        show_stream(watched)
        return watched.completion
    completion = prompter(query)
    _show_completion(completion, options)
    return completion


def _check_has_code(completion: Completion) -> None:
    if reason := completion.no_code_reason:
        raise GeneratorError(
            f"{completion.generator} gave no code",
            why=reason,
            fix="allow a longer answer with --max-output-tokens"
            if completion.is_cut
            else "ask in other words, or another model",
        )


def _show_completion(completion: Completion, options: argparse.Namespace) -> None:
    if options.json or completion.code.strip():
        show(results.completion(completion, json=options.json), json=options.json)


def _check(options: argparse.Namespace) -> CodeCheck | None:
    """Return what checks the answer; None where neither that nor versions to check against are asked for."""
    versions = options.lock or options.python or options.packages
    if not (options.check or options.repair or versions):
        return None
    return CodeCheck(
        options.lock, options.python, tuple(options.packages), options.types != "none", beside=Path.cwd()
    )


class _Watched:
    """The pieces of an answer while it comes, and then the whole answer."""

    def __init__(self, pieces: PythonGenerator[str, None, Completion]) -> None:
        self._pieces = pieces
        self.completion: Completion

    def __iter__(self) -> Iterator[str]:
        self.completion = yield from self._pieces


def _is_watched(options: argparse.Namespace) -> bool:
    """Return whether an answer is to be shown while it comes: to a person, and if it is no mere draft."""
    return sys.stdout.isatty() and not options.json and options.rounds == 1 and not options.repair


def _prompter(index: Index, options: argparse.Namespace, request: str) -> DocPrompter:
    return DocPrompter(
        index,
        template=options.template,
        k=options.k,
        max_tokens=options.max_tokens,
        search=search_options_of(options, index),
        gate=options.gate,
        untrusted=options.untrusted,
        task=chosen_task(options, request),
        few_shot=chosen_examples(options, "bash" if options.task == "shell" else "python"),
        further=options.further,
    )


def _note_gate(confidence: float | None, options: argparse.Namespace) -> None:
    if text := results.gated(confidence, options.gate):
        note(text)
