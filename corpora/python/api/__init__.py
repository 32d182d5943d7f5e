"""The API of a Python package, read from its source: nothing is imported."""
