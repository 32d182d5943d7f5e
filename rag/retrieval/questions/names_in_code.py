"""What the code in a question tells of the names that it asks for: those it defines, and the call it ends in.

import lightgbm as lgb
def cross_validate(params):            defines `cross_validate`
return lgb.cv(params,              ends in a call of `lightgbm.cv`
"""

import keyword
import re
from typing import Final

from corpora.syntax.python_imports import imported_names_in_lines, resolve_name

_DEFINED: Final = re.compile(
    r"^[ \t]{0,40}+(?:async[ ]++)?(?:def|class)[ ]++([A-Za-z_]\w{0,99}+)", re.MULTILINE
)
_TEXT: Final = re.compile(
    r'"""(?:[^"]|"(?!""))*+"""|\'\'\'(?:[^\']|\'(?!\'\'))*+\'\'\'|"[^"\n]*+"|\'[^\'\n]*+\'|#[^\n]*+'
)
_OPENED: Final = {")": "(", "]": "[", "}": "{"}
_MAX_CODE: Final = 20_000  # characters
_MAX_OPENED: Final = 20  # brackets without an end that are looked at
_HEADERS: Final = ("def ", "async def ", "class ")
_MAX_CALLED: Final = 200  # characters of the name before a bracket
_IMPORTED: Final = re.compile(r"^from[ ]++[\w.]{1,200}+[ ]++import[ ]", re.MULTILINE)
_FOR_TYPES: Final = "typing."
_WORD: Final = re.compile(r"[A-Za-z_]\w*+")
_MAX_UNUSED: Final = 3
_KEYWORDS: Final = frozenset(keyword.kwlist) | {"print"}


def names_made_up(code: str) -> frozenset[str]:
    """Return the names of the functions and classes that code of Python defines."""
    return frozenset(_DEFINED.findall(code[:_MAX_CODE]))


def unused_imports(code: str) -> tuple[str, ...]:
    r"""Return what code imports by name and does not use yet: most likely for what is to be written next.

    Texts and comments are no uses. A module that is imported as a whole says too little, and so does a class:
    what is to be written may be one of its members. What stands before the first import may be prose. At
    most three names, in full.

    >>> unused_imports("from shop import Cart, Order, weigh\nimport os\ndef total(cart: Cart):\n    return ")
    ('shop.weigh',)
    """
    start = _IMPORTED.search(code)
    code = code[start.start() :][:_MAX_CODE] if start else ""
    lines = [line for line in _TEXT.sub("", code).split("\n") if not _IMPORTED.match(line)]
    used = {word for line in lines for word in _WORD.findall(line)}
    names = imported_names_in_lines("\n".join(line for line in code.split("\n") if _IMPORTED.match(line)))
    functions = {name: full for name, full in names.items() if name[:1].islower()}
    unused = (one for name, one in functions.items() if name not in used and not one.startswith(_FOR_TYPES))
    return tuple(dict.fromkeys(unused))[:_MAX_UNUSED]


def unfinished_call(code: str) -> str:
    r"""Return what the innermost call calls that is not closed at the end of the code; empty if none is open.

    It is the full name where the imports of the code tell it.

    >>> unfinished_call("import numpy as np\nx = np.round(max(a, b), ")
    'numpy.round'
    """
    plain = _TEXT.sub("", code[-_MAX_CODE:])
    closed: list[str] = []
    opened = 0
    for at in range(len(plain) - 1, -1, -1):
        if (character := plain[at]) in _OPENED:
            closed.append(_OPENED[character])
        elif closed and closed[-1] == character:
            closed.pop()
        elif character in "([{":
            opened += 1
            name = _name_before(plain, at) if character == "(" else ""
            if opened == _MAX_OPENED or plain[plain.rfind("\n", 0, at) + 1 : at].lstrip().startswith(
                _HEADERS
            ):
                return ""
            if name and name not in _KEYWORDS:
                return resolve_name(name, imported_names_in_lines(code)) or name
    return ""


def _name_before(text: str, end: int) -> str:
    """Return the dotted name that ends at an index; empty if there is none."""
    start = end
    while start > max(end - _MAX_CALLED, 0) and (text[start - 1].isalnum() or text[start - 1] in "_."):
        start -= 1
    name = text[start:end]
    return name if all(part.isidentifier() for part in name.split(".")) else ""
