"""The compiled patterns of one ignore file.

pathspec decides what a single pattern matches. Asking it about every pattern takes 27 µs a path for a file of
a hundred lines; most lines are plain names or `*.suffix`, which are looked up in a dictionary here.
"""

import re
import warnings
from collections.abc import Callable, Iterable
from typing import Literal

from corpora.outside.path_patterns import LinearPattern

# What kind of pattern the last one that matches is: an ordinary one; an exception (`!*.py`); an exception
# without wildcards (`!vendor/`), whose author means this very name.
PatternVerdict = Literal["match", "exception", "named exception"]

_NAME = re.compile(r"[^*?\[\]\\/\s]+/?")  # `build`, `build/`
_PATH = re.compile(r"/?(?:[^*?\[\]\\/\s]+/)*[^*?\[\]\\/\s]+/?")  # `/build`, `docs/_build/`
_SUFFIX = re.compile(r"\*(?P<suffix>\.[^*?\[\]\\/\s]+)")  # `*.pyc`


class PatternSet:
    """The compiled patterns of one ignore file; the last one that matches decides.

    A pattern that git would not understand matches nothing, as in git; `invalid` lists those.
    `is_of_top_names` says whether all of them are about files or folders at the top, such as `/setup.py`.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.invalid: list[str] = []
        self._verdicts: list[PatternVerdict] = []
        self._names: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._globs: list[_Glob] = []
        self.is_of_top_names = True
        for line in lines:
            pattern = line.removesuffix("\r")
            if pattern.strip() and not pattern.startswith("#"):
                self._add(pattern)
        self._globs.reverse()
        # Most names match no glob at all; matching all of them in one expression finds that out at once.
        self._any_name = _union(glob.regex for glob in self._globs if glob.any_level)
        self._any_path = _union(glob.regex for glob in self._globs if not glob.any_level)

    def __bool__(self) -> bool:
        return bool(self._verdicts)

    def _add(self, pattern: str) -> None:
        number = len(self._verdicts)
        exception: PatternVerdict = "exception"
        bare = _without_trailing_blanks(pattern.removeprefix("!"))
        self.is_of_top_names &= bare.startswith("/") and "/" not in bare[1:]
        if _NAME.fullmatch(bare):
            self._names[bare] = number
            exception = "named exception"
        elif _PATH.fullmatch(bare):
            self._paths[bare.removeprefix("/")] = number
            exception = "named exception"
        elif suffix := _SUFFIX.fullmatch(bare):
            self._suffixes[suffix["suffix"]] = number
        elif glob := _compile(bare):
            self._globs.append(_Glob(number, bare, glob))
        else:
            self.invalid.append(pattern)
            return
        self._verdicts.append(exception if pattern.startswith("!") else "match")

    def verdict(self, path: str) -> PatternVerdict | None:
        """Return the kind of the last pattern that matches `path`; None if none matches.

        Args:
            path: relative to the folder of the ignore file; with a slash at its end for a folder.
        """
        cut = path.rfind("/", 0, -1) + 1
        return self.verdict_in(path[:cut], path[cut:])

    def verdict_in(self, directory: str, name: str) -> PatternVerdict | None:
        """Return the same for the entry `name` of `directory`, which is empty or ends with a slash."""
        last = self._last_in(directory, name)
        return None if last < 0 else self._verdicts[last]

    def last_match(self, path: str) -> int:
        """Return the number of the last pattern that matches `path`, of the valid ones from 0; -1 if none."""
        cut = path.rfind("/", 0, -1) + 1
        return self._last_in(path[:cut], path[cut:])

    def _last_in(self, directory: str, name: str) -> int:
        # This runs for every entry of a tree, and for nearly all of them nothing matches.
        path = directory + name
        last = self._names.get(name, -1)
        if path in self._paths:
            last = max(last, self._paths[path])
        if name[-1:] == "/":
            last = max(last, self._names.get(name[:-1], -1), self._paths.get(path[:-1], -1))
        if self._suffixes and "." in name:
            last = max(last, self._last_suffix(name.removesuffix("/")))
        if (self._any_name and self._any_name(name)) or (self._any_path and self._any_path(path)):
            for glob in self._globs:
                if glob.number < last:
                    break
                if glob.matches(path):
                    last = glob.number
                    break
        return last

    def _last_suffix(self, name: str) -> int:
        last, dot = -1, name.find(".")
        while dot >= 0:
            last = max(last, self._suffixes.get(name[dot:], -1))
            dot = name.find(".", dot + 1)
        return last


class _Glob:
    """A pattern with wildcards."""

    __slots__ = ("any_level", "number", "regex")

    def __init__(self, number: int, pattern: str, regex: re.Pattern[str]) -> None:
        self.number = number
        self.regex = regex
        self.any_level = "/" not in pattern.removesuffix("/")

    def matches(self, path: str) -> bool:
        if self.any_level:
            path = path[path.rfind("/", 0, -1) + 1 :]
        # pathspec also matches what lies below `build` by `build`. That would let `!src/` take what
        # `*.log` leaves out, so only a match of the whole path counts.
        return self.regex.fullmatch(path) is not None


def _union(patterns: Iterable[re.Pattern[str]]) -> Callable[[str], object] | None:
    """Return a function that matches what any of `patterns` matches; None where there are none."""
    # pathspec names its groups, and a pattern may hold a group name only once.
    sources = [re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern) for pattern in patterns]
    if not sources:
        return None
    return re.compile("|".join(f"(?:{source})" for source in sources), re.DOTALL).fullmatch


# What pathspec makes of `*` and `*/`: it is content with a match of a part, and here the whole must match.
_WHOLE = {".": re.compile(r".+", re.DOTALL), "(?P<ps_d>/)": re.compile(r"\A.*/", re.DOTALL)}


def _without_trailing_blanks(pattern: str) -> str:
    """Strip the blanks at the end, but for one behind a backslash that is not itself escaped."""
    bare = pattern.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if bare != pattern and backslashes % 2 else bare


def _compile(pattern: str) -> re.Pattern[str] | None:
    # `build/**` matches the entries of a folder and not the folder; written like this, pathspec tells them
    # apart.
    spelled = re.sub(r"/\*\*(/?)$", r"/**/*\1", pattern)
    with warnings.catch_warnings():
        # `[[:alpha:]]` looks like a nested set to `re`, which warns about it.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            regex = LinearPattern(spelled).regex
        except (ValueError, re.error):
            return None
    return regex and _WHOLE.get(regex.pattern, regex)
