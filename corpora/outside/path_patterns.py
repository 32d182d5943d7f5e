"""Patterns of paths as in .gitignore, matched in linear time.

The expression that pathspec makes of `*a*a*a*a*a*b` tries every way to divide a name among its stars. The
first match of what stands between two stars is always good enough, so that no other is tried here.
"""

import re
from collections.abc import Iterable
from typing import Any

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_STAR = "[^/]*"
_ONE = "[^/]"
# What `**` becomes in pathspec, at the beginning and between two folders.
_FOLDERS = re.compile(r"(\(\?:\.\+/\)\?|\(\?:/\.\+\)\?)")
_LAZY = {"(?:.+/)?": "(?:.+?/)??", "(?:/.+)?": "(?:/.+?)??"}


class LinearPattern(GitIgnoreSpecPattern):
    """A pattern whose expression never goes back to try another match of a part."""

    @classmethod
    def pattern_to_regex(cls, pattern: Any) -> tuple[Any, bool | None]:
        """Return the expression of `pattern` and whether it includes paths; see pathspec."""
        regex, include = super().pattern_to_regex(pattern)
        return linear(regex) if isinstance(regex, str) else regex, include


def path_spec(lines: Iterable[str]) -> GitIgnoreSpec:
    """Return a matcher for the paths that a .gitignore file with `lines` matches."""
    # By `re`: RE2 and Hyperscan, which pathspec prefers where they are installed, know no atomic groups.
    return GitIgnoreSpec.from_lines(lines, pattern_factory=LinearPattern, backend="simple")


def linear(regex: str) -> str:
    """Return an expression of pathspec changed so that the first match of each part is kept.

    >>> linear("^[^/]*a[^/]*b[^/]*c$")
    '^(?>[^/]*?a)(?>[^/]*?b)[^/]*c$'
    """
    first, *rest = _FOLDERS.split(regex)
    pieces = list(zip(rest[::2], map(_linear_names, rest[1::2]), strict=True))
    kept = [f"(?>{_LAZY[folders]}{piece}(?=/))" for folders, piece in pieces[:-1]]
    last = ["".join(pieces[-1])] if pieces else []
    return "".join([_linear_names(first), *kept, *last])


def _linear_names(piece: str) -> str:
    """Return `linear` of a part of an expression that stands for a fixed number of folders."""
    first, *parts = piece.split(_STAR)
    return first + "".join(
        f"(?>{_STAR}?{part})" if number < len(parts) and "/" not in part.replace(_ONE, "") else _STAR + part
        for number, part in enumerate(parts, start=1)
    )
