"""The programs in files and folders, each with its place below the root of its modules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.document import Listed, Skipped
from corpora.errors import RagError
from corpora.outside.file_text import decode_text
from corpora.outside.files import read_outside
from rag.checking.finding import Unchecked
from rag.checking.program import MAX_PROGRAM_CHARS, CheckedProgram, parsed_program
from rag.checking.typescript.program import CHECKED_SCRIPTS, ScriptProgram

_MAX_FILES: Final = 20_000
_MAX_OWN: Final = 100_000
_SUFFIXES: Final = (".py", ".pyw", *CHECKED_SCRIPTS)
_LOST: Final = frozenset({"too large", "unreadable", "not text"})  # what else is left out is no program
_LATER: Final = {
    ".ipynb": "notebooks are not checked yet; save its code as a .py file",
    ".pyi": "stubs are not checked, only programs are",
}


@dataclass(frozen=True, slots=True)
class CheckedSources:
    """What is checked.

    Attributes:
        programs: those of Python that can be parsed.
        unchecked: files that were left out.
        own: top-level names of modules beside the programs, which are no libraries.
        roots: folders that these modules are imported from.
        scripts: programs of TypeScript and JavaScript.
    """

    programs: tuple[CheckedProgram, ...]
    unchecked: tuple[Unchecked, ...]
    own: frozenset[str]
    roots: tuple[Path, ...]
    scripts: tuple[ScriptProgram, ...] = ()


def read_programs(
    paths: Sequence[str | Path], text: str | None = None, *, beside: Path | None = None
) -> CheckedSources:
    """Return the programs in files and folders, and in a text.

    Args:
        paths: of the files and folders.
        text: a program that is in no file.
        beside: the folder whose modules that program may import; None for none.

    Raises:
        RagError: a path leads nowhere, cannot be read, or is no program.
    """
    programs: list[CheckedProgram] = []
    scripts: list[ScriptProgram] = []
    unchecked: list[Unchecked] = []
    roots: dict[Path, None] = {}
    for path, shown, is_named in _files(paths, unchecked):
        try:
            decoded = decode_text(read_outside(path, max_bytes=4 * MAX_PROGRAM_CHARS))
        except (OSError, ValueError) as error:
            if is_named:
                raise RagError(
                    f"cannot read {shown}", why=str(error), fix="name a file of a program, or a folder"
                ) from error
            unchecked.append(Unchecked(shown, str(error)))
            continue
        if path.name.endswith(CHECKED_SCRIPTS) and isinstance(decoded, tuple):
            scripts.append(ScriptProgram(shown, path, decoded[0], is_named))
            continue
        root = _root(path)
        roots.setdefault(root)
        module = f"{len(roots)}/{path.relative_to(root)}" if len(roots) > 1 else str(path.relative_to(root))
        parsed = (
            parsed_program(shown, module, decoded[0])
            if isinstance(decoded, tuple)
            else f"it is no text ({decoded})"
        )
        if isinstance(parsed, str):
            unchecked.append(Unchecked(shown, parsed))
        else:
            programs.append(parsed)
    if text is not None:
        if beside is not None:
            roots.setdefault(beside)
        parsed = parsed_program("-", "stdin.py", text)
        if isinstance(parsed, str):
            unchecked.append(Unchecked("-", parsed))
        else:
            programs.append(parsed)
    return CheckedSources(
        tuple(programs), tuple(unchecked), frozenset(_own(roots)), tuple(roots), tuple(scripts)
    )


def _files(paths: Sequence[str | Path], unchecked: list[Unchecked]) -> Iterator[tuple[Path, str, bool]]:
    """Yield the files to check: absolute path, path as shown, and whether it was named itself."""
    count = 0
    for given in paths:
        path = Path(given).absolute()
        if not path.exists():
            raise RagError(
                f"there is nothing at {given}",
                why="it is no file and no folder",
                fix="name a file or a folder of programs",
            )
        if not path.is_dir():
            if path.suffix in _LATER:
                raise RagError(
                    f"cannot check {given}",
                    why=_LATER[path.suffix],
                    fix="name a file or a folder of programs",
                )
            yield path, str(given), True
            continue
        for found in _scanned(path):
            if isinstance(found, Listed) and found.path.endswith(_SUFFIXES):
                count += 1
                if count > _MAX_FILES:
                    unchecked.append(
                        Unchecked(str(given), f"only its first {_MAX_FILES:,} files are checked")
                    )
                    return
                yield path / found.path, str(Path(given) / found.path), False
            elif isinstance(found, Skipped) and found.reason in _LOST and found.path.endswith(_SUFFIXES):
                unchecked.append(
                    Unchecked(str(Path(given) / found.path), f"{found.reason} {found.detail}".strip())
                )


def _scanned(folder: Path) -> Iterator[Listed | Skipped]:
    from corpora.source_tree.tree import CodeTree  # (it knows what git ignores; one file needs none of it)
    from corpora.spec import CorpusSpec

    yield from CodeTree(
        CorpusSpec(
            "checked",
            "code",
            str(folder.resolve()),
            include=tuple(f"*{suffix}" for suffix in _SUFFIXES),
            max_file_bytes=MAX_PROGRAM_CHARS,
        )
    ).scan()


def _root(path: Path) -> Path:
    """Return the folder from which a module is imported: that above its package."""
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder = folder.parent
    return folder


def _own(roots: Sequence[Path] | dict[Path, None]) -> Iterator[str]:
    """Yield the names that modules beside the programs have, and those in a `src` folder above."""
    for root in roots:
        for folder in (root, root.parent, root / "src", root.parent / "src"):
            if folder.is_dir():
                for number, entry in enumerate(folder.iterdir()):
                    if number > _MAX_OWN:
                        break
                    if entry.suffix in {".py", ".pyi", ".so"} or entry.is_dir():
                        yield entry.name.partition(".")[0]
