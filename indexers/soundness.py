"""Whether the files of an index are those that were written: cheaply when it is opened, in full on demand."""

from collections.abc import Iterator

from corpora.errors import IndexDamaged
from indexers.catalog.catalog import Catalog
from indexers.catalog.checksums import QUICK_BYTES, Checksums, file_problems, strange_files
from indexers.search.engine_errors import disk_error, disk_trouble
from indexers.search.layout import Layout
from indexers.search.lexical_files import footer_problems

CHECKSUMS = "checksums"  # the fact under which the catalog keeps them


def checksums_of(catalog: Catalog) -> Checksums | None:
    """Those of the current generation, None if an older program wrote it. Raises `IndexDamaged`."""
    stored = catalog.meta(CHECKSUMS)
    if stored is None:
        return None
    try:
        known = Checksums.from_json(str(stored))
    except ValueError as error:
        raise catalog.damaged(str(error)) from error
    return known if known.generation == catalog.generation else None


def check_catalog(catalog: Catalog) -> None:
    """Raise `IndexDamaged` if the catalog is not what was written; a large one is asked for its size only."""
    if problem := catalog.seal_problem(max_bytes=QUICK_BYTES):
        catalog.close()
        raise catalog.damaged(problem)


def check_files(catalog: Catalog, layout: Layout) -> None:
    """Raise `IndexDamaged` if a file of the generation is missing or cut, or is small and altered."""
    known = checksums_of(catalog)
    problems = file_problems(layout, known, max_bytes=QUICK_BYTES) if known else _footers(catalog, layout)
    if problem := next(problems, ""):
        raise IndexDamaged(
            f"the index at {layout.root} is damaged", why=problem, fix="run: rag index --repair"
        )


def all_problems(catalog: Catalog, layout: Layout) -> Iterator[str]:
    """What is not as it was written, a line each; every byte is read."""
    if problem := catalog.seal_problem():
        yield problem
    if known := checksums_of(catalog):
        yield from file_problems(layout, known)
        yield from strange_files(layout, known, is_at_rest=catalog.is_sealed)
    else:
        yield from _footers(catalog, layout, max_bytes=None)


def _footers(catalog: Catalog, layout: Layout, max_bytes: int | None = QUICK_BYTES) -> Iterator[str]:
    """What tantivy's own checksums tell, where there are no others."""
    folder = layout.lexical(catalog.generation)
    try:
        yield from footer_problems(folder, max_bytes=max_bytes)
    except OSError as error:
        if why := disk_trouble(error):
            raise disk_error(layout.root, why) from error
        yield f"{folder.relative_to(layout.root)} cannot be read: {error}"


def unchecked(catalog: Catalog) -> str:
    """What has no checksums, in a sentence; empty if all has them."""
    without = [
        name
        for name, is_known in (
            ("its catalog", catalog.is_sealed),
            ("its search files", checksums_of(catalog) is not None),
        )
        if not is_known
    ]
    if not without:
        return ""
    return (
        f"{' and '.join(without)} could not be compared with what was written: there are no checksums, from "
        "an older rag or because a run was cut off; rag index --repair makes them"
    )
