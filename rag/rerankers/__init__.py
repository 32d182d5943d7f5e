"""Rerankers by name, and the function that opens one."""

from collections.abc import Callable
from typing import Final

from corpora.errors import UnknownName
from corpora.registry import Registry
from rag.retrieval.rerank import Reranker

__all__ = ["RERANKERS", "open_reranker", "reranker_names"]


def open_reranker(name: str) -> Reranker:
    """Open the reranker called `name`: `late`, `cross-encoder:MODEL`, or one that another package adds.

    Raises:
        UnknownName: there is no such reranker.
        MissingExtra: it needs a package that is not installed.
        RagError: its model cannot be loaded.
    """
    part, colon, argument = name.partition(":")
    needs_argument = part == _CROSS_ENCODER
    if part not in RERANKERS or (part in RERANKERS.builtin and bool(colon and argument) != needs_argument):
        raise UnknownName("reranker", name, reranker_names())
    return RERANKERS.get(part)(argument)


def reranker_names() -> tuple[str, ...]:
    """Return the names that `open_reranker` knows, with MODEL for the name or folder of a model."""
    return tuple(f"{name}:MODEL" if name == _CROSS_ENCODER else name for name in RERANKERS)


def _late(_argument: str) -> Reranker:
    from rag.rerankers.late import LateInteraction

    return LateInteraction()


def _cross_encoder(model: str) -> Reranker:
    from rag.rerankers.cross_encoder import CrossEncoderReranker

    return CrossEncoderReranker(model)


_CROSS_ENCODER: Final = "cross-encoder"

RERANKERS: Final = Registry[Callable[[str], Reranker]](
    "reranker", "docprompting.rerankers", {"late": _late, _CROSS_ENCODER: _cross_encoder}
)
"""Functions that open a reranker, by name; each is called with what follows a colon in the name, else ""."""
