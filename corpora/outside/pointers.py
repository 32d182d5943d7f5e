"""Recognise what stands in place of a large file that is not fetched: pointers of Git LFS and git-annex."""

import re
from typing import Final

from corpora.document import Skipped

_PROGRAMS: Final = {"lfs": "Git LFS", "annex": "git-annex"}
_POINTER: Final = re.compile(
    r"(?P<lfs>version https://(?:git-lfs|hawser)\.github\.com/spec/v\d+\s+(?:ext-|oid ))"
    r"|(?P<annex>/annex/objects/\S+\s*\Z)"
)
_MAX_CHARS: Final = 1_024


def pointer_in(text: str) -> str:
    """Return what a text says that is only a pointer, for a report; empty for any other text."""
    found = _POINTER.match(text) if len(text) <= _MAX_CHARS else None
    return f"a pointer of {_PROGRAMS[found.lastgroup or '']}, which has not fetched the file" if found else ""


def unfetched(path: str, data: bytes) -> Skipped | None:
    """Return the file at `path` as skipped if its content is only a pointer; None for any other."""
    why = pointer_in(data.decode("utf-8", "replace")) if len(data) <= _MAX_CHARS else ""
    return Skipped(path, "unreadable", why, len(data)) if why else None
