"""Cut a text to a budget of tokens, at the end of a line."""

from rag.tokens.estimate import estimate_tokens


def cut_to_tokens(text: str, max_tokens: int) -> tuple[str, bool]:
    r"""Return the first lines of a text that fit, by estimate, and whether others do not.

    >>> cut_to_tokens("def parse(date):\n    return date\n", 8)
    ('def parse(date):', True)
    """
    if estimate_tokens(text) <= max_tokens:
        return text, False
    kept: list[str] = []
    left = max_tokens
    for line in text.split("\n"):
        left -= estimate_tokens(f"{line}\n")
        if left < 0:
            break
        kept.append(line)
    return "\n".join(kept), True
