"""The programs in files and folders, each with its place below the root of its modules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from corpora.document import Listed, Skipped
from corpora.errors import RagError
from corpora.outside.file_text import decode_text
from corpora.outside.files import read_outside
from rag.checking.finding import Unchecked
from rag.checking.programs.collection import collection_paused
from rag.checking.programs.notebook import MAX_NOTEBOOK_BYTES, notebook_program
from rag.checking.programs.program import MAX_PROGRAM_CHARS, CheckedProgram, parsed_program
from rag.checking.typescript.program import CHECKED_SCRIPTS, ScriptProgram

_MAX_FILES: Final = 20_000
_MAX_OWN: Final = 100_000
_NOTEBOOK: Final = ".ipynb"
_SUFFIXES: Final = (".py", ".pyw", _NOTEBOOK, *CHECKED_SCRIPTS)
_LOST: Final = frozenset({"too large", "unreadable", "not text"})  # what else is left out is no program
_STUB: Final = ".pyi"


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


@collection_paused()
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
    found = _Found()
    for path, shown, is_named in _files(paths, found.unchecked):
        try:
            most = MAX_NOTEBOOK_BYTES if path.suffix == _NOTEBOOK else 4 * MAX_PROGRAM_CHARS
            decoded = decode_text(read_outside(path, max_bytes=most))
        except (OSError, ValueError) as error:
            if is_named:
                raise RagError(
                    f"cannot read {shown}", why=str(error), fix="name a file of a program, or a folder"
                ) from error
            found.unchecked.append(Unchecked(shown, str(error)))
            continue
        if not isinstance(decoded, tuple):
            found.unchecked.append(Unchecked(shown, f"it is no text ({decoded})"))
        elif path.name.endswith(CHECKED_SCRIPTS):
            found.scripts.append(ScriptProgram(shown, path, decoded[0], is_named))
        else:
            found.add(path, shown, decoded[0])
    if text is not None:
        if beside is not None:
            found.roots.setdefault(beside)
        found.add_parsed("-", parsed_program("-", "stdin.py", text))
    return CheckedSources(
        tuple(found.programs),
        tuple(found.unchecked),
        frozenset(_own(found.roots)),
        tuple(found.roots),
        tuple(found.scripts),
    )


@dataclass(slots=True)
class _Found:
    """What was read so far; see `CheckedSources`."""

    programs: list[CheckedProgram] = field(default_factory=list)
    scripts: list[ScriptProgram] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    roots: dict[Path, None] = field(default_factory=dict)

    def add(self, path: Path, shown: str, text: str) -> None:
        """Add a file of Python, or a notebook."""
        root = _root(path)
        self.roots.setdefault(root)
        below = str(path.relative_to(root))
        module = f"{len(self.roots)}/{below}" if len(self.roots) > 1 else below
        if path.suffix == _NOTEBOOK:
            parsed, left_out = notebook_program(shown, module, text)
            self.unchecked += [Unchecked(shown, reason) for reason in left_out]
        else:
            parsed = parsed_program(shown, module, text)
        self.add_parsed(shown, parsed)

    def add_parsed(self, shown: str, parsed: CheckedProgram | str) -> None:
        """Add a program, or why it cannot be checked."""
        if isinstance(parsed, str):
            self.unchecked.append(Unchecked(shown, parsed))
        else:
            self.programs.append(parsed)


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
            if path.suffix == _STUB:
                raise RagError(
                    f"cannot check {given}",
                    why="stubs are not checked, only programs are",
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
                shown = str(Path(given) / found.path)
                if found.size_bytes > MAX_PROGRAM_CHARS and not found.path.endswith(_NOTEBOOK):
                    unchecked.append(Unchecked(shown, f"too large more than {MAX_PROGRAM_CHARS} bytes"))
                else:
                    yield path / found.path, shown, False
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
            max_file_bytes=MAX_NOTEBOOK_BYTES,
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
