"""What compiled modules say of their members is read from their files, which are not loaded."""

import random
import struct
import sys
import time
import zipfile
from pathlib import Path

import pytest

from corpora.document import Document, Listed, Section
from corpora.python.api.read import read_python_api
from corpora.python.coverage import coverage_in
from corpora.python.extensions.elf_image import ElfImage
from corpora.python.extensions.tables import CompiledMember, compiled_members
from corpora.python.package import PythonPackage
from corpora.spec import CorpusSpec
from tests import SLOWNESS
from tests.corpora.python.test_python_package import package, sections_of, write
from tests.small_corpora import make_wheel

CODE = 0x100000  # where the one segment with code begins


class Extension:
    """A compiled module that is put together from the tables that a compiler would write."""

    def __init__(self) -> None:
        self.data = bytearray(b"\0" * 8)
        self.pointers: dict[int, int] = {}

    def text(self, text: str) -> int:
        place = len(self.data)
        self.data += text.encode() + b"\0"
        return place

    def table(self, *words: int | str | None) -> int:
        """Add words: a text becomes a pointer to it, None and numbers stay; return where they begin."""
        texts = {word: self.text(word) for word in words if isinstance(word, str)}
        self.data += b"\0" * (-len(self.data) % 8)
        place = len(self.data)
        for word in words:
            at = texts[word] if isinstance(word, str) else word or 0
            if isinstance(word, str) or at >= CODE or (word or 0) < 0:
                self.pointers[len(self.data)] = abs(at)
                at = 0
            self.data += struct.pack("<q", at)
        return place

    def methods(self, *pairs: tuple[str, str | None]) -> int:
        words = [word for name, doc in pairs for word in (name, CODE, 4, doc)]
        return self.table(*words, 0, 0, 0, 0)

    def attributes(self, *pairs: tuple[str, str | None]) -> int:
        words = [word for name, doc in pairs for word in (name, CODE, 0, doc, 0)]
        return self.table(*words, 0, 0, 0, 0, 0)

    def type(self, name: str, doc: str, methods: int, attributes: int) -> None:
        words: list[int | str | None] = [1, 0, 0, name, 32, 0, *[0] * 26]
        words[22], words[29], words[31] = doc, -methods, -attributes
        self.table(*words)

    def spec(self, name: str, doc: str, methods: int) -> None:
        slots = self.table(56, doc, 64, -methods, 0, 0)
        self.table(name, 32, 0, -slots)

    def image(self) -> bytes:
        """Return the file: one segment with everything, one with code."""
        head, programs = 64, 3 * 56
        base = head + programs
        relocations = b"".join(
            struct.pack("<QQq", base + place, 8, at if at >= CODE else base + at)
            for place, at in self.pointers.items()
        )
        start = base + len(self.data)
        dynamic = start + len(relocations)
        end = dynamic + 48
        entries = struct.pack("<qQqQqQ", 7, start, 8, len(relocations), 0, 0)
        header = (
            b"\x7fELF\x02\x01\x01"
            + b"\0" * 9
            + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 3, 0, 0, 0)
        )
        table = struct.pack("<IIQQQQQQ", 1, 6, 0, 0, 0, end, end, 4096)
        table += struct.pack("<IIQQQQQQ", 1, 5, 0, CODE, CODE, 64, 64, 4096)
        table += struct.pack("<IIQQQQQQ", 2, 6, dynamic, dynamic, dynamic, 48, 48, 8)
        return header + table + bytes(self.data) + relocations + entries


def tea() -> bytes:
    made = Extension()
    methods = made.methods(
        ("pour", "pour($self, cups, /)\n--\n\nFill some cups."), ("drain", None), ("_rinse", "Inner.")
    )
    made.type("tea._pot.Pot", "A pot for tea.", methods, made.attributes(("size", "How much it holds.")))
    made.spec(
        "tea._pot._Kettle", "It boils water.", made.methods(("boil", "Make it hot."), ("cool", "Wait."))
    )
    made.methods(("brew", "brew(leaves[, cups]) -> str\n\nSteep the leaves."))
    made.text("Lid.shut")
    made.methods(("shut", "Close the lid."))
    return made.image()


def units_of(folder: Path, stub: str = "") -> dict[str, Section]:
    name = "_pot.cpython-311-x86_64-linux-gnu.so"
    write(folder, {"tea/__init__.py": "from ._pot import Pot, Kettle, Lid, brew\n"})
    (folder / "tea" / name).write_bytes(tea())
    if stub:
        write(folder, {"tea/_pot.pyi": stub})
    found = sections_of(package(folder / "tea"))
    return {alias: one for one in found.values() for alias in (one.name, *one.aliases)}


def test_types_have_their_members_and_functions_are_by_themselves() -> None:
    members = compiled_members(ElfImage(tea()))
    assert members[:2] == [
        CompiledMember("", "tea._pot.Pot", "A pot for tea."),
        CompiledMember(
            "tea._pot.Pot", "pour", "pour($self, cups, /)\n--\n\nFill some cups.", is_callable=True
        ),
    ]
    assert CompiledMember("tea._pot.Pot", "size", "How much it holds.") in members
    assert CompiledMember("tea._pot._Kettle", "boil", "Make it hot.", is_callable=True) in members
    assert members[-2].name == "brew" and members[-2].is_callable


def test_members_that_nothing_declares_are_units(tmp_path: Path) -> None:
    units = units_of(tmp_path)
    assert units["tea.Pot"].text.startswith("A pot for tea.")
    assert units["tea.Pot.pour"].signature == "pour(cups, /)"
    assert units["tea.Pot.pour"].text == "Fill some cups."
    assert units["tea.Pot.drain"].signature == "drain(...)"
    assert units["tea.Pot.size"].text == "How much it holds."
    assert units["tea.brew"].signature == "brew(leaves[, cups]) -> str"
    assert units["tea.brew"].text == "Steep the leaves."
    assert "tea.Pot._rinse" not in units


def test_what_a_stub_declares_gets_the_docstrings(tmp_path: Path) -> None:
    stub = "class Pot:\n    def pour(self, cups: int) -> None: ...\nclass Kettle:\n"
    stub += "    def boil(self, degrees: float = ...) -> None: ...\ndef brew(leaves: str) -> str: ...\n"
    stub += "class Lid:\n    def shut(self) -> None: ...\n"
    units = units_of(tmp_path, stub)
    assert units["tea.Pot.pour"].signature == "pour(cups: int) -> None"
    assert units["tea.Pot.pour"].text == "Fill some cups."
    assert units["tea.brew"].signature == "brew(leaves: str) -> str"
    assert "Steep the leaves." in units["tea.brew"].text
    assert units["tea.Kettle.boil"].signature == "boil(degrees: float = ...) -> None"
    assert units["tea.Kettle.boil"].text == "Make it hot."
    assert units["tea.Kettle.cool"].text == "Wait."
    assert units["tea.Lid.shut"].text == "Close the lid."


def test_how_a_compiled_method_is_called_is_told_and_not_relied_on(tmp_path: Path) -> None:
    units_of(tmp_path)
    found = read_python_api(str(tmp_path / "tea")).find("tea.Pot.pour")
    assert found is not None and found.object is not None
    assert found.object.signatures == () and "cups" in str(found.object.written)


def test_a_module_with_source_says_all_itself(tmp_path: Path) -> None:
    write(tmp_path, {"tea/_pot.py": "class Pot: ...\n"})
    assert "tea.Pot.pour" not in units_of(tmp_path)


def test_a_distribution_of_one_compiled_module_is_a_document(tmp_path: Path) -> None:
    made = Extension()
    made.methods(("brew", "Steep the leaves."))
    wheel = make_wheel(tmp_path, "kettle", "1.0", {})
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("kettle.cpython-311-x86_64-linux-gnu.so", made.image())
    corpus = PythonPackage(CorpusSpec("kettle", "package", str(wheel)))
    (listed,) = corpus.scan()
    assert isinstance(listed, Listed)
    document = corpus.read(listed)
    assert isinstance(document, Document)
    assert [part.name for part in document.sections] == ["kettle", "kettle.brew"]
    assert document.sections[1].text == "Steep the leaves."
    assert coverage_in(corpus.units()).documented == 1


@pytest.mark.parametrize("size", [0, 3, 16, 63, 64, 200, 300, 500, 900])
def test_a_file_that_is_cut_off_is_no_module(size: int) -> None:
    try:
        members = compiled_members(ElfImage(tea()[:size]))
    except ValueError:
        return
    assert len(members) < 20


def test_damage_costs_neither_the_process_nor_much_time() -> None:
    chance, whole = random.Random(7), tea()
    start = time.process_time()
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(8):
            data[chance.randrange(len(data))] = chance.choice((0, 1, 8, 255, chance.randrange(256)))
        try:
            assert len(compiled_members(ElfImage(bytes(data)))) < 1000
        except ValueError:
            continue
    assert time.process_time() - start < 5 * SLOWNESS


@pytest.mark.parametrize("number", [2**31, 2**62, 2**63, 2**64 - 1])
def test_no_number_in_a_file_leads_out_of_it(number: int) -> None:
    whole = tea()
    for place in range(16, len(whole) - 8, 8):
        data = whole[:place] + number.to_bytes(8, "little") + whole[place + 8 :]
        try:
            assert len(compiled_members(ElfImage(data))) < 1000
        except ValueError:
            continue


def test_tables_that_many_types_share_come_to_an_end() -> None:
    made = Extension()
    methods = made.methods(*((f"m{number}", "Do it.") for number in range(4000)))
    for number in range(400):
        made.type(f"tea.T{number}", "A type.", methods, 0)
    assert len(compiled_members(ElfImage(made.image()))) < 60_000


@pytest.mark.skipif(sys.platform != "linux", reason="only files of Linux are read")
def test_compiled_code_of_numpy_has_its_docstrings() -> None:
    import numpy.random._generator as generator

    members = compiled_members(ElfImage(Path(generator.__file__).read_bytes()))
    found = {(one.owner, one.name): one.doc for one in members}
    assert "Draw random samples from a normal" in found["numpy.random._generator.Generator", "normal"]


def test_a_name_that_no_table_of_the_compiled_module_tells_is_a_bare_unit(tmp_path: Path) -> None:
    unit = units_of(tmp_path)["tea.Kettle"]
    assert unit.is_bare and "compiled code" in unit.text
