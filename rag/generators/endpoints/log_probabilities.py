"""How likely an answer was, in each of the forms in which servers say so."""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any

from rag.generators.endpoints.server_answer import MALFORMED


def mean_log_probability(choice: Mapping[str, Any]) -> float | None:
    """Return the mean log-probability of the tokens of a choice; None if the server sent none.

    A choice has them as chats do, `{"content": [{"logprob": -0.1}]}`, or as text completions do,
    `{"token_logprobs": [-0.1]}`, whose first may be missing. Raises one of `MALFORMED` for anything else.
    """
    said = choice.get("logprobs") or {}
    tokens = [token["logprob"] for token in said.get("content") or ()]
    return mean_of(tokens or [one for one in said.get("token_logprobs") or () if one is not None])


def mean_of(log_probabilities: Iterable[float]) -> float | None:
    """Return the mean; None of nothing."""
    values = list(log_probabilities)
    return fmean(values) if values else None


def log_likelihood(choice: Mapping[str, Any]) -> float | None:
    """Return the mean log-probability of the tokens; None where the server gives none that can be read."""
    try:
        mean = mean_log_probability(choice)
    except (*MALFORMED, OverflowError):
        return None
    return mean if mean is not None and math.isfinite(mean) else None
