"""Options that several commands share."""

import argparse
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, get_args

from corpora.errors import GeneratorError
from corpora.redaction.credentials import without_credentials
from rag.cli.terminal import show
from rag.doc_prompter import DEFAULT_PASSAGES
from rag.generators import GeneratorOptionsError, generator_names, open_generator
from rag.generators.completion import Generator, Sampling
from rag.prompting.prompt import MAX_PROMPT_TOKENS
from rag.prompting.template import template_names
from rag.rerankers import reranker_names
from rag.retrieval.versions import Versions
from rag.version import PACKAGE, installed_version


class Parser(argparse.ArgumentParser):
    """A parser that adds its own options only when its command is used, by calling `fill`.

    A command whose choices come from heavy modules thus costs the other commands nothing.
    """

    def __init__(
        self, *args: Any, fill: Callable[[argparse.ArgumentParser], None] | None = None, **known: Any
    ) -> None:
        super().__init__(*args, **known)
        self._fill = fill

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as the base class does, with all options added first."""
        fill, self._fill = self._fill, None
        if fill:
            fill(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Exit as the base class does, without showing a key that an argument may hold."""
        super().error(without_credentials(message))


class ShowVersion(argparse.Action):
    """`--version`, which reads the metadata of the package only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **known: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **known)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        """Print the version and exit with 0."""
        show(f"{PACKAGE} {installed_version()}")
        parser.exit()


def common_options() -> argparse.ArgumentParser:
    """Return the options of every command."""
    options = argparse.ArgumentParser(add_help=False)
    default = os.environ.get("RAG_INDEX")
    options.add_argument(
        "--index",
        type=Path,
        metavar="FOLDER",
        default=Path(default) if default else None,
        help="folder of the index; default: $RAG_INDEX, the one that rag.toml names, or the nearest .rag "
        "in this folder or one above",
    )
    options.add_argument("--json", action="store_true", help="print the result as JSON")
    return options


def query_options() -> argparse.ArgumentParser:
    """Return the options of commands that search an index."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "query",
        nargs="+",
        metavar="QUERY",
        help="question, name, code or error message to search for; - reads it from standard input",
    )
    options.add_argument(
        "-k",
        type=positive,
        default=DEFAULT_PASSAGES,
        metavar="N",
        help="maximum number of hits; default: %(default)s",
    )
    options.add_argument(
        "--two-stage",
        action="store_true",
        help="select the best documents first, then search only these; useful for manual pages",
    )
    options.add_argument(
        "--versions",
        choices=get_args(Versions),
        default="prefer",
        help="when to leave out documentation of other versions than the question, or the last 'rag docs "
        "sync', asks for: if the right version is indexed (prefer), always (lock) or never (any); "
        "default: prefer",
    )
    options.add_argument(
        "--rerank",
        metavar="NAME",
        help=f"reorder the best hits with this reranker: {' or '.join(reranker_names())}; default: none",
    )
    group = options.add_argument_group("filters (each may be given several times)")
    for name, meaning in (
        ("corpus", "search this corpus only (see 'rag status' for names)"),
        ("language", "search only this language, such as python"),
        ("library", "search only the documentation of this library"),
        ("version", "search only the documentation of this version"),
        ("licence", "search only files with this licence: an SPDX id such as MIT, or permissive"),
        ("path", "search only paths that match this glob, such as 'src/**/*.py'"),
    ):
        group.add_argument(f"--{name}", action="append", default=[], metavar=name.upper(), help=meaning)
    return options


def prompt_options() -> argparse.ArgumentParser:
    """Return the options of commands that make a prompt."""
    options = argparse.ArgumentParser(add_help=False)
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
    return options


def generator_options() -> argparse.ArgumentParser:
    """Return the options of commands that have a model answer."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--backend",
        default="local",
        metavar="NAME",
        help=f"generator to use: {', '.join(generator_names())}; default: local",
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
        type=float,
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
    return options


_GENERATOR_OPTIONS: Final = {
    "model": "an endpoint may serve several models, so one has to be named",
    "base_url": "it has to know which server to ask",
    "command": "it has to know which program to run",
}
"""Options that only some generators take, and why those that need one do."""


def chosen_generator(options: argparse.Namespace) -> Generator:
    """Open the generator that `generator_options` ask for.

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


def _as_options(names: Iterable[str]) -> str:
    """Return arguments of a generator as the command line calls them; those that it lacks are left out."""
    return ", ".join(f"--{name.replace('_', '-')}" for name in names if name in _GENERATOR_OPTIONS)


def positive(text: str) -> int:
    """Parse a whole number above zero."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above zero")
    return number


def pair(text: str) -> str:
    """Check that `text` is a name, `=`, and a value, and return it."""
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not like NAME=VALUE")
    return text


def probability(text: str) -> float:
    """Parse a number from 0 to 1."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def memory_size(text: str) -> int:
    """Parse a size as people write it into bytes.

    >>> memory_size("2GB"), memory_size("1.5GiB")
    (2000000000, 1610612736)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", text.strip().lower())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 500MB, 2GB or 1.5GiB")
    number, prefix, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** " kmgt".index(prefix or " "))
