"""Rerankers that come with the toolkit, and the function that opens one by name."""

from corpora.errors import UnknownName
from rag.retrieval.rerank import Reranker

__all__ = ["RERANKERS", "open_reranker"]

_CROSS_ENCODER = "cross-encoder:"

RERANKERS = ("late", f"{_CROSS_ENCODER}NAME")


def open_reranker(name: str) -> Reranker:
    """Open the reranker called `name`: `late`, or `cross-encoder:` with the name or folder of a model.

    Raises:
        UnknownName: there is no such reranker.
        MissingExtra: a package that it needs is not installed.
        RagError: the model cannot be loaded.
    """
    if name == "late":
        from rag.rerankers.late import LateInteraction

        return LateInteraction()
    if name.startswith(_CROSS_ENCODER) and name != _CROSS_ENCODER:
        from rag.rerankers.cross_encoder import CrossEncoderReranker

        return CrossEncoderReranker(name.removeprefix(_CROSS_ENCODER))
    raise UnknownName("reranker", name, RERANKERS)
