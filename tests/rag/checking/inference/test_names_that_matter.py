"""Of which receivers types are asked for in checks of many programs."""

from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.inference.ty import has_ty
from tests.installed_libraries import environment_with

SHELF = '''
import warnings

class Book:
    def read(self, pages: int = 1) -> "Book": return self
    def close(self) -> None: ...
    def lend(self, to: str) -> None:
        """Lend it.

        .. deprecated:: 1.0
            Use `read`.
        """
        warnings.warn("lend is deprecated", DeprecationWarning)
    name = "x"

class Lamp:
    def read(self, pages: int, bulb: int) -> None: ...
    def shine(self) -> None: ...

def book() -> Book: return Book()
def lamp() -> Lamp: return Lamp()
'''
PROGRAM = """
import shelf
from shelf import book

class Own:
    def shine(self): return self

def made(): return book()

one = book()
one.read().name
one.read(pages=2).close()
one.read(2, 3)  # wrong
one.read(bulb=2)  # wrong
one.read().lend("a")  # wrong
one.read().shine()  # wrong
made().shine()
made().nothing()  # wrong
shelf.lamp().read(1, 2)
shelf.lamp().read()  # wrong
Own().shine().shine().wrong()
library = shelf
library.lamp().close()  # wrong
"a".join([]).strip().upper()
"""


@pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")
@pytest.mark.parametrize("filling", [0, 410])
def test_as_much_is_found_where_few_types_are_asked_for(
    filling: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    environment = environment_with(tmp_path, shelf=("1.0", {"shelf.py": SHELF}))
    text = PROGRAM + "x = ['']\n" + f"x[0]{'.strip()' * 30}\n" * filling
    found = check_code(text=text, python=str(environment)).findings
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    assert [one.line for one in found] == wrong
