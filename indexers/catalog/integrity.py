"""Check that the tables of a catalog agree with each other."""

from collections.abc import Iterator

from corpora.errors import IndexDamaged
from indexers.catalog.catalog import Catalog


def table_problems(catalog: Catalog) -> Iterator[str]:
    """Yield what is wrong with the tables, a line each; every page and every text is read.

    Raises `IndexDamaged` if the catalog cannot be read at all.
    """
    yield from (row[0] for row in catalog.database.rows("PRAGMA integrity_check") if row[0] != "ok")
    yield from _text_problems(catalog)
    yield from _duplicate_problems(catalog)


def _duplicate_problems(catalog: Catalog) -> Iterator[str]:
    """Yield near-duplicates that are listed with a document that is not indexed itself, a line each."""
    sql = (
        "SELECT twin.item FROM documents twin LEFT JOIN documents d ON d.document_id = twin.twin_of "
        "WHERE twin.twin_of IS NOT NULL AND (d.document_id IS NULL OR d.twin_of IS NOT NULL)"
    )
    for (item,) in catalog.database.rows(sql):
        yield f"{item} is listed with a document that is not indexed"


def _text_problems(catalog: Catalog) -> Iterator[str]:
    """Yield documents whose text is missing, does not unpack, or ends before their last chunk."""
    sql = (
        "SELECT d.item, d.document_id, ends FROM documents d LEFT JOIN "
        "(SELECT document_id, max(end_byte) AS ends FROM chunks GROUP BY document_id) USING (document_id) "
        "WHERE reason = ''"
    )
    for item, document_id, end in catalog.database.rows(sql):
        try:
            if len(catalog.texts.read(document_id)) < (end or 0):
                yield f"the text of {item} ends before its last chunk"
        except IndexDamaged as error:
            yield f"{item}: {error.why}"
