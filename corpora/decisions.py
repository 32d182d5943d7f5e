"""Say what was decided about a source for the user, and refuse what a source cannot carry."""

from collections.abc import Iterable
from pathlib import Path

from corpora.counted import counted
from corpora.document import legible_name
from corpora.errors import CorpusError
from corpora.folder_kind import folder_kind
from corpora.kinds import kind_named
from corpora.spec import CorpusSpec


def decisions(
    guessed: Iterable[CorpusSpec], option: str = "--kind {}", *, usual: str = "code"
) -> tuple[str, ...]:
    """Return a line for each folder that was not taken for what is usual: for what, and how to change it.

    Args:
        guessed: corpora whose kind the user did not name.
        option: how the user names a kind, with `{}` for its name.
        usual: the kind that needs no line: `code`, or `docs` where the user asked for documentation.
    """
    return tuple(filter(None, (_decision(spec, option, usual) for spec in guessed)))


def check_library(spec: CorpusSpec) -> None:
    """Check that what the user says about the library of a corpus is not lost.

    Raises:
        CorpusError: the user names a library or a version, and the kind of the corpus has none.
    """
    given = " and ".join(name for name in ("library", "version") if getattr(spec, name))
    if not given or kind_named(spec.kind).is_of_library:
        return
    place = _shown(Path(spec.location))
    pages = folder_kind(Path(spec.location)).pages if Path(spec.location).is_dir() else 0
    raise CorpusError(
        f"{place} is read as {spec.kind}, which has no {given}",
        why="library and version say what documentation is about; "
        f"this has {counted(pages, 'page')} among its code",
        fix="name the kind: docs reads only the pages, comments the doc comments of the code; "
        f"or leave out {given}",
    )


def _decision(spec: CorpusSpec, option: str, usual: str) -> str:
    folder = Path(spec.location)
    if spec.kind not in {"code", "docs", "man"} or not folder.is_dir():
        return ""
    found = folder_kind(folder)
    pages = ("over " if found.is_cut else "") + counted(found.pages, "page")
    if spec.kind != "code":
        return f"{_shown(folder)}: {found.what}, {pages}; to index it as code: {option.format('code')}"
    if usual == "code":
        return ""
    only = f"for its pages alone: {option.format('docs')}; for its doc comments: {option.format('comments')}"
    return f"{_shown(folder)}: code, with {pages} among it; {only}"


def _shown(path: Path) -> str:
    """Return a path as a user would type it here."""
    here = Path.cwd()
    return legible_name(str(path.relative_to(here) if path.is_relative_to(here) else path))
