"""Training and exporting a transformer, on a tiny one; needs torch, onnx and transformers (extra `train`)."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from indexers.encoders.compact.model import CompactModel  # noqa: E402  (needs what is imported above)
from indexers.encoders.compact.word_pieces import WordPieces  # noqa: E402
from indexers.training.compact.export import export  # noqa: E402
from indexers.training.compact.train import (  # noqa: E402
    PairRow,
    Trainer,
    batches,
    most_used_pieces,
    with_pieces,
)

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abc", "tea", "pot", "cup", "warm", "##s", "rare"]


def tiny_model() -> Any:
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(PIECES), hidden_size=64, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=128, max_position_embeddings=512,
    )  # fmt: skip
    config._attn_implementation = "eager"
    return transformers.BertModel(config, add_pooling_layer=False)


def pair(query: str, name: str, project: str = "tea") -> PairRow:
    return {"query": query, "name": name, "text": f"The {name}.", "project": project}


def test_pieces_that_no_text_uses_are_left_out_first() -> None:
    kept = most_used_pieces(PIECES, [pair("warm teas", "pot"), pair("warm cup", "tea")], size=12)
    assert "rare" not in kept
    assert {"[PAD]", "[MASK]", "a", "tea", "warm"} <= set(kept)
    assert kept == [piece for piece in PIECES if piece in set(kept)]


def test_a_batch_holds_groups_of_few_projects() -> None:
    pairs = [pair(f"{project} {n}", f"{project}{n}", project) for project in "abcdefgh" for n in range(60)]
    made = [*batches(pairs, random.Random(0))]
    assert {len(batch) for batch in made} == {208}
    assert all(len({one["project"] for one in batch}) < 8 for batch in made)


def test_the_exported_model_answers_as_the_trained_one(tmp_path: Path) -> None:
    model = tiny_model()
    with_pieces(model, range(len(PIECES)))
    pieces = WordPieces({piece: row for row, piece in enumerate(PIECES)})
    trainer = Trainer(model, pieces)
    pairs = [pair(f"warm {name}s", name, project) for project in "xyz" for name in ("tea", "pot", "cup")] * 30
    before = {name: one.clone() for name, one in model.state_dict().items()}
    trainer.train(pairs)
    assert any(not torch.equal(before[name], one) for name, one in model.state_dict().items())
    export(model, PIECES, tmp_path, {"made": "by a test"})
    texts = ["warm teas", "pot", "cup cup cup tea pot"]
    loaded = CompactModel.load(tmp_path)
    assert loaded.dimensions == 64
    vectors = loaded.encode([pieces.rows(text, 48) for text in texts])
    assert trainer.sample_vectors(pairs).shape == (2 * len(pairs), 64)
    with torch.no_grad():
        expected = trainer.encode(texts, 48).numpy()
    assert (vectors * expected).sum(axis=1).min() > 0.99
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
