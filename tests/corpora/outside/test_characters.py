"""Which texts need no cleaning."""

from corpora.outside import characters
from corpora.outside.characters import is_plain


def test_a_text_is_plain_if_nothing_in_it_has_to_be_removed() -> None:
    """A character decides alike by itself and beside others; the expression for all of them is the oracle."""
    ends = [plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFD, 0xFFFE, 0xFFFF)]
    for number in (*range(0x20000), *range(0xE0000, 0xE1100), *ends):
        character = chr(number)
        is_seen = not characters._NOT_PLAIN.search(character)
        assert is_plain(character) == is_plain(f"\u00e9{character}\t\n") == is_seen, hex(number)
