"""A folder of answers by their keys: JSON in a file each, written whole, read with care, pruned to a size."""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from time import time_ns
from typing import Final

from corpora.errors import reason_of
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from corpora.redaction.credentials import environment_credentials, without_known
from rag.generators.answer_cache.answer_json import answer_from_json, answer_to_json
from rag.generators.completion import Completion

MAX_CACHE_BYTES: Final = 500_000_000  # 100,000 answers of a few pages each
_MAX_ANSWERS: Final = 100_000  # which takes four seconds to list on a busy machine
_MAX_ENTRY_BYTES: Final = 16_000_000  # twice what an endpoint may answer
_MAGIC: Final = b"docprompting answers 1 "
_SUFFIX, _PART = ".answers", ".part"
_KEPT_OF_FULL: Final = 0.9  # so that a full cache is not pruned for each answer
_PRUNED_EVERY: Final = 2_048  # small answers, by chance, so that no process has to count
_SMALL_BYTES: Final = 65_536
_OLD_PART_NS: Final = 3_600 * 10**9  # a writer that takes longer has been killed


@dataclass(frozen=True, slots=True)
class AnswerStore:
    """Answers kept in a folder, which several processes may use at a time.

    Args:
        folder: it is made with the first answer.
        max_bytes: about how much is kept; answers that were not used for longest go first.
    """

    folder: Path
    max_bytes: int = MAX_CACHE_BYTES

    def get(self, key: str) -> tuple[Completion, ...] | None:
        """Return the answers that are kept under a key; None if there are none, or their file is damaged."""
        path = self._path(key)
        try:
            data = read_outside(path, max_bytes=_MAX_ENTRY_BYTES, follow_links=False)
            head, _, body = data.partition(b"\n")
            if head != _head(key, body):
                return None
            kept = parsed_json(body)
            answers = tuple(map(answer_from_json, kept)) if isinstance(kept, list) else None
        except (OSError, ValueError):
            return None
        with suppress(OSError):  # a cache that cannot be written to can be read
            os.utime(path)
        return answers

    def put(self, key: str, answers: Sequence[Completion]) -> str:
        """Keep answers under a key.

        Returns:
            Why they are not kept; empty if they are. To keep them is never worth an error.
        """
        try:
            body = json.dumps([answer_to_json(one) for one in answers], allow_nan=False).encode("ascii")
            is_same = tuple(map(answer_from_json, parsed_json(body))) == tuple(answers)
        except (TypeError, ValueError) as error:
            return f"an answer has no form in which it could be kept ({error})"
        if not is_same:
            return "an answer would not come back as it was"
        if len(body) > min(_MAX_ENTRY_BYTES, self.max_bytes) - 1_000:
            return "an answer is too long"
        if any(_holds_credential(one) for one in answers):
            return "an answer repeats a credential"
        try:
            self._write(self._path(key), b"\n".join((_head(key, body), body)))
            if int(key[-4:], 16) % _PRUNED_EVERY <= len(body) // _SMALL_BYTES:
                self.prune()
        except OSError as error:
            return reason_of(error)
        return ""

    def prune(self) -> None:
        """Remove what was not used for longest until the rest fits, and what killed writers left."""
        entries = sorted(self._entries(), reverse=True)
        left = self.max_bytes
        if len(entries) > _MAX_ANSWERS or sum(size for _, size, _ in entries) > self.max_bytes:
            left = int(self.max_bytes * _KEPT_OF_FULL)
        for number, (_, size, path) in enumerate(entries):
            left -= size
            if left < 0 or number >= _MAX_ANSWERS:
                with suppress(OSError):  # another process may have removed it
                    path.unlink()

    def clear(self) -> int:
        """Remove all answers; return how many there were."""
        count = 0
        for _, _, path in self._entries():
            with suppress(OSError):
                path.unlink()
                count += 1
        return count

    def _entries(self) -> Iterator[tuple[int, int, Path]]:
        """Yield the time of the last use, the size and the path of each entry; old drafts are removed."""
        for folder in _scanned(self.folder):
            for entry in _scanned(folder.path) if folder.is_dir(follow_symlinks=False) else ():
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if entry.name.endswith(_SUFFIX):
                        yield status.st_mtime_ns, status.st_size, Path(entry.path)
                    elif entry.name.endswith(_PART) and status.st_mtime_ns < time_ns() - _OLD_PART_NS:
                        Path(entry.path).unlink()

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}{_SUFFIX}"

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        """Write a file whole or not at all, readable for its owner only."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{os.getpid()}-{secrets.token_hex(8)}{_PART}")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def _scanned(folder: str | Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _head(key: str, body: bytes) -> bytes:
    digest = blake2b(body, digest_size=16).hexdigest()
    return b"".join((_MAGIC, key.encode("ascii"), b" ", digest.encode("ascii")))


def _holds_credential(answer: Completion) -> bool:
    texts = (answer.text, answer.code, answer.missing, *(call.arguments for call in answer.tool_calls))
    known = environment_credentials()
    return any(without_known(text, known) != text for text in texts)
