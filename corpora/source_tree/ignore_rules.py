"""The ignore files of a tree: gitignore patterns in every folder, applied as git applies them.

The file of a deeper folder takes precedence, and nothing below an ignored folder is looked at.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpora.outside.files import read_outside
from corpora.source_tree.pattern_set import PatternSet, PatternVerdict

MAX_IGNORE_FILE_BYTES = 1_000_000

_EVERYTHING = frozenset({"*", "/*", "**", "/**"})  # lines that leave out everything in a folder


class IgnoreRules:
    """The ignore files called `file_name` in the folders of a tree.

    Ask about folders from the top down, and not below one that is ignored.

    Args:
        root: the real path of the tree.
        file_name: `.gitignore` or `.ragignore`.
        above: the files in folders above the root, the deepest first.
        may_ignore_all: obey lines in the root's file that leave out everything; else `disregarded` is the
            first of them.
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
        """Read the root's file again without the lines that leave out everything.

        Without them, exceptions to them (`!/debian/`) have no effect.
        """
        path = os.path.join(self._root, self.file_name)  # noqa: PTH118
        lines = _read_lines(path)
        kept = [line for line in lines if line.strip() not in _EVERYTHING]
        if len(kept) < len(lines):
            self.disregarded = next(line.strip() for line in lines if line.strip() in _EVERYTHING)
            self._layers = {"": (Layer(PatternSet(kept)),)}

    def layers(self, directory: str, *, has_file: bool) -> tuple["Layer", ...]:
        """Return the files that apply to the entries of `directory`, the innermost first; see `verdict_of`.

        Args:
            directory: relative to the root; empty, or with a slash at its end.
            has_file: it holds an ignore file.
        """
        layers = self._layers.get(directory)
        if layers is None:
            layers = self._layers.get(directory[: directory.rfind("/", 0, -1) + 1], ())
            if has_file:
                layers = self._with_file_of(directory, layers)
            self._layers[directory] = layers
        return layers

    def are_unchanged(self, directory: str, stamp: str, before: Mapping[str, str]) -> bool:
        """Return whether the files that apply to `directory` are those of the previous scan.

        Args:
            directory: relative to the root; empty, or with a slash at its end.
            stamp: of the ignore file in it; empty where there is none.
            before: what `stamps` was after the previous scan.
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

    Attributes:
        patterns: of the file.
        skipped: for a file inside the tree, how many characters of a path lead from the root to its folder.
        below: for a file above the tree, the path from its folder to the root.
    """

    __slots__ = ("below", "patterns", "skipped")

    def __init__(self, patterns: PatternSet, *, skipped: int = 0, below: str = "") -> None:
        self.patterns = patterns
        self.skipped = skipped
        self.below = below


def verdict_of(layers: Sequence[Layer], directory: str, name: str) -> PatternVerdict | None:
    """Return the verdict of the innermost file with a pattern that matches; None if none does.

    Args:
        layers: the files that apply, the innermost first.
        directory: relative to the root; empty, or with a slash at its end.
        name: of the entry in it, with a slash at its end for a folder.
    """
    for layer in layers:
        verdict = layer.patterns.verdict_in(layer.below + directory[layer.skipped :], name)
        if verdict is not None:
            return verdict
    return None


def read_patterns(path: str) -> PatternSet | None:
    """Return the patterns of the ignore file at `path`; None where it has none, or does not exist."""
    return PatternSet(_read_lines(path)) or None


def _read_lines(path: str) -> list[str]:
    """Return the lines of the ignore file at `path`; none where there is no such regular file.

    A link or a pipe of that name is not read (git does not follow a link either), nor is a file larger than
    `MAX_IGNORE_FILE_BYTES`. Bytes that are not UTF-8 become surrogates, as they do in the names of files.
    """
    try:
        data = read_outside(path, max_bytes=MAX_IGNORE_FILE_BYTES, follow_links=False)
    except OSError:
        # Mostly it does not exist. A file that cannot be read leaves nothing out.
        return []
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")


def layers_above(root: Path) -> tuple[Layer, ...]:
    """Return the `.gitignore` files that apply to `root` from the folders above it, the deepest first.

    There are none where `root` is in no repository, or is ignored itself: a user who names such a folder
    wants it read.
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
    """Return whether the files above ignore the root, or a folder on the way to it."""
    ways = [(layer.patterns, layer.below.split("/")[:-1]) for layer in layers]
    for up in range(max((len(way) for _, way in ways), default=0)):
        verdicts = (p.verdict("/".join(way[: len(way) - up]) + "/") for p, way in ways if len(way) > up)
        if next((verdict for verdict in verdicts if verdict), None) == "match":
            return True
    return False
