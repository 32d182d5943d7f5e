"""What a package says of itself when it runs: the program that asks, and the reader that trusts nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.runtime.facts import Facts, asking_program, facts_file, keep_facts, parse_facts, read_facts
from tests.small_corpora import write_tree

TEA = {
    "tea/__init__.py": '''
"""Brew tea."""
from tea._pot import Pot, documented
from tea.leaf import Leaf
Kettle = Pot
TEMPERATURE = 95

def __getattr__(name):
    if name == "strainer":
        return documented("Hold back the leaves.")(lambda cup: cup)
    raise AttributeError(name)

def __dir__():
    return [*globals(), "strainer"]
''',
    "tea/_pot.py": '''
def documented(text):
    def apply(function):
        function.__doc__ = text
        function.__module__ = "tea"
        return function
    return apply

class Vessel:
    def pour(self, cups: "int | None" = None) -> "list[str]":
        """Fill some cups."""
    def _inner(self):
        """For nobody."""

class Accessor:
    """Taste what is in the pot."""
    def sip(self, *, slowly=True):
        """Take a little."""

class Pot(Vessel):
    """A pot."""
    taste = Accessor
    def pour(self, cups=None): ...
    @property
    def size(self):
        """How much it holds, in litres."""
    @classmethod
    def from_clay(cls, kilos): ...

for name in ("warm", "cool"):
    setattr(Pot, name, documented(f"Make it {name}.")(lambda self, degrees=5: None))
''',
    "tea/leaf.py": '"""Leaves."""\n__all__ = ["Leaf"]\nclass Leaf(Exception): ...\nclass Stem: ...\n',
    "tea/broken.py": "raise SystemExit('no')\n",
    "tea/noisy.py": "print('{\"id\": 1}')\nimport os\nos.write(1, b'rubbish')\n",
    "tea/tests/test_tea.py": "raise AssertionError('tests are not imported')\n",
}


def ask(folder: Path, top: str = "tea", skip: tuple[str, ...] = ()) -> bytes:
    """Return what the program prints about a package of our own, which needs no sandbox."""
    program = f"import sys\nsys.path.insert(0, {str(folder)!r})\n"
    program += asking_program(f"ask({{{top!r}: {top!r}}}, [], {list(skip)!r}, {{}})")
    return subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return parse_facts(ask(write_tree(tmp_path_factory.mktemp("tea"), TEA)), ["tea"])


def test_an_object_has_all_names_that_lead_to_it_and_the_best_comes_first(tea: Facts) -> None:
    assert tea.by_name["tea.Kettle"].names == ("tea.Pot", "tea.Kettle")
    assert tea.by_name["tea.Kettle.size"].names[0] == "tea.Pot.size"
    assert "tea.Pot.taste.sip" in tea.by_name


@pytest.mark.parametrize(
    ("name", "kind", "doc", "signature"),
    [
        ("tea", "module", "Brew tea.", ""),
        ("tea.Pot", "class", "A pot.", "()"),
        ("tea.Pot.warm", "method", "Make it warm.", "(degrees=5)"),
        ("tea.Pot.pour", "method", "Fill some cups.", "(cups=None)"),
        ("tea.Pot.from_clay", "method", "", "(kilos)"),
        ("tea.Pot.size", "property", "How much it holds, in litres.", ""),
        ("tea.strainer", "function", "Hold back the leaves.", "(cup)"),
    ],
)
def test_a_run_shows_what_the_source_does_not(
    tea: Facts, name: str, kind: str, doc: str, signature: str
) -> None:
    fact = tea.by_name[name]
    assert (fact.kind, fact.doc, fact.signature) == (kind, doc, signature)


def test_what_is_private_inherited_from_elsewhere_or_a_plain_value_is_left_out(tea: Facts) -> None:
    names = tea.by_name.keys()
    assert not names & {
        "tea._pot", "tea.Pot._inner", "tea.leaf.Stem", "tea.Leaf.with_traceback", "tea.TEMPERATURE",
        "tea.tests",
    }  # fmt: skip


def test_a_module_that_cannot_be_imported_or_prints_costs_nothing_else(tea: Facts) -> None:
    assert tea.failed == (("tea.broken", "SystemExit: no"),)
    assert tea.is_complete
    assert tea.version == "{}.{}.{}".format(*sys.version_info[:3])


def test_the_module_that_a_crash_is_the_fault_of_can_be_left_out(tmp_path: Path) -> None:
    folder = write_tree(
        tmp_path, {"tea/__init__.py": "def pour(): ...\n", "tea/z.py": "import os; os._exit(0)\n"}
    )
    crashed = parse_facts(ask(folder), ["tea"])
    assert (crashed.is_complete, crashed.last_import) == (False, "tea.z")
    facts = parse_facts(ask(folder, skip=("tea.z",)), ["tea"])
    assert facts.is_complete
    assert "tea.pour" in facts.by_name


def line(**changes: Any) -> bytes:
    record: dict[str, Any] = {
        "id": 1, "names": ["tea.pour"], "of": [], "kind": "function", "doc": "Pour.", "signature": "()",
        "own": "pour", "module": "tea", "line": 1, "package": True,
    }  # fmt: skip
    return json.dumps(record | changes).encode()


@pytest.mark.parametrize(
    "bad",
    [
        line(names=["os.path.join"]),
        line(names=["tea.pour; rm -rf /", "tea.\x1b[31m", "tea..pour", "tea." + "x" * 400, 7, None]),
        line(names="tea.pour"),
        line(kind="virus"),
        line(id="1"),
        line(line="1"),
        line(names=[], of=[[1, "pour"]]),
        line(names=[], of=[[99, "pour"], [1], "x", [1, "a.b"]]),
        line(doc="x" * 500_000),
        b"\xff\xfe{" + line(),
        b'{"id": 1',
        b"[1, 2]",
        b'{"id":' + b"[" * 100_000,
    ],
)
def test_a_record_that_the_program_would_not_print_is_left_out(bad: bytes) -> None:
    facts = parse_facts(bad + b"\n" + line(id=2), ["tea"])
    assert [fact.names for fact in facts.objects] == [("tea.pour",)]


def test_texts_are_bounded_and_without_what_acts_on_a_terminal() -> None:
    record = line(doc="A\x1b[2J\u202eB\ud800" + "c" * 90_000, signature="(\x00a\n\x1b)" + "b" * 9000)
    (fact,) = parse_facts(record, ["tea"]).objects
    assert fact.doc.startswith("A[2JB\ufffdc")
    assert len(fact.doc) <= 40_000
    assert fact.signature.startswith("(a )b")
    assert len(fact.signature) <= 1000


def test_classes_that_are_members_of_each_other_have_no_endless_names() -> None:
    classes = [
        line(id=1, names=["tea.A"], of=[[2, "A"]], kind="class"),
        line(id=2, names=["tea.B"], of=[[1, "B"], [2, "B"]], kind="class"),
    ]
    facts = parse_facts(b"\n".join(classes), ["tea"])
    assert [fact.names[0] for fact in facts.objects] == ["tea.A", "tea.B"]
    assert max(len(name) for fact in facts.objects for name in fact.names) < 50


@given(st.binary(max_size=300), st.dictionaries(st.sampled_from(["id", "names", "of", "end"]), st.integers()))
def test_no_output_makes_the_reader_fail(noise: bytes, record: dict[str, int]) -> None:
    data = noise + b"\n" + json.dumps(record).encode() + b"\n" + line()
    assert parse_facts(data, ["tea"]).by_name.keys() <= {"tea.pour"}


def test_facts_are_kept_for_one_version_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    file = facts_file("Tea_Pot", "1.0")
    assert file == facts_file("tea-pot", "1.0") != facts_file("tea-pot", "1.1")
    assert facts_file("tea-pot", "1.0", "123-4") != file
    keep_facts(file, line())
    assert read_facts(file, ["tea"]).by_name.keys() == {"tea.pour"}
    assert len(list(file.parent.iterdir())) == 1


def test_names_that_multiply_come_to_an_end() -> None:
    names = [f"tea.A{number}" for number in range(2000)]
    of = [[1, f"m{number}"] for number in range(2000)]
    records = [line(id=1, names=names, kind="class"), *(line(id=n, names=[], of=of) for n in range(2, 40))]
    facts = parse_facts(b"\n".join(records), ["tea"])
    assert sum(len(fact.names) for fact in facts.objects) < 1_100_000
    assert max(len(fact.names) for fact in facts.objects) == 2000
