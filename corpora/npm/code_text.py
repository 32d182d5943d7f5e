"""The text of TypeScript without its comments."""

import re

_BLOCK_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_LINE_COMMENT = re.compile(r"(?<![:\"'`\w])//[^\n]*")


def without_comments(text: str) -> str:
    """Return code with a space for each comment; one that does not end stays.

    >>> without_comments("a: string /* of text */, b: URL")
    'a: string  , b: URL'
    """
    # Block comments are searched up to the last `*/` only: each `/*` after it would be scanned to the end.
    closed = text.rfind("*/") + 2 if "*/" in text else 0
    return _LINE_COMMENT.sub(" ", _BLOCK_COMMENT.sub(" ", text[:closed]) + text[closed:])
