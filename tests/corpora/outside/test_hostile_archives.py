"""Archives, pages and maps that are meant to hurt: each is refused in words, in little memory and time."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tests.hostile_pages  # noqa: F401 (what it makes is read, too)
from tests.bounded_reading import Outcome, reading
from tests.hostile_archives import ARCHIVES

MOST_MB = 300
MOST_SECONDS = 10


@pytest.fixture(scope="module")
def read() -> Iterator[Callable[[str, Path], Outcome]]:
    with reading() as reader:
        yield reader


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_is_reported_in_words_and_costs_little(
    tmp_path: Path, read: Callable[[str, Path], Outcome], name: str
) -> None:
    make, pattern = ARCHIVES[name]
    outcome = read(*make(tmp_path))
    assert outcome.is_ours, outcome
    assert re.search(pattern, outcome.report), outcome
    assert outcome.peak_mb <= MOST_MB, outcome
    assert outcome.cpu_s <= MOST_SECONDS, outcome
