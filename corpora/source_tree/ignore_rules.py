"""Which paths the ignore files of a tree name: gitignore patterns, at every level, as git reads them.

pathspec says what one pattern matches. What it leaves to us is the tree: the file of a deeper
folder has the last word, and nothing below an ignored folder is asked about. Asking pathspec about
every pattern costs 27 µs a path for a file of a hundred lines; most lines are plain names or
`*.suffix`, and those are answered here from a dictionary.
"""

import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from corpora.outside.files import read_outside
from corpora.outside.path_patterns import LinearPattern

# What the last pattern that matches says: it matches; it is an exception (`!*.py`); it is an exception
# without wildcards (`!vendor/`), by someone who means this very name.
Verdict = Literal["match", "exception", "named exception"]

MAX_IGNORE_FILE_BYTES = 1_000_000

_EVERYTHING = frozenset({"*", "/*", "**", "/**"})  # lines that leave out all that a folder holds

_NAME = re.compile(r"[^*?\[\]\\/\s]+/?")  # `build`, `build/`
_PATH = re.compile(r"/?(?:[^*?\[\]\\/\s]+/)*[^*?\[\]\\/\s]+/?")  # `/build`, `docs/_build/`
_SUFFIX = re.compile(r"\*(?P<suffix>\.[^*?\[\]\\/\s]+)")  # `*.pyc`


class PatternSet:
    """The patterns of one ignore file, compiled. The last one that matches decides.

    A pattern that git would not understand matches nothing, as in git; `invalid` names them.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.invalid: list[str] = []
        self._verdicts: list[Verdict] = []
        self._names: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._globs: list[_Glob] = []
        for line in lines:
            pattern = line.removesuffix("\r")
            if pattern.strip() and not pattern.startswith("#"):
                self._add(pattern)
        self._globs.reverse()
        # Most names match no glob at all: one question tells.
        self._any_name = _union(glob.regex for glob in self._globs if glob.any_level)
        self._any_path = _union(glob.regex for glob in self._globs if not glob.any_level)

    def __bool__(self) -> bool:
        return bool(self._verdicts)

    def _add(self, pattern: str) -> None:
        number = len(self._verdicts)
        exception: Verdict = "exception"
        bare = _without_trailing_blanks(pattern.removeprefix("!"))
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

    def verdict(self, path: str) -> Verdict | None:
        """What the last pattern that matches `path` says; None if none matches.

        `path` is relative to the folder of the ignore file; that of a folder ends with a slash.
        """
        cut = path.rfind("/", 0, -1) + 1
        return self.verdict_in(path[:cut], path[cut:])

    def verdict_in(self, directory: str, name: str) -> Verdict | None:
        """The same for the entry `name` of `directory`, which is empty or ends with a slash."""
        # Asked of every entry of a tree, and nearly always answered by: nothing matches.
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
        return None if last < 0 else self._verdicts[last]

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
    """A test that passes for what any of `patterns` matches; None for none."""
    # pathspec names its groups, and a name may stand in a pattern only once.
    sources = [re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern) for pattern in patterns]
    if not sources:
        return None
    return re.compile("|".join(f"(?:{source})" for source in sources), re.DOTALL).fullmatch


# What pathspec makes of patterns such as `*` and `*/`, where a match of a part will do for it.
_WHOLE = {".": re.compile(r".+", re.DOTALL), "(?P<ps_d>/)": re.compile(r"\A.*/", re.DOTALL)}


def _without_trailing_blanks(pattern: str) -> str:
    """Blanks at the end count only behind a backslash, which is not itself behind one."""
    bare = pattern.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if bare != pattern and backslashes % 2 else bare


def _compile(pattern: str) -> re.Pattern[str] | None:
    # `build/**` means the entries of a folder and not the folder; said like this, pathspec keeps them apart.
    spelled = re.sub(r"/\*\*(/?)$", r"/**/*\1", pattern)
    with warnings.catch_warnings():
        # `[[:alpha:]]` reads as a nested set to `re`, which warns of it.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            regex = LinearPattern(spelled).regex
        except (ValueError, re.error):
            return None
    return regex and _WHOLE.get(regex.pattern, regex)


class IgnoreRules:
    """The ignore files named `file_name` in the folders of a tree.

    Folders are asked about from the top down, and not below one that is ignored.
    """

    def __init__(
        self, root: Path, file_name: str, above: Sequence["Layer"] = (), *, may_ignore_all: bool = True
    ) -> None:
        self._root = str(root)
        self.file_name = file_name
        self.stamps: dict[str, str] = {}
        self._unchanged: dict[str, bool] = {}
        self.disregarded = ""
        self._layers: dict[str, tuple[Layer, ...]] = {"": self._with_file_of("", tuple(above))}
        if not may_ignore_all:
            self._disregard_everything()

    def _disregard_everything(self) -> None:
        """Read the file of the root again without the lines that leave out all; `disregarded` is one.

        Exceptions to such a line (`!/debian/`) go on to mean nothing without it.
        """
        path = os.path.join(self._root, self.file_name)  # noqa: PTH118
        lines = _read_lines(path)
        kept = [line for line in lines if line.strip() not in _EVERYTHING]
        if len(kept) < len(lines):
            self.disregarded = next(line.strip() for line in lines if line.strip() in _EVERYTHING)
            self._layers = {"": (Layer(PatternSet(kept)),)}

    def layers(self, directory: str, *, has_file: bool) -> tuple["Layer", ...]:
        """The files that rule over the entries of `directory`, the innermost first; see `verdict_of`.

        `directory` is relative to the root and is empty or ends with a slash; `has_file` tells whether
        it holds an ignore file.
        """
        layers = self._layers.get(directory)
        if layers is None:
            layers = self._layers.get(directory[: directory.rfind("/", 0, -1) + 1], ())
            if has_file:
                layers = self._with_file_of(directory, layers)
            self._layers[directory] = layers
        return layers

    def are_unchanged(self, directory: str, stamp: str, before: Mapping[str, str]) -> bool:
        """Whether the files that rule over `directory` are those of a former scan.

        `stamp` is that of its own one, or empty; `before` is what `stamps` was then.
        """
        unchanged = self._unchanged.get(directory)
        if unchanged is None:
            if stamp:
                self.stamps[directory] = stamp
            parent = directory[: directory.rfind("/", 0, -1) + 1]
            # Files above the tree have no stamps.
            above = self._unchanged[parent] if directory else not any(x.below for x in self._layers[""])
            unchanged = above and before.get(directory, "") == stamp
            self._unchanged[directory] = unchanged
        return unchanged

    def _with_file_of(self, directory: str, layers: tuple["Layer", ...]) -> tuple["Layer", ...]:
        patterns = read_patterns(os.path.join(self._root, directory + self.file_name))  # noqa: PTH118
        return (Layer(patterns, skipped=len(directory)), *layers) if patterns else layers


class Layer:
    """An ignore file as seen from the root of a tree.

    `skipped` characters of a path relative to the root lead to the folder of a file within the
    tree; `below` leads from the folder of a file above the tree to its root.
    """

    __slots__ = ("below", "patterns", "skipped")

    def __init__(self, patterns: PatternSet, *, skipped: int = 0, below: str = "") -> None:
        self.patterns = patterns
        self.skipped = skipped
        self.below = below


def verdict_of(layers: Sequence[Layer], directory: str, name: str) -> Verdict | None:
    """What the innermost file with a pattern that matches says of the entry `name` of `directory`.

    The name of a folder ends with a slash. None if no pattern matches.
    """
    for layer in layers:
        verdict = layer.patterns.verdict_in(layer.below + directory[layer.skipped :], name)
        if verdict is not None:
            return verdict
    return None


def read_patterns(path: str) -> PatternSet | None:
    """The patterns of the ignore file at `path`; None where there are none."""
    return PatternSet(_read_lines(path)) or None


def _read_lines(path: str) -> list[str]:
    """The lines of the ignore file at `path`; none where there is no such regular file.

    A link or a pipe of that name is not read (nor does git follow a link), nor a file larger than
    `MAX_IGNORE_FILE_BYTES`; bytes that are no UTF-8 stay comparable with names that are none.
    """
    try:
        data = read_outside(path, max_bytes=MAX_IGNORE_FILE_BYTES, follow_links=False)
    except OSError:
        # Mostly: there is none. One that cannot be read rules nothing out.
        return []
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")


def layers_above(root: Path) -> tuple[Layer, ...]:
    """The `.gitignore` files that git reads for `root` from the folders above it, the deepest first.

    Nothing where `root` lies in no repository, or is itself ignored: who names such a folder means it.
    """
    layers: list[Layer] = []
    for folder in (root, *root.parents):
        below = "" if folder == root else f"{root.relative_to(folder).as_posix()}/"
        if below and (patterns := read_patterns(str(folder / ".gitignore"))):
            layers.append(Layer(patterns, below=below))
        if os.path.lexists(folder / ".git"):
            if patterns := read_patterns(str(folder / ".git/info/exclude")):
                layers.append(Layer(patterns, below=below))
            break
    else:
        return ()
    return () if _ignores_root(layers) else tuple(layers)


def _ignores_root(layers: list[Layer]) -> bool:
    """Whether the root, or a folder on the way to it, is ignored by the files above."""
    ways = [(layer.patterns, layer.below.split("/")[:-1]) for layer in layers]
    for up in range(max((len(way) for _, way in ways), default=0)):
        verdicts = (p.verdict("/".join(way[: len(way) - up]) + "/") for p, way in ways if len(way) > up)
        if next((verdict for verdict in verdicts if verdict), None) == "match":
            return True
    return False
