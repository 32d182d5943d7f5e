"""The sandbox and the index that the tests of an evaluation share, made once for each of their modules."""

from collections.abc import Iterator

import pytest

from indexers.index import Index
from rag.execution import Sandbox
from tests.tea_tasks import tea_index, tea_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with tea_sandbox() as opened:
        yield opened


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return tea_index(tmp_path_factory.mktemp("library"))
