"""What adapters hand out is safe in a prompt; where a framework is missing, they say what to install."""

import subprocess
import sys

import pytest

from indexers.index import Index
from rag.adapters.retrieved import AdaptedSearch, Metadata
from rag.retrieval.search_options import DEFAULT_SEARCH


def test_metadata_are_plain_values(index: Index) -> None:
    found = AdaptedSearch.of(index, 3, DEFAULT_SEARCH, "mark")("parse a date")
    assert all({*one.metadata} == {*Metadata.__annotations__} for one in found)
    assert {type(value) for one in found for value in one.metadata.values()} <= {str, int, float}


@pytest.mark.parametrize(
    ("module", "framework", "extra"),
    [
        ("langchain", "langchain_core", "langchain"),
        ("llama_index", "llama_index", "llama-index"),
        ("dspy", "dspy", "dspy"),
        ("inspect_ai", "inspect_ai", "inspect"),
    ],
)
def test_a_framework_that_is_missing_is_named_with_its_extra(module: str, framework: str, extra: str) -> None:
    program = f"import sys; sys.modules[{framework!r}] = None; import rag.adapters.{module}"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert f"pip install 'docprompting[{extra}]'" in run.stderr
