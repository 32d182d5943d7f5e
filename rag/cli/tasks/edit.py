"""`rag edit`: change a function or a class of a file as a sentence asks."""

import argparse
from typing import Final

from indexers.index import Index
from rag.cli.generator_options import (
    add_generator_options,
    add_untrusted_option,
    chosen_generator,
    note_toy,
    note_usage,
)
from rag.cli.options import add_common_options, add_tokenizer_option, positive
from rag.cli.terminal import note, show
from rag.generators.counting import named_counter
from rag.projects.index_targets import find_index
from rag.prompting.fence import safe_line
from rag.prompting.prompt import MAX_PROMPT_TOKENS
from rag.rendering import prompt_text
from rag.rendering.json_text import json_text
from rag.tasks.edit import DEFAULT_EDIT_PASSAGES, CodeEdit, CodeEditor
from rag.tasks.write_edit import write_edit

_MOST_NAMED: Final = 5


def add_edit_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag edit`."""
    command.description = (
        "Have a model change a function or a class: it is given its source, the imports of the file, "
        "definitions of what it uses, calls of it, and documentation that is found for the instruction. "
        "Prints the change as a diff; nothing is written without --apply."
    )
    add_common_options(command)
    command.add_argument(
        "place", metavar="FILE:LINE|FILE:NAME", help="the function or class: one of its lines, or its name"
    )
    command.add_argument("instruction", nargs="+", metavar="INSTRUCTION", help="what to change, in words")
    command.add_argument(
        "-k", type=positive, default=DEFAULT_EDIT_PASSAGES, metavar="N",
        help="maximum number of passages of documentation; default: %(default)s",
    )  # fmt: skip
    command.add_argument(
        "--max-tokens", type=positive, default=MAX_PROMPT_TOKENS, metavar="N",
        help="maximum number of tokens in the prompt; default: %(default)s",
    )  # fmt: skip
    add_untrusted_option(command)
    add_tokenizer_option(command)
    command.add_argument("--prompt", action="store_true", help="print the prompt, and ask no model")
    command.add_argument(
        "--apply", action="store_true", help="write the change to the file, if that is still what was read"
    )
    add_generator_options(command)
    command.set_defaults(run=run_edit)


def run_edit(options: argparse.Namespace) -> None:
    """Run `rag edit`."""
    instruction = " ".join(options.instruction)
    generator = None if options.prompt else chosen_generator(options)
    with Index.open(find_index(options.index)) as index:
        editor = CodeEditor(
            index,
            generator,
            options.k,
            options.max_tokens,
            count_tokens=named_counter(options.tokenizer, generator),
            untrusted=options.untrusted,
        )
        if options.prompt:
            prompt = editor.prompt(options.place, instruction)
            show(prompt_text.prompt(prompt, json=options.json), json=options.json)
            for text in prompt_text.passage_notes(prompt):
                note(text)
            return
        is_toy = note_toy(generator) if generator else False
        edit = editor(options.place, instruction)
    if options.json:
        show(_as_json(edit, is_applied=options.apply), json=True)
    elif not edit.is_empty:
        show(edit.diff.rstrip("\n"))
    if not is_toy:
        note(f"model: {safe_line(edit.completion.generator)}")
    if generator:
        note_usage(generator)
    for text in _notes(edit):
        note(text)
    if options.apply and not edit.is_empty:
        write_edit(edit)
        note(f"written: {safe_line(str(edit.file.path))}")


def _notes(edit: CodeEdit) -> list[str]:
    notes = [f"the model changes nothing in {safe_line(edit.name)}"] if edit.is_empty else []
    if edit.left_out:
        named = ", ".join(map(safe_line, edit.left_out[:_MOST_NAMED]))
        notes.append(f"left out of the answer, since it was not asked for: {named}")
    return notes


def _as_json(edit: CodeEdit, *, is_applied: bool) -> str:
    return json_text(
        {
            "path": str(edit.file.path),
            "name": edit.name,
            "diff": edit.diff,
            "imports": list(edit.imports),
            "left_out": list(edit.left_out),
            "applied": is_applied and not edit.is_empty,
            "generator": edit.completion.generator,
            "prompt_tokens": edit.prompt.tokens,
        }
    )
