"""Run `rag` with a commit after every few files, in worker processes, as a kill finds it during a long build.

python -m bench.checkpoint_often index TREE
"""

import sys
from types import ModuleType

from indexers.building import update, workers
from rag.cli.main import main

SMALL: dict[ModuleType, dict[str, float]] = {
    update: {"_CHECKPOINT_SECONDS": 0.0, "_BATCH_ITEMS": 16},
    workers: {"BYTES_WORTH_WORKERS": 0},
}

if __name__ == "__main__":
    for module, settings in SMALL.items():
        for name, value in settings.items():
            assert hasattr(module, name), f"{module.__name__}.{name} has another name now"
            setattr(module, name, value)
    sys.exit(main())
