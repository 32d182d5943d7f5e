"""Find the files that a question names, as in tracebacks: `File "app/db.py", line 12, in connect`."""

import re
from typing import Final, NamedTuple

# A path begins where no other character of a path is before it: otherwise a long row takes quadratic time.
_PATH: Final = r"(?P<path>(?<![\w@.+~/\\-])(?:[A-Za-z]:)?[\w@.+~/\\-]{1,300}+)"
_FRAMES: Final = tuple(
    re.compile(expression)
    for expression in (
        # Python
        rf'File "{_PATH}", line (?P<line>\d{{1,7}})(?:, in (?P<function>[\w.<>]{{1,100}}))?',
        # Java, Kotlin, Scala; JavaScript
        rf"\bat (?:async |new )?(?P<function>[\w.$<>#]{{1,150}}) ?\((?:file://)?{_PATH}:(?P<line>\d{{1,7}})[:\d]*\)",
        # Go: the function on the line before
        r"(?P<function>(?<![\w./*()-])[\w./*()-]{1,150}?)\([^()\n]{0,100}+\)\n"
        rf"[ \t]{{1,20}}{_PATH}:(?P<line>\d{{1,7}})",
        # Ruby, PHP, compilers
        rf"{_PATH}(?::|\()(?P<line>\d{{1,7}})\)?(?::\d+)?(?::?in [`']?(?P<function>[\w.#<>?! ]{{1,100}}))?",
        rf"{_PATH}",
    )
)
_KNOWN_SUFFIX: Final = re.compile(
    r"\.(?:py|pyx|pyi|go|rs|ts|tsx|js|jsx|mjs|cjs|java|kt|kts|scala|c|cc|cpp|cxx|h|hpp|hh|cs|rb|php|swift|lua|exs?|erl"
    r"|hs|sh|bash|zsh|pl|pm|r|jl|m|mm|dart|zig|nim|vue|svelte|ya?ml|toml|json|ini|cfg|conf|xml|md|rst|txt|html?|css"
    r"|scss|sql|proto|gradle|cmake|tf|env|lock|dockerfile)\Z",
    re.IGNORECASE,
)
_MAX_CHARS: Final = 20_000
_MAX_PLACES: Final = 24


class MentionedPlace(NamedTuple):
    """A file that a question names; `line` is 0 and `function` empty where they are not told."""

    path: str
    line: int = 0
    function: str = ""


def mentioned_places(text: str) -> tuple[MentionedPlace, ...]:
    """Return the places that `text` names, the one that matters most first.

    In a traceback of Python, that is the last one; elsewhere, the first one.

    >>> mentioned_places('  File "/srv/app/db.py", line 12, in connect')
    (MentionedPlace(path='/srv/app/db.py', line=12, function='connect'),)
    >>> mentioned_places("why does io/driver.rs:40 panic")
    (MentionedPlace(path='io/driver.rs', line=40, function=''),)
    """
    text = text[:_MAX_CHARS]
    found: dict[int, MentionedPlace] = {}
    for frame in _FRAMES:
        for match in frame.finditer(text):
            groups = match.groupdict()
            path = groups["path"].replace("\\", "/").rstrip(".")
            if _KNOWN_SUFFIX.search(path) and match.start("path") not in found:
                function = (groups.get("function") or "").rpartition("/")[2]
                found[match.start("path")] = MentionedPlace(
                    path, int(groups.get("line") or 0), _last(function)
                )
    places = [found[at] for at in sorted(found)]
    if "most recent call last" in text:
        places.reverse()
    return tuple(dict.fromkeys(places))[:_MAX_PLACES]


def _last(function: str) -> str:
    """Return the last part of the name of a function: `connect` of `Db.connect` and `(*Db).connect`."""
    return re.split(r"[.#:]|\bin ", function.strip())[-1].strip("<>()*' ")


def place_fit(place: MentionedPlace, path: str, first_line: int, last_line: int, symbol: str) -> float:
    """Return how well a chunk fits a place, 0 to 1: by the end of its path, the line, and the function."""
    wanted = place.path.lower().split("/")[::-1]
    own = path.lower().split("/")[::-1]
    if wanted[0] != own[0]:
        return 0.0
    same = 0
    for one, other in zip(wanted, own, strict=False):
        if one != other:
            break
        same += 1
    score = 0.4 + 0.2 * min(same - 1, 2) / 2 if len(wanted) > 1 and len(own) > 1 else 0.6
    if place.function and symbol.rpartition(".")[2] == place.function:
        score += 0.25
    if place.line and first_line <= place.line <= last_line:
        score += 0.15
    return score
