"""How many files of the indexed code import each package."""

from pathlib import Path

import pytest

from indexers.catalog.database import Database
from indexers.catalog.imports import Imports
from indexers.index import Index
from tests.small_corpora import write_tree

PACKAGES = ("json", "os", "polars", "react")


def importers(index: Index) -> dict[str, int]:
    return {name: count for name, count in index.libraries.importers(PACKAGES).items() if count}


def test_files_that_import_a_package_are_counted_as_they_come_and_go(tmp_path: Path) -> None:
    files = {
        "a.py": "import os\nimport polars as pl\n",
        "b.py": "from polars import col\n",
        "ui/view.ts": 'import { useState } from "react"\nexport const view = 1\n',
        "third_party/polars/x.py": "import json\nimport os\n",
    }
    tree = write_tree(tmp_path / "app", files)
    with Index.build(tmp_path / "index", [tree]) as index:
        assert importers(index) == {"os": 1, "polars": 2, "react": 1}  # what is vendored is not the project
        assert index.libraries.most_imported == 2
        (tree / "b.py").write_text("import json\n")
        (tree / "a.py").unlink()
        index.update()
        assert importers(index) == {"json": 1, "react": 1}


def test_an_index_without_code_knows_of_no_imports(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app", {"README.md": "# Title\n\nimport os\n"})
    with Index.build(tmp_path / "index", [tree]) as index:
        assert (importers(index), index.libraries.most_imported) == ({}, 0)


@pytest.mark.parametrize("packages", [("os",), ()])
def test_what_is_removed_was_stored_or_not(packages: tuple[str, ...]) -> None:
    imports = Imports(Database(None, create=True))
    imports.put(1, packages)
    imports.remove(1)
    imports.remove(2)
    assert imports.importers(["os"]) == {}


def test_an_index_on_disk_is_opened_again_with_what_its_code_imports(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app", {"a.py": "import os\n"})
    Index.build(tmp_path / "index", [tree]).close()
    with Index.open(tmp_path / "index") as index:
        assert importers(index) == {"os": 1}
