"""Units of static reading, completed by what a package says of itself when it runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from corpora.document import Document, Listed, Section, Skipped
from corpora.python.package import PythonPackage
from corpora.python.package_units import PackageUnits
from corpora.python.runtime_units import fact_section, with_facts
from corpora.runtime.facts import Fact, Facts, facts_file, keep_facts
from corpora.spec import CorpusSpec
from tests.corpora.runtime.test_facts import line
from tests.small_corpora import make_wheel

POUR = Section("tea.pour", "pour(cups)", "L3", "pour(cups)", ("tea.serve",))
BREW = Section("tea.brew", "Steep the leaves.\n\nAlso: tea.make", "L9", "brew()", ("tea.make",))
UNITS = PackageUnits(
    {"tea/__init__.py": (POUR, BREW), "tea/z.py": "broken"}, frozenset({"tea.pour"}), {"tea.sip": "?"}
)


def fact(name: str, doc: str = "", signature: str = "", kind: str = "function", line: int = 0) -> Fact:
    return Fact((name,), kind, doc, signature, "tea", line, is_package=True)


def completed(*facts: Fact) -> PackageUnits:
    return with_facts(UNITS, Facts(objects=facts))


def by_name(units: PackageUnits) -> dict[str, Section]:
    return {part.name: part for page in units.pages.values() if not isinstance(page, str) for part in page}


def test_a_docstring_goes_to_the_unit_without_one_which_then_says_where_it_is_from() -> None:
    units = completed(fact("tea.pour", "Fill some cups.", "(cups)"))
    assert by_name(units)["tea.pour"] == replace(POUR, text="Fill some cups.", anchor="runtime-L3")
    assert units.bare == frozenset()
    assert units.pages["tea/z.py"] == "broken"


def test_an_object_is_known_by_each_of_its_names() -> None:
    both = replace(fact("tea.serve", "Fill some cups."), names=("tea.serve", "tea.pour"))
    assert by_name(completed(both)).keys() == {"tea.pour", "tea.brew"}


def test_another_object_under_an_alias_becomes_a_unit_and_takes_its_name_along() -> None:
    units = by_name(completed(fact("tea.make", "Knock something together.")))
    assert units["tea.make"].text == "Knock something together."
    assert units["tea.brew"].aliases == ()
    same = by_name(completed(fact("tea.make", "Steep the leaves.")))
    assert "tea.make" not in same


def test_a_docstring_of_the_source_stays_unless_the_run_has_more() -> None:
    assert by_name(completed(fact("tea.brew", "Steep leaves.")))["tea.brew"] == BREW
    longer = by_name(completed(fact("tea.brew", "Steep the leaves for three minutes.")))["tea.brew"]
    assert longer.text == "Steep the leaves for three minutes.\n\nAlso: tea.make"


def test_a_template_is_replaced_by_what_was_filled_in() -> None:
    template = replace(UNITS, pages={"tea/__init__.py": (Section("tea.mix", "Mix two or more %(things)s."),)})
    units = with_facts(template, Facts(objects=(fact("tea.mix", "Mix two teas."),)))
    assert by_name(units)["tea.mix"].text == "Mix two teas."


def test_a_member_that_no_source_shows_is_a_unit_of_the_module_that_has_it() -> None:
    units = completed(
        fact("tea.sip", "Take a little.", "(*, slowly=True)", line=7), fact("tea.z", kind="module")
    )
    added = units.pages["tea/__init__.py"][-1]
    assert added == Section("tea.sip", "Take a little.", "runtime-L7", "sip(*, slowly=True)")
    assert units.unreachable == {}


@pytest.mark.parametrize(
    ("doc", "signature", "text"),
    [
        ("pour(cups[, into]) -> bool\n\nFill.", "pour(cups[, into]) -> bool", "Fill."),
        ("pour(cups) --> a full cup", "pour(cups)", "a full cup"),
        ("cups, into -> full cups", "pour(cups, into)", "cups, into -> full cups"),
        ("Fill (all) cups.", "", "Fill (all) cups."),
        ("", "", None),
    ],
)
def test_compiled_code_may_say_its_call_in_its_docstring(doc: str, signature: str, text: str | None) -> None:
    section = fact_section("tea.pour", fact("tea.pour", doc))
    assert (section and (section.signature, section.text)) == (text and (signature, text))


def test_a_corpus_reads_the_facts_of_its_version_and_says_when_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    wheel = make_wheel(tmp_path, "tea", "1.0", {"tea/__init__.py": "def pour(cups): ...\n"})
    corpus = PythonPackage(CorpusSpec("tea", "package", str(wheel), runtime=True))
    asked, listed = corpus.scan()
    assert isinstance(asked, Skipped)
    assert "rag docs update" in asked.detail
    status = wheel.stat()
    keep_facts(
        facts_file("tea", "1.0", f"{status.st_mtime_ns}-{status.st_size}"), line(doc="Fill some cups.")
    )
    (again,) = corpus.scan()
    assert isinstance(again, Listed)
    assert isinstance(listed, Listed)
    assert again.stamp != listed.stamp
    document = corpus.read(again)
    assert isinstance(document, Document)
    assert [part.text for part in document.sections][1:] == ["Fill some cups."]
    plain = PythonPackage(CorpusSpec("tea", "package", str(wheel)))
    read = [plain.read(item) for item in plain.scan() if isinstance(item, Listed)]
    assert [document.text for document in read if isinstance(document, Document)] == [
        "module tea\n\nIt has: pour\n\npour(cups)"
    ]
