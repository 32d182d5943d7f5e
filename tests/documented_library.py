"""A small library with documentation, to be indexed as a wheel."""

from pathlib import Path

from tests.small_corpora import make_wheel

UNITS = {
    "brew": "Prepare a hot drink from leaves.",
    "pause": "Suspend execution for some seconds.",
    "tally": "Count how often each element occurs.",
    "pour": "Fill a cup.",
    "order": "Sort the drinks by price.",
}

SYMBOLS = frozenset({"tea", *(f"tea.{name}" for name in UNITS)})
"""The names of its units: the module, and its functions."""


def library(folder: Path, units: dict[str, str] = UNITS) -> Path:
    """Make a wheel whose functions have these docstrings, and return its path."""
    functions = [f'def {name}(value):\n    """{text}"""\n' for name, text in units.items()]
    text = "\n\n".join(functions)
    return make_wheel(folder, "tea", "1.0", {"tea/__init__.py": f'"""Tea."""\n\n\n{text}'})
