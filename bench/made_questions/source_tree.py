"""Read the files of a tree that questions are made of."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from bench.made_questions.outline import read_units
from bench.made_questions.records import SourceFile
from corpora.document import Listed
from corpora.source_tree.roles.test_paths import is_test_file
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.languages import language_of

# Nobody asks for what is only shown, measured or compared there.
_ASIDE: Final = re.compile(
    r"(?:^|/)(?:[\w-]*(?:examples?|samples?|demos?|bench(?:mark)?(?:s|es)?)|dist|lua5\.\d|resources/include|fixtures?|testing|docs?_?(?:src|examples?)?|website"
    r"|contrib|third[-_]party|vendor(?:ed)?|deps|tools?|scripts?|ci|hack|typecheck|generated|perf|playground|integration|e2e|node_modules|cmake|specs?"
    r"|\w*(?:unit|integration|functional|acceptance|regression)[-_.]?tests?\w*)/"
    r"|(?:^|/)tests?\.\w+$|(?:^|/)(?:bench|example|sample)\w*\.\w+$|(?:^|/)\w+-stubs/|\.pyi$|\.d\.ts$|\.min\.js$|(?:\.pb|_pb2|\.gen|_generated)\.\w+$",
    re.IGNORECASE,
)
_PAGES: Final = ("markdown", "rst")
_OF_VERSIONS: Final = re.compile(r"change|history|news|licen[sc]e|upgrad|migrat|release", re.IGNORECASE)
_MAX_BYTES: Final = 400_000


class Tree(NamedTuple):
    """The sources of a repository, and its pages of documentation by path."""

    files: list[SourceFile]
    pages: dict[str, bytes]


def read_tree(folder: Path) -> Tree:
    """Read the files of a folder that an index of code would hold."""
    files: list[SourceFile] = []
    pages: dict[str, bytes] = {}
    for found in CodeTree(CorpusSpec("made", "code", str(folder.resolve()))).scan():
        if not isinstance(found, Listed) or found.size_bytes > _MAX_BYTES:
            continue
        language = language_of(found.path)
        if language in _PAGES and not _OF_VERSIONS.search(found.path):
            pages[found.path] = (folder / found.path).read_bytes()
        elif language in GRAMMARS:
            data = (folder / found.path).read_bytes()
            if b"\r" in data or not _is_utf8(data):
                continue
            aside = is_test_file(found.path) or bool(_ASIDE.search(found.path))
            file = SourceFile(found.path, language, data, aside)
            if aside or read_units(file):  # of tests only the text counts
                files.append(file)
    return Tree(files, pages)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
