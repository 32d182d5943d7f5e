"""A program of TypeScript or JavaScript, and the packages that it imports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from corpora.dependencies.package_name import is_npm_name

CHECKED_SCRIPTS: Final = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
"""Suffixes of the programs that the compiler of TypeScript checks."""

_MAX_CHARS: Final = 1_000_000
_MAX_LINE_CHARS: Final = 20_000  # what is longer is data, or made by a program
_DECLARATIONS: Final = (".d.ts", ".d.mts", ".d.cts")
_SPECIFIER: Final = re.compile(
    r"\b(?:from|import|require\s{0,3}\(|import\s{0,3}\()\s{0,20}(?:\"([^\"'\n]{1,300})\"|'([^\"'\n]{1,300})')"
)


@dataclass(frozen=True, eq=False)
class ScriptProgram:
    """A program of TypeScript or JavaScript.

    Attributes:
        path: as it was named.
        place: its absolute path.
        text: its source.
        is_named: whether it was named itself, and not found in a folder.
    """

    path: str
    place: Path
    text: str
    is_named: bool = False

    @property
    def is_declaration(self) -> bool:
        """Return whether it only declares, as `types.d.ts` does."""
        return self.place.name.endswith(_DECLARATIONS)

    @cached_property
    def packages(self) -> frozenset[str]:
        """Return the names of packages that it may import, by what its text looks like."""
        return frozenset(_packages(self.text))

    @property
    def problem(self) -> str:
        """Return why it cannot be checked; empty if it can."""
        if len(self.text) > _MAX_CHARS:
            return f"it has more than {_MAX_CHARS:,} characters"
        if max(map(len, self.text.splitlines()), default=0) > _MAX_LINE_CHARS:
            return f"it has a line of more than {_MAX_LINE_CHARS:,} characters"
        try:
            str(self.place).encode()
        except UnicodeEncodeError:
            return "its name is no text"
        return ""


def _packages(text: str) -> Iterator[str]:
    for found in _SPECIFIER.finditer(text):
        specifier = found[1] or found[2]
        parts = specifier.split("/")
        name = "/".join(parts[: 2 if specifier.startswith("@") else 1])
        if is_npm_name(name):
            yield name
