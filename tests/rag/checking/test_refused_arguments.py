"""Programs in which arguments that no overload takes hide what a call gives."""

from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.inference.receivers import receivers, revealing_copy
from rag.checking.inference.ty import has_ty
from rag.checking.programs.program import CheckedProgram, parsed_program
from tests.installed_libraries import environment_with

SHELF = {
    "shelf.py": '''"""Shelves."""

from typing import overload


class Box:
    @overload
    def open(self, slowly: bool) -> "Box": ...
    @overload
    def open(self, slowly: str = "") -> "Lid": ...
    def open(self, slowly=""):
        return self


class Lid:
    pass


@overload
def fetch(name: str, *, high: int = 1) -> Box: ...
@overload
def fetch(name: int) -> Lid: ...
def fetch(name, *, high=1):
    return Box()
''',
}
PROGRAM = """
import shelf

box = shelf.fetch("a", bad=1, high=2)  # wrong
box.shut()  # wrong
lid = box.open(
    "x",  # as (ever)
    quickly=True,  # wrong
)
lid.lift()  # wrong
for one in [shelf.fetch("b", 3).open(True)]:  # wrong
    one.empty()  # wrong
shelf.fetch("a", bad=len("x".upper()))  # wrong
shelf.fetch("a", high=1).shut()  # wrong
print(f"{shelf.fetch('a', high=1).shut()!r} and {shelf.fetch(2)}")  # wrong
"""


@pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")
def test_what_an_overload_gives_is_known_in_spite_of_an_argument_that_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    environment = environment_with(tmp_path, shelf=("1.0", SHELF))
    report = check_code(text=PROGRAM, python=str(environment))
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    assert [one.line for one in report.findings] == wrong, report.findings


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("f(a, bad=1).b", "f(a,      ).b"),
        ("f(bad=1).b", "f(     ).b"),
        ("f(bad=1,).b", "f(      ).b"),
        ("f(bad=x.y, c=2).b", "f(         c=2).b"),
        ("f(a, bad=(\n1,\n)\n, c='é').b", "f(a,      \n  \n \n  c='é').b"),
        ("f(bad='é', c=1).b", "f(          c=1).b"),
    ],
)
def test_a_copy_lacks_the_arguments_that_are_left_out(text: str, seen: str) -> None:
    parsed = parsed_program("a.py", "a.py", text)
    assert isinstance(parsed, CheckedProgram)
    keywords = [node for node in parsed.nodes if getattr(node, "arg", "") == "bad"]
    program = CheckedProgram("a.py", "a.py", text, parsed.tree, left_out=frozenset(keywords))
    places = receivers(program)
    assert revealing_copy(program, {}, places) == seen
    assert "x" not in revealing_copy(program, dict.fromkeys(range(len(places)), ()), places)
