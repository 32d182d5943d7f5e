"""Options that several commands share."""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, get_args

from corpora.redaction.credentials import without_credentials
from rag.doc_prompter import DEFAULT_PASSAGES
from rag.generators import generator_names, open_generator
from rag.generators.completion import Generator, Sampling
from rag.prompting.prompt import MAX_PROMPT_TOKENS
from rag.prompting.template import template_names
from rag.rerankers import reranker_names
from rag.retrieval.versions import Versions


class Parser(argparse.ArgumentParser):
    """A parser whose own options may come late: `fill` adds them when they are first needed.

    So a command whose choices are told by heavy modules costs the others nothing.
    """

    def __init__(
        self, *args: Any, fill: Callable[[argparse.ArgumentParser], None] | None = None, **known: Any
    ) -> None:
        super().__init__(*args, **known)
        self._fill = fill

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As its parent, with all options."""
        fill, self._fill = self._fill, None
        if fill:
            fill(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """As its parent, without the key that an argument may hold."""
        super().error(without_credentials(message))


def common_options() -> argparse.ArgumentParser:
    """Those of every command."""
    options = argparse.ArgumentParser(add_help=False)
    default = os.environ.get("RAG_INDEX")
    options.add_argument(
        "--index",
        type=Path,
        metavar="FOLDER",
        default=Path(default) if default else None,
        help="folder of the index; default: $RAG_INDEX, that of rag.toml, or .rag here or above",
    )
    options.add_argument("--json", action="store_true", help="print JSON")
    return options


def query_options() -> argparse.ArgumentParser:
    """Those of commands that look something up."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("query", nargs="+", metavar="QUERY", help="what to look for; - reads it from stdin")
    options.add_argument("-k", type=positive, default=DEFAULT_PASSAGES, metavar="N", help="hits at the most")
    options.add_argument(
        "--two-stage", action="store_true", help="first the documents, then their parts: for manual pages"
    )
    options.add_argument(
        "--versions",
        choices=get_args(Versions),
        default="prefer",
        help="documentation of other versions than the question or the last sync asks for: left out "
        "where there is the right one (prefer, the default), always (lock), never (any)",
    )
    options.add_argument(
        "--rerank",
        metavar="NAME",
        help=f"order the first hits anew: {' or '.join(reranker_names())}; default: no",
    )
    group = options.add_argument_group("filters (each may be repeated)")
    for name, example in (
        ("corpus", "name of a corpus"),
        ("language", "such as python"),
        ("library", "documentation of this library"),
        ("version", "documentation of this version"),
        ("licence", "SPDX id such as MIT, or permissive"),
        ("path", "glob such as 'src/**/*.py'"),
    ):
        group.add_argument(f"--{name}", action="append", default=[], metavar=name.upper(), help=example)
    return options


def prompt_options() -> argparse.ArgumentParser:
    """Those of commands that make a prompt."""
    options = argparse.ArgumentParser(add_help=False)
    names = ", ".join(template_names())
    options.add_argument("--template", default="docprompting", help=f"{names}, or the path of a Jinja2 file")
    options.add_argument(
        "--max-tokens", type=positive, default=MAX_PROMPT_TOKENS, metavar="N", help="budget of the prompt"
    )
    options.add_argument(
        "--gate",
        type=probability,
        default=0.0,
        metavar="P",
        help="show no passages if the chance that they answer is below this, 0 to 1; default: 0, always show",
    )
    return options


def generator_options() -> argparse.ArgumentParser:
    """Those of commands that have a model answer."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--backend",
        default="local",
        metavar="NAME",
        help=f"one of {', '.join(generator_names())}; default: local",
    )
    options.add_argument("--model", default="", help="name of the model; for local, a GGUF file")
    options.add_argument("--base-url", default="", metavar="URL", help="of an OpenAI-compatible endpoint")
    options.add_argument("--command", default="", help="a program that reads the prompt on stdin")
    options.add_argument("--temperature", type=float, default=Sampling().temperature, metavar="T")
    options.add_argument("--max-output-tokens", type=positive, default=Sampling().max_tokens, metavar="N")
    options.add_argument("--seed", type=int, default=Sampling().seed, metavar="N")
    return options


def chosen_generator(options: argparse.Namespace) -> Generator:
    """The generator that `generator_options` ask for."""
    sampling = Sampling(options.temperature, options.max_output_tokens, options.seed)
    chosen = {
        name: getattr(options, name) for name in ("model", "base_url", "command") if getattr(options, name)
    }
    return open_generator(options.backend, sampling=sampling, **chosen)


def positive(text: str) -> int:
    """A whole number above zero."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above zero")
    return number


def pair(text: str) -> str:
    """A name, `=`, and a value."""
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not like NAME=VALUE")
    return text


def probability(text: str) -> float:
    """A number from 0 to 1."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def memory_size(text: str) -> int:
    """Bytes, from a size as people write it: `2GB`, `1.5GiB`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", text.strip().lower())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 500MB, 2GB or 1.5GiB")
    number, prefix, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** " kmgt".index(prefix or " "))
