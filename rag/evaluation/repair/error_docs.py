"""The documentation of what an error is about: its names are looked up before anything else is."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rag.evaluation.repair.told import Told
from rag.retrieval.draft import Draft, Used, read_draft
from rag.retrieval.hit import Hit
from rag.retrieval.second_round import Search, look_up

# How Python (3.8 and later) names in its messages what is missing or was called in a wrong way.
_MESSAGES: Final = (
    re.compile(r"(?:module|type object) '(?P<of>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    re.compile(r"'(?P<of>[\w.]+)' object has no attribute '(?P<name>\w+)'"),
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<of>[\w.]+)'"),
    re.compile(r"No module named '(?P<name>[\w.]+)'"),
    re.compile(r"\bname '(?P<name>\w+)' is not defined"),
    re.compile(
        r"(?<!\w)(?P<name>[A-Za-z_][\w.]{0,200})\(\) "
        r"(?:got|takes|missing|argument|expects?|expected|requires)\b"
    ),
)
_NEAR: Final = 3  # hits of a search for what is missing: a name that is found is surer
_OWN: Final = re.compile(r"\b(?:def|class) (\w+)")
_MEANT: Final = re.compile(r"Did you mean: '(\w+)'")
_SYNTAX: Final = ("SyntaxError", "IndentationError", "TabError")  # these are about no library
# How a command says it: "tar: unrecognized option '--foo'", "program.sh: line 1: nope: command not found".
_COMMAND: Final = re.compile(
    r"^(?:\S+: line \d+: )?(?:/\S*/)?(?P<name>[A-Za-z_][\w.+-]*): (?P<said>.+)$", re.M
)
_OPTION: Final = re.compile(r"option:? (?P<short>-- )?['\"\u2018`]?(?P<name>-{0,2}\w[\w-]*)")


class ErrorNames(NamedTuple):
    """What an error is about.

    `of_message` are the names that its message has, in full where the program tells; `looked_up` are these,
    and what the failing line uses, or the whole program where no line of it is known to have failed.
    """

    of_message: tuple[str, ...]
    looked_up: tuple[Used, ...]


def error_names(told: Told, source: str) -> ErrorNames:
    """The names that the error of the program `source` is about; none of an error of syntax."""
    if told.check.program.language == "bash":
        commands = tuple(dict.fromkeys(_of_commands(told.verdict.stderr)))
        return ErrorNames(commands, tuple(Used(name, name, is_known=True) for name in commands))
    if told.traceback is None or told.exception.startswith(_SYNTAX):
        return ErrorNames((), ())
    draft = read_draft(source)
    used = draft.used if draft else ()
    own = set(_OWN.findall(source))
    message = "\n".join(told.traceback.exception)
    named = [_in_full(name, used) for name in _of_message(message) if name.partition(".")[0] not in own]
    words = set(re.findall(r"\w+", told.line))
    found = {name: Used(name, name, is_known=True) for name in named}
    for one in used:
        if not words or one.name.rpartition(".")[2] in words:
            found.setdefault(one.name, one)
    return ErrorNames(tuple(dict.fromkeys(named)), tuple(found.values()))


def error_documents(names: ErrorNames, told: Told, source: str, query: str, search: Search) -> list[Hit]:
    """What documents the names of an error, best first, each once.

    Where a message says of what it misses a name, and no such name is documented, what a search for these
    finds follows: `pandas.read_cvs` may be `read_csv`. A name by itself is most often a variable, which
    nothing documents. `query` is what was asked, for what it says of libraries.
    """
    found = look_up(query, Draft(source, names.looked_up), search)
    missing = [name for name in names.of_message if "." in name]
    # (what a shell does not know, its manual does not either)
    is_shell = told.check.program.language == "bash"
    if missing and not is_shell and not _documented(names.of_message, found):
        found += search(" ".join(missing), _NEAR)
    return list({hit.chunk.chunk_id: hit for hit in found}.values())


def _documented(named: Sequence[str], found: Sequence[Hit]) -> bool:
    lasts = {name.rpartition(".")[2] for name in named}
    return any(hit.chunk.symbol.rpartition(".")[2] in lasts for hit in found)


def _of_message(message: str) -> Iterator[str]:
    for pattern in _MESSAGES:
        for match in pattern.finditer(message):
            of = match.groupdict().get("of")
            yield f"{of}.{match['name']}" if of else match["name"].removesuffix(".__init__")
            for meant in _MEANT.findall(message):
                yield f"{of}.{meant}" if of else meant


def _in_full(name: str, used: Sequence[Used]) -> str:
    """`read_csv` is `pandas.read_csv` if that is what the program uses."""
    ends = (one.name for one in used if one.is_known and one.name.endswith(f".{name}"))
    return next(ends, name)


def _of_commands(stderr: str) -> Iterator[str]:
    for match in _COMMAND.finditer(stderr):
        option = _OPTION.search(match["said"])
        if option:
            dash = "-" if option["short"] else ""
            yield f"{match['name']} {dash}{option['name']}"
        if match["name"] not in ("bash", "environment"):
            yield match["name"]
