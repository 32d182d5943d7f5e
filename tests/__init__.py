"""Tests of docprompting, in the same folders as the code."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The root folder of the checkout."""
