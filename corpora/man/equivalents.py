"""Say what an option does whose page only says what it is the same as: `Shortcut for --delete --force`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_SAME: Final = re.compile(
    r"(?:this (?:option )?is )?(?:the |an? )?"
    r"(?:same as|identical to|equivalent to|equal to|shortcut for|short for|shorthand for"
    r"|abbreviation (?:for|of)|(?:deprecated )?synonym(?:ous)? (?:for|of|to|with)|alias (?:for|of)|like)\b",
    re.IGNORECASE,
)
_END: Final = re.compile(r"\.(?:\s|\Z)|;|,? (?:but|except|plus)\b")
_OPTION: Final = re.compile(r"(?<![\w-])-{1,2}[A-Za-z0-9][\w-]*")
_FLAGS: Final = re.compile(r"-[A-Za-z0-9]{2,4}")  # `-vET`, if it is no option by itself
_MAX_SENTENCE_CHARS: Final = 200
_MAX_OPTIONS: Final = 4
_MAX_CHARS: Final = 300  # of what each of them does


def equivalents(body: str) -> list[str]:
    """Return the options that a description says, to begin with, to be the same; at most four.

    >>> equivalents("Shortcut for --delete --force."), equivalents("Delete the file, like -d.")
    (['--delete', '--force'], [])
    """
    body = body[:_MAX_SENTENCE_CHARS]
    found = _SAME.match(body)
    if not found:
        return []
    end = _END.search(body, found.end())
    return [*dict.fromkeys(_OPTION.findall(body[found.end() : end.start() if end else None]))][:_MAX_OPTIONS]


def spelled_out(body: str, bodies: Mapping[str, str]) -> str:
    """Return a description with those of the options it is the same as, which are in `bodies` by spelling."""
    lines = [
        f"{option}: {_beginning(bodies[option])}"
        for option in _known(equivalents(body), bodies)
        if bodies[option] not in ("", body)
    ]
    return "\n".join([body, *lines[:_MAX_OPTIONS]])


def _known(options: Iterable[str], bodies: Mapping[str, str]) -> Iterator[str]:
    """Yield those of `options` that the page describes; of `-vET`, those that its letters are."""
    for option in options:
        if option in bodies:
            yield option
        elif _FLAGS.fullmatch(option):
            yield from (flag for letter in option[1:] if (flag := f"-{letter}") in bodies)


def _beginning(body: str) -> str:
    """Return the first line of a description, which a paragraph is, cut at a word."""
    first = body.split("\n", 1)[0].strip()
    return first if len(first) <= _MAX_CHARS else first[:_MAX_CHARS].rsplit(" ", 1)[0]
