"""Every language: what its code defines, declares and re-exports, and on which line.

In `sources/LANGUAGE.txt`, the comment at the end of a line lists the names that stand on it: `~` for what is
declared, `^` for what is re-exported.
"""

import re
from pathlib import Path

import pytest

from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.names.collector import DefinedName
from corpora.syntax.names.defined import defined_names
from corpora.syntax.parse_source import parse_source

SOURCES = sorted((Path(__file__).parent / "sources").glob("*.txt"))
PATHS = {
    "python": "shop/__init__.py",
    "python.module": "shop/orders.py",
    "python.stub": "shop/orders.pyi",
    "typescript.declared": "index.d.ts",
}
MARK = re.compile(r"[ \t]*(?:#|//|--)> ?(.*)$", re.MULTILINE)
SIGNS = {"defines": "", "declares": "~", "re-exports": "^"}


def names_in(text: str, language: str, path: str = "") -> list[DefinedName]:
    """Return the names in a text of `language`."""
    return defined_names(parse_source(text.encode(), language), language, path)


def test_every_language_has_a_source() -> None:
    """No grammar without an example of its names."""
    assert {source.name.partition(".")[0] for source in SOURCES} == set(GRAMMARS)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_names_stand_on_the_lines_that_say_so(source: Path) -> None:
    """Exactly the names in the comments, each on its line, with its role."""
    text = source.read_text()
    expected = [
        (line, name.strip())
        for line, code in enumerate(text.split("\n"), start=1)
        for found in MARK.finditer(code)
        for name in found[1].split(",")
    ]
    plain = MARK.sub("", text)
    language = source.name.partition(".")[0]
    names = names_in(plain, language, PATHS.get(source.stem, ""))
    found = [(plain.encode()[:place].count(b"\n") + 1, SIGNS[role] + name) for place, name, role in names]
    assert sorted(found) == sorted(expected)
