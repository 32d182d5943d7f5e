"""Tell the words and marks of prose from passwords: documentation writes about passwords in headings."""

import re

# `policy`, `re-use`, `user's`; it may end a question or an emphasis: `rules?`, `policy**`. An exclamation
# mark is what people end a password with: `letmein!`.
_WORD = re.compile(r"[A-Za-z][a-z]*(?:['-][a-z]+)*[?*_~]*")
_EMPHASIZED = re.compile(r"(?P<mark>\*{1,3}|_{2,3}|~~)(?P<inner>[^*_~]+)(?P=mark)")
_CLOSING_MARK = re.compile(r"(?:\*{1,3}|_{1,3}|~~)\Z")


def is_plain_word(value: str) -> bool:
    """Return whether `value` is a word such as a sentence may have after `password`.

    >>> is_plain_word("policy**"), is_plain_word("rules?"), is_plain_word("letmein!"), is_plain_word("aB1")
    (True, True, False, False)
    """
    return _WORD.fullmatch(value) is not None


def without_emphasis(value: str, line: str = "") -> str:
    """Return `value` without the marks of Markdown or reStructuredText that emphasize it.

    Args:
        value: a word, up to the next blank.
        line: the text before it on its line, which may open an emphasis that `value` closes.

    >>> without_emphasis("**policy**"), without_emphasis("policy**", "**The password ")
    ('policy', 'policy')
    >>> without_emphasis("abc**", "the password ")
    'abc**'
    """
    if emphasized := _EMPHASIZED.fullmatch(value):
        return emphasized["inner"]
    closing = _CLOSING_MARK.search(value)
    is_open = closing is not None and line.count(closing[0]) % 2 == 1
    return value[: closing.start()] if closing and is_open else value
