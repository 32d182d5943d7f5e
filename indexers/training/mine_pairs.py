"""Mine source code for pairs of question and passage: the supervision of a token table.

The first paragraph of a docstring, or of the comment above a definition, says in a person's words what the
definition does: it serves as the question. The code without its documentation is one passage that answers
it, the rest of the documentation another; both are split into parts as chunks of an index are.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from corpora.comments.documented import Documented, documented
from corpora.comments.tree import left_out
from corpora.document import ContentKind, Document, Listed
from corpora.redaction.redact import redact
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.module_name import module_name
from corpora.syntax.parse import NotParsed, reading_time_limit
from indexers.building.budget import choose_budget
from indexers.building.prepare import Batch, LeftOut, ReadTask
from indexers.building.workers import batched, spread
from indexers.chunking.chunk import Chunk
from indexers.encoders import Parts
from indexers.search.fields import searchable
from indexers.tokens import query_tokens

_MIN_SUMMARY_WORDS, _MAX_SUMMARY_CHARS = 3, 400
_MIN_PASSAGE_CHARS, _MAX_PASSAGE_CHARS = 60, 2000
_BATCH_BYTES, _BATCH_ITEMS = 1_000_000, 64
_SAME_QUESTION = 2  # boilerplate docstrings would teach that everything answers them


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and the passage that answers it.

    Attributes:
        text: the question.
        question: its tokens.
        passage: the tokens of the passage, by part.
        source: the definition that both come from; no definition is both trained on and held out.
        is_code: whether the passage is code without its documentation.
    """

    text: str
    question: tuple[str, ...]
    passage: Parts
    source: str
    is_code: bool


def mine_corpora(specs: Iterable[CorpusSpec]) -> Iterator[Pair]:
    """Yield the pairs of the code that an index would read, by path; tests are left out.

    Raises `CorpusError` for a folder that cannot be read.
    """
    for spec in specs:
        found = [item for item in CodeTree(spec).scan() if isinstance(item, Listed)]
        tasks = tuple(ReadTask(item) for item in found if not left_out(item.path))
        batches = list(batched([Batch(spec, tasks)], max_bytes=_BATCH_BYTES, max_items=_BATCH_ITEMS))
        for results in spread(batches, choose_budget(0), _mine_batch):
            yield from (one for one in results if not isinstance(one, LeftOut))


def _mine_batch(batch: Batch) -> list[Pair]:
    tree = CodeTree(batch.spec)
    pairs: list[Pair] = []
    for task in batch.tasks:
        with reading_time_limit(task.listed.size_bytes):
            document = tree.read(task.listed)
            if isinstance(document, Document):
                pairs += mine_document(document)
    return pairs


def mine_document(document: Document) -> Iterator[Pair]:
    """Yield the pairs of one file of code; none if it cannot be parsed."""
    language = document.origin.language
    data = redact(document.text)[0].encode()
    if language not in GRAMMARS:
        return
    try:
        found = list(documented(data, language, document.origin.path))
    except NotParsed:
        return
    spans = sorted(unit.text_span for unit in found)
    for unit in found:
        question, _, rest = unit.text.partition("\n\n")
        question = " ".join(question.split())[:_MAX_SUMMARY_CHARS]
        if len(question.split()) < _MIN_SUMMARY_WORDS:
            continue
        source = f"{document.origin.corpus}\0{document.origin.path}\0{unit.name}"
        tokens = tuple(query_tokens(question))
        if len(code := _without_documentation(data, unit, spans)) >= _MIN_PASSAGE_CHARS:
            yield Pair(question, tokens, _parts(document, unit, code, "code"), source, is_code=True)
        if len(rest) >= _MIN_PASSAGE_CHARS:
            rest = rest[:_MAX_PASSAGE_CHARS]
            yield Pair(question, tokens, _parts(document, unit, rest, "docs"), source, is_code=False)


def without_repeats(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs, each question with at most two passages of a kind (code, documentation)."""
    seen: Counter[tuple[str, bool]] = Counter()
    kept = []
    for pair in pairs:
        key = pair.text[:80].lower(), pair.is_code
        seen[key] += 1
        if seen[key] <= _SAME_QUESTION:
            kept.append(pair)
    return kept


def _without_documentation(data: bytes, unit: Documented, spans: list[tuple[int, int]]) -> str:
    """Return the beginning of the definition, without the documentation of it and its members."""
    kept: list[bytes] = []
    missing, at = _MAX_PASSAGE_CHARS, unit.start_byte
    for number in range(bisect_left(spans, (unit.start_byte, 0)), len(spans)):
        start, end = spans[number]
        if missing <= 0 or start >= unit.end_byte:
            break
        kept.append(data[at : min(start, at + missing)])
        missing -= len(kept[-1])
        at = max(at, end)
    if missing > 0:
        kept.append(data[at : min(unit.end_byte, at + missing)])
    return b"".join(kept).decode(errors="ignore").strip()


def _parts(document: Document, unit: Documented, text: str, kind: ContentKind) -> Parts:
    origin, symbol = document.origin, unit.name
    if kind == "docs":
        origin = replace(origin, kind=kind, library=PurePosixPath(origin.path).parts[0])
    elif origin.language == "python":
        # In an index of code, symbols do not begin with the module.
        symbol = symbol.removeprefix(module_name(origin.path)).strip(".")
    return searchable(Chunk(origin, text, 1, 1, 0, 0, symbol, signature=unit.signature)).passage.parts
