"""A model that brings code of its own is not loaded, whatever it is loaded for."""

import json
from pathlib import Path
from typing import Literal

import pytest

from corpora.errors import RagError
from indexers.encoders.local_model import load_local_model


@pytest.mark.parametrize("kind", ["SentenceTransformer", "CrossEncoder"])
@pytest.mark.parametrize(
    "modules",
    [
        json.dumps([{"type": "sentence_transformers.models.Transformer"}, {"type": "theirs.Pooling"}]),
        json.dumps([{"type": 3}]),
        json.dumps({"type": "torch.nn.Linear"}),
        "[",
    ],
    ids=["a class of its own", "a number", "no list", "no JSON"],
)
def test_a_model_with_modules_of_its_own_is_refused(
    tmp_path: Path, modules: str, kind: Literal["SentenceTransformer", "CrossEncoder"]
) -> None:
    (tmp_path / "modules.json").write_text(modules)
    with pytest.raises(RagError, match="cannot be loaded") as refused:
        load_local_model(kind, str(tmp_path))
    assert "code of its own" in refused.value.why or "modules.json cannot be read" in refused.value.why
