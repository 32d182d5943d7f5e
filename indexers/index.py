"""An index: build it, open it, keep it up to date, ask it for chunks."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import Self

from corpora.errors import IndexDamaged, IndexIncompatible, IndexNotFound, RagError
from corpora.manifest import spec_for
from corpora.spec import CorpusSpec
from indexers.building.report import Progress, Report, silent
from indexers.building.writer_lock import put_back, writing
from indexers.bulk_cache import BulkCache
from indexers.catalog.catalog import Catalog, ChunkFacts
from indexers.catalog.filter import Filter
from indexers.chunking.document import Chunk
from indexers.encoders import DEFAULT_ENCODER, Encoder, full_name, open_encoder
from indexers.own_corpora import check_encoder, check_named, name_corpora, name_encoder
from indexers.search.dense import DenseIndex
from indexers.search.engines import DiskEngines, Engines, MemoryEngines
from indexers.search.layout import Layout
from indexers.search.lexical import LexicalIndex
from indexers.soundness import check_catalog
from indexers.status import Status

Sources = Iterable[CorpusSpec | str | Path]

_FACTS_KEPT = 50_000  # some 20 MB


class Index:
    """The chunks of some corpora, searchable by words and by meaning.

    An open index shows the generation that was current when it was opened, whatever is written
    meanwhile; `refresh` moves on to the newest.
    """

    def __init__(self, path: Path | None, catalog: Catalog, engines: Engines) -> None:
        """Use `Index.open`, `Index.build` or `Index.in_memory`."""
        self.path = path
        self._catalog = catalog
        self._engines = engines
        self._catalog.database.begin()

    @classmethod
    def build(
        cls,
        path: str | Path,
        sources: Sources,
        *,
        encoder: str = "",
        progress: Progress = silent,
        max_memory: int | None = None,
    ) -> "Index":
        """Index `sources` into the folder `path`, or bring an index there up to date with them.

        Args:
            path: the folder of the index; made if it is not there.
            sources: folders of code or of HTML documentation, `pkg:NAME` for an installed
                package, wheels, or `CorpusSpec`s.
            encoder: what embeds the chunks (see `open_encoder`); that of the index if empty.
            progress: called with bytes done, bytes in all and the last path.
            max_memory: bytes that all processes together may take; None for half of what is free.

        Raises:
            RagError: `max_memory` is not enough.
            CorpusError: a source cannot be read.
            IndexIncompatible: the index there has another format or encoder.
        """
        index = cls.create(path, encoder=encoder)
        index.update(_specs(sources), encoder=encoder, progress=progress, max_memory=max_memory)
        return index

    @classmethod
    def create(cls, path: str | Path, *, encoder: str = "") -> "Index":
        """Open the index in the folder `path`; make an empty one if there is none."""
        layout = Layout(Path(path))
        if not layout.catalog.exists():
            put_back(layout.root)
        if not layout.catalog.exists():
            open_encoder(full_name(encoder))  # a wrong name fails before anything is made
            with writing(layout):
                if not layout.catalog.exists():
                    # Under another name until it is whole: a kill leaves no half of a database.
                    layout.remove_draft()
                    Catalog(layout.draft, create=True).close()
                    layout.draft.rename(layout.catalog)
        return cls.open(path)

    @classmethod
    def open(cls, path: str | Path = ".rag") -> "Index":
        """Open the index in the folder `path`.

        Raises:
            IndexNotFound: there is none.
            IndexIncompatible: another format version wrote it.
            IndexDamaged: its catalog is not whole.
        """
        layout = Layout(Path(path))
        if not layout.catalog.exists():
            put_back(layout.root)
        if not layout.catalog.exists():
            raise IndexNotFound(layout.root)
        layout.check()
        check_catalog(catalog := Catalog(layout.catalog))
        return cls(layout.root, catalog, DiskEngines(layout))

    @classmethod
    def in_memory(cls, sources: Sources, *, encoder: str = DEFAULT_ENCODER) -> "Index":
        """Index `sources` in memory: BM25 by `rank_bm25`, nothing on disk. For small corpora."""
        index = cls(None, Catalog(None, create=True), MemoryEngines())
        index.update(_specs(sources), encoder=encoder)
        return index

    def update(
        self,
        specs: Sequence[CorpusSpec] | None = None,
        *,
        prune: bool = False,
        encoder: str = "",
        progress: Progress = silent,
        max_memory: int | None = None,
    ) -> Report:
        """Make the index hold what the corpora hold now; read only what changed.

        Args:
            specs: the corpora to look at, known or new; for None all that the index knows, if they were
                named here: an index that came from elsewhere is not asked what to read.
            prune: take corpora that `specs` does not name out of the index.
            encoder: its name, for an index that has none yet; another than the index's raises
                `IndexIncompatible`.
            progress: called with bytes done, bytes in all and the last path.
            max_memory: bytes that all processes together may take; None for half of what is free.

        Raises `RagError` if `max_memory` is not enough.
        """
        # (searching needs none of the parsers that this loads)
        from indexers.building.update import Terms, remove_corpora, update_catalog

        with self._writing():
            chosen = self._choose_encoder(encoder)
            known = list(self._catalog.corpora().values())
            if specs is None:
                check_named(self.path, known)
            wanted = known if specs is None else specs
            name_corpora(self.path, wanted)
            strangers = {spec.name for spec in known} - {spec.name for spec in wanted} if prune else None
            if strangers:
                remove_corpora(self._catalog, self._engines, chosen[1], strangers)
            return update_catalog(self._catalog, self._engines, chosen, wanted, Terms(progress, max_memory))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the right to write; what is not committed at the end takes no room."""
        self._catalog.database.rollback()
        try:
            with writing(Layout(self.path) if self.path else None):
                # First: the remains of a failed run may be what has filled the disk.
                self._engines.forget(keep=self._catalog.database.generation)
                try:
                    yield
                except BaseException:
                    with suppress(RagError, OSError):
                        self._catalog.database.rollback()
                        self._engines.forget(keep=self._catalog.database.generation)
                        self._catalog.database.shrink_log()
                    raise
        finally:
            self.refresh()

    def _choose_encoder(self, name: str) -> tuple[str, Encoder]:
        stored = self._catalog.database.meta("encoder")
        if stored is None:
            chosen, model = full_name(name), open_encoder(full_name(name))
            self._catalog.database.begin(write=True)
            self._catalog.database.set_meta("encoder_id", model.encoder_id)
            self._catalog.database.set_meta("encoder", chosen)
            name_encoder(self.path, chosen)
            self._catalog.database.commit()
            return chosen, model
        if name and full_name(name) != stored:
            raise IndexIncompatible(
                f"the index at {self.path} was made with the encoder {stored!r}, not {name!r}",
                why="vectors of two encoders cannot be compared",
                fix=f"run: rag index --rebuild --encoder {name}, or leave --encoder out",
            )
        return str(stored), self.encoder

    def remove(self, names: Iterable[str]) -> int:
        """Take the corpora with these names out; how many documents they had."""
        from indexers.building.update import remove_corpora

        with self._writing():
            return remove_corpora(self._catalog, self._engines, self.encoder, names)

    def repair(self) -> int:
        """Write the lexical and dense parts anew from the catalog; how many chunks they hold."""
        from indexers.building.update import derive_again

        with self._writing():
            return derive_again(self._catalog, self._engines, self.encoder)

    def remember(self, key: str, value: str) -> None:
        """Keep a fact about the index beside its documents."""
        with self._writing():
            self._catalog.database.begin(write=True)
            self._catalog.database.set_meta(key, value)
            self._catalog.database.commit()
            self._catalog.database.shrink_log()

    def remembered(self, key: str) -> str | int | float | None:
        """Return the fact that `remember` stored under `key`, or None."""
        return self._catalog.database.meta(key)

    def refresh(self) -> None:
        """Show the newest generation."""
        self._catalog.database.rollback()
        for name in ("encoder", "_parts", "versions", "facts"):
            self.__dict__.pop(name, None)
        self._catalog.database.begin()

    @property
    def encoder_name(self) -> str:
        """The full name of the encoder (see `open_encoder`); the encoder itself is not opened."""
        return str(self._catalog.database.meta("encoder"))

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder that made the vectors of this index.

        Raises `IndexIncompatible` if what goes by its name now gives other vectors.
        """
        name, encoder_id = self.encoder_name, self._catalog.database.meta("encoder_id")
        check_encoder(self.path, name)
        model = open_encoder(name)
        if model.encoder_id != encoder_id:
            raise IndexIncompatible(
                f"the index at {self.path} was made with another version of the encoder {name!r}",
                why=f"it holds vectors of {encoder_id}; this is {model.encoder_id}",
                fix="run: rag index --rebuild (naming the corpora, unless rag.toml does)",
            )
        return model

    @property
    def lexical(self) -> LexicalIndex:
        """BM25 over the chunks."""
        return self._parts[0]

    @property
    def dense(self) -> DenseIndex:
        """The vectors of the chunks."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[LexicalIndex, DenseIndex]:
        """The derived parts of one generation, opened together."""
        while True:
            generation = self._catalog.database.generation
            if generation == 0:
                raise IndexDamaged(
                    f"the index at {self.path} is not finished",
                    why="indexing was stopped before the first commit",
                    fix="run: rag index (naming the corpora, unless rag.toml does)",
                )
            try:
                self._engines.check(self._catalog)
                dense = self._engines.read_dense(generation, self.encoder.dimensions)
                return self._engines.read_lexical(generation), dense
            except IndexDamaged:
                self.refresh()  # a writer that has committed meanwhile has deleted what we were about to open
                if self._catalog.database.generation == generation:
                    raise

    @cached_property
    def facts(self) -> BulkCache[int, ChunkFacts]:
        """What ranking asks of chunks: a function of their ids. Questions meet the same chunks again."""
        return BulkCache(self._catalog.facts, _FACTS_KEPT)

    @cached_property
    def versions(self) -> dict[str, tuple[str, ...]]:
        """The versions of each library that is documented."""
        return self._catalog.census.versions()

    def documents(self, wanted: Filter) -> list[int] | None:
        """Ids of the documents that pass; None for all."""
        return None if wanted == Filter() else self._catalog.documents_matching(wanted)

    @property
    def catalog(self) -> Catalog:
        """What the index knows, as of the generation it shows."""
        return self._catalog

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks with these ids."""
        return self._catalog.chunks(chunk_ids)

    def status(self) -> Status:
        """What the index holds."""
        recall = self._catalog.database.meta("recall_at_10")
        return Status(
            path=str(self.path) if self.path else "memory",
            generation=self._catalog.database.generation,
            encoder=self.encoder_name,
            corpora=tuple(self._catalog.corpora().values()),
            counts=self._catalog.census.counts(),
            size_bytes=Layout(self.path).size_bytes() if self.path else 0,
            recall_at_10=recall if isinstance(recall, float) and isfinite(recall) else None,
        )

    def close(self) -> None:
        """Give the files back."""
        self._catalog.database.rollback()
        self._catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _specs(sources: Sources) -> list[CorpusSpec]:
    return [source if isinstance(source, CorpusSpec) else spec_for(str(source)) for source in sources]
