"""Whether a model, or the index, may have seen the tasks before."""

from rag.evaluation.leakage.contamination import Excluded, contamination, exclude_contaminated
from rag.evaluation.leakage.fingerprint import NGRAM_WORDS, Overlap, Reason
from rag.evaluation.leakage.index_overlap import Found, IndexOverlap, overlap_with_index
from rag.evaluation.leakage.windows import date_windows, origin_windows

__all__ = [
    "NGRAM_WORDS",
    "Excluded",
    "Found",
    "IndexOverlap",
    "Overlap",
    "Reason",
    "contamination",
    "date_windows",
    "exclude_contaminated",
    "origin_windows",
    "overlap_with_index",
]
