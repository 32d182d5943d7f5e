"""The compact encoder: a small transformer over the name of a passage and the beginning of its text.

It reads a few dozen word pieces, not all of a passage: on documentation, more text gained nothing
(bench/RESULTS.md), and costs in proportion.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from corpora.errors import IndexDamaged
from indexers.encoders.compact.model import CompactModel
from indexers.encoders.compact.word_pieces import WordPieces
from indexers.encoders.encoder import EncoderPassage, Question
from indexers.encoders.table import Floats

MODEL_FOLDER: Final = Path(__file__).parent / "model"

TEXT_CHARS: Final = 200
PASSAGE_PIECES, _QUESTION_PIECES = 48, 128
_MAX_HEADER_CHARS: Final = 400
_MAX_QUESTION_CHARS: Final = 2000
_FORM: Final = "1"  # changes when `passage_text` does: its vectors are others

_JOINTS: Final = re.compile(r"[\s._/]+")


class CompactEncoder:
    """A transformer of six layers that needs neither torch nor a download."""

    is_cheap = False

    def __init__(self, model: CompactModel) -> None:
        self._model = model
        self._pieces = WordPieces(model.rows)
        self.encoder_id = f"compact-{model.fingerprint}-{_FORM}"
        self.dimensions = model.dimensions

    @classmethod
    def open(cls, folder: Path = MODEL_FOLDER) -> "CompactEncoder":
        """Open the encoder that comes with the package, or one of the same make in another folder.

        Raises:
            MissingExtra: ONNX Runtime is not installed.
            IndexDamaged: a file of the model is missing or damaged.
        """
        model = CompactModel.load(folder)
        try:
            return cls(model)
        except KeyError as error:
            raise IndexDamaged(
                f"the compact model {folder} cannot be read",
                why=f"its vocabulary lacks {error.args[0]}",
                fix="reinstall docprompting",
            ) from error

    def encode(self, passages: Sequence[EncoderPassage]) -> Floats:
        """Return the vectors of passages, shape (n, dimensions)."""
        texts = [passage_text(passage.text) for passage in passages]
        return self._model.encode([self._pieces.rows(text, PASSAGE_PIECES) for text in texts])

    def encode_query(self, query: Question) -> Floats:
        """Return the vector of a question, shape (dimensions,): of its sentences, without code and data."""
        text = query.sentences or query.text
        rows = self._pieces.rows(text[:_MAX_QUESTION_CHARS], _QUESTION_PIECES)
        vector: Floats = self._model.encode([rows])[0]
        return vector

    def coverage(self, text: str) -> float:
        """Return the share of the words of a question that have pieces: nearly all."""
        return self._pieces.known_share(text[:_MAX_QUESTION_CHARS])


def passage_text(text: str) -> str:
    r"""Return what the encoder reads of a passage: the words of its name, once each, and its beginning.

    >>> passage_text("numpy numpy.linalg.det det(a)\nCompute the determinant of an array.")
    'numpy linalg det Compute the determinant of an array.'
    """
    header, _, body = text.partition("\n")
    # The parameters of a signature would take the place of its description.
    name = header[:_MAX_HEADER_CHARS].partition("(")[0]
    unique = dict.fromkeys(word for word in _JOINTS.split(name) if word)
    return " ".join([*unique, body.strip()[:TEXT_CHARS]])
