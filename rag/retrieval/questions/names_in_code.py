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
_HEADER: Final = re.compile(r"^[ \t]{0,40}+(?:async[ ]++)?def[ ]++\w{1,100}+\(([^)]{0,2000}+)", re.MULTILINE)
_AFTER_NAME: Final = re.compile(r"[ :=]")
_TARGETS: Final = re.compile(
    r"^[ \t]{0,40}+(\w{1,100}+(?:,[ ]?\w{1,100}+){0,9}+)[ ]?(?::[^=\n]{1,200}+)?=(?!=)", re.MULTILINE
)
_LOOPED: Final = re.compile(r"\b(?:for|as)[ ](\w{1,100}+(?:,[ ]?\w{1,100}+){0,9}+)(?:[ ]in\b|:)")
_MADE: Final = re.compile(
    r"^[ \t]{0,40}+([A-Za-z_]\w{0,99}+)[ ]?=[ ]?([A-Za-z_][\w.]{0,199}+)\(", re.MULTILINE
)
_BEGUN_IMPORT: Final = re.compile(r"[ \t]{0,40}+(?:from|import)[ ]([\w.]{1,200}+)(?:[ ]import)?")
_IMPORT_LINE: Final = re.compile(r"^[ \t]{0,40}+(?:import|from)[ ][^\n]*+", re.MULTILINE)
_DEF_LINE: Final = re.compile(r"^[ \t]{0,40}+(?:async[ ]++)?def[ ][^\n]*+", re.MULTILINE)
_ANNOTATED: Final = re.compile(r"\b([A-Za-z_]\w{0,99}+)[ ]?:[ ]?([A-Za-z_][\w.]{0,199}+)")
_WORD: Final = re.compile(r"[A-Za-z_]\w*+")
_MAX_UNUSED: Final = 3
_KEYWORDS: Final = frozenset(keyword.kwlist) | {"print"}


def names_made_up(code: str) -> frozenset[str]:
    """Return the names of the functions and classes that code of Python defines."""
    return frozenset(_DEFINED.findall(code[:_MAX_CODE]))


def names_defined(code: str) -> frozenset[str]:
    r"""Return the names that code of Python makes: of functions, classes, parameters and variables.

    >>> sorted(names_defined("def mean(rows: list, *, by=1):\n    total, n = 0, 0\n    for one in rows:\n"))
    ['by', 'mean', 'n', 'one', 'rows', 'total']
    """
    plain = _TEXT.sub("", code[:_MAX_CODE])
    parameters = [part for header in _HEADER.findall(plain) for part in header.split(",")]
    names = {_AFTER_NAME.split(part.strip(" \n*"))[0] for part in parameters}
    targets = " ".join([*_TARGETS.findall(plain), *_LOOPED.findall(plain)])
    return names_made_up(code) | {*filter(str.isidentifier, names), *_WORD.findall(targets)}


def unfinished_member(code: str) -> str:
    r"""Return what code ends in asking a member of, in full; empty if neither imports nor classes tell.

    >>> unfinished_member("import numpy as np\ndef to_number(texts):\n    return np.")
    'numpy'
    >>> unfinished_member("import shop\ndef pay(cart: shop.Cart):\n    cart.")
    'shop.Cart'
    """
    code = code[-_MAX_CODE:].rstrip()
    if begun := _BEGUN_IMPORT.fullmatch(code[code.rfind("\n") + 1 :]):
        return begun[1].strip(".") if code.endswith((".", "import")) else ""
    name = _name_before(code, len(code) - 1) if code.endswith(".") else ""
    imports = imported_names_in_lines(code) if name else {}
    if not name or name.startswith("."):
        return ""
    if full := resolve_name(name, imports):
        return full
    made = [(variable, cls) for variable, cls in _MADE.findall(code) if cls.rpartition(".")[2][:1].isupper()]
    classes = [cls for variable, cls in [*_ANNOTATED.findall(code), *made] if variable == name]
    return resolve_name(classes[-1], imports) or classes[-1] if classes else ""


def at_hand(code: str) -> frozenset[str]:
    r"""Return what code has to go on with: modules that it imports and does not use yet, classes it is given.

    Their full names, as far as imports tell. What stands in the header of a function is no use.

    >>> sorted(at_hand("import os\nimport shop\nos.sync()\ndef pay(cart: shop.Cart):\n    "))
    ['shop', 'shop.Cart']
    """
    start = _IMPORT_LINE.search(code)
    code = _TEXT.sub("", code[start.start() :][:_MAX_CODE]) if start else ""
    imports = imported_names_in_lines(code)
    used = {*_WORD.findall(_DEF_LINE.sub("", _IMPORT_LINE.sub("", code)))}
    headers = _HEADER.findall(code)
    classes = {resolve_name(cls, imports) for _, cls in _ANNOTATED.findall(headers[-1] if headers else "")}
    return frozenset({full for name, full in imports.items() if name not in used} | classes - {""})


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
