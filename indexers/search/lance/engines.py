"""The engines of an index on Lance: a table of words and one of vectors, in its folder or elsewhere."""

from collections.abc import Iterator

from corpora.errors import IndexDamaged
from indexers.catalog.catalog import Catalog
from indexers.catalog.checksums import Checksums
from indexers.layout import Layout
from indexers.search.interfaces import DenseIndex, DenseWriter, LexicalIndex, LexicalWriter
from indexers.search.lance import table_files
from indexers.search.lance.tables import LanceTable
from indexers.search.lance.vectors import LanceVectors, LanceVectorsWriter
from indexers.search.lance.words import LanceWords
from indexers.search.lance.words_writer import LanceWordsWriter
from indexers.search.soundness import checksums_of


class LanceEngines:
    """Tables of Lance.

    Args:
        layout: the layout of the index.
        address: the folder of the index in an object store; empty for tables in its own folder.
    """

    def __init__(self, layout: Layout, address: str = "") -> None:
        self._layout, self._is_remote = layout, bool(address)
        place = address or str(layout.tables.absolute())
        self._words = LanceTable(f"{place}/words.lance", layout.root, is_remote=self._is_remote)
        self._vectors = LanceTable(f"{place}/vectors.lance", layout.root, is_remote=self._is_remote)

    def check(self, catalog: Catalog) -> None:
        """Check small files in full, and the sizes of the others, if they are in the folder of the index."""
        if problem := next(self._file_problems(catalog, is_quick=True), ""):
            raise IndexDamaged(
                f"the index at {self._layout.root} is damaged", why=problem, fix="run: rag index --repair"
            )

    def problems(self, catalog: Catalog) -> Iterator[str]:
        """Yield what is wrong with the files of the tables, a line each; those of a folder are all read."""
        yield from self._file_problems(catalog, is_quick=False)
        for table in (self._words, self._vectors):
            try:
                dataset = table.open(catalog.database.generation)
                with table.raising_trouble():
                    dataset.validate()
                table.files(dataset)
            except IndexDamaged as error:
                yield error.why

    def _file_problems(self, catalog: Catalog, *, is_quick: bool) -> Iterator[str]:
        known = None if self._is_remote else checksums_of(catalog, (table_files.PART,))
        return table_files.problems(self._layout, known, is_quick=is_quick) if known else iter(())

    def read_lexical(self, generation: int) -> LexicalIndex:
        """Open the words of `generation`."""
        return LanceWords(self._words, generation)

    def read_dense(self, generation: int, dimensions: int) -> DenseIndex:
        """Open the vectors of `generation`."""
        return LanceVectors(self._vectors, self._vectors.open(generation), dimensions)

    def write(self, generation: int, dimensions: int, *, fresh: bool) -> tuple[LexicalWriter, DenseWriter]:
        """Start writing both tables of `generation`."""
        words = LanceWordsWriter(self._words, generation, fresh=fresh)
        return words, LanceVectorsWriter(self._vectors, generation, dimensions, fresh=fresh)

    def write_lexical_anew(self, generation: int) -> LexicalWriter:
        """Start writing the words of `generation` in place of all that the table holds."""
        return LanceWordsWriter(self._words, generation, fresh=True)

    def checksums(self, generation: int, before: Checksums) -> Checksums:
        """Return the checksums of the files of `generation`; none for tables elsewhere."""
        if self._is_remote:
            return Checksums(generation, {table_files.PART: {}})
        names = [
            f"{name}.lance/{file}"
            for name, table in (("words", self._words), ("vectors", self._vectors))
            for file in table.files(table.open(generation))
        ]
        return table_files.take(self._layout, generation, names, before)

    def delete_all_but(self, generation: int) -> None:
        """Delete the versions of other generations but the one before, which may still be read elsewhere."""
        for table in (self._words, self._vectors):
            table.delete_all_but(generation)

    def discard(self) -> None:
        """Delete the tables, if they are not in the folder of the index."""
        for table in (self._words, self._vectors) if self._is_remote else ():
            table.drop()
