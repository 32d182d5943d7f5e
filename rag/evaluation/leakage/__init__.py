"""Leakage: tasks that a model may have seen in training, and answers that stand in the index."""

from rag.evaluation.leakage.contamination import Excluded, contamination, exclude_contaminated
from rag.evaluation.leakage.fingerprint import NGRAM_WORDS, Overlap, Reason
from rag.evaluation.leakage.index_overlap import ContaminatedChunk, IndexOverlap, overlap_with_index
from rag.evaluation.leakage.windows import date_windows, origin_windows

__all__ = [
    "NGRAM_WORDS",
    "ContaminatedChunk",
    "Excluded",
    "IndexOverlap",
    "Overlap",
    "Reason",
    "contamination",
    "date_windows",
    "exclude_contaminated",
    "origin_windows",
    "overlap_with_index",
]
