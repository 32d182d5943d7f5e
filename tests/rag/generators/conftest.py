"""The small local model, which several tests ask."""

import pytest

from rag.generators import open_generator
from rag.generators.local import LocalModel


@pytest.fixture(scope="session")
def local_model() -> LocalModel:
    """Return the default model; `dataclasses.replace` gives it other sampling without loading it again."""
    model = open_generator("local")
    assert isinstance(model, LocalModel)
    return model
