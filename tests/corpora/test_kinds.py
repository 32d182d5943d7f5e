from importlib import import_module
from pathlib import Path

import pytest

from corpora.errors import ManifestError, RagError, UnknownName
from corpora.kinds import KINDS, kind_named, kind_of_prefix
from corpora.manifest import load_manifest
from corpora.sources import spec_for
from corpora.spec import CorpusSpec, open_corpus
from indexers.index import Index
from rag import retrieve
from tests.plugins import install_plugin

TICKETS = """
from corpora.document import Document, Listed, Origin, hash_bytes
from corpora.kinds import Kind

KIND = Kind(name="tickets", reader="plugin:Tickets", prefix="ticket:", language="text")


class Tickets:
    def __init__(self, spec):
        self._spec = spec

    def scan(self):
        yield Listed("1", 10, "1")

    def read(self, listed):
        text = f"The quarterly invoice of {self._spec.location} was paid twice."
        return Document(Origin(self._spec.name, listed.path, "text", "docs"), text, hash_bytes(text.encode()))
"""


@pytest.fixture
def tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_plugin(monkeypatch, tmp_path / "site", "kinds", "tickets = plugin:KIND", TICKETS)


@pytest.mark.parametrize("name", KINDS.builtin)
def test_every_kind_has_a_reader_that_scans_and_reads(name: str) -> None:
    module, _, reader = kind_named(name).reader.partition(":")
    assert {"scan", "read"} <= set(dir(getattr(import_module(module), reader)))


def test_a_prefix_leads_to_its_kind() -> None:
    found = {location: kind_of_prefix(location) for location in ("pkg:numpy", "man:tar", "npm:zod", "src")}
    assert {location: kind and kind.name for location, kind in found.items()} == {
        "pkg:numpy": "package",
        "man:tar": "man",
        "npm:zod": "npm",
        "src": None,
    }


@pytest.mark.usefixtures("tickets")
def test_a_kind_of_another_package_is_indexed_and_searched() -> None:
    with Index.in_memory([spec_for("ticket:billing")]) as index:
        assert index.status().corpora == (CorpusSpec("billing", "tickets", "billing"),)
        (hit,) = retrieve(index, "invoice paid twice", 1)
    assert hit.chunk.origin.corpus == "billing" and "billing was paid twice" in hit.chunk.text


@pytest.mark.usefixtures("tickets")
def test_a_kind_of_another_package_is_named_in_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "rag.toml"
    path.write_text('[[corpus]]\ntickets = ["billing", "shop"]\n')
    assert [(spec.kind, spec.location) for spec in load_manifest(path).corpora] == [
        ("tickets", "billing"),
        ("tickets", "shop"),
    ]


def test_a_manifest_names_the_kinds_there_are(tmp_path: Path) -> None:
    path = tmp_path / "rag.toml"
    path.write_text('[[corpus]]\nkind = "tickets"\npath = "."\n')
    with pytest.raises(ManifestError, match="unknown") as caught:
        load_manifest(path)
    assert "code, docs, package" in caught.value.why


def test_an_index_of_a_kind_that_is_not_installed_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        install_plugin(context, tmp_path / "site", "kinds", "tickets = plugin:KIND", TICKETS)
        with Index.create(tmp_path / "index") as index:
            index.update([spec_for("ticket:billing")])
    open_corpus.cache_clear()
    with Index.open(tmp_path / "index") as index:
        (hit,) = retrieve(index, "invoice paid twice", 1)
        assert hit.is_stale is None
        with pytest.raises(UnknownName, match="unknown corpus kind 'tickets'"):
            index.update(list(index.catalog.corpora().values()))


@pytest.mark.parametrize(
    "value", ["KIND = 1", "from corpora.kinds import kind_named\nKIND = kind_named('code')"]
)
def test_an_entry_point_that_is_no_kind_of_its_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    install_plugin(monkeypatch, tmp_path, "kinds", "tickets = plugin:KIND", value)
    with pytest.raises(RagError, match="'tickets' cannot be used"):
        kind_named("tickets")
