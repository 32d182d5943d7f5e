"""Archives, pages and maps that are meant to hurt: each is refused in words, in little memory and time."""

import re

import pytest

from tests.bounded_reading import Outcome, outcomes
from tests.hostile_archives import ARCHIVES, all_of

MOST_MB = 300
MOST_SECONDS = 10


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    made = dict(all_of(tmp_path_factory.mktemp("hostile")))
    return dict(zip(made, outcomes(list(made.values())), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHIVES)
def test_it_is_told_in_words_and_takes_little(found: dict[str, Outcome], name: str) -> None:
    outcome = found[name]
    assert outcome.is_ours, outcome
    assert re.search(ARCHIVES[name][1], outcome.told), outcome
    assert outcome.peak_mb <= MOST_MB, outcome
    assert outcome.cpu_s <= MOST_SECONDS, outcome
