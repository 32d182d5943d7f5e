"""Numbers of things in words: one passage is a passage, two are passages."""


def counted(number: int, noun: str) -> str:
    """Return `number` with its noun, in the plural unless it is 1.

    >>> counted(1, "passage"), counted(0, "passage"), counted(12_000, "chunk")
    ('1 passage', '0 passages', '12000 chunks')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
