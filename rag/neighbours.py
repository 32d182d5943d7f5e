"""Makes sure, when it is imported, that `corpora` and `indexers` are those that came with `rag`.

Their names are common: a folder `corpora` beside a user's script would take the place of ours, and
fail far from here with an error that explains nothing.
"""

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
