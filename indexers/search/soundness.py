"""Check that the files of an index are as they were written: quickly when it opens, in full on demand."""

from collections.abc import Iterator, Sequence

from corpora.errors import IndexDamaged
from indexers.catalog.catalog import Catalog
from indexers.catalog.checksums import ENGINE_PARTS, QUICK_BYTES, Checksums, file_problems, unexpected_files
from indexers.engine_errors import disk_error, disk_trouble
from indexers.layout import Layout
from indexers.search.lexical_files import footer_problems

CHECKSUMS = "checksums"
"""The key under which the catalog stores the checksums of its generation."""


def checksums_of(catalog: Catalog, parts: Sequence[str] | None = None) -> Checksums | None:
    """Return the checksums of the current generation, of these parts; None if an older program wrote it.

    Raises `IndexDamaged` if they cannot be read.
    """
    stored = catalog.database.meta(CHECKSUMS)
    if stored is None:
        return None
    try:
        known = Checksums.from_json(str(stored), parts)
    except ValueError as error:
        raise catalog.database.damaged(str(error)) from error
    return known if known.generation == catalog.database.generation else None


def check_catalog(catalog: Catalog) -> None:
    """Raise `IndexDamaged` if the catalog is not what was written; of a large one only the size is checked.

    The catalog is closed then.
    """
    if problem := catalog.database.seal_problem(max_bytes=QUICK_BYTES):
        catalog.close()
        raise catalog.database.damaged(problem)


def check_files(catalog: Catalog, layout: Layout) -> None:
    """Raise `IndexDamaged` if a file of the generation is not as it was written.

    Small files are read; of the others, only the size is checked.
    """
    known = checksums_of(catalog, ENGINE_PARTS)
    problems = file_problems(layout, known, max_bytes=QUICK_BYTES) if known else _footers(catalog, layout)
    if problem := next(problems, ""):
        raise IndexDamaged(
            f"the index at {layout.root} is damaged", why=problem, fix="run: rag index --repair"
        )


def all_file_problems(catalog: Catalog, layout: Layout) -> Iterator[str]:
    """Yield each file of both parts that is not as it was written, a line each; every byte is read."""
    if known := checksums_of(catalog, ENGINE_PARTS):
        yield from file_problems(layout, known)
        yield from unexpected_files(layout, known, is_at_rest=catalog.database.is_sealed)
    else:
        yield from _footers(catalog, layout, max_bytes=None)


def _footers(catalog: Catalog, layout: Layout, max_bytes: int | None = QUICK_BYTES) -> Iterator[str]:
    """Yield files that differ from tantivy's own checksums, for an index without ours."""
    folder = layout.lexical(catalog.database.generation)
    try:
        yield from footer_problems(folder, max_bytes=max_bytes)
    except OSError as error:
        if why := disk_trouble(error):
            raise disk_error(layout.root, why) from error
        yield f"{folder.relative_to(layout.root)} cannot be read: {error}"


def unchecked(catalog: Catalog) -> str:
    """Return a sentence that says which files have no checksums; empty if all have them."""
    without = [
        name
        for name, is_known in (
            ("its catalog", catalog.database.is_sealed),
            ("its search files", checksums_of(catalog) is not None),
        )
        if not is_known
    ]
    if not without:
        return ""
    return (
        f"{' and '.join(without)} could not be checked: there are no checksums, because an older rag wrote "
        "the index or a run was interrupted; rag index --repair makes them"
    )
