"""What an update tells on its way and at its end."""

from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and the path of the last item done."""


def silent(done: int, total: int, path: str) -> None:
    """Progress that nobody watches."""


@dataclass(slots=True)
class Report:
    """What an update did, in documents; `encoded` counts the chunks that an encoder had to read.

    Of the documents added and changed, `redacted` counts the secrets taken out, and `invisible_chars`
    what nobody sees on a page and was left out.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    encoded: int = 0
    redacted: int = 0
    invisible_chars: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    fallbacks: dict[str, int] = field(default_factory=dict)
    read_bytes: int = 0
    seconds: float = 0.0
