"""Any sentence-transformers model, by name or path. Needs the extra `transformers`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpora.errors import MissingExtra, RagError
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from indexers.encoders.encoder import Passage, Question
from indexers.encoders.table import Floats, normalize

# A model's own limit counts tokens; this one keeps its tokenizer from chewing on what it will cut off.
_MAX_CHARS = 8000
_BATCH = 32
_MODULES = "modules.json"
_MAX_JSON_BYTES = 1_000_000
_OWN = ("sentence_transformers.", "torch.nn.")


class SentenceTransformerEncoder:
    """A transformer, loaded when first used."""

    is_cheap = False

    def __init__(self, name: str) -> None:
        """Load the model `name`: a folder, or what the local model cache knows by that name."""
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils.logging import disable_progress_bar
        except ImportError as error:
            raise MissingExtra("sentence-transformers", "transformers") from error
        disable_progress_bar()
        _check_modules(Path(name))
        try:
            self._model: Any = SentenceTransformer(name, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise RagError(
                f"the model {name!r} cannot be loaded",
                why=str(error).splitlines()[0],
                fix=f"fetch it first (hf download {name}), or name a folder that holds it",
            ) from error
        self.encoder_id = f"sentence-transformers:{name}"
        self.dimensions = int(self._model.get_embedding_dimension())

    def encode(self, passages: Sequence[Passage]) -> Floats:
        """Vectors of passages, shape (n, dimensions)."""
        return self._encode([passage.text for passage in passages], self._model.encode_document)

    def encode_query(self, query: Question) -> Floats:
        """Vector of a question, shape (dimensions,)."""
        vector: Floats = self._encode([query.text], self._model.encode_query)[0]
        return vector

    def coverage(self, text: str) -> float:
        """1: a transformer knows any word by its pieces."""
        return 1.0

    def _encode(self, texts: list[str], encode: Any) -> Floats:
        short = [text[:_MAX_CHARS] for text in texts]
        vectors = encode(short, batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
        return normalize(np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimensions))


def _check_modules(folder: Path) -> None:
    """Refuse a model in a folder that names modules of its own: the library would run their code.

    Raises `RagError`.
    """
    if not (folder / _MODULES).exists():
        return
    try:
        modules = parsed_json(read_outside(folder / _MODULES, max_bytes=_MAX_JSON_BYTES))
        kinds = [module["type"] for module in modules]
        strange = [kind for kind in kinds if not (isinstance(kind, str) and kind.startswith(_OWN))]
        why = f"its part {strange[0]!r} is code of its own, which is not run" if strange else ""
    except (OSError, ValueError, TypeError, KeyError) as error:
        why = f"its {_MODULES} cannot be read ({error})"
    if why:
        raise RagError(
            f"the model in {folder} cannot be loaded",
            why=why,
            fix="name a model that is made of the parts of sentence-transformers alone",
        )
