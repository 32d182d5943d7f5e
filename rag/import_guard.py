"""Check on import that `corpora` and `indexers` are the packages that came with `rag`.

Their names are common: a folder `corpora` beside a user's script would be imported instead of ours, and fail
later with an error that explains nothing.
"""

import os
import sys

# An empty entry of PYTHONPATH puts the working folder before the standard library. A program of the user may
# want that; the command `rag` never does. This comes before any other import, and uses only modules that
# Python has loaded by itself.
if sys.argv and sys.argv[0].rpartition(os.sep)[2] in {"rag", "rag.exe"}:
    _here = os.path.realpath("")
    if _here != os.path.realpath(f"{__file__}/../.."):
        sys.path[:] = [_entry for _entry in sys.path if os.path.realpath(_entry) != _here]

from importlib.util import find_spec
from pathlib import Path

_HOME = Path(__file__).resolve().parents[1]

for _name in ("corpora", "indexers"):
    _spec = find_spec(_name)
    _found = Path(_spec.origin).resolve().parent if _spec and _spec.origin else None
    if _found != _HOME / _name:
        raise ImportError(
            f"the package {_name!r} of docprompting is hidden by {_found or 'another of that name'}; "
            f"rename that folder, or run the program from elsewhere (ours is {_HOME / _name})"
        )
