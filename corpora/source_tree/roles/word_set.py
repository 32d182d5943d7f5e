"""Write a set of names as a text, so that a long table stays readable."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of `text`, which are separated by blanks and line ends.

    >>> sorted(word_set("tests fixtures"))
    ['fixtures', 'tests']
    """
    return frozenset(text.split())
