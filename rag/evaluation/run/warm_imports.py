"""Find the modules that are worth importing once, before the first program of a data set runs."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from rag.evaluation.task import Task
from rag.execution import Program, Sandbox

_IMPORT: Final = re.compile(r"^[^\S\n]*+(?:import|from)\s++([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)", re.MULTILINE)
_SHARE: Final = 0.03  # share of the tasks that import a module, from which on it is imported in advance
# These start threads when they are imported; a forked program lacks the threads and would wait for them.
_THREADED: Final = frozenset({"jax", "tensorflow"})
_TRY: Final = """
import importlib
for name in {names!r}:
    try:
        importlib.import_module(name)
        print(name)
    except Exception:
        pass
"""


def warm_imports(tasks: Sequence[Task], sandbox: Sandbox) -> list[str]:
    """Return the modules that many of `tasks` import and that the programs of `sandbox` can import."""
    if not any(task.language == "python" for task in tasks):
        return []
    counts = Counter(name for task in tasks for name in _imported(task))
    often = sorted(name for name, count in counts.items() if count >= max(2, _SHARE * len(tasks)))
    program = Program(_TRY.format(names=often), timeout_seconds=120)
    printed = sandbox.run(program).stdout.split()
    return [name for name in often if name in printed]


def _imported(task: Task) -> set[str]:
    names: Iterable[str] = _IMPORT.findall("\n".join((task.shown, task.before, task.reference, task.tests)))
    return {name for name in names if name.partition(".")[0] not in _THREADED}
