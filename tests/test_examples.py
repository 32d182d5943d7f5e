"""The examples in docstrings show what the code does."""

import doctest
import importlib

import pytest

from tests import ROOT

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for room in ("corpora", "indexers", "rag")
    for path in (ROOT / room).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", MODULES)
def test_every_example_gives_the_result_that_it_shows(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.failed == 0
