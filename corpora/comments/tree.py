"""The documentation comments of a source tree as a corpus, for libraries that have no documentation site."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from corpora.document import Document, Listed, Skipped, join_sections
from corpora.redaction.redact import redact
from corpora.source_tree.roles.test_paths import is_test_file
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.languages import language_of
from corpora.syntax.parse import NotParsed

_NO_LANGUAGE = "no language whose comments are read"


class CommentTree:
    """The files that `CodeTree` finds in a folder, each as the documentation comments in it.

    A document is a file; its sections are the documented definitions. Secrets are redacted before the text
    is cut into sections, as in code.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self._spec = spec
        self._tree = CodeTree(spec)

    @property
    def rules(self) -> str:
        """See `Rescannable`."""
        return self._tree.rules

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield the files of the tree in the order of their paths; tests and unknown languages as skipped."""
        return self.scan_again({}, "")

    def scan_again(self, known: Mapping[str, str], rules: str) -> Iterator[Listed | Skipped]:
        """See `Rescannable`."""
        for found in self._tree.scan_again(known, rules):
            if isinstance(found, Listed) and (why := left_out(found.path)):
                yield Skipped(found.path, "ignored", why, found.size_bytes)
            else:
                yield found

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the documented definitions of a file; `Skipped` if it has none or cannot be read."""
        from corpora.comments.documented import documented_sections

        document = self._tree.read(listed)
        if isinstance(document, Skipped):
            return document
        language = document.origin.language
        data = redact(document.text)[0].encode()
        if language not in GRAMMARS:
            return Skipped(listed.path, "ignored", _NO_LANGUAGE, len(data))
        try:
            sections = tuple(documented_sections(data, language, listed.path))
        except NotParsed as error:
            return Skipped(listed.path, "malformed", str(error), len(data))
        if not sections:
            return Skipped(listed.path, "empty", "no documented definition", len(data))
        origin = replace(
            document.origin,
            kind="docs",
            library=self._spec.library or Path(self._spec.location).name,
            version=self._spec.version,
            url=self._spec.page_url(listed.path),
        )
        return Document(origin, join_sections(sections), document.content_hash, sections)


def left_out(path: str) -> str:
    """Return why the comments of a file are no documentation for users of a library; empty if they may be."""
    if language_of(path) not in GRAMMARS:
        return _NO_LANGUAGE
    return "a test" if is_test_file(path) else ""
