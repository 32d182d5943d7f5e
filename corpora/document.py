"""The records that a corpus yields, and the interface that every corpus satisfies."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

ContentKind = Literal["code", "docs"]

SkipReason = Literal[
    "binary",  # NUL bytes, or a file type that holds no text
    "not text",  # cannot be decoded
    "too large",
    "minified",
    "generated",
    "vendored",
    "ignored",  # by .ragignore or by the corpus's own exclude patterns
    "empty",
    "unreadable",  # permission, a special file, vanished or changed while it was read
    "outside",  # a link that leads out of the root
    "malformed",  # it says it is HTML, a wheel, ... and is not
]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text comes from. It travels with every chunk into the prompt.

    `path` is relative to the corpus root, with forward slashes. For documentation, `library`
    and `version` say what the text is true of; for code, `repo` and `commit` do. `fetched_at` is when
    a text from the network was fetched, as `2026-11-23T10:00:00+00:00`.
    """

    corpus: str
    path: str
    language: str
    kind: ContentKind
    repo: str = ""
    commit: str = ""
    licence: str = ""
    library: str = ""
    version: str = ""
    url: str = ""
    fetched_at: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that its source already delimits: one documented object, one heading.

    `name` is the qualified name (`pandas.DataFrame.merge`) or the heading; `anchor` the fragment
    that leads to it within the document, without the `#`.
    """

    name: str
    text: str
    anchor: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One file, page or module as text.

    `content_hash` is that of the bytes it was read from. Where `sections` are known, `text` is
    their texts joined by a blank line (see `join_sections`); otherwise `sections` is empty and
    the text is cut by its syntax. `invisible_chars` were left out, since no reader of the page sees them.
    """

    origin: Origin
    text: str
    content_hash: str
    sections: tuple[Section, ...] = ()
    invisible_chars: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that a corpus holds and that has not been read yet.

    `stamp` is cheap to compute and differs whenever the content may have changed (for a file:
    its modification time and size).
    """

    path: str
    size_bytes: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that a corpus leaves out, and why."""

    path: str
    reason: SkipReason
    detail: str = ""
    size_bytes: int = 0


class Corpus(Protocol):
    """A source of documents: list cheaply, then read only what is needed."""

    def scan(self) -> Iterator[Listed | Skipped]:
        """Everything there is, in the order of its path, without reading more than it must."""

    def read(self, listed: Listed) -> Document | Skipped:
        """The document behind `listed`; never raises for what a file holds."""


@runtime_checkable
class Rescannable(Protocol):
    """A corpus that scans faster where it is told what the scan before listed.

    `rules` says, once a scan has ended, by which rules it left things out.
    """

    rules: str

    def scan_again(self, known: Mapping[str, str], rules: str) -> Iterator[Listed | Skipped]:
        """What `scan` yields. `known` are the stamps, by path, that a scan by `rules` gave."""


def legible_name(path: str) -> str:
    r"""Return `path` with the bytes that are no UTF-8 written as `\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def legible(found: Listed | Skipped) -> Listed | Skipped:
    """Return what a scan found, as skipped where its name is not UTF-8, which no catalog can hold."""
    if found.path.isascii() or (shown := legible_name(found.path)) == found.path:
        return found
    return Skipped(shown, "unreadable", "its name is not UTF-8", found.size_bytes)


def hash_bytes(data: bytes) -> str:
    """BLAKE2b of `data` with 16 bytes, in hex."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def join_sections(sections: tuple[Section, ...]) -> str:
    """The text of a document made of `sections`."""
    return "\n\n".join(section.text for section in sections)
