"""Options that several commands share."""

import argparse
import os
import re
from collections.abc import Callable, Iterable
from math import inf, isfinite
from pathlib import Path
from typing import Any, Self, get_args

from corpora.document import ContentKind
from rag.retrieval.versions import Versions


class HelpWithNames(str):
    """A help text whose `%(names)s` are found when it is shown: to look for packages takes time."""

    def __new__(cls, text: str, names: Callable[[], Iterable[str]]) -> Self:
        """Make the text; `names` returns what stands in it."""
        made = super().__new__(cls, text)
        made._names = names
        return made

    _names: Callable[[], Iterable[str]]

    def __mod__(self, values: Any) -> str:
        """Fill in the names and what argparse knows of the option."""
        return super().__mod__({**values, "names": ", ".join(self._names())})


def add_common_options(options: argparse.ArgumentParser) -> None:
    """Add the options of every command."""
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


def add_query_options(options: argparse.ArgumentParser, *, k: int | None, is_optional: bool = False) -> None:
    """Add the options of commands that search an index.

    `k` is the default number of hits; None if it depends on whether standard output is a terminal. A query
    that `is_optional` may be left out.
    """
    options.add_argument(
        "query",
        nargs="*" if is_optional else "+",
        metavar="QUERY",
        help="question, name, code or error message to search for; - reads it from standard input",
    )
    add_search_settings(options, k=k)


def add_search_settings(options: argparse.ArgumentParser, *, k: int | None) -> None:
    """Add the options that say how an index is searched; for `k` see `add_query_options`."""
    options.add_argument(
        "-k",
        type=positive,
        default=k,
        metavar="N",
        help="maximum number of hits; default: " + (f"{k}" if k else "5 on a terminal, else 10"),
    )
    options.add_argument(
        "--regex",
        default="",
        metavar="PATTERN",
        help="put first what this regular expression matches, in the syntax of RE2; re:PATTERN in the query "
        "does the same",
    )
    options.add_argument(
        "--context",
        type=Path,
        metavar="FILE",
        help="file of code that the question comes from, such as the one being edited: documentation of what "
        "it imports comes first",
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
        help=HelpWithNames("reorder the best hits with this reranker: %(names)s; default: none", _rerankers),
    )
    group = options.add_argument_group("filters (each may be given several times)")
    for name, meaning in (
        ("corpus", "search this corpus only (see 'rag status' for names)"),
        ("language", "search only this language, such as python"),
        ("library", "search only the documentation of this library"),
        ("version", "search only the documentation of this version"),
        ("licence", "search only files with this licence: an SPDX id such as MIT, or permissive"),
        (
            "path",
            "search only paths that match this glob, such as 'src/**/*.py', as they are printed or "
            "from the folder of the corpus",
        ),
    ):
        metavar = "GLOB" if name == "path" else name.upper()
        group.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=meaning)
    group.add_argument(
        "--kind",
        action="append",
        default=[],
        choices=get_args(ContentKind),
        help="search only code, or only docs",
    )


def _rerankers() -> Iterable[str]:
    from rag.rerankers import reranker_names

    return reranker_names()


def add_package_options(options: argparse.ArgumentParser) -> None:
    """Add the options that say how Python packages are found and read."""
    options.add_argument(
        "--python",
        default="",
        metavar="PATH",
        help="environment in which pkg:NAME is looked for: its folder or its interpreter, which is not run; "
        "default: the active one, then .venv beside the project, then the Python that runs this command",
    )
    options.add_argument(
        "--runtime",
        action="store_true",
        help="also import Python packages, in the sandbox and in an environment of their own, for what their "
        "source does not show: docstrings put together by code, signatures of compiled code, dynamic members",
    )


def add_private_option(options: argparse.ArgumentParser) -> None:
    """Add the option that permits a site on a private network."""
    options.add_argument(
        "--allow-private",
        action="store_true",
        help="fetch from a site or repository even if its address is private, such as one on this network",
    )


def add_kind_options(options: argparse.ArgumentParser) -> None:
    """Add the options that say what sources are, and what they document."""
    from corpora.kinds import KINDS

    kinds = HelpWithNames("kind of the sources: %(names)s; default: guessed", KINDS.names)
    options.add_argument("--kind", default="", metavar="KIND", help=kinds)
    options.add_argument(
        "--library", default="", help="library that the pages document, if they do not say it"
    )
    options.add_argument("--version", default="", help="version of that library")


def positive(text: str) -> int:
    """Parse a whole number above zero."""
    number = count(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above zero")
    return number


def count(text: str) -> int:
    """Parse a whole number, zero or above."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is below zero")
    return number


def seconds(text: str) -> float:
    """Parse a time in seconds, above zero."""
    number = _number(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return number


def temperature(text: str) -> float:
    """Parse a temperature, which is zero or more."""
    number = _number(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below zero")
    return number


def _number(text: str) -> float:
    """Parse a finite number; `nan` and `inf` would fit every check and nothing else."""
    try:
        number = float(text)
    except ValueError:
        number = inf
    if not isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number


def pair(text: str) -> str:
    """Check that `text` is a name, `=`, and a value, and return it."""
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not like NAME=VALUE")
    return text


def probability(text: str) -> float:
    """Parse a number from 0 to 1."""
    number = _number(text)
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


def add_tokenizer_option(options: argparse.ArgumentParser) -> None:
    """Add the option that says what counts the tokens of a prompt."""
    options.add_argument(
        "--tokenizer",
        default="",
        metavar="NAME",
        help="what counts the tokens of the prompt: tokenizers:FILE, tiktoken:NAME, gguf:FILE, server (that "
        "of the model, if it has /tokenize), or estimate; default: the model's own tokenizer if it is at "
        "hand, else estimate",
    )
