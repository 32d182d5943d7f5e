"""docprompting: retrieve documentation and code for a request, and prompt any generator with it."""

from indexers.filter import Filter
from indexers.index import Index
from rag.hit import Hit, Signal
from rag.retrieve import retrieve

__all__ = ["Filter", "Hit", "Index", "Signal", "retrieve"]
