"""What code is to a name."""

from typing import Literal

NameRole = Literal["defines", "declares", "re-exports"]
"""Its definition, a declaration without a body, or another way to import what is defined elsewhere."""
