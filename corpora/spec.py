"""The description of a corpus that a user gives, and the function that opens it."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import cast

from corpora.document import Corpus
from corpora.kinds import kind_named

MAX_FILE_BYTES = 100_000_000
"""The largest file that is read: each is read as a whole."""


@dataclass(frozen=True, slots=True)
class CorpusSpec:
    """One corpus as named in `rag.toml` or on the command line.

    Args:
        name: unique within the index; the value of the filter `corpus`.
        kind: a name in `corpora.kinds.KINDS`.
        location: absolute path of a folder (code, comments, docs, man, npm), of a file (openapi) or of an
            archive (package, npm); for `package` also the name of an installed distribution, for `npm`
            `NAME` or `NAME@VERSION`, for `man` that of an installed page; for `site` the URL to start from;
            for `git` the URL of the repository, with `@REVISION` or without.
        library: what the documentation is about. If empty, it is taken from the metadata of a package, for
            a DevDocs folder from `meta.json` or the name of the folder.
        version: of that library. If empty, it is taken from the same places.
        url: where the pages are published; the path of a page is appended.
        include: gitignore-style patterns. If there are any, only matching files are read.
        exclude: gitignore-style patterns of files to leave out.
        max_file_bytes: larger files are skipped; at most `MAX_FILE_BYTES`.
        max_pages: for `site`, the largest number of pages to request.
        max_depth: for `site`, the largest number of links to follow from the start.
        max_bytes: for `site`, the largest number of bytes of all pages together.
        allow_private: for `site` and `git`, whether the host may have an address that is not public.
        runtime: for `package`, whether its units are completed by what it says of itself when it runs, in
            the sandbox; see `corpora.runtime`.
        environment: for `package`, the absolute path of the environment in which a distribution is looked
            for; empty for that of this program.
        hashes: for `package` and `npm`, those that an archive may have, as in `sha256:HEX`; none if it may be
            any. They come from a lock file.
        readers: names of people and groups who may read it where an index is served to many; none if all may.
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
    runtime: bool = False
    environment: str = ""
    hashes: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Keep to `MAX_FILE_BYTES`, whatever an index that was made elsewhere says."""
        if self.max_file_bytes > MAX_FILE_BYTES:
            object.__setattr__(self, "max_file_bytes", MAX_FILE_BYTES)

    def page_url(self, path: str) -> str:
        """Return where the page at `path` is published; empty if `url` is not given."""
        return f"{self.url.rstrip('/')}/{path}" if self.url else ""


@lru_cache(maxsize=64)
def open_corpus(spec: CorpusSpec) -> Corpus:
    """Return the corpus that `spec` describes. Raises `UnknownName` for a kind that is not in `KINDS`."""
    module, _, name = kind_named(spec.kind).reader.partition(":")
    return cast(Corpus, getattr(import_module(module), name)(spec))
