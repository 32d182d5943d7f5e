"""What the comment in front of a declaration says of it: JSDoc and TSDoc."""

import re
from dataclasses import dataclass
from typing import Final

from corpora.api.docstring_notes import summary_of
from corpora.api.model import Note
from corpora.syntax.comment_text import comment_text

_MAX_CHARS: Final = 20_000
_MAX_SAID: Final = 500
_TAG: Final = re.compile(r"^@(\w+)[ \t]*+(.*)$", re.MULTILINE)
_HIDDEN: Final = frozenset({"internal", "ignore", "hidden"})


@dataclass(frozen=True, slots=True)
class DocComment:
    """What a comment says.

    Attributes:
        summary: its first sentence.
        deprecated: what it says after `@deprecated`, or `deprecated`; empty if it is not.
        notes: since which version it is there.
        is_internal: whether users are not meant to use it.
    """

    summary: str = ""
    deprecated: str = ""
    notes: tuple[Note, ...] = ()
    is_internal: bool = False


def read_doc_comment(comment: str) -> DocComment:
    """Return what a comment says, given as it is written; nothing for an empty one."""
    if not comment.startswith("/**"):
        return DocComment()
    text = comment_text(comment[:_MAX_CHARS])
    head = text.partition("\n@")[0] if not text.startswith("@") else ""
    tags = [(found[1], _said(text, found)) for found in _TAG.finditer(text)]
    deprecated = next((said or "deprecated" for tag, said in tags if tag == "deprecated"), "")
    since = [said.split()[0].lstrip("v") for tag, said in tags if tag == "since" and said]
    return DocComment(
        summary_of(head) if head else _described(tags),
        deprecated,
        tuple(Note("added", version, "") for version in since[:1]),
        any(tag in _HIDDEN for tag, _ in tags),
    )


def _described(tags: list[tuple[str, str]]) -> str:
    """Return the first sentence after `@description` or `@summary`."""
    said = {tag: text for tag, text in reversed(tags)}
    return summary_of(said.get("description") or said.get("summary") or "")


def _said(text: str, found: re.Match[str]) -> str:
    """Return what stands after a tag, up to the next one or an empty line, on one line."""
    rest = text[found.start(2) : found.start(2) + 2 * _MAX_SAID]
    said = rest.partition("\n\n")[0].partition("\n@")[0]
    return " ".join(said.split())[:_MAX_SAID]
