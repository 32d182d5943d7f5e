"""A number and its noun, as reports and messages write them."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return the number with its noun in singular or plural; by default, the plural ends in `s`.

    >>> counted(1, "passage"), counted(0, "passage"), counted(2, "entry", "entries")
    ('1 passage', '0 passages', '2 entries')
    """
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
