"""Characters that a reader does not see, and that a program or a model does.

They hide instructions (tag characters spell ASCII), reverse what is shown (bidirectional overrides), and
split a word so that nobody finds it. One set serves pages, prompts and terminals.
"""

import re
from typing import Final

# C0 and C1 controls but for tab and line breaks. NEL (U+0085) breaks a line, too, but not in a terminal.
CONTROLS: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"

# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt): what is drawn as nothing at all.
_IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# Not ignorable, and as empty: marks of annotations, a blank of Braille, fillers, what is no character.
_EMPTY: Final = "\ufff9-\ufffb\u2800\U0001d159\U00016fe4\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_SURROGATES: Final = "\ud800-\udfff"  # no character by itself: it cannot be encoded

INVISIBLE: Final = re.compile(f"[{CONTROLS}{_IGNORABLE}{_EMPTY}]")
LONE_SURROGATES: Final = re.compile(f"[{_SURROGATES}]")
_NOT_SHOWN: Final = re.compile(f"[{CONTROLS}{_IGNORABLE}{_EMPTY}{_SURROGATES}]")

# Not variation selectors and joiners: they choose between shapes of letters and pictures, and act on nothing.
_ACTS_ON_TERMINALS: Final = re.compile(
    f"[{CONTROLS}\r\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    f"\U000e0000-\U000e007f{_SURROGATES}]"
)


def without_invisible(text: str) -> str:
    """Remove the characters that nobody sees."""
    return _NOT_SHOWN.sub("", text)


def count_invisible(text: str) -> int:
    """Count the characters that nobody sees."""
    return sum(len(found) for found in _NOT_SHOWN.findall(text))


def escape_for_json(text: str) -> str:
    r"""Write out the same characters as `escape_for_terminal` in JSON that is done but for that.

    What it parses to stays the same: `"\x9b"` becomes `"\u009b"`. Lone surrogates, which no stream can
    encode, become escapes too.
    """
    return _ACTS_ON_TERMINALS.sub(_json_escape, text)


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def escape_for_terminal(text: str) -> str:
    r"""Write out, as Python would, each character that moves a cursor, changes colours or reorders a line.

    Line feeds and tabs stay, and so do characters that only look unusual.

    >>> escape_for_terminal("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    text = text.replace("\r\n", "\n")
    return _ACTS_ON_TERMINALS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
