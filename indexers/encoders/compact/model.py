"""The compact transformer: vectors of word pieces in, one vector for each text out, by ONNX Runtime.

Weights of matrices have 8 bits, a scale for each block; ONNX Runtime quantizes the other side by block, too.
(Its dynamic quantization takes one scale for a whole batch: it is twice as fast, but the vector of a text
then depends on the texts beside it, down to a cosine of 0.989.)
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from corpora.errors import IndexDamaged, MissingExtra
from corpora.outside.files import read_outside
from indexers.encoders.table import Floats, TokenTable, normalize

GRAPH, CARD = "graph.onnx", "card.json"
PIECES, MASK, VECTORS = "pieces", "mask", "vectors"
"""Names of the inputs, of shapes (n, length, width) and (n, length), and of the output, (n, dimensions)."""

_MAX_GRAPH_BYTES: Final = 100_000_000
_MAX_CARD_BYTES: Final = 1_000_000
_MAX_DIMENSIONS: Final = 4_096
# Texts of about the same length go together: little is padded, and the matrices stay in the cache.
_BATCH: Final = 32


class CompactModel:
    """A graph, the vectors of its word pieces, and the number of dimensions of what it returns."""

    def __init__(self, table: TokenTable, session: Any, dimensions: int, fingerprint: str) -> None:
        self.rows = table.rows
        self.dimensions, self.fingerprint = dimensions, fingerprint
        self._table, self._session = table, session

    @classmethod
    def load(cls, folder: Path) -> "CompactModel":
        """Read a model: the table of its pieces, its graph and its card.

        Raises:
            MissingExtra: ONNX Runtime is not installed.
            IndexDamaged: a file is missing, or does not match the others.
        """
        table = TokenTable.load(folder)
        try:
            card = json.loads(read_outside(folder / CARD, max_bytes=_MAX_CARD_BYTES))
            dimensions, fingerprint = card["dimensions"], card["fingerprint"]
            graph = read_outside(folder / GRAPH, max_bytes=_MAX_GRAPH_BYTES)
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise _damaged(folder, str(error) or type(error).__name__) from error
        if type(dimensions) is not int or not 0 < dimensions <= _MAX_DIMENSIONS:
            raise _damaged(folder, f"{dimensions!r} is not a number of dimensions")
        if not isinstance(fingerprint, str) or not fingerprint.isalnum():
            raise _damaged(folder, "its card has no fingerprint")
        session = _session(graph, folder)
        (width,) = (one.shape[-1] for one in session.get_inputs() if one.name == PIECES)
        if width != table.dimensions or session.get_outputs()[0].shape[-1] != dimensions:
            raise _damaged(folder, "its graph has other dimensions than its table or its card")
        return cls(table, session, dimensions, fingerprint)

    def encode(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Return the vectors of texts, each given by the rows of its pieces; shape (n, dimensions)."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            vectors[places] = self._run([texts[place] for place in places])
        return normalize(vectors)

    def _run(self, texts: Sequence[Sequence[int]]) -> Floats:
        lengths = np.array([len(rows) for rows in texts])
        mask = np.arange(lengths.max()) < lengths[:, None]
        rows = np.concatenate([np.asarray(rows, dtype=np.int64) for rows in texts])
        pieces = np.zeros((*mask.shape, self._table.dimensions), dtype=np.float32)
        pieces[mask] = self._table.codes[rows] * self._table.scales[rows, None]
        (vectors,) = self._session.run([VECTORS], {PIECES: pieces, MASK: mask.astype(np.float32)})
        return np.asarray(vectors, dtype=np.float32)


def _session(graph: bytes, folder: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("onnxruntime", "compact") from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # it logs to the terminal; what fails is raised as well
    # Threads that wait for work would otherwise keep their cores busy.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no base of their own
        raise _damaged(folder, (str(error) or type(error).__name__).splitlines()[0]) from error
    names = {one.name for one in session.get_inputs()}, {one.name for one in session.get_outputs()}
    if names != ({PIECES, MASK}, {VECTORS}):
        raise _damaged(folder, "its graph has other inputs or outputs")
    return session


def _damaged(folder: Path, why: str) -> IndexDamaged:
    return IndexDamaged(f"the compact model {folder} cannot be read", why=why, fix="reinstall docprompting")
