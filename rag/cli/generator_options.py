"""Options of commands that make a prompt or have a model answer it."""

import argparse
from collections.abc import Iterable
from typing import Final

from corpora.errors import GeneratorError
from rag.cli.options import HelpWithNames, positive, probability, temperature
from rag.cli.terminal import note
from rag.generators import GeneratorOptionsError, generator_names, open_generator
from rag.generators.completion import Generator, Sampling, generator_name
from rag.prompting.fence import safe_line
from rag.prompting.prompt import MAX_PROMPT_TOKENS
from rag.prompting.template import template_names


def add_prompt_options(options: argparse.ArgumentParser) -> None:
    """Add the options of commands that make a prompt."""
    names = ", ".join(template_names())
    options.add_argument(
        "--template",
        default="docprompting",
        help=f"prompt template: {names}, or the path of a Jinja2 file; default: %(default)s",
    )
    options.add_argument(
        "--max-tokens",
        type=positive,
        default=MAX_PROMPT_TOKENS,
        metavar="N",
        help="maximum number of tokens in the prompt; default: %(default)s",
    )
    options.add_argument(
        "--gate",
        type=probability,
        default=0.0,
        metavar="P",
        help="leave out all passages if the estimated probability that they answer the request is below "
        "P (0 to 1); default: 0, never",
    )


def add_untrusted_option(options: argparse.ArgumentParser) -> None:
    """Add the option that says what becomes of passages that speak to a model."""
    options.add_argument(
        "--untrusted",
        choices=("mark", "drop"),
        default="mark",
        help="whether passages that read like instructions to a model are marked as such, or left out; "
        "default: mark",
    )


def add_generator_options(options: argparse.ArgumentParser) -> None:
    """Add the options of commands that have a model answer."""
    options.add_argument(
        "--backend",
        default="local",
        metavar="NAME",
        help=HelpWithNames("generator to use: %(names)s; default: local", generator_names),
    )
    options.add_argument(
        "--model", default="", help="openai: name of the model at the endpoint; local: path of a GGUF file"
    )
    options.add_argument(
        "--base-url",
        default="",
        metavar="URL",
        help="openai: address of an OpenAI-compatible API, up to and with /v1; "
        "default: $OPENAI_BASE_URL, else OpenAI's",
    )
    options.add_argument(
        "--command",
        default="",
        help="command: program to run; it reads the prompt from standard input and prints the answer",
    )
    options.add_argument(
        "--temperature",
        type=temperature,
        default=Sampling().temperature,
        metavar="T",
        help="sampling temperature; default: %(default)s",
    )
    options.add_argument(
        "--max-output-tokens",
        type=positive,
        default=Sampling().max_tokens,
        metavar="N",
        help="maximum number of tokens in an answer; default: %(default)s",
    )
    options.add_argument(
        "--seed",
        type=int,
        default=Sampling().seed,
        metavar="N",
        help="seed of the sampling; default: %(default)s",
    )


_GENERATOR_OPTIONS: Final = {
    "model": "an endpoint may serve several models, so one has to be named",
    "base_url": "it has to know which server to ask",
    "command": "it has to know which program to run",
}
"""Options that only some generators take, and why those that need one do."""


def chosen_generator(options: argparse.Namespace) -> Generator:
    """Open the generator that the options ask for.

    Raises:
        GeneratorError: the generator needs an option that was not given, or has no use for one that was.
        RagError: it cannot be opened for another reason; see `open_generator`.
    """
    sampling = Sampling(options.temperature, options.max_output_tokens, options.seed)
    given = {name: value for name in _GENERATOR_OPTIONS if (value := getattr(options, name))}
    try:
        return open_generator(options.backend, sampling=sampling, **given)
    except GeneratorOptionsError as error:
        missing, unknown = map(_as_options, (error.missing, error.unknown))
        if not set(error.missing) <= _GENERATOR_OPTIONS.keys() or not (missing or unknown):
            raise  # it is about an argument for which the command line has no option
        raise GeneratorError(
            f"--backend {options.backend} " + (f"needs {missing}" if missing else f"does not take {unknown}"),
            why=" ".join(_GENERATOR_OPTIONS[name] for name in error.missing)
            or f"of these options it takes {_as_options(error.known) or 'none'}",
            fix=f"add {missing} to the command"
            if missing
            else f"leave out {unknown}, or choose another --backend",
        ) from error


def note_toy(generator: Generator) -> bool:
    """Say on stderr, before it is asked, that the default model is a toy; return whether it is asked."""
    is_toy: bool = getattr(generator, "is_toy", False)
    if is_toy:
        note(
            f"model: {safe_line(generator_name(generator))}, a toy of 135M parameters to try the commands; "
            "name another with --model or --backend"
        )
    return is_toy


def _as_options(names: Iterable[str]) -> str:
    """Return arguments of a generator as the command line calls them; those that it lacks are left out."""
    return ", ".join(f"--{name.replace('_', '-')}" for name in names if name in _GENERATOR_OPTIONS)
