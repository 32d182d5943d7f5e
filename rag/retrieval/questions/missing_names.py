"""Find the names that an error message of Python says are not there."""

import re
from typing import Final

_MAX_CHARS: Final = 20_000  # of a question; what is behind is rather a log
_MAX_NAMES: Final = 8
_NAME: Final = r"['\"`]([A-Za-z_]\w{0,80}(?:\.[A-Za-z_]\w{0,80}){0,8})['\"`]"
_PART: Final = r"['\"`]([A-Za-z_]\w{0,80})['\"`]"
_SAYS: Final = (
    # 'DataFrame' object has no attribute 'append'; module 'numpy' has no attribute 'float'
    re.compile(rf"{_NAME}(?:[ ]object)?[ ]has[ ]no[ ]attribute[ ]{_PART}"),
    # DataFrame.sort() got an unexpected keyword argument 'columns'
    re.compile(rf"([A-Za-z_][\w.]{{0,200}})\(\)[ ]got[ ]an[ ]unexpected[ ]keyword[ ]argument[ ]{_PART}"),
)
_IMPORT: Final = re.compile(
    rf"cannot[ ]import[ ]name[ ]{_PART}[ ]from[ ](?:partially[ ]initialized[ ]module[ ])?{_NAME}"
)
_NO_MODULE: Final = re.compile(rf"No[ ]module[ ]named[ ]{_NAME}")


def missing_names(text: str) -> tuple[str, ...]:
    """Return the names that an error message says are not there, dotted, each once, at most eight.

    >>> missing_names("AttributeError: 'DataFrame' object has no attribute 'append'")
    ('DataFrame.append',)
    >>> missing_names("ImportError: cannot import name 'Panel' from 'pandas' (/site/pandas/__init__.py)")
    ('pandas.Panel',)
    """
    text = text[:_MAX_CHARS]
    found = [f"{one[1]}.{one[2]}" for says in _SAYS for one in says.finditer(text)]
    found += [f"{one[2]}.{one[1]}" for one in _IMPORT.finditer(text)]
    found += [one[1] for one in _NO_MODULE.finditer(text)]
    return tuple(dict.fromkeys(found))[:_MAX_NAMES]
