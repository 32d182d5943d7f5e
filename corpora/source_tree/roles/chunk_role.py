"""Tell what one chunk of a file is for, where that differs from the rest of the file."""

from typing import Final

from corpora.document import FileRole

# `mod tests`, in which Rust keeps the tests of a file beside its code.
_RUST_TESTS: Final = frozenset({"tests", "test"})
# Names that Go's tools give a meaning to, in files of tests only.
_GO_EXAMPLE: Final = "Example"


def chunk_role(document_role: FileRole, symbol: str, scope: str, language: str) -> FileRole:
    """Return the role of a chunk: that of its document, but for tests beside code and examples among tests.

    Args:
        document_role: the role of its document.
        symbol: the qualified name of what the chunk defines, or empty.
        scope: the qualified name of what encloses it, or empty.
        language: the language of its document.

    >>> chunk_role("code", "parser.tests.reads_numbers", "parser.tests", "rust")
    'test'
    >>> chunk_role("test", "ExampleClient_Do", "", "go")
    'example'
    """
    if language == "rust" and document_role == "code":
        # The last part of a symbol is its own name: a function `test` is no module of tests.
        within = scope or symbol.rpartition(".")[0]
        return "test" if not _RUST_TESTS.isdisjoint(within.split(".")) else "code"
    if language == "go" and document_role == "test" and symbol.startswith(_GO_EXAMPLE):
        name = symbol.removeprefix(_GO_EXAMPLE)
        return document_role if name[:1].islower() or "." in name else "example"
    return document_role
