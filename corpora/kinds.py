"""The kinds of corpora: one record for each, which all floors ask what they have to know of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from corpora.errors import RagError
from corpora.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What indexing a kind of corpus costs, as measured on two shared cores (`bench/RESULTS.md`).

    Args:
        speed: megabytes of source indexed a second.
        sample_speed: megabytes of source that one core prepares a second.
        index_ratio: bytes of index for a byte of source.
        chunks_per_mb: chunks for a megabyte of source; None where it depends on the language of a file.
    """

    speed: float
    sample_speed: float
    index_ratio: float
    chunks_per_mb: int | None


# 13,744 pages of DevDocs: more markup than text. What was not measured by itself is read as pages are.
_PAGES: Final = Cost(speed=5.3, sample_speed=3.2, index_ratio=0.67, chunks_per_mb=550)
# The standard library of CPython and Linux 6.1.
_CODE: Final = Cost(speed=4.2, sample_speed=2.6, index_ratio=1.0, chunks_per_mb=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of corpus.

    Args:
        name: value of `kind` in `rag.toml` and of `--kind`.
        reader: `"module:Class"`, called with a `CorpusSpec`, that gives a `corpora.document.Corpus`.
        place: what a corpus is located by: a folder, a file or a URL.
        archive: what a file has to be that may stand for the folder, in the words of an error message.
        archive_suffixes: how the name of such a file ends.
        prefix: marks a name of something installed on the command line: `pkg:` in `pkg:numpy`. In
            `rag.toml`, a corpus of such a kind is named by the key `name`.
        pin: what separates a name from an exact version: `==` in `numpy==1.26.4`.
        named_as_by: the program whose notation of names is used, for error messages.
        language: language of all documents; empty where it depends on the name of a file.
        has_files: whether the paths of documents are those of files below a folder, so that a hit can be
            opened, and retrieval can check whether its file has changed.
        folder: `"module:function"`, called with a `CorpusSpec`, that returns this folder, or None where it is
            not on this machine; it fetches and unpacks nothing. Empty if it is the location.
        is_watched: whether `rag watch` follows the folder.
        is_remote: whether a scan asks a server, so that only `rag index` does it.
        is_code: whether it is chosen file by file, so that an unlikely choice is worth a warning.
        is_of_library: whether its documents are about a library at a version, which a user may name.
        reads_alone: whether a document can be read without the others, so that a sample tells the cost.
        cost: what indexing costs.
    """

    name: str
    reader: str
    place: Literal["folder", "file", "url"] = "folder"
    archive: str = ""
    archive_suffixes: tuple[str, ...] = ()
    prefix: str = ""
    pin: str = ""
    named_as_by: str = ""
    language: str = ""
    has_files: bool = False
    folder: str = ""
    is_watched: bool = False
    is_remote: bool = False
    is_code: bool = False
    is_of_library: bool = True
    reads_alone: bool = True
    cost: Cost = field(default=_PAGES)


_BUILTIN: Final = (
    Kind(
        name="code",
        reader="corpora.source_tree.tree:CodeTree",
        has_files=True,
        is_watched=True,
        is_code=True,
        is_of_library=False,
        cost=_CODE,
    ),
    Kind(
        name="docs",
        reader="corpora.pages.html_docs:HtmlDocs",
        language="html",
        has_files=True,
        is_watched=True,
    ),
    Kind(
        name="package",
        reader="corpora.python.package:PythonPackage",
        archive="wheel or source distribution",
        archive_suffixes=(".whl", ".tar.gz", ".tgz", ".zip"),
        prefix="pkg:",
        pin="==",
        named_as_by="pip install",
        language="python",
        has_files=True,
        folder="corpora.python.source:modules_folder",
        reads_alone=False,
        # scipy: each worker reads all of a package.
        cost=Cost(speed=1.7, sample_speed=1.7, index_ratio=0.28, chunks_per_mb=190),
    ),
    Kind(
        name="changes",
        reader="corpora.api_changes.corpus:VersionChanges",
        prefix="changes:",
        named_as_by="rag docs add",
        language="python",
        reads_alone=False,
        # pandas 1.5.3 to 2.2.3: each worker reads all of both versions.
        cost=Cost(speed=1.0, sample_speed=1.0, index_ratio=0.03, chunks_per_mb=40),
    ),
    Kind(
        name="stdlib",
        reader="corpora.standard_library.library:StandardLibrary",
        prefix="stdlib:",
        pin="==",
        named_as_by="python",
        language="python",
        reads_alone=False,
    ),
    Kind(
        name="openapi",
        reader="corpora.pages.openapi_file:OpenApiFile",
        place="file",
        language="openapi",
        has_files=True,
        folder="corpora.pages.openapi_file:described_folder",
    ),
    Kind(
        name="man",
        reader="corpora.man.pages:ManPages",
        prefix="man:",
        named_as_by="man",
        language="man",
        has_files=True,
        folder="corpora.man.pages:pages_folder",
        is_watched=True,
    ),
    Kind(
        name="npm",
        reader="corpora.npm.package:NpmPackage",
        archive=".tgz",
        archive_suffixes=(".tgz",),
        prefix="npm:",
        pin="@",
        named_as_by="npm install",
        language="typescript",
        has_files=True,
        folder="corpora.npm.source:files_folder",
    ),
    Kind(
        name="comments",
        reader="corpora.comments.tree:CommentTree",
        has_files=True,
        is_watched=True,
    ),
    Kind(
        name="git",
        reader="corpora.git.cloned_tree:ClonedTree",
        place="url",
        has_files=True,
        folder="corpora.git.clone:cloned_folder",
        is_remote=True,
        is_code=True,
        is_of_library=False,
        cost=_CODE,
    ),
    Kind(
        name="site",
        reader="corpora.crawl.site:Site",
        place="url",
        language="html",
        is_remote=True,
    ),
)

KINDS: Final = Registry[Kind]("corpus kind", "docprompting.kinds", {kind.name: kind for kind in _BUILTIN})
"""All kinds by name; another package adds one by an entry point that leads to a `Kind`."""


def kind_named(name: str) -> Kind:
    """Return the kind called `name`.

    Raises:
        UnknownName: there is none.
        RagError: a package adds it, and it is no `Kind` of this name.
    """
    kind = KINDS.get(name)
    if not isinstance(kind, Kind) or kind.name != name:
        raise RagError(
            f"the corpus kind {name!r} cannot be used",
            why=f"its entry point leads to {type(kind).__name__}, not to a corpora.kinds.Kind of that name",
            fix="correct or uninstall the package that adds it",
        )
    return kind


def kind_of_prefix(location: str) -> Kind | None:
    """Return the kind that the prefix of `location` stands for, such as `pkg:` in `pkg:numpy`; else None."""
    before, colon, _ = location.partition(":")
    if not colon:
        return None
    ours = next((kind for kind in _BUILTIN if kind.prefix == f"{before}:"), None)
    # Those of other packages are loaded only if none of ours fits.
    return ours or next((kind for kind in map(kind_named, KINDS) if kind.prefix == f"{before}:"), None)


def kinds_with_prefix() -> Iterator[Kind]:
    """Yield the built-in kinds whose corpora may be named by what is installed."""
    return (kind for kind in _BUILTIN if kind.prefix)
