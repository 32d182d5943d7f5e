"""The tables of the catalog, the types of their columns, and how specifications are stored."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, NamedTuple, get_args, get_origin

from corpora.document import ContentKind, FileRole, Origin
from corpora.spec import CorpusSpec
from indexers.chunking.chunk import Chunk

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE corpora (corpus_id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, spec TEXT NOT NULL);
CREATE TABLE documents (
    document_id INTEGER PRIMARY KEY AUTOINCREMENT,
    corpus_id INTEGER NOT NULL REFERENCES corpora,
    item TEXT NOT NULL,           -- what the corpus lists it as
    size_bytes INTEGER NOT NULL,
    stamp TEXT NOT NULL,          -- empty if it was skipped without being read
    content_hash TEXT NOT NULL,   -- empty if it was skipped
    reason TEXT NOT NULL,         -- why it was skipped; empty if it is indexed
    detail TEXT NOT NULL,         -- more on that, or on the fallback that was used
    method TEXT NOT NULL,         -- how it was cut into chunks
    path TEXT NOT NULL, language TEXT NOT NULL, kind TEXT NOT NULL, repo TEXT NOT NULL,
    "commit" TEXT NOT NULL, licence TEXT NOT NULL, library TEXT NOT NULL, version TEXT NOT NULL,
    url TEXT NOT NULL, fetched_at TEXT NOT NULL,
    role TEXT NOT NULL,           -- what the file is for
    twin_of INTEGER,              -- the document that is indexed in place of this near-duplicate
    line_count INTEGER, band_1 INTEGER, band_2 INTEGER, band_3 INTEGER, band_4 INTEGER,  -- of code
    UNIQUE (corpus_id, item)
);
CREATE INDEX documents_by_twin ON documents (twin_of) WHERE twin_of IS NOT NULL;
CREATE INDEX documents_by_library ON documents (library, version, reason) WHERE library != '';
CREATE INDEX documents_by_band_1 ON documents (band_1) WHERE band_1 IS NOT NULL;
CREATE INDEX documents_by_band_2 ON documents (band_2) WHERE band_2 IS NOT NULL;
CREATE INDEX documents_by_band_3 ON documents (band_3) WHERE band_3 IS NOT NULL;
CREATE INDEX documents_by_band_4 ON documents (band_4) WHERE band_4 IS NOT NULL;
CREATE TABLE texts (           -- packed together: a signature stands in the text a second time
    document_id INTEGER PRIMARY KEY,
    -- The chunks of a document have consecutive ids: no index of chunks by document is needed.
    first_chunk_id INTEGER NOT NULL, chunk_count INTEGER NOT NULL,
    text_and_signatures BLOB NOT NULL
);
CREATE TABLE chunks (
    chunk_id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again
    document_id INTEGER NOT NULL,
    start_line INTEGER NOT NULL, end_line INTEGER NOT NULL,
    start_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL,
    symbol TEXT NOT NULL, scope TEXT NOT NULL, anchor TEXT NOT NULL,
    names TEXT NOT NULL           -- see `chunk_names`
);
CREATE TABLE embeddings (content_hash TEXT, encoder TEXT, vector BLOB NOT NULL,
    PRIMARY KEY (content_hash, encoder)) WITHOUT ROWID;
CREATE TABLE aliases (         -- names without blanks, with a blank between them; 1 for a bare declaration
    chunk_id INTEGER PRIMARY KEY, names TEXT NOT NULL, is_bare INTEGER NOT NULL);
CREATE TABLE imports (document_id INTEGER PRIMARY KEY, packages TEXT NOT NULL);
CREATE TABLE importers (package TEXT PRIMARY KEY, files INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE history (         -- see `indexers.history`; NULL where there are too few commits
    corpus_id INTEGER PRIMARY KEY, head TEXT NOT NULL, packed BLOB);
"""

CHUNKS_OF_TEXTS = (
    "(SELECT chunks.* FROM texts JOIN chunks ON chunk_id >= first_chunk_id "
    "AND chunk_id < first_chunk_id + chunk_count AND chunks.document_id = texts.document_id)"
)
"""The tables from which the chunks of documents are read: by their ids, which are consecutive."""

ORIGIN_FIELDS = tuple(field.name for field in fields(Origin) if field.name != "corpus")
"""The columns of documents that hold an `Origin`, in the order of its fields."""

SPAN_FIELDS = tuple(
    field.name
    for field in fields(Chunk)
    if field.name not in ("origin", "text", "signature", "aliases", "is_bare", "names")
)
"""The columns of chunks that hold a `Chunk`, but for its names."""

BAND_COLUMNS = ("band_1", "band_2", "band_3", "band_4")
"""The columns of documents that hold the bands of a code file (see `building.similarity`)."""


def quoted(name: str) -> str:
    """Return a column name as SQL takes it; `commit`, which a document has, is a keyword of SQL."""
    return f'"{name}"'


class Known(NamedTuple):
    """An item of a corpus as the catalog stores it; there may be a hundred thousand.

    `reason` says why it was skipped, and is empty if it is indexed.
    """

    document_id: int
    stamp: str
    content_hash: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much an index holds.

    `skipped`, `methods`, `languages` and `roles` give the number of documents for each skip reason, chunking
    method, language and role. `twins` of the documents are near-duplicates, in place of which another is
    indexed.
    """

    documents: int
    twins: int
    chunks: int
    source_bytes: int
    skipped: dict[str, int]
    methods: dict[str, int]
    languages: dict[str, int]
    roles: dict[str, int]


_NUMBERS = "corpus_id document_id size_bytes chunk_id start_line end_line start_byte end_byte is_bare files"
_NUMBERS_OR_NONE = " ".join(
    ("twin_of", "line_count", "first_chunk_id", "chunk_count", *BAND_COLUMNS)  # None if there is no text
)
_TEXTS = (
    "name spec item stamp content_hash reason detail method path language kind repo commit licence library "
    "version url fetched_at role symbol scope anchor key encoder names package packages head"
)
_BLOBS = "text_and_signatures vector packed"
_TYPES: dict[str, frozenset[type]] = {
    name: frozenset(types)
    for names, types in (
        (_NUMBERS, (int,)),
        (_NUMBERS_OR_NONE, (int, type(None))),
        (_TEXTS, (str,)),
        (_BLOBS, (bytes, type(None))),  # None where there is none
    )
    for name in names.split()
}
_KINDS = frozenset(get_args(ContentKind))
_ROLES = frozenset(get_args(FileRole))


def check_types(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Raise `ValueError` if a value is not of the type of its column.

    SQLite does not check this: a file may hold numbers where texts belong, or the other way round.
    """
    for name, values in zip(columns, zip(*rows, strict=True), strict=True):
        allowed = _TYPES.get(name)
        if allowed and not allowed.issuperset(map(type, values)):
            raise ValueError(f"a value in the column {name} is not of its type")
        if name == "kind" and not _KINDS.issuperset(values):
            raise ValueError("a kind of document is unknown")
        if name == "role" and not _ROLES.issuperset(values):
            raise ValueError("a role of a document is unknown")


def write_spec(spec: CorpusSpec) -> str:
    """Return `spec` as JSON."""
    return json.dumps(asdict(spec), sort_keys=True)


def read_spec(text: str) -> CorpusSpec:
    """Return the specification that `write_spec` wrote. Raises `ValueError` for anything else."""
    try:
        stored: dict[str, Any] = json.loads(text)
        fields_of_spec: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
        }
        spec = CorpusSpec(**fields_of_spec)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"the specification of a corpus cannot be read: {error}") from error
    for field in fields(CorpusSpec):
        value = getattr(spec, field.name)
        wanted = get_origin(field.type) or field.type
        if type(value) is not wanted or (wanted is tuple and not {str}.issuperset(map(type, value))):
            raise ValueError(f"{field.name} of a corpus is not of its type")
    return spec


_OF_DOCUMENT: Final = "(SELECT corpus_id FROM main.documents d WHERE d.document_id = t.document_id)"
_OF_CHUNK: Final = (
    "(SELECT corpus_id FROM main.documents d JOIN main.chunks c ON c.document_id = d.document_id "
    "WHERE c.chunk_id = t.chunk_id)"
)
_CORPUS_OF: Final = {
    "corpora": "t.corpus_id",
    "documents": "t.corpus_id",
    "history": "t.corpus_id",
    "texts": _OF_DOCUMENT,
    "chunks": _OF_DOCUMENT,
    "imports": _OF_DOCUMENT,
    "aliases": _OF_CHUNK,
    # They count over all corpora, or say which texts there are.
    "importers": "NULL",
    "embeddings": "NULL",
}
"""By table, an expression for the id of the corpus that a row `t` belongs to."""


def may_read(readers: Collection[str], names: Collection[str]) -> bool:
    """Return whether somebody with these names may read what has these readers; for no readers, all may."""
    return not readers or not set(readers).isdisjoint(names)


def hiding(corpora: Sequence[int]) -> Iterator[str]:
    """Yield statements after which a connection shows nothing of other corpora, and counts nothing of them.

    SQLite looks for a table among those of the connection before those of the file: here, views.
    """
    allowed = ", ".join(map(str, map(int, corpora)))
    for table, corpus in _CORPUS_OF.items():
        yield f"DROP VIEW IF EXISTS temp.{table}"
        yield f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} t WHERE {corpus} IN ({allowed})"
