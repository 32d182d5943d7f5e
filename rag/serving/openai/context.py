"""Retrieve context for the last turn of a request, and tell what was added."""

import json
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, Final

from corpora.errors import RagError
from indexers.catalog.filter import Filter
from rag.doc_prompter import DocPrompter
from rag.prompting.fence import safe_line
from rag.prompting.prompt import Prompt
from rag.rendering.hits import HitView, line_of, shown_path, title
from rag.retrieval.hit import Hit
from rag.retrieval.search_options import SearchOptions
from rag.retrieval.source_files import source_folders
from rag.serving.http.readers import asking_names
from rag.serving.openai.wanted import WantedContext
from rag.serving.permissions import Permissions
from rag.serving.projects import Project
from rag.tokens.estimate import estimate_tokens

_TEMPLATE: Final = "context"
_MOST_HEADER_BYTES: Final = 3_000  # servers and clients take 8 kB of headers in all
MAX_TURN_CHARS: Final = 100_000
"""The longest turn that context is retrieved for: what is longer brings its own."""


@dataclass(frozen=True, slots=True)
class AddedPassage:
    """A passage that was put into a request: where it is from."""

    project: str
    path: str
    line: int | None
    symbol: str
    library: str
    version: str


@dataclass(frozen=True, slots=True)
class AddedContext:
    """What was put into a request.

    Attributes:
        passages: in their order.
        confidence: how likely what was retrieved answers the turn, 0 to 1.
        tokens: of the turn with its passages, by estimate.
        reason: why there are none; empty if there are.
    """

    passages: tuple[AddedPassage, ...] = ()
    confidence: float | None = None
    tokens: int = 0
    reason: str = ""

    def header(self) -> str:
        """Return this as JSON in ASCII, short enough for a header; what does not fit is counted."""
        sources = [f"{one.path}:{one.line}" if one.line else one.path for one in self.passages]
        for kept in range(len(sources), -1, -1):
            told: dict[str, Any] = {"passages": len(self.passages), "sources": sources[:kept]}
            if self.confidence is not None:
                told["confidence"] = round(self.confidence, 3)
            if self.reason:
                told["reason"] = self.reason
            text = json.dumps(told)
            if len(text) <= _MOST_HEADER_BYTES:
                return text
        return "{}"

    def data(self) -> dict[str, Any]:
        """Return this as plain data."""
        return asdict(self)


NOT_ASKED: Final = AddedContext(reason="not asked for")


class RecentContexts:
    """Keeps the last turns with their context: an agent sends the same one again with each result of a tool.

    What is kept counts only for the same generation of the index, so that nothing old is given.
    """

    def __init__(self, most: int = 256) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Hashable, tuple[str, AddedContext]] = OrderedDict()

    def get(self, key: Hashable) -> tuple[str, AddedContext] | None:
        """Return what was kept under a key."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Hashable, made: tuple[str, AddedContext]) -> None:
        """Keep a turn; the one that was asked for longest ago goes."""
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def with_context(
    project: Project,
    turn: str,
    wanted: WantedContext,
    permissions: Permissions,
    answer: str = "",
    recent: RecentContexts | None = None,
) -> tuple[str, AddedContext]:
    """Return the last turn of a request with what was retrieved for it, and what that is.

    Where nothing may be added, the turn comes back as it was: a request is never lost for want of context.

    Args:
        project: whose index is searched.
        turn: what the user said last.
        wanted: what the request wants.
        permissions: what the service may do.
        answer: what a model answered in the first round: what it uses is looked up, too; empty in that round.
        recent: turns that were answered lately; None to retrieve each time.
    """
    if not turn.strip() or len(turn) > MAX_TURN_CHARS:
        return turn, AddedContext(
            reason="the turn has no text" if not turn.strip() else "the turn is too long"
        )
    try:
        with project.reading() as index:
            generation, names = index.catalog.database.generation, asking_names.get()
            key = (project.name, generation, names, turn, wanted, permissions)
            known = recent.get(key) if recent is not None and not answer else None
            if known is not None:
                return known
            prompter = DocPrompter(
                index,
                template=_TEMPLATE,
                k=wanted.k,
                max_tokens=wanted.max_tokens + estimate_tokens(turn),
                gate=wanted.gate,
                search=SearchOptions(filter=_filter(wanted)),
                untrusted=permissions.untrusted,
            )
            prompt = prompter.prompt_after(turn, answer) if answer else prompter.prompt(turn)
            view = HitView(source_folders(index), project.folder)
    except RagError as error:
        return turn, AddedContext(reason=safe_line(f"{error.what}: {error.why}"))
    made = _added(project, turn, prompt, view)
    if recent is not None and not answer:
        recent.keep(key, made)
    return made


def _added(project: Project, turn: str, prompt: Prompt, view: HitView) -> tuple[str, AddedContext]:
    if not prompt.hits:
        reason = (
            "the gate: what was found hardly answers the turn" if prompt.left_out else "nothing was found"
        )
        return turn, AddedContext(confidence=prompt.confidence, reason=reason)
    passages = tuple(_passage(project, hit, view) for hit in prompt.hits)
    return _turn_of(prompt), AddedContext(passages, prompt.confidence, prompt.tokens)


def _filter(wanted: WantedContext) -> Filter:
    return Filter(
        libraries=(wanted.library,) if wanted.library else (),
        versions=(wanted.version,) if wanted.version else (),
    )


def _turn_of(prompt: Prompt) -> str:
    return "\n\n".join(message.content for message in prompt.messages)


def _passage(project: Project, hit: Hit, view: HitView) -> AddedPassage:
    origin = hit.chunk.origin
    facts = map(safe_line, (origin.library, origin.version))
    return AddedPassage(project.name, shown_path(hit, view), line_of(hit) or None, title(hit), *facts)
