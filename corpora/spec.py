"""What a user says of a corpus, and the table that opens it."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import cast

from corpora.document import Corpus
from corpora.errors import UnknownName

KINDS = {
    "code": "corpora.source_tree.tree:CodeTree",
    "docs": "corpora.pages.html_docs:HtmlDocs",
    "package": "corpora.python.package:PythonPackage",
    "openapi": "corpora.openapi.file:OpenApiFile",
    "man": "corpora.man.pages:ManPages",
    "npm": "corpora.npm.package:NpmPackage",
    "comments": "corpora.comments.tree:CommentTree",
    "site": "corpora.crawl.site:Site",
}

MAX_FILE_BYTES = 100_000_000
"""A file is read as a whole, so no larger one is."""

# Corpora that only `rag index` looks at: a scan asks a server for each page.
REMOTE_KINDS = frozenset({"site"})


@dataclass(frozen=True, slots=True)
class CorpusSpec:
    """One corpus as named in `rag.toml` or on the command line.

    Args:
        name: unique within the index; the value of the filter `corpus`.
        kind: a key of `KINDS`.
        location: absolute path of a folder (code, comments, docs, man, npm), of a file (openapi) or of an
            archive (package, npm); for `package` also the name of an installed distribution, for `npm`
            `NAME` or `NAME@VERSION`, for `man` that of an installed page; for `site` the URL to start from.
        library, version: of the documentation; for packages taken from their metadata, and for
            DevDocs folders from `meta.json` or the folder's name, when empty.
        url: where the pages are published; the path of a page is appended.
        include, exclude: gitignore-style patterns. With `include`, only what matches is taken.
        max_file_bytes: larger files are skipped; those of more than `MAX_FILE_BYTES` always are.
        max_pages, max_depth, max_bytes: for `site`, how many pages are asked for, how many links from
            the start, and how many bytes they may have together.
        allow_private: for `site`, whether its host may have an address that is not public.
    """

    name: str
    kind: str
    location: str
    library: str = ""
    version: str = ""
    url: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_bytes: int = 1_000_000
    max_pages: int = 10_000
    max_depth: int = 30
    max_bytes: int = 1_000_000_000
    allow_private: bool = False

    def __post_init__(self) -> None:
        """Hold to `MAX_FILE_BYTES` whatever an index that was made elsewhere says."""
        if self.max_file_bytes > MAX_FILE_BYTES:
            object.__setattr__(self, "max_file_bytes", MAX_FILE_BYTES)

    def page_url(self, path: str) -> str:
        """Return where the page at `path` is published; empty if `url` is not given."""
        return f"{self.url.rstrip('/')}/{path}" if self.url else ""


@lru_cache(maxsize=64)
def open_corpus(spec: CorpusSpec) -> Corpus:
    """The corpus that `spec` describes. Raises `UnknownName` for a kind that is not in `KINDS`."""
    if spec.kind not in KINDS:
        raise UnknownName("corpus kind", spec.kind, KINDS)
    module, _, name = KINDS[spec.kind].partition(":")
    return cast(Corpus, getattr(import_module(module), name)(spec))
