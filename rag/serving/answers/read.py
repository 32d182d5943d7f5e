"""Read what stands around a hit: lines of a file, or sections of a page, as they were indexed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from corpora.counted import counted
from corpora.document import Document, fragment_of
from corpora.errors import RagError
from corpora.outside.characters import escape_for_terminal
from indexers.chunking.chunk import Chunk
from indexers.index import Index
from rag.prompting.fence import defuse, safe_line
from rag.prompting.injection import reads_like_instructions
from rag.retrieval.freshness import is_changed
from rag.retrieval.source_files import source_folders
from rag.serving.answers.state import IndexState, check_has_content, notes_on_states, state_of
from rag.serving.projects import Project
from rag.tokens.estimate import estimate_tokens

DEFAULT_LINES: Final = 80
MAX_LINES: Final = 2_000
_BEFORE, _SHARE_BEFORE = (
    10,
    4,
)  # lines in front of the one that is asked for: so many, a fourth of all at most
_LINE_CHARS: Final = 400
_MOST_NAMED: Final = 5  # files that an error lists


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """Lines of a file or of a page.

    Attributes:
        project, path: of the file, as they were asked for.
        corpus: that has it.
        first_line, last_line: that are shown, from 1; of a page, in the text that is kept of it.
        lines: number of lines that there are.
        text: the lines, each behind its number.
        symbols: what is defined or documented there, each with its lines.
        library, version: what it documents.
        is_stale: whether the file has changed since it was indexed; None if nobody can know.
        is_suspicious: whether it reads like instructions to a model. It is data whatever it says.
        notes: what else is to be said.
        state: of the index.
    """

    project: str
    path: str
    corpus: str
    first_line: int
    last_line: int
    lines: int
    text: str
    symbols: tuple[str, ...]
    library: str
    version: str
    is_stale: bool | None
    is_suspicious: bool
    notes: tuple[str, ...]
    state: IndexState


def read_document(
    project: Project, path: str, *, line: int = 1, lines: int = DEFAULT_LINES, max_tokens: int = 8_000
) -> ReadAnswer:
    """Return lines of an indexed file or page: no file is opened, and secrets have been taken out.

    Args:
        project: whose index has it.
        path: as a search shows it: from the folder of the project, absolute, or that of a page, whose anchor
            may follow (`time.html#time.strptime`).
        line: the line that is wanted, which a few others stand in front of.
        lines: how many are wanted.
        max_tokens: budget, by estimate; what comes last is left out.

    Raises:
        RagError: the index has no such file, or a number is out of its range.
    """
    if not (1 <= lines <= MAX_LINES and line >= 1):
        raise RagError(
            f"{lines} lines from line {line} cannot be read",
            why="one of the numbers is out of range",
            fix=f"use a line from 1, and 1 to {MAX_LINES} lines",
        )
    read = _read(project, path)
    all_lines = read.document.text.removesuffix("\n").split("\n")
    if read.fragment:
        line = _line_of(read.chunks, read.fragment, path)
    if line > max(1, len(all_lines)):
        raise RagError(
            f"{safe_line(path)} has no line {line}",
            why=f"it has {len(all_lines)}",
            fix="ask for an earlier line",
        )
    first = max(1, line - (0 if read.fragment else min(_BEFORE, lines // _SHARE_BEFORE)))
    shown = _numbered(all_lines, first, lines, max_tokens)
    last = first + len(shown) - 1
    named = [one for one in read.chunks if one.symbol and one.start_line <= last and one.end_line >= first]
    return ReadAnswer(
        project=project.name,
        path=safe_line(path),
        corpus=safe_line(read.document.origin.corpus),
        first_line=first,
        last_line=last,
        lines=len(all_lines),
        text="\n".join(shown),
        symbols=tuple(f"{safe_line(one.symbol)}:{one.start_line}-{one.end_line}" for one in named),
        library=safe_line(read.document.origin.library),
        version=safe_line(read.document.origin.version),
        is_stale=read.is_stale,
        is_suspicious=bool(reads_like_instructions("\n".join(all_lines[first - 1 : last]))),
        notes=tuple(_notes(read.state, is_stale=read.is_stale, left=len(all_lines) - last)),
        state=read.state,
    )


class _Read(NamedTuple):
    """A document that was found, with its chunks in their order, and the anchor that was asked for."""

    document: Document
    chunks: list[Chunk]
    fragment: str
    is_stale: bool | None
    state: IndexState


def _read(project: Project, path: str) -> _Read:
    with project.reading() as index:
        state = state_of(project, index)
        check_has_content([state])
        asked, fragment = _split(index, project, path)
        document_id = _find(index, project, asked)
        document = index.catalog.document(document_id)
        chunks = index.chunks(index.catalog.chunk_ids([document_id]).tolist()).values()
        is_stale = is_changed(index, document.origin, document.content_hash)
    return _Read(document, sorted(chunks, key=lambda one: one.start_byte), fragment, is_stale, state)


def _notes(state: IndexState, *, is_stale: bool | None, left: int) -> Iterator[str]:
    yield from notes_on_states([state])
    if is_stale:
        yield "the file has changed since it was indexed: this is how it was then"
    if left:
        yield f"{counted(left, 'line')} {'follows' if left == 1 else 'follow'}"


def _split(index: Index, project: Project, path: str) -> tuple[str, str]:
    """Return the path and the anchor behind it; names of files may hold a `#`, too."""
    asked, _, fragment = path.rpartition("#")
    return (asked, fragment) if asked and not any(_candidates(index, project, path)) else (path, "")


def _find(index: Index, project: Project, path: str) -> int:
    """Return the id of the document that a path means."""
    for document_id in _candidates(index, project, path):
        return document_id
    name = PurePosixPath(path).name
    near = [one for one in index.catalog.census.paths() if PurePosixPath(one).name == name][:_MOST_NAMED]
    raise RagError(
        f"{safe_line(path)} is not in the index of {project.name}",
        why="only what was indexed can be read",
        fix=f"did you mean {', or '.join(map(safe_line, near))}?" if near else "search for what it holds",
    )


def _candidates(index: Index, project: Project, path: str) -> Iterator[int]:
    """Yield the documents that a path may mean: first as the path of a file, then within its corpus."""
    if "\0" in path:
        return
    documents_at = index.catalog.census.documents_at
    file = Path(path) if Path(path).is_absolute() else project.folder / path
    for corpus, folder in source_folders(index).items():
        if file.is_relative_to(folder):
            found = documents_at(file.relative_to(folder).as_posix())
            yield from (document_id for document_id, name in found.items() if name == corpus)
    yield from documents_at(path)


def _line_of(chunks: Sequence[Chunk], fragment: str, path: str) -> int:
    """Return the line at which the section with an anchor begins."""
    for chunk in chunks:
        if fragment in (fragment_of(chunk.anchor), chunk.symbol):
            return chunk.start_line
    raise RagError(
        f"{safe_line(path)} has no section {safe_line(fragment)}",
        why="none has this anchor",
        fix="leave it out to read the page from its beginning",
    )


def _numbered(lines: Sequence[str], first: int, count: int, max_tokens: int) -> list[str]:
    """Return lines behind their numbers, until the budget is used up; one at least."""
    chosen = lines[first - 1 : first - 1 + count]
    width = len(str(first + len(chosen) - 1))
    shown: list[str] = []
    left = max_tokens
    for number, line in enumerate(chosen, start=first):
        text = f"{number:>{width}}| {defuse(escape_for_terminal(line))[:_LINE_CHARS]}".rstrip()
        left -= estimate_tokens(text + "\n")
        if shown and left < 0:
            break
        shown.append(text)
    return shown
