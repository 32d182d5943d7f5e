"""The documentation comments of a source tree as a corpus: a library without a site is documented too."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from corpora.document import Document, Listed, Skipped, join_sections
from corpora.redaction.redact import redact
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.languages import language_of
from corpora.syntax.parse import NotParsed

_TESTS = frozenset({"test", "tests", "__tests__", "spec", "testdata"})
_TEST_NAME = re.compile(r"(?:test_.*|.*[._-](?:test|spec)|.*Tests?)\.\w+|conftest\.py")
_NO_LANGUAGE = "of no language whose comments are read"


class CommentTree:
    """The files of a folder that `CodeTree` takes, by the comments that document their definitions.

    A document is a file; its sections are the documented definitions. Secrets are redacted before
    anything is cut, as in code.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self._spec = spec
        self._tree = CodeTree(spec)

    @property
    def rules(self) -> str:
        """See `Rescannable`."""
        return self._tree.rules

    def scan(self) -> Iterator[Listed | Skipped]:
        """Every file of the tree in a language whose definitions are known, by path."""
        return self.scan_again({}, "")

    def scan_again(self, known: Mapping[str, str], rules: str) -> Iterator[Listed | Skipped]:
        """See `Rescannable`."""
        for found in self._tree.scan_again(known, rules):
            if isinstance(found, Listed) and (why := left_out(found.path)):
                yield Skipped(found.path, "ignored", why, found.size_bytes)
            else:
                yield found

    def read(self, listed: Listed) -> Document | Skipped:
        """The documented definitions of a file; `Skipped` if there are none or it cannot be read."""
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
    """Why the comments of a file document nothing for the users of a library; empty where they may."""
    *folders, name = PurePosixPath(path).parts
    if language_of(path) not in GRAMMARS:
        return _NO_LANGUAGE
    return "a test" if not _TESTS.isdisjoint(folders) or _TEST_NAME.fullmatch(name) else ""
