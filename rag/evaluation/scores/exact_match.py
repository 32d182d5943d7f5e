"""Exact match: the same text, however it is spaced."""


def exact_match(answer: str, reference: str) -> float:
    """1 if `answer` and `reference` are the same words, split at white space, else 0. Quotes must agree."""
    return float(answer.split() == reference.split())
