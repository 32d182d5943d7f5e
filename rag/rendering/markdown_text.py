"""Text of others in Markdown: nothing in it makes a heading, a link, a table or an element."""

import re
from typing import Final

from rag.prompting.fence import safe_line

# Anywhere; at the beginning, where lists, headings and rules begin; and what would make an address a link.
_MEANS_SOMETHING: Final = re.compile(r"([\\`*_{}\[\]<>#|~&!$@]|^[-+=.)]|:(?=//)|(?<=^\d)[.)]|(?<=www)\.)")


def escaped_markdown(text: str) -> str:
    """Return a line of Markdown that is shown as `text`."""
    return _MEANS_SOMETHING.sub(r"\\\1", safe_line(text))


def code_span(text: str) -> str:
    """Return a code span that shows `text`; also in the cell of a table."""
    return f"`{safe_line(text).replace('|', '¦')}`"  # (a safe line has no backticks)
