"""Docstrings that code puts together or applies by decorators, as far as the source of a package tells."""
