"""`rag complete`: code for a place in a file, by a model that fills in the middle."""

import argparse
import sys
from pathlib import Path
from typing import Final

from corpora.errors import GeneratorError, RagError
from corpora.outside.file_text import decode_text
from corpora.outside.files import read_outside
from indexers.index import Index
from rag.cli.generator_options import add_generator_options, chosen_generator, note_toy, note_usage
from rag.cli.options import add_common_options, add_tokenizer_option, positive
from rag.cli.rendering.completions import completion_as_json, context_as_text, prompt_as_json, prompt_notes
from rag.cli.terminal import note, show
from rag.editing.complete import MAX_COMPLETION_ROUNDS, CodeCompleter, family_of
from rag.editing.completion_prompt import make_completion_prompt
from rag.editing.context import Cursor, editor_context
from rag.editing.similar_code import RecentFile
from rag.generators.counting import SERVER, named_counter
from rag.projects.index_targets import find_index
from rag.prompting.fence import safe_line
from rag.prompting.infill.formats import PLAIN, infill_format
from rag.prompting.infill.prompt import MAX_INFILL_TOKENS
from rag.prompting.template_files import infill_templates

_MAX_BYTES: Final = 2_000_000
_END_OF_LINE: Final = 1_000_000


def add_complete_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rag complete`."""
    command.description = (
        "Print code for a place in a file: what stands around it, definitions of the names that are used "
        "there, similar code and callers go to a model that fills in the middle, in the format of its family."
    )
    add_common_options(command)
    command.add_argument(
        "place",
        metavar="FILE:LINE[:COLUMN]",
        help="where code is wanted; without a column, at the end of the line",
    )
    command.add_argument(
        "--stdin",
        action="store_true",
        help="read the text of the file from standard input, as it is not saved yet",
    )
    command.add_argument(
        "--recent", action="append", type=Path, metavar="FILE",
        help="file that was edited lately, may be repeated; default: those of the project that changed last",
    )  # fmt: skip
    command.add_argument(
        "--format", default="", metavar="FAMILY",
        help=f"format of the prompt: {', '.join(sorted(infill_templates()))}; default: by the name "
        "of the model",
    )  # fmt: skip
    command.add_argument(
        "--metadata", choices=("on", "off"), default="on",
        help="whether the names of the repository and of files are shown to the model; default: on",
    )  # fmt: skip
    command.add_argument(
        "--max-tokens", type=positive, default=MAX_INFILL_TOKENS, metavar="N",
        help="maximum number of tokens in the prompt; default: %(default)s",
    )  # fmt: skip
    command.add_argument(
        "--rounds", type=int, choices=range(1, MAX_COMPLETION_ROUNDS + 1), default=1,
        help="number of times the model is asked, the second time with what its first answer uses; "
        "default: 1",
    )  # fmt: skip
    shown = command.add_mutually_exclusive_group()
    shown.add_argument("--prompt", action="store_true", help="print the prompt, and ask no model")
    shown.add_argument(
        "--context", action="store_true", help="list what is found for the place, and ask no model"
    )
    add_tokenizer_option(command)
    add_generator_options(command)
    command.set_defaults(run=run_complete)


def run_complete(options: argparse.Namespace) -> None:
    """Run `rag complete`."""
    cursor = _cursor(options.place, sys.stdin.read(_MAX_BYTES + 1) if options.stdin else None)
    recent = (
        None if options.recent is None else [RecentFile(str(path), _text_of(path)) for path in options.recent]
    )
    metadata = options.metadata == "on"
    with Index.open(find_index(options.index)) as index:
        if options.context or options.prompt:
            context = editor_context(index, cursor, recent=recent)
            if options.context:
                show(context_as_text(context, json=options.json), json=options.json)
                return
            has_model = not options.format or options.generator or options.tokenizer == SERVER
            named = chosen_generator(options) if has_model else None
            family = infill_format(options.format) if options.format or not named else family_of(named)
            counter = named_counter(options.tokenizer, named, control_tokens=True)
            prompt = make_completion_prompt(
                context, family, metadata=metadata, max_tokens=options.max_tokens, count_tokens=counter
            )
            show(prompt_as_json(prompt) if options.json else prompt.text, json=options.json)
            for text in prompt_notes(prompt):
                note(text)
            return
        generator = chosen_generator(options)
        completer = CodeCompleter(
            index, generator, options.format, metadata, options.max_tokens,
            named_counter(options.tokenizer, generator, control_tokens=True), options.rounds,
        )  # fmt: skip
        if completer.model_format.name == PLAIN and not options.format:
            note(
                "this model is of no known family: it is given what stands before the cursor only "
                "(--format plain)"
            )
        is_toy = note_toy(generator)
        completion = completer(cursor, recent=recent)
    if not is_toy:
        note(f"model: {safe_line(completion.answer.generator)}")
    note_usage(generator)
    for text in prompt_notes(completion.prompt):
        note(text)
    if not completion.code.strip():
        raise GeneratorError(
            f"{completion.answer.generator} gave no code",
            why=completion.answer.no_code_reason or "all of it stands below the cursor already",
            fix="place the cursor elsewhere, allow a longer answer with --max-output-tokens, or ask another "
            "model",
        )
    show(completion_as_json(completion) if options.json else completion.code, json=options.json)


def _cursor(place: str, text: str | None) -> Cursor:
    """Return the place that `FILE:LINE:COLUMN` names.

    Raises:
        RagError: it names none, or the file cannot be read.
    """
    name, _, last = place.rpartition(":")
    head, _, line = name.rpartition(":")
    if head and line.isdecimal() and last.isdecimal():
        path, numbers = Path(head), (int(line), int(last))
    elif name and last.isdecimal():
        path, numbers = Path(name), (int(last), _END_OF_LINE)
    else:
        raise RagError(
            f"{safe_line(place)} is no place in a file",
            why="it has no line after a colon",
            fix="write FILE:LINE:COLUMN, such as src/app.py:12:8",
        )
    if text is None:
        text = _text_of(path)
    elif len(text) > _MAX_BYTES:
        raise RagError(
            f"the text of {path} is too long",
            why=f"it has more than {_MAX_BYTES:,} characters",
            fix="send less",
        )
    if not 1 <= numbers[0] <= text.count("\n") + 1:
        raise RagError(
            f"there is no line {numbers[0]} in {path}",
            why=f"it has {text.count(chr(10)) + 1} lines",
            fix="name a line of the file",
        )
    return Cursor(path, text, *numbers)


def _text_of(path: Path) -> str:
    try:
        decoded = decode_text(read_outside(path, max_bytes=_MAX_BYTES))
    except (OSError, ValueError) as error:
        raise RagError(f"cannot read {path}", why=str(error), fix="name a file of code") from error
    if not isinstance(decoded, tuple):
        raise RagError(f"cannot read {path}", why=f"it is no text ({decoded})", fix="name a file of code")
    return decoded[0]
