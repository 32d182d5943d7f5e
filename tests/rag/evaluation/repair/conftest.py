"""The sandbox that the tests of repair share, made once for each of their modules."""

from collections.abc import Iterator

import pytest

from rag.execution import Sandbox
from tests.scripted_repair import small_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with small_sandbox() as opened:
        yield opened
