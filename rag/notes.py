"""What functions say while they work: a line at a time, to whoever listens."""

from collections.abc import Callable

Listener = Callable[[str], None]
"""Called with each line."""


def print_nothing(line: str) -> None:
    """Say nothing."""
