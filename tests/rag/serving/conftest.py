"""A project that many tests ask, and none changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.serving.projects import Projects
from tests.served_project import opened, write_project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("served") / "shop")


@pytest.fixture(scope="module")
def projects(folder: Path) -> Iterator[Projects]:
    with opened(folder) as projects:
        yield projects
