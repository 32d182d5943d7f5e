"""The rerankers that come with the toolkit, and the function that opens one by name."""

from corpora.errors import UnknownName
from rag.retrieval.rerank import Reranker

__all__ = ["RERANKERS", "open_reranker"]

_CROSS_ENCODER = "cross-encoder:"

RERANKERS = ("late", f"{_CROSS_ENCODER}NAME")


def open_reranker(name: str) -> Reranker:
    """The reranker called `name`: `late`, or `cross-encoder:` and the name or folder of such a model.

    Raises `UnknownName` for a name that there is not, `MissingExtra` where a package is not installed,
    `RagError` for a model that cannot be loaded.
    """
    if name == "late":
        from rag.rerankers.late import LateInteraction

        return LateInteraction()
    if name.startswith(_CROSS_ENCODER) and name != _CROSS_ENCODER:
        from rag.rerankers.cross_encoder import CrossEncoderReranker

        return CrossEncoderReranker(name.removeprefix(_CROSS_ENCODER))
    raise UnknownName("reranker", name, RERANKERS)
