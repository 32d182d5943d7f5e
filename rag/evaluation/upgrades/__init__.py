"""Build an evaluation set from what changed between two versions of a library."""

from rag.evaluation.upgrades.build import MOST_TASKS, BuildSettings, build_evaluation_set
from rag.evaluation.upgrades.folder import check_new_folder, set_summary, write_evaluation_set, write_tasks
from rag.evaluation.upgrades.records import BuiltSet, LeftOutChange

__all__ = [
    "MOST_TASKS",
    "BuildSettings",
    "BuiltSet",
    "LeftOutChange",
    "build_evaluation_set",
    "check_new_folder",
    "set_summary",
    "write_evaluation_set",
    "write_tasks",
]
