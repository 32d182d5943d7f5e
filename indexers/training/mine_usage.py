"""Mine Python code for pairs of a purpose and the documentation of what is called for it.

A comment or docstring above code says what the code is for; the documentation of what the code calls is what
its author had to find. Calls are resolved through the imports of the file.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import NamedTuple

from corpora.comments.documented import documented
from corpora.comments.tree import left_out
from corpora.document import Document, Listed
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.module_name import module_name
from corpora.syntax.parsable import why_not_parsed
from corpora.syntax.parse import NotParsed
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names, resolve_name
from indexers.chunking.chunk import Chunk
from indexers.search.fields import searchable
from indexers.tokens import query_tokens
from indexers.training.mine_pairs import Pair

_MIN_WORDS, _MAX_WORDS, _MAX_CHARS = 3, 50, 300
_MAX_CALLS = 12  # a function that calls more does several things
_MAX_OF_ONE_NAME = 6
_ANSWERS, _MAX_QUESTIONS = 2, 60  # per question, the rarest calls; per definition
_MAX_DOCUMENTATION_CHARS = 1500
_MAX_BYTES = 1_000_000
_COMMENT = re.compile(r"^[ \t]*+#++[ \t]*+(?=.*[a-z]{3})(.*\S)")


class _Use(NamedTuple):
    question: str
    calls: tuple[str, ...]
    source: str


@dataclass(slots=True)
class _Library:
    """Documented definitions by qualified name; their names by root package and last part of the name."""

    by_name: dict[str, Chunk] = field(default_factory=dict)
    by_end: defaultdict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, document: Document) -> None:
        origin = replace(document.origin, kind="docs")
        origin = replace(origin, library=PurePosixPath(origin.path).parts[0])
        try:
            units = list(documented(document.text.encode(), "python", origin.path))
        except NotParsed:
            return
        for unit in units:
            if unit.definition is not None and unit.name not in self.by_name:
                text = unit.text[:_MAX_DOCUMENTATION_CHARS]
                self.by_name[unit.name] = Chunk(origin, text, 1, 1, 0, 0, unit.name, "", unit.signature)
                root, _, rest = unit.name.partition(".")
                self.by_end[root, rest.rpartition(".")[2]].append(unit.name)

    def resolve(self, call: str) -> str | None:
        """Return the documented definition that `call` names, perhaps by a package that re-exports it."""
        if call in self.by_name:
            return call
        root, _, rest = call.partition(".")
        names = self.by_end.get((root, rest.rpartition(".")[2]), [])
        if not 0 < len(names) <= _MAX_OF_ONE_NAME:
            return None
        return min(names, key=lambda name: (name.count("."), len(name), name))


def mine_usage(specs: Iterable[CorpusSpec]) -> Iterator[Pair]:
    """Yield the pairs of the Python code of all corpora together: one may call another."""
    library, uses = _Library(), list[_Use]()
    for spec in specs:
        tree = CodeTree(spec)
        for found in tree.scan():
            if not isinstance(found, Listed) or not found.path.endswith(".py"):
                continue
            document = tree.read(found)
            if isinstance(document, Document) and not why_not_parsed(document.text.encode(), _MAX_BYTES):
                if not left_out(found.path):
                    library.add(document)
                uses += _uses(document)
    answered = [
        (use, list(dict.fromkeys(filter(None, map(library.resolve, use.calls)))))  # each once, in order
        for use in uses
    ]
    frequency = Counter(name for _, names in answered for name in names)
    asked: Counter[str] = Counter()
    for use, names in answered:
        for name in sorted(names, key=lambda name: (frequency[name], name))[:_ANSWERS]:
            asked[name] += 1
            if asked[name] <= _MAX_QUESTIONS:
                parts = searchable(library.by_name[name]).passage.parts
                yield Pair(use.question, tuple(query_tokens(use.question)), parts, use.source, is_code=False)


def _uses(document: Document) -> Iterator[_Use]:
    tree = parse_python(document.text)
    if tree is None:
        return
    path = document.origin.path
    imports = imported_names(tree, module_name(path), is_package=path.endswith("__init__.py"))
    comments = comments_by_line(document.text.splitlines())
    is_test = bool(left_out(path))  # the docstring of a test says what it tests, not what its code is for
    for node in ast.walk(tree):
        source = f"{document.origin.corpus}\0{path}\0{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            question = "" if is_test else (ast.get_docstring(node) or "").partition("\n\n")[0]
            inner: Sequence[ast.AST] = node.body[1:]
        elif isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef):
            question = comments.get(node.lineno - 1, "")
            fields = ast.iter_child_nodes(node)
            inner = [child for child in fields if isinstance(child, ast.expr)]
        else:
            continue
        question = " ".join(question.split())[:_MAX_CHARS]
        if _MIN_WORDS <= len(question.split()) <= _MAX_WORDS:
            calls = tuple(_calls(inner, imports))
            if 0 < len(calls) <= _MAX_CALLS:
                yield _Use(question, calls, source)


def _calls(nodes: Iterable[ast.AST], imports: Mapping[str, str]) -> dict[str, None]:
    """Return the qualified names of what is called through an import, each once."""
    found: dict[str, None] = {}
    for node in nodes:
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and (name := resolve_name(dotted_name(call.func), imports)):
                found[name] = None
    return found


def comments_by_line(lines: Sequence[str]) -> dict[int, str]:
    """Return the text of each comment that has its lines to itself, by its last line (1-based)."""
    ending: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        if found := _COMMENT.match(line):
            before = ending.get(number - 1, "")
            ending[number] = f"{before} {found[1]}".strip() if len(before) < _MAX_CHARS else before
    return ending
