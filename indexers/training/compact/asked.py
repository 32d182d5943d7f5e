"""Turn sentences of documentation and comments into questions that a person might ask."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_MIN_WORDS, _MAX_WORDS, _MAX_CHARS = 3, 45, 300
_MIN_LETTERS = 0.55  # share of the characters that are no white space: less is code or a table
_MAX_REFERENCES = 2  # a sentence that refers to more is a list

_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_SENTENCE_END: Final = re.compile(r"(?<=[a-z0-9)`][.!?])\s+(?=[A-Z:`])")
_BOILERPLATE: Final = re.compile(
    r"copyright|licen[sc]e|TODO|FIXME|XXX|noqa|type: ?ignore|pylint|pragma|https?://|fmt:|isort|mypy"
    r"|versionadded|versionchanged|deprecated",
    re.IGNORECASE,
)
# :func:`~pkg.mod.name`, :meth:`the text <pkg.Class.name>`
_ROLE: Final = re.compile(
    r":(?:py:)?(?:func|meth|class|attr|obj|mod|data|exc):`[~!.]*+([^`<]{1,200}?)(?:\s*<[~!.]*+([^`>]{1,200})>)?`"
)
_OTHER_ROLE: Final = re.compile(r":[a-z:]{1,40}:`~?\.?([^`<]{1,200}?)(?:\s*<[^`>]{0,200}>)?`")
_CODE: Final = re.compile(r"`{1,2}([^`\n]{1,80})`{1,2}_{0,2}")
_LINK: Final = re.compile(r"\[([^\]]{1,200})\]\([^)]{0,300}\)")
_MARKDOWN_REFERENCE: Final = re.compile(r"\[`?([\w.]{1,200})`?\]\[")
_CALLED: Final = re.compile(r"[A-Za-z_][\w.]*(?:\(\))?")
# What stands before the purpose once a name is left out: "You can use  to split ..." -> "split ..."
_LEAD: Final = re.compile(
    r"^(?:(?:you|we|one|users?) (?:can|may|could|should|might)(?: also)? )?(?:please )?"
    r"(?:use|using|call|see|try|with|by using|via|by|it|this|the)"
    r"(?: (?:the|it|function|method|class|helper|also))* ?"
    r"(?:to|for|in order to|when you want to)? ",
    re.IGNORECASE,
)


class Mention(NamedTuple):
    """A question, and the dotted name that the sentence around it gives as the answer."""

    question: str
    name: str


def is_question(text: str) -> bool:
    """Return whether a cleaned text is long enough, short enough, prose, and no boilerplate."""
    words = _WORD.findall(text)
    return (
        _MIN_WORDS <= len(words) <= _MAX_WORDS
        and len(text) <= _MAX_CHARS
        and sum(map(len, words)) > _MIN_LETTERS * len(text.replace(" ", ""))
        and not _BOILERPLATE.search(text)
    )


def cleaned(text: str) -> str:
    """Return text without the marks of reStructuredText and Markdown.

    >>> cleaned("Open a :class:`~zipfile.ZipFile` with **all** its `members`.")
    'Open a ZipFile with all its members'
    """
    text = _ROLE.sub(lambda role: role[1].rpartition(".")[2], text)
    text = _LINK.sub(r"\1", _OTHER_ROLE.sub(r"\1", text))
    text = _CODE.sub(r"\1", text).replace("**", "").replace("*", " ").replace("|", " ")
    return " ".join(text.split()).strip(" #:-=.>")


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return _SENTENCE_END.split(paragraph)


def last_sentence(paragraph: str) -> str:
    """Return the last sentence of a paragraph: what the code below it does."""
    return sentences(paragraph)[-1]


def mentioned_names(paragraph: str) -> Iterator[Mention]:
    """Yield the sentences that refer to one or two names, each as a question without the name.

    >>> [*mentioned_names("Use :func:`~lib.chunked` to break a list into lists of equal length.")]
    [Mention(question='break a list into lists of equal length', name='lib.chunked')]
    """
    for sentence in sentences(paragraph):
        names = _references(sentence)
        if len(names) <= _MAX_REFERENCES:
            yield from (Mention(_without(sentence, name), name) for name in names)


def _references(sentence: str) -> list[str]:
    names = [(role[2] or role[1]).strip("()~!. ") for role in _ROLE.finditer(sentence)]
    if not names:
        code = [found[1] for found in _CODE.finditer(sentence) if _CALLED.fullmatch(found[1])]
        names = [one.rstrip("()").strip(".") for one in code if "." in one or one.endswith("()")]
        names += _MARKDOWN_REFERENCE.findall(sentence)
    return names


def _without(sentence: str, name: str) -> str:
    def shown(role: re.Match[str]) -> str:
        return " " if (role[2] or role[1]).strip("()~!. ") == name else role[1].rpartition(".")[2]

    text = cleaned(_ROLE.sub(shown, sentence))
    # "lib.chunked" by its full name, "chunked()" by its last part.
    for spelled in (name, name.rpartition(".")[2]):
        text = re.sub(rf"(?<![\w.]){re.escape(spelled)}\b(?:\(\))?", " ", text)
    return _LEAD.sub("", " ".join(text.split())).strip(" ,.;:")
