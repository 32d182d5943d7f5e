"""A run: samples are generated, judged, selected and repaired, and every step is kept in one folder."""

from rag.evaluation.run.evaluate import evaluate
from rag.evaluation.run.evaluation import Evaluation
from rag.evaluation.run.folder import read_manifest, read_result
from rag.evaluation.run.outcome import is_judged
from rag.evaluation.run.sampler import Generated, Recorded, Sampler
from rag.evaluation.run.settings import Settings
from rag.evaluation.run.warm_imports import warm_imports

__all__ = [
    "Evaluation",
    "Generated",
    "Recorded",
    "Sampler",
    "Settings",
    "evaluate",
    "is_judged",
    "read_manifest",
    "read_result",
    "warm_imports",
]
