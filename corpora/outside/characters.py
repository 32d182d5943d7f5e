"""Characters that a reader does not see, but a program or a model does.

They hide instructions (tag characters spell ASCII), reorder what is shown (bidirectional overrides), and
split words so that a search misses them. The same sets serve pages, prompts and terminals.
"""

import re
from typing import Final

CONTROLS: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
"""C0 and C1 controls except tab and line breaks, for a character class. NEL breaks no line in a terminal."""

# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt): characters drawn as nothing.
_IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# Not in that list, but as empty: annotation marks, the Braille blank, fillers, and noncharacters.
_BLANK: Final = "\u2800\U0001d159\U00016fe4"
_EMPTY: Final = f"\ufff9-\ufffb{_BLANK}\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_SURROGATES: Final = "\ud800-\udfff"  # half of a pair: cannot be encoded by itself

INVISIBLE: Final = re.compile(f"[{CONTROLS}{_IGNORABLE}{_EMPTY}]")
LONE_SURROGATES: Final = re.compile(f"[{_SURROGATES}]")
_NOT_SHOWN: Final = re.compile(f"[{CONTROLS}{_IGNORABLE}{_EMPTY}{_SURROGATES}]")
_NOT_PLAIN: Final = re.compile(f"[{CONTROLS}\r\u2028\u2029{_IGNORABLE}{_EMPTY}{_SURROGATES}]")
# Those of them that Python may call printable. They take a tenth of the time: each character of a set that is
# beyond the first plane costs as much as all others together.
_PRINTABLE: Final = re.compile(f"[{_IGNORABLE}{_BLANK}]")

# Without variation selectors and joiners: these only choose how a letter or an emoji is drawn.
_ACTS_ON_TERMINALS: Final = re.compile(
    f"[{CONTROLS}\r\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    f"\U000e0000-\U000e007f{_SURROGATES}]"
)


def is_plain(text: str) -> bool:
    """Return whether all of a text is seen, with tabs and line feeds: nothing has to be removed."""
    shown = text.replace("\n", "").replace("\t", "")
    if shown.isprintable():
        return shown.isascii() or not _PRINTABLE.search(shown)
    return not text.isascii() and not _NOT_PLAIN.search(text)


def without_invisible(text: str) -> str:
    """Return `text` without invisible characters and lone surrogates."""
    return _NOT_SHOWN.sub("", text)


def count_invisible(text: str) -> int:
    """Count the invisible characters and lone surrogates in `text`."""
    return sum(len(found) for found in _NOT_SHOWN.findall(text))


def escape_for_json(text: str) -> str:
    r"""Escape the characters of `escape_for_terminal` in a finished JSON text.

    The text parses to the same value as before: a raw U+009B becomes `\u009b`. Lone surrogates, which no
    stream can encode, become escapes too.
    """
    return _ACTS_ON_TERMINALS.sub(_json_escape, text)


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def escape_for_terminal(text: str) -> str:
    r"""Escape, as Python's repr does, each character that moves the cursor, changes colours or reorders text.

    Line feeds, tabs and characters that only look unusual stay as they are.

    >>> escape_for_terminal("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    text = text.replace("\r\n", "\n")
    return _ACTS_ON_TERMINALS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
