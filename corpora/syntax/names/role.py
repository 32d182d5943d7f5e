"""What code is to a name."""

from typing import Final, Literal

NameRole = Literal["defines", "declares", "re-exports"]
"""Its definition, a declaration without a body, or another way to import what is defined elsewhere."""

MAX_NAME_CHARS: Final = 200
"""The largest length of a name; longer ones are left out."""
