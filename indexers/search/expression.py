r"""Match regular expressions with texts, in time that grows with the text alone: RE2.

A search may come from a stranger, and the expressions of `re` take for ever on some texts: `(x+x+)+y`. RE2
(Russ Cox 2010, "Regular Expression Matching in the Wild") knows no look-around and no back-references, and
needs no backtracking. `^` and `$` match at each line, `\w`, `\d`, `\s` and `\b` know ASCII only.
"""

import re
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from corpora.errors import RagError

if TYPE_CHECKING:
    import re2

MAX_PATTERN_CHARS: Final = 500
"""Nobody types more; what a program makes of many names is better asked as several questions."""

# Of RE2's compiled form. One byte of a text takes at most this many steps, of about 5 ns.
_MAX_PROGRAM: Final = 5_000
_MAX_STEPS: Final = 500_000_000  # in one text, which no clock interrupts
# For each expression; the package keeps the last 128 of them.
_MEMORY_BYTES: Final = 1 << 20
_LINES: Final = "(?m)"
# What looks at the characters beside a match; sets and escaped characters are passed over.
_EDGES: Final = re.compile(r"(\\[^bBAzQ]|\[\^?\]?(?:\[:\^?\w*:\]|\\.|[^\]\\])*(?:\]|\Z))|\^|\$|\\[bBAz]")
_NOTHING: Final = "(?:)"
_MAX_SHOWN_STEPS: Final = 50_000_000  # to find what is marked in a hit
_UNKNOWN: Final = re.compile(r"\(\?(?:<?[=!]|>)|\\[1-9]")  # look-around, atomic groups, references


class TextTooLong(Exception):
    """Matching this expression with this text may take too long."""


class Expression:
    """A regular expression.

    Args:
        pattern: the expression, in the syntax of RE2.

    Raises:
        RagError: it is no regular expression, or one that is too large; or RE2 is not installed.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        if len(pattern) > MAX_PATTERN_CHARS:
            raise RagError(
                f"the regular expression has {len(pattern)} characters",
                why=f"at most {MAX_PATTERN_CHARS} are taken",
                fix="search for a part of it",
            )
        if "\n" in pattern or "\0" in pattern:
            raise _invalid(pattern, "it holds a line feed or a zero byte", r"write \n or \x00")
        self._compiled = self._compile(pattern)
        if self._compiled.programsize > _MAX_PROGRAM:
            raise _invalid(pattern, "it is too large", "repeat fewer times, or search for a part of it")

    def _compile(self, pattern: str) -> "re2._Regexp":
        try:
            import re2  # only searches with a pattern need it
        except ImportError as error:
            raise RagError(
                "regular expressions need the package google-re2, which cannot be imported",
                why=str(error),
                fix="install it, or search without: on systems with musl, such as Alpine Linux, it has to be "
                "compiled",
            ) from error

        options = re2.Options()
        options.log_errors = False
        options.never_capture = True
        options.max_mem = _MEMORY_BYTES
        try:
            return re2.compile(_LINES + pattern, options)
        except re2.error as error:
            raise _invalid(pattern, *_problem(pattern, error)) from error
        except UnicodeEncodeError as error:
            raise _invalid(pattern, "it is no valid text", "write it in UTF-8") from error

    @cached_property
    def _without_edges(self) -> "re2._Regexp | None":
        """Compile it without the edges of lines and words: it then matches a text if it matches any part.

        For `^import$`, the text `x; import` has no match, but its part `import` is one.
        """
        if r"\Q" in self.pattern:
            return None
        relaxed = _EDGES.sub(lambda found: found[1] or _NOTHING, self.pattern)
        return self._compiled if relaxed == self.pattern else self._compile(relaxed)

    def may_match_part(self, text: bytes) -> bool:
        """Return False if it matches no part of `text`, in UTF-8, whatever stands beside that part."""
        relaxed = self._without_edges
        if relaxed is None or len(text) * relaxed.programsize > _MAX_STEPS:
            return True
        return relaxed.search(text) is not None

    def matches(self, text: bytes) -> bool:
        """Return whether it matches anywhere in `text`, in UTF-8. Raises `TextTooLong`."""
        if len(text) * self._compiled.programsize > _MAX_STEPS:
            raise TextTooLong
        return self._compiled.search(text) is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where it matches in `text`, as start and end, as far as that takes no more than moments."""
        cost = 4 * self._compiled.programsize  # of a character, which is at most four bytes
        steps = len(text) * cost
        matches = self._compiled.finditer(text)
        while steps <= _MAX_SHOWN_STEPS and (match := next(matches, None)) is not None:
            yield match.span()
            steps += (len(text) - match.end()) * cost


def _problem(pattern: str, error: Exception) -> tuple[str, str]:
    """Return why RE2 refused a pattern, and how to mend it."""
    said: Any = error.args[0] if error.args else ""
    message = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    why, _, part = message.partition(": ")
    part = part.removeprefix(_LINES)
    at = _place(pattern, part)
    why = f"{why}{f' {part}' if part and part != pattern else ''}"
    if at is not None:
        why = f"{why}, at character {at + 1}: {pattern[:at]} >>> {pattern[at:]}"
    if _UNKNOWN.search(pattern):
        return why, r"write it without look-around, (?=...), and without references to groups, \1"
    return why, r"put \ before a character that is meant as it is, such as \( or \*, and close all brackets"


def _place(pattern: str, part: str) -> int | None:
    """Return at which character of a pattern RE2 found it wrong, from 0; None if it cannot be told."""
    if part and part != pattern:
        at = pattern.find(part)
        return at if at >= 0 else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong with a pattern beside the error
            re.compile(pattern)
    except re.error as error:
        return error.pos
    except (RecursionError, OverflowError):
        pass
    return None


def _invalid(pattern: str, why: str, fix: str) -> RagError:
    return RagError(f"the regular expression {pattern!r} is not understood", why=why, fix=fix)
