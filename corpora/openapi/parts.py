"""Find the files that API descriptions consist of, by their references alone: a scan does not parse them."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
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
_REFERENCE = re.compile(
    rb"""\$ref["']?\s{0,20}:\s{0,20}["']?([^"'\s,}#][^"'\s,}#]{0,999})(?:#([^"'\s,}]{0,999}))?"""
)

Referred = Mapping[str, frozenset[str]]
"""The files that a description refers to, each with the JSON pointers of these references."""


def referred_files(folder: Path, path: str) -> Referred:
    """Return the files below `folder` that a description refers to, directly or through others.

    Files that are not there, or that lie elsewhere, are left out; so are all if the first is too large.
    """
    found: dict[str, set[str]] = {}
    left, left_bytes = [path], _MAX_BYTES
    while left:
        file = left.pop()
        try:
            data = read_outside(folder / file, max_bytes=min(_MAX_FILE_BYTES, left_bytes), root=folder)
        except (OSError, ValueError):  # reading the description reports it
            found.pop(file, None)
            continue
        left_bytes -= len(data)
        for other, pointer in _references(data, file):
            if other not in found and other != path and len(found) < MAX_FILES:
                found[other] = set()
                left.append(other)
            if len(pointers := found.get(other, set())) < _MAX_POINTERS:
                pointers.add(pointer)
    return {file: frozenset(pointers) for file, pointers in found.items()}


def note_parts(folder: Path, found: dict[str, Listed | Skipped]) -> None:
    """Regard the descriptions among what a scan found as what they consist of.

    Their stamps change with those of the files they refer to, and a description that is only a part of
    another is skipped.
    """
    apis = [
        path for path, one in found.items() if path.lower().endswith(API_SUFFIXES) and isinstance(one, Listed)
    ]
    parts = {path: referred_files(folder, path) for path in apis}
    covered = covered_by(folder, parts)
    for path in apis:
        listed = found[path]
        if whole := covered.get(path):
            found[path] = Skipped(path, "generated", f"a part of {whole}", listed.size_bytes)
        elif isinstance(listed, Listed) and (stamp := stamp_of(folder, parts[path])):
            own, _, library = listed.stamp.partition("/")
            found[path] = replace(listed, stamp=f"{own}/{stamp}-{library}")


def stamp_of(folder: Path, parts: Iterable[str]) -> str:
    """Return a text that changes with any of these files; empty if there are none."""
    stamps = []
    for file in sorted(parts):
        stamps.append(f"{file}-{_stamp(folder, file)}")
    return hash_bytes("\n".join(stamps).encode(errors="surrogateescape")) if stamps else ""


def covered_by(folder: Path, parts: Mapping[str, Referred]) -> dict[str, str]:
    """Return the descriptions that are only parts of others, each with the path of one it is part of.

    That is one without operations, or with such only that the other refers to; of two that refer to each
    other, the second.

    Args:
        folder: in which all lie.
        parts: those of each description, by its path.
    """
    covered: dict[str, str] = {}
    for whole in sorted(parts):
        for file, pointers in parts[whole].items():
            if file not in parts or file in covered or (whole in parts[file] and file < whole):
                continue
            is_part = _operation_pointers(folder, file, _stamp(folder, file)) <= pointers
            if is_part:
                covered[file] = whole
    return {file: _outermost(whole, covered) for file, whole in covered.items()}


def _outermost(whole: str, covered: Mapping[str, str]) -> str:
    """Return the description that has `whole` as a part and is a part of no other; maybe `whole` itself."""
    seen = {whole}
    while (outer := covered.get(whole, whole)) not in seen:
        seen.add(outer)
        whole = outer
    return whole


def _stamp(folder: Path, file: str) -> str:
    status = status_below(folder, file)
    return "" if isinstance(status, Skipped) else file_stamp(status)


@lru_cache(maxsize=256)
def _operation_pointers(folder: Path, file: str, stamp: str) -> frozenset[str]:
    """Return the JSON pointers of the paths of a description; `stamp` says which state of the file."""
    try:
        decoded = decode_text(read_outside(folder / file, max_bytes=_MAX_FILE_BYTES, root=folder))
        text = decoded[0] if isinstance(decoded, tuple) else ""
        content = parsed_api(text, is_yaml=not file.lower().endswith(".json"))
    except (OSError, ValueError):
        return frozenset()
    paths = content.get("paths") if isinstance(content, dict) else None
    keys = paths if isinstance(paths, dict) else ()
    return frozenset(f"/paths/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


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
