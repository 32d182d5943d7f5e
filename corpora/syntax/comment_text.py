"""The text of a comment, without the marks that make it one."""

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Final

_BLOCK = re.compile(r"\A(?:/\*+!?<?|\{-\s*\|?)|(?:(?<!\*)\*++/|-\})\s*+\Z")
_STAR = re.compile(r"^[ \t]*\*(?!\*)[ ]?", re.MULTILINE)
# Marks at the beginning of a line: `///`, `//!<`, `//`, `# `, `-- |`, `---`.
_LINE = re.compile(r"^[ \t]*(?:///*!?<?|#+[!:]?|--+(?: ?[|^])?)[ ]?", re.MULTILINE)
_LINK = re.compile(r"\{@(?:link|linkcode|linkplain|code|literal)\s([^{}]*)\}")
_RULE = re.compile(r"^[ \t]*[-=*~#/_]{4,}[ \t]*$", re.MULTILINE)
_MANY_BLANK = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")

# XML in comments of C#. These tags are replaced; of others only the content stays.
_XML_NAMED = re.compile(r"<(?:param|typeparam|exception)\s+(?:name|cref)=\"([^\"<>]*)\"\s*>")
_XML_REFERENCE = re.compile(r"<(?:see|seealso|paramref|typeparamref)\s+\w+=\"(?:[A-Z]:)?([^\"<>]*)\"\s*/>")
_XML_RETURNS = re.compile(r"<returns>\s*")
_XML_TAG = re.compile(r"</?[A-Za-z]\w*(?:\s[^<>]*)?/?>")
_ENTITIES: Final = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}


def comment_text(comment: str, *, xml: bool = False) -> str:
    """Return the text of one comment, or of several of one line each, line by line.

    Tags (`@param x desc`) stay as they are; links become their text. `xml` is for comments of C#.

    >>> comment_text("/** Adds. * @param x {@link Number} */")
    'Adds. * @param x Number'
    >>> comment_text("/// <summary>Adds.</summary>", xml=True)
    'Adds.'
    """
    comment = comment.replace("\r\n", "\n").strip()
    if comment.startswith(("/*", "{-")):
        text = _STAR.sub("", _BLOCK.sub("", comment))
    else:
        text = _LINE.sub("", comment)
    text = _LINK.sub(lambda found: found[1].replace("|", " ").strip(), text)
    text = _without_xml(text) if xml else text
    return _MANY_BLANK.sub("\n\n", cleandoc("\n" + _RULE.sub("", text))).strip()


def distinct_paragraphs(texts: Iterable[str]) -> str:
    """Return the texts as paragraphs, without repeats and empty ones."""
    return "\n\n".join(dict.fromkeys(text for text in texts if text))


def _without_xml(text: str) -> str:
    text = _XML_REFERENCE.sub(r"\1", _XML_NAMED.sub(r"@param \1 ", text))
    text = _XML_TAG.sub("", _XML_RETURNS.sub("@returns ", text))
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return text
