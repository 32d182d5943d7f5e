"""Data sets of tasks in their public formats, read from local files."""

from rag.evaluation.datasets.dataset import DATASETS, Dataset, open_dataset

__all__ = ["DATASETS", "Dataset", "open_dataset"]
