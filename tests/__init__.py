"""Tests of docprompting, in the same folders as the code."""

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The root folder of the checkout."""

SLOWNESS: Final = 4 if sys.gettrace() else 1
"""How much longer code may take than it would by itself: coverage is told of every line."""
