"""Find node and the compiler of TypeScript: one tested version in the cache, never that of a project."""

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.dependencies.archive_hashes import hashes_in
from corpora.errors import CorpusError, RagError
from corpora.network.cache import cache_folder
from corpora.npm.fetch import fetched_tarball
from corpora.outside.archives import member_path
from corpora.outside.child_process import find_program
from corpora.outside.tar_members import tar_members

TYPESCRIPT_VERSION: Final = "5.9.3"
"""The version that programs are checked by; others may number their messages otherwise."""

_INTEGRITY: Final = (
    "sha512-jl1vZzPDinLr9eUt3J/t7V6FgNEw9QjvBPdysz9KfQDD41fQrC2Y4vKQdiaUpFT4bXlb1RHhLpp8wtm6M5TgSw=="
)
_MAX_BYTES: Final = 100_000_000
_MAIN: Final = PurePosixPath("lib/typescript.js")


@dataclass(frozen=True, slots=True)
class Compiler:
    """What runs the check.

    Attributes:
        node: path of node.
        folder: that of the package `typescript`.
    """

    node: str
    folder: Path

    @property
    def main(self) -> Path:
        """Return the path of the compiler."""
        return self.folder / _MAIN


def find_compiler() -> Compiler:
    """Return node and the compiler, which is fetched when it is first needed.

    Raises:
        RagError: node is not installed, or the compiler cannot be fetched.
    """
    if (kept := kept_compiler()) is not None:
        return kept
    node = find_program("node")
    if not node:
        raise RagError(
            "TypeScript and JavaScript cannot be checked",
            why="node is not installed",
            fix="install Node.js 18 or newer; no package of it is needed",
        )
    folder = _kept()
    try:
        _unpack(fetched_tarball("typescript", TYPESCRIPT_VERSION, hashes_in(_INTEGRITY)), folder)
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"cannot unpack TypeScript {TYPESCRIPT_VERSION}",
            why=str(error),
            fix="free space in the cache, and try again",
        ) from error
    return Compiler(node, folder)


def kept_compiler() -> Compiler | None:
    """Return node and the compiler if both are there; nothing is fetched."""
    node, folder = find_program("node"), _kept()
    return Compiler(node, folder) if node and (folder / _MAIN).is_file() else None


def _kept() -> Path:
    return cache_folder("typescript") / TYPESCRIPT_VERSION


def _unpack(tarball: Path, folder: Path) -> None:
    """Unpack the compiler and its library, whole or not at all: another process may do the same."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        unpacked = Path(temporary) / "typescript"
        with tar_members(tarball, _MAX_BYTES) as members:
            for member in members:
                path = member_path(member.name, below=1)
                if path is None or not (path == _MAIN or _is_library(path)):
                    continue
                target = unpacked / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as stream:
                    stream.writelines(member.chunks())
        if not (unpacked / _MAIN).is_file():
            raise ValueError("it has no compiler")
        with suppress(OSError):  # (it is there already)
            unpacked.rename(folder)


def _is_library(path: PurePosixPath) -> bool:
    return path.match("lib/lib*.d.ts") or str(path) == "package.json"
