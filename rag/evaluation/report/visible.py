"""Text that a program or a model wrote, such that a reader sees all of it and it moves nothing."""


def visible(text: str) -> str:
    r"""`text` with every character that prints nothing written out, but for line feeds and tabs.

    Terminal escapes, overrides of direction and lone surrogates among them; line ends become line feeds.

    >>> visible("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    text = text.replace("\r\n", "\n")
    if text.isprintable():
        return text
    return "".join(
        one if one in "\n\t" or one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def visible_line(text: str) -> str:
    """`text` likewise, on one line."""
    return visible(" ".join(text.split()))
