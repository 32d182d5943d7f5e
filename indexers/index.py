"""An index: build it, open it, keep it up to date, ask it for chunks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from corpora.errors import IndexDamaged, IndexNotFound
from corpora.spec import CorpusSpec
from indexers.building.new_index import index_exists, make_index_unless_there
from indexers.building.report import Progress, Report, silent
from indexers.catalog.catalog import Catalog
from indexers.catalog.filter import Filter
from indexers.catalog.library_evidence import LibraryEvidence
from indexers.chunk_caches import ChunkCache, FactsCache, chunk_cache, facts_cache
from indexers.encoders import DEFAULT_ENCODER, Encoder
from indexers.history.stored_histories import HistoryCache, open_histories
from indexers.index_encoder import encoder_to_read, encoder_to_write, stored_name
from indexers.index_engine import choose_engine, engines_to_read, is_named_again, open_parts, stored_engine
from indexers.layout import Layout
from indexers.own_corpora import Sources, check_named, name_corpora, specs_of
from indexers.search.deep_files import deepened_units, open_deep, repair_deep
from indexers.search.deep_index import DeepIndex
from indexers.search.engines import Engines, MemoryEngines, OpenEngines
from indexers.search.interfaces import DenseIndex, LexicalIndex
from indexers.search.soundness import check_catalog
from indexers.status import Status, status_of

if TYPE_CHECKING:
    from indexers.building.pool import OpenPool
    from indexers.building.update import WritableIndex


class Index:
    """The chunks of some corpora, searchable by words and by meaning.

    An open index shows the generation that was current when it was opened, whatever is written
    meanwhile; `refresh` moves on to the newest.
    """

    def __init__(self, path: Path | None, catalog: Catalog, engines: Engines | None = None) -> None:
        """Use `Index.open`, `Index.create`, `Index.build` or `Index.in_memory`."""
        self.path = path
        self.catalog = catalog
        self._given = engines
        self.catalog.database.begin()

    @cached_property
    def engines(self) -> Engines:
        """Return the engines that were given, or open those that the index names."""
        return self._given or engines_to_read(self.catalog, self.path)

    @classmethod
    def build(
        cls,
        path: str | Path,
        sources: Sources,
        *,
        encoder: str = "",
        engine: str = "",
        progress: Progress = silent,
    ) -> "Index":
        """Index `sources` into the folder `path`, or bring an index there up to date with them.

        Args:
            path: the folder of the index; made if it does not exist.
            sources: folders of code or of HTML documentation, `pkg:NAME` for an installed
                package, wheels, or `CorpusSpec`s.
            encoder: the name of the encoder of an index that has none yet (see `open_encoder`).
            engine: as in `create`.
            progress: as in `update`.

        Raises what `create` and `update` raise.
        """
        index = cls.create(path, encoder=encoder, engine=engine)
        specs = specs_of(sources, index.catalog.corpora().values())
        index.update(specs, encoder=encoder, progress=progress)
        return index

    @classmethod
    def create(
        cls, path: str | Path, *, encoder: str = "", engine: str = "", engines: OpenEngines | None = None
    ) -> "Index":
        """Open the index in the folder `path`; make an empty one if there is none.

        Args:
            path: the folder of the index.
            encoder: the name of an encoder; opened only to report a wrong name before anything is made.
            engine: the name of the engine of an index that holds nothing yet (see `engines_named`).
            engines: opens engines that have no name, and must be the same ones every time.

        Raises what `open` and `open_encoder` raise; `IndexIncompatible` if the index has another engine.
        """
        make_index_unless_there(Layout(Path(path)), encoder, engine)
        index = cls.open(path, engines=engines)
        if engine and not is_named_again(index.catalog, index.path, engine):
            with index.writing():
                choose_engine(index.catalog, index.path, engine)
        return index

    @classmethod
    def open(cls, path: str | Path = ".rag", *, engines: OpenEngines | None = None) -> "Index":
        """Open the index in the folder `path`; `engines` is that of `create`.

        Raises:
            IndexNotFound: there is none.
            IndexIncompatible: another format version wrote it.
            IndexDamaged: its catalog is damaged.
        """
        layout = Layout(Path(path))
        if not index_exists(layout):
            raise IndexNotFound(layout.root)
        layout.check()
        catalog = Catalog(layout.catalog)
        check_catalog(catalog)
        return cls(layout.root, catalog, engines(layout) if engines else None)

    @classmethod
    def in_memory(
        cls, sources: Sources, *, encoder: str = DEFAULT_ENCODER, engines: Engines | None = None
    ) -> "Index":
        """Index `sources` in memory, for small corpora; `engines` are `MemoryEngines` unless given."""
        index = cls(None, Catalog(None, create=True), engines or MemoryEngines())
        index.update(specs_of(sources), encoder=encoder)
        return index

    def update(
        self,
        specs: Sequence[CorpusSpec] | None = None,
        *,
        prune: bool = False,
        encoder: str = "",
        progress: Progress = silent,
        max_memory: int | None = None,
        pool: "OpenPool | None" = None,
    ) -> Report:
        """Make the index hold what the corpora hold now; read only what changed.

        Args:
            specs: the corpora to read, known or new. None for all that the index knows, if the user has
                named them for this index: an index that somebody else made does not decide what is read.
            prune: also remove corpora that `specs` does not name from the index.
            encoder: the name of the encoder, for an index that has none yet.
            progress: called with bytes done, bytes in all and the last path.
            max_memory: bytes that all processes together may take; None for half of what is free.
            pool: opens the pool that prepares many documents; by default processes of this machine.

        Raises:
            RagError: `max_memory` is not enough, or the user has not named the corpora of the index.
            PartlyUpdated: of several corpora, some cannot be read; the others are up to date.
            CorpusError: the only corpus cannot be read.
            IndexIncompatible: `encoder` is not the encoder of the index.
            IndexLocked: another process is writing the index.
        """
        # Loaded here, as below: searching needs neither parsers nor workers.
        from indexers.building.update import UpdateOptions, remove_corpora, update_catalog
        from indexers.building.worker_pool import local_processes

        with self.writing():
            writable = self._writable(encoder)
            known = list(self.catalog.corpora().values())
            if specs is None:
                check_named(self.path, known)
            wanted = known if specs is None else specs
            name_corpora(self.path, wanted)
            strangers = {spec.name for spec in known} - {spec.name for spec in wanted}
            if prune and strangers:
                remove_corpora(writable, strangers)
            return update_catalog(
                writable, wanted, UpdateOptions(progress, max_memory, pool or local_processes)
            )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write, and show the newest generation afterwards."""
        from indexers.building.write_session import write_session

        try:
            with write_session(self.path, self.catalog.database, self.engines):
                yield
        finally:
            self.refresh()

    def _writable(self, encoder: str = "") -> "WritableIndex":
        """Return this index as `building.update` writes it; choose its encoder if it has none yet."""
        from indexers.building.update import WritableIndex

        return WritableIndex(self.catalog, self.engines, encoder_to_write(self.catalog, self.path, encoder))

    def remove(self, names: Iterable[str]) -> int:
        """Remove the corpora with these names and return how many documents they had."""
        from indexers.building.update import remove_corpora

        with self.writing():
            return remove_corpora(self._writable(), names)

    def repair(self) -> int:
        """Write the lexical and dense parts anew from the catalog and return how many chunks they hold."""
        from indexers.building.update import rederive

        with self.writing():
            repair_deep(self.path, self.catalog.database)
            return rederive(self._writable())

    def remember(self, key: str, value: str) -> None:
        """Store a fact about the index beside its documents, where `catalog.database.meta` finds it."""
        with self.writing():
            self.catalog.remember(key, value)

    def refresh(self) -> None:
        """Show the newest generation."""
        self.catalog.database.rollback()
        for name in (
            "encoder",
            "engines",
            "_parts",
            "deep",
            "versions",
            "facts",
            "chunks",
            "histories",
            "libraries",
        ):
            self.__dict__.pop(name, None)
        self.catalog.database.begin()

    @property
    def engine_name(self) -> str:
        """Return the name of the engine (see `engines_named`); nothing is opened or asked."""
        return stored_engine(self.catalog)

    @property
    def encoder_name(self) -> str:
        """Return the full name of the encoder (see `open_encoder`); the encoder itself is not opened."""
        return stored_name(self.catalog)

    @cached_property
    def encoder(self) -> Encoder:
        """Open the encoder that made the vectors of this index. Raises what `encoder_to_read` raises."""
        return encoder_to_read(self.catalog, self.path).encoder

    @property
    def lexical(self) -> LexicalIndex:
        """Return the engine that finds chunks by their tokens."""
        return self._parts[0]

    @property
    def dense(self) -> DenseIndex:
        """Return the engine that finds chunks by their vectors."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[LexicalIndex, DenseIndex]:
        """Open both engines of one generation. Raises `IndexDamaged`."""
        while True:
            generation = self.catalog.database.generation
            try:
                return open_parts(self.catalog, self.engines, self.encoder.dimensions, self.path)
            except IndexDamaged:
                # A writer that has committed meanwhile has deleted the files that we were about to open.
                self.refresh()
                if self.catalog.database.generation == generation:
                    raise

    @cached_property
    def deep(self) -> DeepIndex | None:
        """Return the vectors of a transformer; None if the index was never deepened."""
        return open_deep(self.path, self.catalog.database, self.refresh)

    @cached_property
    def facts(self) -> FactsCache:
        """Return what ranking needs of chunks, by their ids."""
        return facts_cache(self.catalog)

    @cached_property
    def histories(self) -> HistoryCache:
        """Return a cache of the history of each corpus."""
        return open_histories(self.catalog.database)

    @cached_property
    def libraries(self) -> LibraryEvidence:
        """Return what tells which library a question means."""
        return LibraryEvidence(self.catalog.database)

    @cached_property
    def versions(self) -> dict[str, tuple[str, ...]]:
        """Return the versions of each documented library."""
        return self.catalog.census.versions()

    def documents(self, wanted: Filter) -> list[int] | None:
        """Return the ids of the documents that pass the filter, ascending; None if all do."""
        return None if wanted.is_empty else self.catalog.documents_matching(wanted)

    @cached_property
    def chunks(self) -> ChunkCache:
        """Return chunks, by their ids. Raises `IndexDamaged` if a text is damaged."""
        return chunk_cache(self.catalog)

    def status(self) -> Status:
        """Return what the index holds, and how much."""
        deepened = deepened_units(self.catalog, self.deep)
        return status_of(self.path, self.catalog, self.encoder_name, self.engine_name, deepened)

    def close(self) -> None:
        """Close the files of the index."""
        self.catalog.database.rollback()
        self.catalog.close()

    def __reduce__(self) -> tuple[Callable[[Path], "Index"], tuple[Path]]:
        """Pickle the path: who unpickles it opens the newest generation there."""
        if self.path is None or self._given is not None:
            raise TypeError("an index in memory, or with engines of one's own, is only here")
        return Index.open, (self.path.absolute(),)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()
