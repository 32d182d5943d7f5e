"""Find the files that API descriptions consist of, by their references alone: a scan does not parse them."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from corpora.document import Listed, Skipped, hash_bytes
from corpora.openapi.files import API_SUFFIXES, ELSEWHERE, MAX_FILES, parsed_api
from corpora.outside.file_text import decode_text
from corpora.outside.files import read_outside
from corpora.outside.folder_entries import file_stamp, status_below

# A description above this size is one that a program has bundled.
_MAX_FILE_BYTES: Final = 4_000_000
_MAX_BYTES: Final = 64_000_000  # of all files of a description
_MAX_POINTERS: Final = 10_000
_MAX_STEPS: Final = 200_000  # references followed for all descriptions of a folder
_REFERENCE = re.compile(
    rb"""\$ref["']?\s{0,20}:\s{0,20}["']?([^"'\s,}#][^"'\s,}#]{0,999})(?:#([^"'\s,}]{0,999}))?"""
)

Referred = Mapping[str, frozenset[str]]
"""The files that a description refers to, each with the JSON pointers of these references."""


class DescribedFiles:
    """The files of a folder that describe APIs or parts of them; each is read once, when it is asked for.

    Args:
        folder: in which all lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._references: dict[str, Referred] = {}
        self._stamps: dict[str, str] = {}
        self._operations: dict[str, frozenset[str]] = {}
        self._steps = 0

    def referred(self, path: str) -> Referred:
        """Return the files that a description refers to, directly or through others.

        Files that are not there, or that lie elsewhere, are left out; so are all if the first is too large.
        Where many descriptions branch again and again, only what they refer to directly is found in the end.
        """
        found: dict[str, set[str]] = {}
        left, left_bytes = [path], _MAX_BYTES
        while left and left_bytes > 0 and (not found or self._steps < _MAX_STEPS):
            file = left.pop()
            left_bytes -= self._size(file)
            for other, pointers in self._direct(file).items():
                self._steps += 1
                if other == path or not (self.stamp(other) or other in found):
                    continue
                if other not in found and len(found) < MAX_FILES:
                    found[other] = set()
                    left.append(other)
                if len(known := found.get(other, set())) < _MAX_POINTERS:
                    known |= pointers
        return {file: frozenset(pointers) for file, pointers in found.items()}

    def _direct(self, file: str) -> Referred:
        """Return the files that one refers to itself; none if it cannot be read, which its reader reports."""
        if file not in self._references:
            found: dict[str, set[str]] = {}
            try:
                data = read_outside(self._folder / file, max_bytes=_MAX_FILE_BYTES, root=self._folder)
            except (OSError, ValueError):
                data = b""
            for other, pointer in _references(data, file):
                found.setdefault(other, set()).add(pointer)
            self._references[file] = {other: frozenset(pointers) for other, pointers in found.items()}
        return self._references[file]

    def stamp(self, file: str) -> str:
        """Return the stamp of a file; empty if there is none that may be read."""
        if file not in self._stamps:
            status = status_below(self._folder, file)
            self._stamps[file] = "" if isinstance(status, Skipped) else file_stamp(status)
        return self._stamps[file]

    def _size(self, file: str) -> int:
        return int(self.stamp(file).rpartition("-")[2] or 0)

    def stamp_of(self, parts: Iterable[str]) -> str:
        """Return a text that changes with any of these files; empty if there are none.

        Where references branch so often that not all were followed, it changes with any file that was.
        """
        chosen = set(parts)
        files = self._stamps if chosen and self._steps >= _MAX_STEPS else chosen
        stamps = "\n".join(f"{file}-{self.stamp(file)}" for file in sorted(files))
        return hash_bytes(stamps.encode(errors="surrogateescape")) if chosen else ""

    def operations(self, file: str) -> frozenset[str]:
        """Return the JSON pointers of the paths of a description."""
        if file not in self._operations:
            self._operations[file] = self._read_operations(file)
        return self._operations[file]

    def _read_operations(self, file: str) -> frozenset[str]:
        try:
            decoded = decode_text(
                read_outside(self._folder / file, max_bytes=_MAX_FILE_BYTES, root=self._folder)
            )
            text = decoded[0] if isinstance(decoded, tuple) else ""
            content = parsed_api(text, is_yaml=not file.lower().endswith(".json"))
        except (OSError, ValueError):
            return frozenset()
        paths = content.get("paths") if isinstance(content, dict) else None
        keys = paths if isinstance(paths, dict) else ()
        return frozenset(f"/paths/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


def note_parts(folder: Path, found: dict[str, Listed | Skipped]) -> None:
    """Regard the descriptions among what a scan found as what they consist of.

    Their stamps change with those of the files they refer to, and a description that is only a part of
    another is skipped.
    """
    apis = [
        path for path, one in found.items() if path.lower().endswith(API_SUFFIXES) and isinstance(one, Listed)
    ]
    described = DescribedFiles(folder)
    parts = {path: described.referred(path) for path in apis}
    covered = _covered(described, parts)
    for path in apis:
        listed = found[path]
        if whole := covered.get(path):
            found[path] = Skipped(path, "generated", f"a part of {whole}", listed.size_bytes)
        elif isinstance(listed, Listed) and (stamp := described.stamp_of(parts[path])):
            own, _, library = listed.stamp.partition("/")
            found[path] = replace(listed, stamp=f"{own}/{stamp}-{library}")


def _covered(described: DescribedFiles, parts: Mapping[str, Referred]) -> dict[str, str]:
    """Return the descriptions that are only parts of others, each with the path of one it is part of.

    That is one without operations, or with such only that the other refers to; of two that refer to each
    other, the second. `parts` are those of each description, by its path.
    """
    covered: dict[str, str] = {}
    for whole in sorted(parts):
        for file, pointers in parts[whole].items():
            if file not in parts or file in covered or (whole in parts[file] and file < whole):
                continue
            if described.operations(file) <= pointers:
                covered[file] = whole
    return {file: _outermost(whole, covered) for file, whole in covered.items()}


def _outermost(whole: str, covered: Mapping[str, str]) -> str:
    """Return the description that has `whole` as a part and is a part of no other; maybe `whole` itself."""
    seen = {whole}
    while (outer := covered.get(whole, whole)) not in seen:
        seen.add(outer)
        whole = outer
    return whole


def _references(data: bytes, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the JSON pointer of each reference to another file that may be in the folder."""
    start = posixpath.dirname(path)
    for match in _REFERENCE.finditer(data):
        name = unquote(match[1].decode("utf-8", "replace"))
        if ELSEWHERE.match(name) or not name.lower().endswith(API_SUFFIXES) or "\0" in name:
            continue
        file = posixpath.normpath(posixpath.join(start, name))
        if file != path and not file.startswith("../"):
            pointer = (match[2] or b"").decode("utf-8", "replace")
            yield file, pointer.replace("%7B", "{").replace("%7D", "}")
