"""Exact match: the same text except for white space."""


def exact_match(answer: str, reference: str) -> float:
    """Return 1 if `answer` and `reference` are the same words, split at white space, else 0."""
    return float(answer.split() == reference.split())
