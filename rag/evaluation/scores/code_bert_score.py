"""CodeBERTScore: how near code is to a reference, by the meaning of its tokens in their context.

Zhou et al. 2023, "CodeBERTScore", arXiv:2302.05527; without the question before the code. Needs the
extra `transformers`.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from corpora.errors import MissingExtra, RagError
from indexers.encoders.table import Floats, normalize

# As in the paper, signs are not compared, but for arithmetic operators.
_OPERATORS: Final = frozenset("+-*/%")
# A tokenizer without a limit of its own says 10 ** 30.
_MAX_TOKENS: Final = 4096


class Matching(NamedTuple):
    """The mean cosine of a token with its nearest: over the answer's, and over the reference's tokens."""

    precision: float
    recall: float

    def f(self, beta: float) -> float:
        """Their harmonic mean; recall weighs `beta` ** 2 times as much."""
        weight = beta * beta
        divisor = weight * self.precision + self.recall
        return (1 + weight) * self.precision * self.recall / divisor if divisor > 0 else 0.0


def match_tokens(answer: Floats, reference: Floats) -> Matching:
    """Each token looks for the nearest of the other side; 0 where one side has none.

    Args:
        answer: vectors of length 1, shape (n_answer, dimensions).
        reference: likewise, shape (n_reference, dimensions).
    """
    if not len(answer) or not len(reference):
        return Matching(0.0, 0.0)
    cosines = answer @ reference.T
    return Matching(float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean()))


class CodeBertScore:
    """An encoder that compares code: any model of transformers, by name or folder, loaded once.

    The vectors are those of its last layer. What is longer than the model reads is cut off.
    """

    def __init__(self, model: str) -> None:
        """Load `model`: a folder, or what the local model cache knows by that name."""
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
            from transformers.utils.logging import disable_progress_bar
        except ImportError as error:
            raise MissingExtra("transformers", "transformers") from error
        disable_progress_bar()
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(model, local_files_only=True)
            self._model: Any = AutoModel.from_pretrained(model, local_files_only=True).eval()
        except (OSError, ValueError, RuntimeError) as error:
            raise RagError(
                f"the model {model!r} cannot be loaded",
                why=(str(error) or type(error).__name__).splitlines()[0],
                fix=f"fetch it first (hf download {model}), or name a folder that holds it",
            ) from error
        self._no_gradients: Any = torch.inference_mode
        positions = getattr(self._model.config, "max_position_embeddings", _MAX_TOKENS)
        # (RoBERTa and its kin keep two positions for themselves)
        self._max_tokens = min(self._tokenizer.model_max_length, positions - 2, _MAX_TOKENS)

    def __call__(self, answer: str, reference: str, _language: str = "") -> float:
        """F1; F3, which the paper prefers for whether code runs right, is `matching(...).f(3)`."""
        return self.matching(answer, reference).f(1)

    def matching(self, answer: str, reference: str) -> Matching:
        """Precision and recall of the tokens."""
        return match_tokens(self._vectors(answer), self._vectors(reference))

    def _vectors(self, code: str) -> Floats:
        """Vectors of length 1 of the tokens that count, shape (n_tokens, dimensions)."""
        tokens = self._tokenizer(
            code,
            truncation=True,
            max_length=self._max_tokens,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        spans = tokens.pop("offset_mapping")[0].tolist()
        with self._no_gradients():
            vectors = self._model(**tokens).last_hidden_state[0].float().numpy()
        counts = [_counts(code[start:end]) for start, end in spans]  # a special token spans nothing
        return normalize(np.asarray(vectors, dtype=np.float32)[np.array(counts, dtype=bool)])


def _counts(token: str) -> bool:
    text = token.strip()
    return any(char.isalnum() for char in text) or (bool(text) and set(text) <= _OPERATORS)
