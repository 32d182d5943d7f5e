"""An extension of griffe: examples in docstrings, as doctest reads them, are shown as code."""

import re
from typing import Any

import griffe

# A prompt and what follows it up to a blank line: the example and what it prints.
_EXAMPLE = re.compile(r"^(?P<indent>[ ]*)>>> .*(?:\n(?P=indent)\S.*)*", re.MULTILINE)


class FencedDoctests(griffe.Extension):
    """Put each example of a docstring into a fenced block; as Markdown it would be a quotation."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of `obj`, if it has one."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(docstring: str) -> str:
    """Return a docstring with its examples in fenced blocks, unless it has a section of them."""
    if re.search(r"^ *Examples?:$", docstring, re.MULTILINE):  # griffe reads these itself
        return docstring
    return _EXAMPLE.sub(r"\g<indent>```pycon\n\g<0>\n\g<indent>```", docstring)
