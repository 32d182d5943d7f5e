"""CodeBERTScore: similarity of code to a reference by the contextual embeddings of its tokens.

Zhou et al. 2023, "CodeBERTScore", arXiv:2302.05527, without the question as context. Needs the extra
`transformers`.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from corpora.errors import MissingExtra, RagError
from indexers.encoders.table import Floats, normalize

# As in the paper, punctuation is not compared, except arithmetic operators.
_OPERATORS: Final = frozenset("+-*/%")
# Used where the tokenizer has no limit, which it reports as 10 ** 30.
_MAX_TOKENS: Final = 4096


class Matching(NamedTuple):
    """Mean cosine of tokens with their nearest ones: of the answer (precision) and reference (recall)."""

    precision: float
    recall: float

    def f(self, beta: float) -> float:
        """Return the F score: the harmonic mean, in which recall weighs `beta` ** 2 times as much."""
        weight = beta * beta
        divisor = weight * self.precision + self.recall
        return (1 + weight) * self.precision * self.recall / divisor if divisor > 0 else 0.0


def match_tokens(answer: Floats, reference: Floats) -> Matching:
    """Match each token to the nearest of the other side; the result is 0 where one side has none.

    Args:
        answer: unit vectors, float32, shape (n_answer_tokens, dimensions).
        reference: unit vectors, float32, shape (n_reference_tokens, dimensions).
    """
    if not len(answer) or not len(reference):
        return Matching(0.0, 0.0)
    cosines = answer @ reference.T
    return Matching(float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean()))


class CodeBertScore:
    """An encoder that compares code: any transformers model, by name or folder, loaded once.

    The vectors are those of its last layer. Code longer than the model's input is cut off.
    """

    def __init__(self, model: str) -> None:
        """Load `model`, a folder or a name in the local model cache.

        Raises:
            MissingExtra: the extra `transformers` is not installed.
            RagError: there is no such model, or it cannot be loaded.
        """
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
        # RoBERTa and related models reserve two positions.
        self._max_tokens = min(self._tokenizer.model_max_length, positions - 2, _MAX_TOKENS)

    def __call__(self, answer: str, reference: str, _language: str = "") -> float:
        """Return F1, 0 to 1. The paper prefers F3 for functional correctness: `matching(...).f(3)`."""
        return self.matching(answer, reference).f(1)

    def matching(self, answer: str, reference: str) -> Matching:
        """Return precision and recall of the tokens."""
        return match_tokens(self._vectors(answer), self._vectors(reference))

    def _vectors(self, code: str) -> Floats:
        """Return unit vectors of the tokens that count, float32, shape (n_tokens, dimensions)."""
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
