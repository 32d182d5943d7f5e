"""Few-shot prompts as in DocPrompting: solved tasks like the one that is asked, each with its documentation.

    documentation of the example      its own, or what is retrieved for the names in its code
    request of the example
    code of the example
    ...                               two more, the one most like the request last
    documentation of the task         retrieved, as always
    request

Source: Zhou et al., "DocPrompting: Generating Code by Retrieving the Docs", ICLR 2023, section 4.1 (Codex).
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from corpora.document import hash_bytes
from corpora.errors import RagError
from indexers.encoders.encoder import Encoder, EncoderPassage, Parts, Question
from indexers.tokens import query_tokens, tokenize
from rag.prompting.cut import first_lines
from rag.prompting.fence import fence
from rag.prompting.passage import distinct, excerpt, passage
from rag.retrieval.draft import MAX_DRAFT_CHARS, read_draft
from rag.retrieval.hit import Hit
from rag.retrieval.second_round import Search, look_up
from rag.tasks.example_file import FewShotExample, read_examples
from rag.tasks.task import Material

DEFAULT_SHOTS: Final = 3
MAX_SHOTS: Final = 20
EXAMPLES_FIELD: Final = "examples"

_DOCS_OF_EXAMPLE: Final = 2
_QUERY_CHARS: Final = 1000  # of a request, and of the code that documentation is retrieved for
_COMPARED_CHARS: Final = 4000  # of code, to tell whether two examples are alike
_SHORT_DOCS_CHARS: Final = 600
_TWIN: Final = 0.9  # of the words of two requests, from which on they ask for the same
_CANDIDATES: Final = 60
_DIVERSITY: Final = 0.4  # weight of being like an example that was chosen already
_K1, _B = 1.2, 0.75  # of BM25; requests are short and of a length

LeaveOut = Callable[[FewShotExample], bool]
"""Returns whether an example must not be shown, such as one that holds the answer of a benchmark's task."""


@dataclass(frozen=True)
class FewShot:
    """Chooses examples for a request: the nearest by words and by meaning, each unlike the others.

    Args:
        examples: to choose from.
        shots: how many are shown at most.
        language: of their code, as the tag of its fence.

    Raises:
        RagError: there is no such number of shots.
    """

    examples: tuple[FewShotExample, ...]
    shots: int = DEFAULT_SHOTS
    language: str = "python"
    _words: "_Words" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.shots <= MAX_SHOTS:
            raise RagError(
                f"a prompt cannot show {self.shots} examples",
                why="each takes hundreds of tokens of the prompt",
                fix=f"choose 1 to {MAX_SHOTS}; {DEFAULT_SHOTS} are usual",
            )
        object.__setattr__(self, "_words", _Words([one.query[:_QUERY_CHARS] for one in self.examples]))

    @classmethod
    def read(cls, path: str | Path, shots: int = DEFAULT_SHOTS, language: str = "python") -> "FewShot":
        """Return what chooses among the examples of a file. Raises what `read_examples` raises."""
        return cls(read_examples(path), shots, language)

    @property
    def content_hash(self) -> str:
        """Return what differs whenever the examples do."""
        fields = [(one.query, one.code, one.docs) for one in self.examples]
        return hash_bytes(json.dumps(fields).encode())

    def choose(
        self, request: str, encoder: Encoder | None = None, leave_out: LeaveOut | None = None
    ) -> list[FewShotExample]:
        """Return examples for a request, the best first; none that asks for the same as the request.

        Args:
            request: what is asked.
            encoder: compares the meaning of those requests that share words; None for words alone.
            leave_out: says which examples must not be shown.
        """
        asked = frozenset(query_tokens(request))
        ranked = [
            (score, number)
            for score, number in self._words.ranked(request)
            if _likeness(asked, self._words.sets[number]) < _TWIN
            and not (leave_out and leave_out(self.examples[number]))
        ][:_CANDIDATES]
        scores = self._with_meaning(request, ranked, encoder)
        texts = {number: frozenset(tokenize(_text_of(self.examples[number]))) for number in scores}
        chosen: list[int] = []
        while scores and len(chosen) < self.shots:
            best = max(scores, key=lambda number: (_worth(number, scores, texts, chosen), -number))
            del scores[best]
            if not any(texts[best] == texts[other] for other in chosen):
                chosen.append(best)
        return [self.examples[number] for number in chosen]

    def material(
        self,
        request: str,
        search: Search | None = None,
        encoder: Encoder | None = None,
        leave_out: LeaveOut | None = None,
        *,
        with_docs: bool = True,
    ) -> tuple[Material, ...]:
        """Return the examples for a request as what a prompt shows, the nearest last.

        Args:
            request: what is asked.
            search: finds documentation of examples that have none of their own; None for none.
            encoder: see `choose`.
            leave_out: see `choose`.
            with_docs: whether examples are shown with documentation.
        """
        chosen = self.choose(request, encoder, leave_out)
        found = []
        for rank, one in enumerate(chosen):
            shown = one if with_docs else replace(one, docs="")
            forms = self._forms(shown, search if with_docs else None)
            value = 1.0 - rank / (2 * MAX_SHOTS)
            found.append(Material(EXAMPLES_FIELD, forms, value, f"example {one.name}".rstrip()))
        return tuple(reversed(found))

    def _with_meaning(
        self, request: str, ranked: Sequence[tuple[float, int]], encoder: Encoder | None
    ) -> dict[int, float]:
        """Return scores from 0 to 1 by number: of shared words, and half of them of likeness in meaning."""
        if not ranked:
            return {}
        highest = max(score for score, _ in ranked) or 1.0
        scores = {number: score / highest for score, number in ranked}
        if encoder is None or not encoder.is_cheap:  # a heavy one would take seconds for so many texts
            return scores
        words = {number: tokenize(self.examples[number].query) for number in scores}
        passages = [EncoderPassage(self.examples[one].query, Parts(body=words[one])) for one in scores]
        asked = encoder.encode_query(Question(request, prose=tokenize(request)))
        alike = encoder.encode(passages) @ asked
        return {
            number: (score + float(like)) / 2
            for (number, score), like in zip(scores.items(), alike, strict=True)
        }

    def _forms(self, example: FewShotExample, search: Search | None) -> tuple[str, ...]:
        """Return an example in full, with the beginning of its documentation, and without that."""
        solved = (
            f"Task of an example:\n{fence(example.query, 'text')}\n"
            f"Its answer:\n{fence(example.code, self.language)}"
        )
        docs = _documentation(example, search)
        return (*(f"Documentation for an example:\n{one}\n{solved}" for one in docs), solved)


def _text_of(example: FewShotExample) -> str:
    return f"{example.query[:_QUERY_CHARS]}\n{example.code[:_COMPARED_CHARS]}"


def _documentation(example: FewShotExample, search: Search | None) -> tuple[str, ...]:
    """Return the documentation of an example in full and in brief; none if there is none."""
    if example.docs.strip():
        return fence(example.docs, "text"), fence(first_lines(example.docs, _SHORT_DOCS_CHARS), "text")
    if search is None:
        return ()
    # The names that its code uses are the best question; its words are the next best.
    draft = read_draft(example.code[:MAX_DRAFT_CHARS])
    hits = list(look_up(example.query, draft, search)) if draft else []
    hits = hits or list(search(example.code[:_QUERY_CHARS], _DOCS_OF_EXAMPLE))
    found = distinct(hits[:_DOCS_OF_EXAMPLE])
    if not found:
        return ()
    chunk = found[0].chunk
    brief = replace(found[0], chunk=replace(chunk, text=first_lines(chunk.text, _SHORT_DOCS_CHARS)))
    return "\n".join(map(_printed, found)), _printed(brief)


def _printed(hit: Hit) -> str:
    shown = passage(excerpt(hit))
    return f"{shown.head}\n{shown.text}"


def _worth(
    number: int, scores: Mapping[int, float], texts: Mapping[int, frozenset[str]], chosen: Collection[int]
) -> float:
    alike = max((_likeness(texts[number], texts[other]) for other in chosen), default=0.0)
    return scores[number] - _DIVERSITY * alike


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of the words of two texts that both have (Jaccard)."""
    return len(one & other) / len(one | other) if one or other else 1.0


class _Words:
    """BM25 over short texts, in memory."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.sets: list[frozenset[str]] = []
        self._lengths: list[int] = []
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, text in enumerate(texts):
            counts = Counter(query_tokens(text))
            self.sets.append(frozenset(counts))
            self._lengths.append(counts.total())
            for word, count in counts.items():
                self._postings[word].append((number, count))
        self._mean = sum(self._lengths) / max(1, len(texts)) or 1.0

    def ranked(self, text: str) -> list[tuple[float, int]]:
        """Return (score, number) of each text that shares a word, the best first."""
        scores: dict[int, float] = defaultdict(float)
        total = len(self._lengths)
        for word in set(query_tokens(text)):
            found = self._postings.get(word, ())
            rarity = math.log(1 + (total - len(found) + 0.5) / (len(found) + 0.5))
            for number, count in found:
                length = 1 - _B + _B * self._lengths[number] / self._mean
                scores[number] += rarity * count * (_K1 + 1) / (count + _K1 * length)
        return sorted(
            ((score, number) for number, score in scores.items()), key=lambda one: (-one[0], one[1])
        )
