"""Text of programs and models with everything invisible in it made visible and harmless."""


def visible(text: str) -> str:
    r"""Return `text` with every unprintable character but line feeds and tabs written as an escape.

    These include terminal escapes, overrides of direction and lone surrogates. `\r\n` becomes a line feed.

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
    """Return `text` on one line, likewise with escapes."""
    return visible(" ".join(text.split()))
