"""Run tests on another engine: `pytest --engine lance`, as `make conformance` does.

Every index that a test makes without naming an engine gets this one, also those in memory.
"""

import atexit
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import indexers.building.new_index
import indexers.index
from indexers.catalog.catalog import Catalog
from indexers.layout import Layout
from indexers.search.engines import Engines
from indexers.search.named_engines import engines_named

NEEDS_LANCE = pytest.mark.skipif(
    find_spec("lance") is None, reason="needs: pip install 'docprompting[lance]'"
)


def use_engine(name: str) -> None:
    """Make `name` the engine of every new index of this process."""
    make_index = indexers.building.new_index.make_index

    def make_with_engine(layout: Layout) -> None:
        make_index(layout)
        catalog = Catalog(layout.catalog)
        if not catalog.database.generation and catalog.database.meta("engine") is None:
            with catalog.database.transaction():
                catalog.database.set_meta("engine", name)
        catalog.close()

    def engines_in_memory() -> Engines:
        folder = tempfile.mkdtemp(prefix="engine-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return engines_named(name)(Layout(Path(folder)))

    indexers.building.new_index.make_index = make_with_engine
    indexers.index.MemoryEngines = engines_in_memory  # type: ignore[attr-defined, assignment]
