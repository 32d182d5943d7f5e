"""Lists of words, written as one text."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text.

    >>> sorted(word_set("if else"))
    ['else', 'if']
    """
    return frozenset(text.split())
