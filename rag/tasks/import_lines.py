"""The imports of Python code, as they stand there."""

import ast
import re
from collections.abc import Iterable
from typing import Final

from corpora.syntax.parse_python import parse_python

_IMPORT: Final = re.compile(
    r"^(?:import [\w.][\w., \t]{0,300}|from [\w.]{1,200} import (?:\([^()]{0,2000}\)|[\w*][\w*, \t]{0,300}))",
    re.MULTILINE,
)
_MOST: Final = 200


def import_lines(code: str) -> tuple[str, ...]:
    r"""Return the imports at the margin of code, each once, as they are written; of code in error, too.

    >>> import_lines("import os\n\ndef f():\n    import re\n\nfrom a import (\n    b,\n)\n")
    ('import os', 'from a import (\n    b,\n)')
    """
    tree = parse_python(code)
    if tree is None:
        found: Iterable[str] = (match[0].rstrip() for match in _IMPORT.finditer(code))
    else:
        lines = code.split("\n")
        found = (
            "\n".join(lines[node.lineno - 1 : node.end_lineno]).strip()
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom)
        )
    return tuple(dict.fromkeys(found))[:_MOST]
