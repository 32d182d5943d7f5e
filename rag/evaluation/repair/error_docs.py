"""Documentation of what an error is about, found by the names in it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rag.corrections.named_wrongly import WrongNames, documents_of_names
from rag.evaluation.repair.feedback import Feedback
from rag.retrieval.draft import Used, read_draft
from rag.retrieval.hit import Hit
from rag.retrieval.second_round import Search

# How Python 3.8 and later name what is missing or was called in a wrong way.
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
_OWN: Final = re.compile(r"\b(?:def|class) (\w+)")
_MEANT: Final = re.compile(r"Did you mean: '(\w+)'")
_SYNTAX: Final = ("SyntaxError", "IndentationError", "TabError")  # these are about no library
# How a command says it: "tar: unrecognized option '--foo'", "program.sh: line 1: nope: command not found".
_COMMAND: Final = re.compile(
    r"^(?:\S+: line \d+: )?(?:/\S*/)?(?P<name>[A-Za-z_][\w.+-]*): (?P<said>.+)$", re.M
)
_OPTION: Final = re.compile(r"option:? (?P<short>-- )?['\"\u2018`]?(?P<name>-{0,2}\w[\w-]*)")


def error_names(feedback: Feedback, source: str) -> WrongNames:
    """Return the names that the error of the program `source` is about; none for a syntax error."""
    if feedback.check.program.language == "bash":
        commands = tuple(dict.fromkeys(_of_commands(feedback.verdict.stderr)))
        return WrongNames(commands, tuple(Used(name, name, is_known=True) for name in commands))
    if feedback.traceback is None or feedback.exception.startswith(_SYNTAX):
        return WrongNames((), ())
    draft = read_draft(source)
    used = draft.used if draft else ()
    own = set(_OWN.findall(source))
    message = "\n".join(feedback.traceback.exception)
    named = [_in_full(name, used) for name in _of_message(message) if name.partition(".")[0] not in own]
    words = set(re.findall(r"\w+", feedback.line))
    found = {name: Used(name, name, is_known=True) for name in named}
    for one in used:
        if not words or one.name.rpartition(".")[2] in words:
            found.setdefault(one.name, one)
    return WrongNames(tuple(dict.fromkeys(named)), tuple(found.values()))


def error_documents(
    names: WrongNames, feedback: Feedback, source: str, query: str, search: Search
) -> list[Hit]:
    """Return the documentation of the names of an error, best first; see `documents_of_names`.

    A command that a shell does not know has no manual page, so none near to it is shown.
    """
    is_shell = feedback.check.program.language == "bash"
    return documents_of_names(names, source, query, search, with_near=not is_shell)


def _of_message(message: str) -> Iterator[str]:
    for pattern in _MESSAGES:
        for match in pattern.finditer(message):
            of = match.groupdict().get("of")
            yield f"{of}.{match['name']}" if of else match["name"].removesuffix(".__init__")
            for meant in _MEANT.findall(message):
                yield f"{of}.{meant}" if of else meant


def _in_full(name: str, used: Sequence[Used]) -> str:
    """Return `pandas.read_csv` for `read_csv` if that is what the program uses, else the name as it is."""
    ends = (one.name for one in used if one.is_known and one.name.endswith(f".{name}"))
    return next(ends, name)


def _of_commands(stderr: str) -> Iterator[str]:
    for match in _COMMAND.finditer(stderr):
        option = _OPTION.search(match["said"])
        if option:
            dash = "-" if option["short"] else ""  # "tar: invalid option -- 'q'" is about -q
            yield f"{match['name']} {dash}{option['name']}"
        if match["name"] not in ("bash", "environment"):
            yield match["name"]
