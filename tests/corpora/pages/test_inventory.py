"""Documentation built by Sphinx: its inventory names the objects, their pages and their anchors."""

import zlib
from pathlib import Path

import pytest

from corpora.document import Document, Listed, Skipped
from corpora.pages.html_docs import HtmlDocs
from corpora.pages.inventory import read_inventory
from corpora.spec import CorpusSpec
from tests.small_corpora import write_tree

HEADER = (
    b"# Sphinx inventory version 2\n# Project: Tidy\n# Version: 3.2\n"
    b"# The remainder of this file is compressed.\n"
)
OBJECTS = (
    "tidy.sweep py:function 1 api.html#$ -\n"
    "tidy.Broom py:class 1 api.html#tidy.Broom -\n"
    "tidy::Bin cpp:class 1 api.html#_CPPv4N4tidy3BinE -\n"
    "TIDY_HOME std:envvar 1 guide/#envvar-TIDY_HOME -\n"
    "intro std:label -1 api.html#intro Introduction\n"
)
API = """<html><body><main><h1>API</h1><section id="intro"><h2>Introduction</h2><p>How it works.</p></section>
<dl><dt id="tidy.sweep">tidy.sweep(<em>floor</em>)</dt><dd><p>Clean the floor.</p></dd></dl>
<dl><dt id="tidy.Broom">class tidy.Broom</dt><dd><p>What sweeps.</p></dd></dl>
<dl><dt class="sig"><span id="_CPPv4N4tidy3BinE"></span>class Bin</dt><dd><p>Takes the dust.</p></dd></dl>
</main></body></html>"""
GUIDE = """<html><body><main><h1>Guide</h1><p>Set <span id="envvar-TIDY_HOME">TIDY_HOME</span> to a folder
that exists.</p></main></body></html>"""


def inventory(objects: str = OBJECTS) -> bytes:
    return HEADER + zlib.compress(objects.encode())


def test_an_inventory_lists_project_version_and_objects_but_no_labels() -> None:
    read = read_inventory(inventory())
    assert (read.project, read.version) == ("Tidy", "3.2")
    assert read.pages["api.html"]["tidy.sweep"] == "tidy.sweep"
    assert read.pages["guide/index.html"] == {"envvar-TIDY_HOME": "TIDY_HOME"}
    assert "intro" not in read.pages["api.html"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"<html>", "no Sphinx inventory"),
        (HEADER + b"cut", "no Sphinx inventory"),
        (HEADER, "no Sphinx inventory"),
    ],
)
def test_a_file_that_is_no_inventory_is_reported(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_inventory(data)


def read(folder: Path) -> dict[str, Document | Skipped]:
    corpus = HtmlDocs(CorpusSpec("tidy-docs", "docs", str(folder)))
    return {item.path: corpus.read(item) if isinstance(item, Listed) else item for item in corpus.scan()}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_tree(tmp_path, {"api.html": API, "guide/index.html": GUIDE, "genindex.html": API})
    (tmp_path / "objects.inv").write_bytes(inventory())
    return tmp_path


def test_each_object_of_the_inventory_is_a_unit_at_its_exact_anchor(site: Path) -> None:
    pages = read(site)
    api = pages["api.html"]
    assert isinstance(api, Document)
    units = {section.anchor: section for section in api.sections}
    assert units["tidy.sweep"].name == "tidy.sweep"
    assert units["tidy.sweep"].signature == "tidy.sweep(floor)"
    assert units["_CPPv4N4tidy3BinE"].name == "tidy::Bin"
    assert "Takes the dust." in units["_CPPv4N4tidy3BinE"].text
    assert units["intro"].name == "Introduction"  # a heading, as on any page
    assert (api.origin.library, api.origin.version) == ("Tidy", "3.2")
    guide = pages["guide/index.html"]
    assert isinstance(guide, Document)
    assert {"TIDY_HOME"} < {section.name for section in guide.sections}


def test_a_damaged_inventory_is_reported_and_pages_are_cut_at_headings(site: Path) -> None:
    (site / "objects.inv").write_bytes(b"")
    pages = read(site)
    assert pages["objects.inv"] == Skipped("objects.inv", "malformed", "it is empty")
    api = pages["api.html"]
    assert isinstance(api, Document) and "tidy.sweep" in {section.anchor for section in api.sections}
    assert api.origin.version == ""


def test_a_changed_inventory_changes_the_stamp(site: Path) -> None:
    corpus = HtmlDocs(CorpusSpec("tidy-docs", "docs", str(site)))
    before = [item.stamp for item in corpus.scan() if isinstance(item, Listed)]
    (site / "objects.inv").write_bytes(inventory(OBJECTS.replace("sweep", "broom")) + b" ")
    after = [item.stamp for item in corpus.scan() if isinstance(item, Listed)]
    assert before and not set(before) & set(after)
