"""The encodings of files that `.gitattributes` states: `*.ps1 working-tree-encoding=UTF-16LE`."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from corpora.outside.files import read_outside
from corpora.source_tree.pattern_set import PatternSet

_FILE_NAME: Final = ".gitattributes"
_MAX_BYTES: Final = 1_000_000
# Each costs a look at every path: the last ones of a file, and of the files around a folder the deepest.
_MAX_RULES: Final = 100
_MAX_LAYERS: Final = 20
_ATTRIBUTE: Final = "working-tree-encoding"
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*+)"')


class _Layer(NamedTuple):
    """The rules of a file.

    Attributes:
        patterns: of files.
        encodings: what is stated for each pattern; empty for none.
        skipped: for a file in the tree, how many characters of a path lead from the root to its folder.
        below: for a file above the tree, the path from its folder to the root.
    """

    patterns: PatternSet
    encodings: tuple[str, ...]
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
            number = layer.patterns.last_match(layer.below + path[layer.skipped :])
            if number >= 0:
                return layer.encodings[number]
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
            if layer := _layer(self._root / below / _FILE_NAME):
                layers = (layer._replace(skipped=len(below)), *layers)[:_MAX_LAYERS]
            self._layers[below] = layers
        return layers

    def _layers_above(self) -> Iterator[_Layer]:
        """Yield the files of the root and above it, up to the top of its repository."""
        for folder in (self._root, *self._root.parents):
            below = "" if folder == self._root else f"{self._root.relative_to(folder).as_posix()}/"
            is_top = os.path.lexists(folder / ".git")
            if layer := _layer(folder / _FILE_NAME):
                yield layer._replace(below=below)
            if is_top:
                return


def _layer(path: Path) -> _Layer | None:
    """Return what a file states; None if it states nothing."""
    try:
        data = read_outside(path, max_bytes=_MAX_BYTES, follow_links=False)
    except (OSError, ValueError):
        return None
    if _ATTRIBUTE.encode() not in data:
        return None
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")
    found = filter(None, (_rule(line.strip()) for line in reversed(lines) if _ATTRIBUTE in line))
    stated = [*islice(found, _MAX_RULES)][::-1]
    invalid = set(PatternSet(pattern for pattern, _ in stated).invalid)
    rules: dict[str, str] = {}
    for pattern, encoding in stated:
        rules.pop(pattern, "")  # the last line of a pattern counts, and its place
        if pattern not in invalid:
            rules[pattern] = encoding
    return _Layer(PatternSet(rules), tuple(rules.values())) if rules else None


def _rule(line: str) -> tuple[str, str] | None:
    """Return the pattern of a line and the encoding that it states; None if it states none."""
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
    return None if encoding is None else (pattern, encoding)
