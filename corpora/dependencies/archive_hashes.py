"""Hashes that lock files list for the archives of a package, and the check of an archive against them."""

import binascii
import hashlib
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from corpora.errors import CorpusError
from corpora.outside.files import open_outside

CHECK_LOCK: Final = (
    "check where the archive and the lock file come from; if both are right, write the lock file again with "
    "the tool that made it"
)
"""What a user can do about an archive that is not what is locked."""

# A hash of the others proves nothing where one of these is listed.
STRONG: Final = ("sha512", "sha384", "sha256")
_SIZES: Final = {"sha512": 128, "sha384": 96, "sha256": 64, "sha1": 40, "md5": 32}  # in hexadecimal digits
_WRITTEN: Final = re.compile(r"(sha512|sha384|sha256|sha1|md5)([:=-])([A-Za-z0-9+/=]{1,200})")
_MAX_HASHES: Final = 5_000  # of one package; the most files that any version has are some hundred
_SHOWN_DIGITS: Final = 16


def hashes_in(*values: object) -> tuple[str, ...]:
    """Return the hashes in values of a lock file as `sha256:HEX`, each once; what is none is left out.

    It takes `sha256:HEX` and `sha256=HEX` of Python's tools, `sha512-BASE64` of npm (several between blanks),
    and lists and tables of these (`{sha256 = "HEX"}`).
    """
    return tuple(dict.fromkeys(islice(filter(None, map(_normal, _words(values, 0))), _MAX_HASHES)))


def _words(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.split()
    elif isinstance(value, list | tuple) and depth < 4:
        for one in value:
            yield from _words(one, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        yield from (f"{name}:{one}" for name, one in value.items() if isinstance(one, str))


def _normal(text: str) -> str:
    found = _WRITTEN.match(text)
    if not found:
        return ""
    name, sign, digest = found.groups()
    if sign == "-":
        try:
            digest = b64decode(digest, validate=True).hex()
        except binascii.Error:
            return ""
    fits = re.fullmatch(r"[0-9a-fA-F]+", digest) and len(digest) == _SIZES[name]
    return f"{name}:{digest.lower()}" if fits else ""


def wanted_hashes(hashes: Iterable[str]) -> tuple[str, ...]:
    """Return those of the hashes by which an archive is checked: the strong ones, if there are any."""
    known = tuple(hashes)
    return tuple(one for one in known if one.startswith(STRONG)) or known


def problem_with_archive(archive: Path, hashes: Iterable[str]) -> str:
    """Return why an archive is not one of those that a lock file means; empty if it is, or without hashes.

    Raises:
        OSError: it cannot be read.
    """
    wanted = wanted_hashes(hashes)
    status = archive.stat()
    for name in dict.fromkeys(one.partition(":")[0] for one in wanted):
        if f"{name}:{_digest(archive, name, status.st_mtime_ns, status.st_size)}" in wanted:
            return ""
    if not wanted:
        return ""
    name = wanted[0].partition(":")[0]
    found = _digest(archive, name, status.st_mtime_ns, status.st_size)
    return not_listed(archive.name, f"{name}:{found}", len(wanted))


def check_archive(archive: Path, hashes: Iterable[str]) -> None:
    """Raise `CorpusError` if an archive is not one of those that a lock file means."""
    try:
        problem = problem_with_archive(archive, hashes)
    except OSError as error:
        problem = error.strerror or str(error)
    if problem:
        raise CorpusError(
            f"{archive.name} is not read",
            why=problem,
            fix=CHECK_LOCK,
        )


def not_listed(archive: str, found: str, count: int) -> str:
    """Return what is wrong with an archive that has the hash `found`: a lock file lists `count` others."""
    name, _, digest = found.partition(":")
    those = f"none of the {count} archives" if count > 1 else "not the archive"
    shown = f" ({name} {digest[:_SHOWN_DIGITS]}...)" if digest else ""
    return f"{archive}{shown} is {those} that the lock file lists; nothing of it was read"


@lru_cache(maxsize=256)
def _digest(archive: Path, name: str, mtime_ns: int, size: int) -> str:
    """Return the hash of a file by an algorithm; its time and size tell whether it is still the same."""
    with open_outside(archive) as stream:
        return hashlib.file_digest(stream, name).hexdigest()
