"""The definitions of names that code uses, as the index has them: a signature first, a body if that fits."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath
from typing import Final

from corpora.syntax.languages import language_of
from corpora.syntax.module_name import definition_scope, module_name
from corpora.syntax.python_imports import imported_names_in_lines
from indexers.catalog.catalog import ChunkFacts
from indexers.chunking.chunk import Chunk
from indexers.index import Index
from indexers.search.lexical_query import LexicalQuery, Name, Term, name_keys
from indexers.tokens import tokenize
from rag.editing.names_around import UsedName

_DEPTH: Final = 24  # chunks that may define a name
_PATH_WEIGHT: Final = 0.02  # of a word of the module: it decides between equal names
_MOST_OF_UNKNOWN: Final = 2  # definitions of a member of something unknown; more say nothing
_MAX_SHORT_CHARS: Final = 800
_MAX_MEMBERS: Final = 40  # of a class, in its short form
_SUMMARY: Final = re.compile(r'^[ \t]*+[rRuU]{0,2}"""\s{0,200}+(\S[^"\n]{0,200})', re.MULTILINE)
_DOCUMENTATION: Final = re.compile(
    r'(?P<mark>^[ \t]{0,40}[rRuU]{0,2})"""(?P<text>(?:[^"]|"(?!"")){0,20000})"""', re.MULTILINE
)
_CLASS: Final = re.compile(
    r"(?:(?:export|default|abstract|public|pub(?:\(\w{1,20}\))?|data|sealed|final|case)\s+){0,5}"
    r"(?:class|struct|interface|trait|enum|union|object|protocol)\b"
)
_MAX_LINES_OF_VALUE: Final = 6
_MAX_LINE_CHARS: Final = 500
_EVERYDAY: Final = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int, float) for name in dir(kind)
)


@dataclass(frozen=True, slots=True)
class FoundDefinition:
    """What the index has of a name that is used.

    Attributes:
        used: the name.
        chunk_id: of the chunk that defines or documents it.
        chunk: that chunk.
        short: its signature, with the first sentence of what documents it; of a class, those of its members.
        whole: its text; of a chunk with several definitions, that one.
    """

    used: UsedName
    chunk_id: int
    chunk: Chunk
    short: str
    whole: str


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The file that is edited, whose own text must not come back as context.

    Attributes:
        corpus: that it belongs to; empty if the index does not have it.
        path: in the corpus.
    """

    corpus: str = ""
    path: str = ""

    def is_at(self, corpus: str, path: str) -> bool:
        """Return whether a document is this file."""
        return bool(self.path) and (corpus, path) == (self.corpus, self.path)


def find_definitions(
    index: Index, used: Sequence[UsedName], own: OwnFile, language: str
) -> list[FoundDefinition]:
    """Return the definitions of names: of what is known, in their order, then members of something unknown.

    What is defined in the file itself is left out.

    Args:
        index: where to look.
        used: the names.
        own: the file that uses them.
        language: of the file: code in other languages does not define its names.
    """
    chosen = {one: _defining(index, one, own, language) for one in used if one.is_known}
    # A member of something unknown is most likely one of what is known to be used.
    documents = {facts.document_id for facts in index.facts([*chain(*chosen.values())]).values()}
    chosen |= {one: _members_named(index, one, documents) for one in used if not one.is_known}
    chunks = index.chunks([*chain(*chosen.values())])
    found: dict[tuple[int, str], FoundDefinition] = {}
    for one in sorted(used, key=lambda one: not one.is_known):
        for chunk_id in chosen[one]:
            if chunk_id in chunks:
                chunk, last = chunks[chunk_id], one.name.rpartition(".")[2]
                whole = _block_of(last, chunk)
                short = _short(index, chunk_id, chunk, last, whole)
                found.setdefault((chunk_id, short), FoundDefinition(one, chunk_id, chunk, short, whole))
    return list(found.values())


def _members_named(index: Index, used: UsedName, documents: Collection[int]) -> list[int]:
    """Return the chunks of some documents that define a member of this name; none if there are many."""
    last = used.name.rpartition(".")[2]
    if last in _EVERYDAY or last.startswith("__") or not documents:
        return []
    asked = LexicalQuery(names=tuple(Name(key) for key in name_keys([last])))
    found = index.lexical.search(asked, _DEPTH, sorted(documents))
    facts = index.facts([one.chunk_id for one in found])
    defining = [
        chunk_id
        for chunk_id, one in facts.items()
        if any(name.role == "defines" and name.name.endswith(f".{last}") for name in one.names)
    ]
    return defining if len(defining) <= _MOST_OF_UNKNOWN else []


def _defining(index: Index, used: UsedName, own: OwnFile, language: str) -> list[int]:
    """Return the chunks that define a name; none in doubt."""
    facts = _candidates(index, used.name)
    graded = [
        (grade, chunk_id)
        for chunk_id, one in facts.items()
        if not own.is_at(one.corpus, one.path) and (grade := _grade(used, one, language))
    ]
    if not graded:
        return _followed(index, used, facts, own, language)
    best = max(grade for grade, _ in graded)
    of_best = [chunk_id for grade, chunk_id in graded if grade == best]
    if best >= 3:
        return of_best[:1]
    if any(own.is_at(one.corpus, one.path) and _grade(used, one, language) for one in facts.values()):
        return []  # the file itself has something of this name
    followed = _followed(index, used, facts, own, language)
    if followed:
        return followed
    # That something has the last part of a qualified name says nothing: `pathlib.Path.suffix`.
    return of_best if len(of_best) == 1 and (best == 2 or "." not in used.name) else []


def _candidates(index: Index, name: str) -> dict[int, ChunkFacts]:
    """Return the facts of chunks that may define a name, those with the words of its module first."""
    *module, last = name.split(".")
    keys = name_keys([".".join([*module[-1:], last])])
    words = dict.fromkeys(token for part in module for token in tokenize(part))
    terms = tuple(Term("path", word, _PATH_WEIGHT) for word in words)
    for key in reversed(keys):
        found = index.lexical.search(LexicalQuery(terms, names=(Name(key, 10.0),)), _DEPTH)
        facts = index.facts([one.chunk_id for one in found if one.score >= 5.0])
        if facts:
            return facts
    return {}


def _grade(used: UsedName, facts: ChunkFacts, language: str) -> int:
    """Return how well a chunk defines a name: 3 for all of it, 2 for its end, 1 for its last part, else 0."""
    if facts.kind == "docs":
        names = [facts.symbol, *facts.aliases]
    elif same_language(facts.path, language):
        module = definition_scope(facts.path)
        names = [f"{module}.{one.name}" for one in facts.names if one.role == "defines"]
    else:
        return 0
    wanted = used.name
    last = wanted.rpartition(".")[2]
    return max((_fit(wanted, name) for name in names if name.rpartition(".")[2] == last), default=0)


def _fit(wanted: str, name: str) -> int:
    if wanted == name:
        return 3
    if name.endswith(f".{wanted}") and "." in wanted:
        return 2
    return 2 if wanted.endswith(f".{name}") and "." in name else 1


def same_language(path: str, language: str) -> bool:
    """Return whether a file, by its name, is in a language or in one whose code it may use."""
    other = language_of(PurePosixPath(path).name, "")
    return other == language or any(language in family and other in family for family in _FAMILIES)


def _followed(
    index: Index, used: UsedName, facts: Mapping[int, ChunkFacts], own: OwnFile, language: str
) -> list[int]:
    """Return what defines a name that a module re-exports: `rag.Index` is `indexers.index.Index`."""
    last = used.name.rpartition(".")[2]
    exporting = [
        chunk_id
        for chunk_id, one in facts.items()
        if any(name.name == last and name.role == "re-exports" for name in one.names)
        and used.name.rpartition(".")[0].endswith(module_name(one.path))
    ]
    for chunk in index.chunks(exporting[:1]).values():
        meant = imported_names_in_lines(chunk.text).get(last, "")
        if meant and meant != used.name:
            return _defining(index, UsedName(meant, used.spelled, used.distance), own, language)
    return []


def _block_of(name: str, chunk: Chunk) -> str:
    """Return the lines of a chunk that define a name; all of it unless several definitions share it."""
    text = chunk.text.strip("\n")
    if chunk.origin.kind == "docs" or sum("." not in one.name for one in chunk.names) < 2:
        return text
    lines = text.split("\n")
    head = re.compile(rf"^(?:(?:export|default|pub|async|abstract|final)\s+){{0,4}}\w+\s+{re.escape(name)}\b")
    start = next((number for number, line in enumerate(lines) if head.match(line[:_MAX_LINE_CHARS])), -1)
    if start < 0:
        return text
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][:1] in {" ", "\t", ")", "}", "]"}):
        end += 1
    while start and lines[start - 1].startswith(("@", "#", "//")):
        start -= 1
    return "\n".join(lines[start:end]).rstrip()


def _short(index: Index, chunk_id: int, chunk: Chunk, name: str, whole: str) -> str:
    """Return the short form of a definition: how to use it, without how it is done."""
    if chunk.origin.kind == "docs":
        summary = next((line for line in chunk.text.splitlines() if line.strip()), "")
        return "\n".join(part for part in (chunk.signature, summary[:200].strip()) if part)
    heads = [line for line in whole.split("\n") if line[:1] not in {"", "@", "#", "/", " ", ")"}]
    of_class = [line for line in heads if _CLASS.match(line[:_MAX_LINE_CHARS]) and name in line]
    # In Java and its like, the line of the package comes before the first class.
    head = next(iter(of_class or heads), "")
    if _CLASS.match(head):
        whole = whole if head == heads[0] else whole[whole.index(head) :]
        # Its head has its fields and what documents it; its methods are chunks of their own.
        path = next((one.name for one in chunk.names if one.name.rpartition(".")[2] in head), chunk.symbol)
        fields = _DOCUMENTATION.sub(_first_sentence, whole, count=1).split("\n")[:_MAX_MEMBERS]
        members = [f"    {member}" for member in _members(index, chunk_id, path)]
        return _cut([*(line for line in fields if line.strip()), *members])
    if chunk.symbol.rpartition(".")[2] != name:  # one of several in the chunk
        return _line_of(name, whole)
    text = whole
    documented = _SUMMARY.search(chunk.text.partition("\n")[2])
    mark = (
        ":"
        if chunk.origin.language == "python" and chunk.signature.startswith(("def ", "async def "))
        else ""
    )
    lines = [f"{chunk.signature or text.partition(chr(10))[0]}{mark}"]
    if mark:
        lines.append(f'    """{documented[1].strip()}"""' if documented else "    ...")
    if chunk.scope and mark:
        lines = [f"class {chunk.scope}:", *(f"    {line}" for line in lines)]
    return "\n".join(lines)


def _cut(lines: Sequence[str]) -> str:
    """Return the first lines of a short form, as many as it may have characters."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(line) > _MAX_SHORT_CHARS:
            return "\n".join([*kept, "    ..."])
        kept.append(line)
    return "\n".join(kept)


def _first_sentence(documentation: re.Match[str]) -> str:
    sentence = documentation["text"].strip().partition("\n")[0]
    return f'{documentation["mark"]}"""{sentence}"""'


def _line_of(name: str, text: str) -> str:
    """Return the lines that bind a name, a few if it is a long value."""
    lines = text.split("\n")
    bound = re.compile(rf"^\s*(?:[\w.]{{1,40}}\s+){{0,4}}{re.escape(name)}\b")
    for number, line in enumerate(lines):
        if bound.match(line[:_MAX_LINE_CHARS]):
            end = number + 1
            while end < min(len(lines), number + _MAX_LINES_OF_VALUE) and _continues(lines[end], line):
                end += 1
            return "\n".join(lines[number:end])
    return "\n".join(lines[:_MAX_LINES_OF_VALUE])


def _continues(line: str, first: str) -> bool:
    indentation = len(first) - len(first.lstrip())
    closes = line.strip()[:1] in {")", "]", "}"}
    return bool(line.strip()) and (len(line) - len(line.lstrip()) > indentation or closes)


def _members(index: Index, chunk_id: int, path: str) -> Iterator[str]:
    """Yield the signatures of the public methods of a class, which are other chunks of its document."""
    inner = f"{path}."
    document = index.facts([chunk_id])[chunk_id].document_id
    others = index.chunks(index.catalog.chunk_ids([document]).tolist())
    shown: dict[str, None] = {}
    mark = ""
    for other in others.values():
        last = other.symbol.removeprefix(inner)
        if other.symbol.startswith(inner) and "." not in last and (last == "__init__" or last[:1] != "_"):
            shown.setdefault(other.signature)
            mark = ": ..." if other.origin.language == "python" else ""
    yield from (f"{signature}{mark}" for signature in [*shown][:_MAX_MEMBERS])


_FAMILIES: Final = (frozenset({"javascript", "typescript", "tsx"}), frozenset({"c", "cpp"}))
