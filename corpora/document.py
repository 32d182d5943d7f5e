"""The records that a corpus yields, and the interface that every corpus satisfies."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol, runtime_checkable

ContentKind = Literal["code", "docs"]

FileRole = Literal[
    "code",
    "test",  # and what only tests use: fixtures, mocks, data
    "example",  # and demos, tutorials, benchmarks
    "documentation",
    "changelog",
    "changes",  # what became of an API from one version of a library to another
    "configuration",  # and what builds, checks and deploys
    "data",  # and plain text
    "snapshot",  # recorded output, which a test compares
    "generated",
    "translation",
    "vendored",
    "declaration",  # what another file defines: `.d.ts`, `.pyi`
]
"""What a file is for."""

SkipReason = Literal[
    "binary",  # NUL bytes, or a file type that holds no text
    "not text",  # cannot be decoded
    "too large",
    "minified",
    "generated",
    "vendored",
    "ignored",  # by .ragignore or by the corpus's own exclude patterns
    "empty",
    "unreadable",  # no permission, a special file, or vanished or changed while it was read
    "symlink",  # a link to a place inside the root, where its target is read, or to nowhere
    "outside",  # a link that leads out of the root
    "malformed",  # not the HTML, wheel, ... that it claims to be
]


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a text. It accompanies every chunk into the prompt.

    `path` is relative to the corpus root, with forward slashes. `library` and `version` say
    what documentation is about, `repo` and `commit` where code is from. `fetched_at` is when a text was
    fetched from the network, as `2026-11-23T10:00:00+00:00`. `role` is what the file is for, found when it is
    indexed.
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
    role: FileRole = "code"


RUNTIME_ANCHOR: Final = "runtime"
"""How the anchor of a section begins that was read at run time: `runtime`, or `runtime-L12` with its line."""


def fragment_of(anchor: str) -> str:
    """Return the fragment within a document that an anchor stands for: `L12` for `runtime-L12`."""
    return anchor.removeprefix(RUNTIME_ANCHOR).removeprefix("-") if is_from_run(anchor) else anchor


def is_from_run(anchor: str) -> bool:
    """Return whether a section with this anchor was read when its package ran."""
    return anchor == RUNTIME_ANCHOR or anchor.startswith(f"{RUNTIME_ANCHOR}-L")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that its source delimits: one documented object, or one heading with its text.

    `name` is the qualified name (`pandas.DataFrame.merge`) or the heading; `anchor` the fragment
    that leads to it within the document, without the `#`; it begins with `RUNTIME_ANCHOR` where the source
    does not show the object, which was read when its package ran. `aliases` are the other names by which
    users reach the same object (`pandas.Series.fillna` beside `pandas.DataFrame.fillna`). A section `is_bare`
    if its text is nothing but a declaration: nobody documented the object.
    """

    name: str
    text: str
    anchor: str = ""
    signature: str = ""
    aliases: tuple[str, ...] = ()
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """One file, page or module as text.

    `content_hash` is that of the bytes it was read from. Where `sections` are known, `text` is
    their texts joined by a blank line (see `join_sections`); otherwise `sections` is empty and
    the text is cut by its syntax. `invisible_chars` is the number of characters that were left out because
    no reader of the page sees them. `notes` tell what is missing in it, each with the reason.
    `guessed_encoding` is that of the bytes where only they told it.
    """

    origin: Origin
    text: str
    content_hash: str
    sections: tuple[Section, ...] = ()
    invisible_chars: int = 0
    notes: tuple[str, ...] = ()
    guessed_encoding: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An item of a corpus that has not been read yet.

    `stamp` is cheap to compute and changes whenever the content may have changed (for a file: its
    modification time and size). What follows a slash in it tells how the content is read, such as by which
    version of a package: where that has changed, the same content makes another document.
    """

    path: str
    size_bytes: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that a corpus leaves out, and why."""

    path: str
    reason: SkipReason
    detail: str = ""
    size_bytes: int = 0


class Corpus(Protocol):
    """A source of documents: it lists them cheaply, and reads only those that are needed."""

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield all items in the order of their paths, without reading more than necessary."""

    def read(self, listed: Listed) -> Document | Skipped:
        """Read the document `listed`; whatever a file holds, this raises nothing."""


@runtime_checkable
class Rescannable(Protocol):
    """A corpus that scans faster when given what the scan before listed.

    `rules` holds, after a scan, the rules by which it left items out.
    """

    rules: str

    def scan_again(self, known: Mapping[str, str], rules: str) -> Iterator[Listed | Skipped]:
        """Yield what `scan` yields. `known` maps paths to the stamps that a scan by `rules` gave."""


@runtime_checkable
class Fetched(Protocol):
    """A corpus that is brought here before it is scanned. Several may be fetched at a time, in threads."""

    def fetch(self) -> None:
        """Fetch the corpus for the next scan, which raises what was wrong."""


class Commit(NamedTuple):
    """The message of a commit, and the files that it changed, relative to a folder.

    `body` is what follows the subject, without trailers; empty where it was not asked for.
    """

    subject: str
    files: tuple[str, ...]
    body: str = ""


@runtime_checkable
class HasHistory(Protocol):
    """A corpus whose files were changed by commits."""

    def head(self) -> str:
        """Return the commit that is checked out; empty if there is none."""

    def commits_since(self, commit: str, most: int) -> int:
        """Return how many commits came after `commit`; `most` if there are more, or that is not known."""

    def history(self, most: int) -> list[Commit]:
        """Return the newest commits, the newest first, with the paths that files have now.

        Nothing is raised: no commits are returned where they cannot be read.
        """


def way_of_reading(stamp: str) -> str:
    """Return the part of a stamp (see `Listed`) that tells how the content is read."""
    return stamp.partition("/")[2]


def legible_name(path: str) -> str:
    r"""Return `path` with bytes that are not UTF-8 written as `\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def legible(found: Listed | Skipped) -> Listed | Skipped:
    """Return what a scan found, as skipped if its name is not UTF-8: no catalog can hold that."""
    if found.path.isascii() or (shown := legible_name(found.path)) == found.path:
        return found
    return Skipped(shown, "unreadable", "its name is not UTF-8", found.size_bytes)


def hash_bytes(data: bytes) -> str:
    """Return the BLAKE2b hash of `data`: 16 bytes as 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def join_sections(sections: tuple[Section, ...]) -> str:
    """Return the text of a document made of `sections`."""
    return "\n\n".join(section.text for section in sections)
