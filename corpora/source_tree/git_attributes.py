"""The encodings of files that `.gitattributes` states: `*.ps1 working-tree-encoding=UTF-16LE`."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from corpora.outside.files import read_outside
from corpora.source_tree.pattern_set import PatternSet

_FILE_NAME: Final = ".gitattributes"
_MAX_BYTES: Final = 1_000_000
_MAX_RULES: Final = 1_000  # of a file: each costs a look at every path
_ATTRIBUTE: Final = "working-tree-encoding"
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*+)"')


class _Rule(NamedTuple):
    pattern: PatternSet
    encoding: str


class _Layer(NamedTuple):
    """The rules of a file, the last one first.

    Attributes:
        rules: what it states.
        skipped: for a file in the tree, how many characters of a path lead from the root to its folder.
        below: for a file above the tree, the path from its folder to the root.
    """

    rules: tuple[_Rule, ...]
    skipped: int = 0
    below: str = ""


class StatedEncodings:
    """What the `.gitattributes` files in and above a tree state; a deeper file takes precedence.

    Args:
        root: the real path of the tree.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._layers: dict[str, tuple[_Layer, ...]] = {}

    def forget(self) -> None:
        """Read the files again when they are needed next."""
        self._layers.clear()

    def encoding_of(self, path: str) -> str:
        """Return the stated encoding of a file, as it is spelled there; empty where none is stated."""
        for layer in self._layers_of(path[: path.rfind("/") + 1]):
            for rule in layer.rules:
                if rule.pattern.verdict(layer.below + path[layer.skipped :]) == "match":
                    return rule.encoding
        return ""

    def _layers_of(self, directory: str) -> tuple[_Layer, ...]:
        """Return the files that apply to the entries of `directory`, the deepest first."""
        missing = []
        while directory not in self._layers and directory:
            missing.append(directory)
            directory = directory[: directory.rfind("/", 0, -1) + 1]
        if directory not in self._layers:
            self._layers[""] = tuple(self._layers_above())
        layers = self._layers[directory]
        for below in reversed(missing):
            rules = tuple(_rules(self._root / below / _FILE_NAME))
            layers = (_Layer(rules, skipped=len(below)), *layers) if rules else layers
            self._layers[below] = layers
        return layers

    def _layers_above(self) -> Iterator[_Layer]:
        """Yield the files of the root and above it, up to the top of its repository."""
        for folder in (self._root, *self._root.parents):
            below = "" if folder == self._root else f"{self._root.relative_to(folder).as_posix()}/"
            is_top = os.path.lexists(folder / ".git")
            if rules := tuple(_rules(folder / _FILE_NAME)):
                yield _Layer(rules, below=below)
            if is_top:
                return


def _rules(path: Path) -> list[_Rule]:
    try:
        data = read_outside(path, max_bytes=_MAX_BYTES, follow_links=False)
    except (OSError, ValueError):
        return []
    if _ATTRIBUTE.encode() not in data:
        return []
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")
    found = [rule for line in lines if _ATTRIBUTE in line and (rule := _rule(line.strip()))]
    return found[: -_MAX_RULES - 1 : -1]


def _rule(line: str) -> _Rule | None:
    quoted = _QUOTED.match(line)
    pattern, _, rest = (quoted[1], "", line[quoted.end() :]) if quoted else line.partition(" ")
    if not quoted and "\t" in pattern:
        pattern, _, rest = line.partition("\t")
    if not pattern or pattern.startswith(("#", "!", "[attr]")):
        return None
    encoding = None
    for word in rest.split():
        name, _, value = word.lstrip("-!").partition("=")
        if name == _ATTRIBUTE:
            encoding = value if word[0] not in "-!" else ""
    return None if encoding is None else _Rule(PatternSet([pattern]), encoding)
