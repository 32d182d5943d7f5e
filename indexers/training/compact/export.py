"""Write a trained transformer as the files that `CompactModel` reads.

The vectors of its word pieces become a table of 8 bits a number, which stays on disk until it is used; the
rest becomes a graph of ONNX Runtime, with matrices of 8 bits a number and one scale for each block of 64.
"""

import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

from indexers.encoders.compact.model import GRAPH, MASK, PIECES, VECTORS
from indexers.encoders.table import Floats, TokenTable

_BITS, _BLOCK = 8, 64
_ACTIVATIONS_OF_8_BITS = 4  # the accuracy level that ONNX Runtime calls by this number
_OPSET = 17
_POSITIONS = 256  # longer texts are cut before


class _Graph(torch.nn.Module):  # type: ignore[misc]  # torch carries no types here
    """Word pieces in, the mean of the last layer out, projected to fewer dimensions."""

    def __init__(self, model: Any, projection: Floats | None) -> None:
        super().__init__()
        self.model = model
        self.projection = None if projection is None else torch.nn.Parameter(torch.from_numpy(projection))

    def forward(self, pieces: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.model(inputs_embeds=pieces, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return mean if self.projection is None else mean @ self.projection


def export(
    model: Any, pieces: list[str], folder: Path, card: dict[str, object], projection: Floats | None = None
) -> None:
    """Write the files of a model to `folder`.

    Args:
        model: a `BertModel` with eager attention.
        pieces: its vocabulary, in the order of its rows.
        folder: where the files go.
        card: how it was made; dimensions and fingerprint are added.
        projection: applied to the mean of the last layer, shape (width, dimensions); None for all of it.
    """
    _cut_positions(model)
    words = model.embeddings.word_embeddings.weight.detach().numpy()
    table = TokenTable.from_vectors(pieces, words)
    graph = _quantized(_traced(model, projection))
    parts = sha256(graph + table.content_hash().encode())
    dimensions = words.shape[1] if projection is None else projection.shape[1]
    table.save(folder, card | {"dimensions": dimensions, "fingerprint": parts.hexdigest()[:12]})
    (folder / GRAPH).write_bytes(graph)


def _cut_positions(model: Any) -> None:
    """Leave out the vectors of positions that no text reaches."""
    embeddings = model.embeddings
    kept = embeddings.position_embeddings.weight.detach()[:_POSITIONS].clone()
    embeddings.position_embeddings = torch.nn.Embedding.from_pretrained(kept)
    embeddings.position_ids = embeddings.position_ids[:, :_POSITIONS]


def _traced(model: Any, projection: Floats | None) -> onnx.ModelProto:
    width = model.config.hidden_size
    written = io.BytesIO()
    torch.onnx.export(
        _Graph(model.eval(), projection),
        (torch.zeros(2, 5, width), torch.ones(2, 5)),
        written,
        input_names=[PIECES, MASK],
        output_names=[VECTORS],
        dynamic_axes={name: {0: "n", 1: "length"} for name in (PIECES, MASK)} | {VECTORS: {0: "n"}},
        opset_version=_OPSET,
        dynamo=False,
    )
    return onnx.load_model_from_string(written.getvalue())


def _quantized(graph: onnx.ModelProto) -> bytes:
    settings = DefaultWeightOnlyQuantConfig(
        block_size=_BLOCK, is_symmetric=True, accuracy_level=_ACTIVATIONS_OF_8_BITS, bits=_BITS
    )
    quantizer = MatMulNBitsQuantizer(graph, algo_config=settings)
    quantizer.process()
    quantized: bytes = quantizer.model.model.SerializeToString()
    return quantized


def principal_directions(vectors: Floats, dimensions: int) -> Floats:
    """Return the projection that keeps most of the cosines of `vectors`, shape (width, dimensions).

    These are the first eigenvectors of their second moments, not centred: a cosine is measured from zero.
    """
    values, directions = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    return directions[:, np.argsort(-values)[:dimensions]].astype(np.float32)
