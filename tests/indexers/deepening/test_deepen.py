"""A pass of deepening: what it encodes, what it keeps, and where it goes on."""

import sys
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from corpora.errors import IndexLocked, MissingExtra, RagError
from corpora.sources import spec_for
from indexers.building.writer_lock import writer_lock
from indexers.deepening import deepen as module
from indexers.deepening.deepen import Deepening, check_deepening, deepen
from indexers.deepening.units import documented_units, passages, unit_text
from indexers.encoders import open_encoder
from indexers.index import Index
from indexers.layout import Layout
from indexers.rebuild import rebuild
from indexers.verify import verify
from tests.documented_library import SYMBOLS, UNITS, library
from tests.small_corpora import write_tree

pytest.importorskip("onnxruntime")


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.build(tmp_path / "index", [library(tmp_path), write_tree(tmp_path / "app")])


def symbols(index: Index) -> set[str]:
    """Return the names of the units that have a vector."""
    found = index.chunks(index.deep.places.chunks.tolist() if index.deep else [])
    return {chunk.symbol for chunk in found.values()}


def test_documentation_gets_the_vectors_of_the_transformer_and_code_none(index: Index) -> None:
    done = deepen(index)
    assert (done.encoded, done.done, done.units, done.left) == (len(SYMBOLS), len(SYMBOLS), len(SYMBOLS), 0)
    assert symbols(index) == SYMBOLS
    assert index.deep is not None
    chunks = index.chunks(index.deep.places.chunks.tolist())
    encoder = open_encoder("compact")
    for chunk_id, chunk in chunks.items():
        vector = encoder.encode(passages([unit_text(chunk)]))[0]
        assert index.deep.scores(vector, [chunk_id])[chunk_id] == pytest.approx(1, abs=0.01)
    assert verify(index) == []


def test_a_stopped_pass_goes_on_where_it_was(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    stop = Event()
    first = deepen(index, progress=lambda done, _: stop.set() if done >= 2 else None, stop=stop)
    assert (first.encoded, first.left) == (2, 4)
    assert len(symbols(index)) == 2
    now = index.status().deepened
    assert now is not None and now.left == 4
    second = deepen(index)
    assert (second.encoded, second.left) == (4, 0)


def test_an_interrupt_keeps_what_was_encoded(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)

    def interrupted(done: int, units: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deepen(index, progress=interrupted)
    assert len(symbols(index)) == 4
    assert deepen(index).encoded == 2


def test_the_most_used_units_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = write_tree(
        tmp_path / "pages",
        {
            name: f'<html><body><h1 id="{unit}">{unit}</h1><p>Do it.</p></body></html>'
            for name, unit in (("a.html", "os.openpty"), ("b.html", "os.path.join"), ("c.html", "os.getgid"))
        },
    )
    monkeypatch.setattr(module, "_BATCH", 1)
    with Index.build(tmp_path / "index", [spec_for(str(pages))]) as index, Deepening(index) as run:
        run.step()
        run.finish()
        assert symbols(index) == {"os.path.join"}


def test_units_that_stay_are_not_encoded_again_and_gone_ones_are_dropped(
    index: Index, tmp_path: Path
) -> None:
    deepen(index)
    library(tmp_path, {**dict(list(UNITS.items())[1:]), "stir": "Move a spoon in circles."})
    before = index.deep.places.chunks.tolist() if index.deep else []
    index.update([spec for spec in index.catalog.corpora().values() if spec.kind != "code"])
    assert not set(before) & set(index.catalog.census.unit_ids())
    done = deepen(index)
    assert (done.encoded, done.done, done.units) == (1, 6, 6)
    assert symbols(index) == SYMBOLS - {"tea.brew"} | {"tea.stir"}
    assert index.deep is not None and len(index.deep) == 6
    assert verify(index) == []


def test_a_pass_with_nothing_to_do_writes_nothing(index: Index) -> None:
    deepen(index)
    assert index.path is not None
    folders = sorted((index.path / "deep").iterdir())
    assert deepen(index).encoded == 0
    assert sorted((index.path / "deep").iterdir()) == folders


def test_a_text_that_several_units_have_is_encoded_once(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    with Index.build(tmp_path / "index", [library(folder) for folder in folders]) as index:
        done = deepen(index)
        assert (done.encoded, done.units) == (len(SYMBOLS), 2 * len(SYMBOLS))
        assert index.deep is not None and len(index.deep.places.chunks) == 2 * len(SYMBOLS)


def test_the_right_to_write_is_not_held_while_texts_are_encoded(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert index.path is not None
    layout = Layout(index.path)

    def writes(done: int, units: int) -> None:
        with writer_lock(layout):
            pass

    assert deepen(index, progress=writes).left == 0
    monkeypatch.setattr(module, "_LOCK_SECONDS", 0)
    library(index.path.parent, {"stir": "Move a spoon in circles."})
    index.update([spec for spec in index.catalog.corpora().values() if spec.kind != "code"])
    with writer_lock(layout), pytest.raises(IndexLocked):
        deepen(index)


def test_an_index_that_is_updated_meanwhile_keeps_both(index: Index, tmp_path: Path) -> None:
    assert index.path is not None
    with Deepening(index) as run:
        run.step()
        library(tmp_path, {"pour": UNITS["pour"], "stir": "Move a spoon in circles."})
        with Index.open(index.path) as other:
            other.update([spec for spec in other.catalog.corpora().values() if spec.kind != "code"])
            assert deepen(other).left == 0
        while run.step():
            pass
    assert symbols(index) == {"tea", "tea.pour", "tea.stir"}
    assert verify(index) == []


def test_two_passes_at_once_store_each_vector_once(index: Index) -> None:
    assert index.path is not None
    with Index.open(index.path) as other, Deepening(index) as run:
        run.step()
        assert deepen(other).left == 0
    assert index.deep is not None and len(index.deep) == len(SYMBOLS)
    assert verify(index) == []


def test_an_index_that_was_rebuilt_meanwhile_is_left_alone(index: Index, tmp_path: Path) -> None:
    assert index.path is not None
    run = Deepening(index)
    rebuild(index.path, [spec_for(str(tmp_path / "app"))])
    run._hashes, run._vectors = [1], [np.ones((1, 256), dtype=np.float32)]
    with pytest.raises(RagError, match="not deepened further"):
        run.finish()
    with Index.open(index.path) as fresh:
        assert verify(fresh) == [] and fresh.deep is None


def test_a_rebuilt_index_keeps_the_vectors_of_texts_that_it_still_has(index: Index, tmp_path: Path) -> None:
    deepen(index)
    assert index.path is not None
    index.close()
    rebuild(index.path, [spec_for(str(tmp_path / "app")), spec_for(str(library(tmp_path)))])
    with Index.open(index.path) as fresh:
        assert symbols(fresh) == SYMBOLS
        assert deepen(fresh).encoded == 0
        assert verify(fresh) == []


def test_vectors_of_another_version_of_the_transformer_are_made_anew(index: Index) -> None:
    deepen(index)
    with index.writing():
        with index.catalog.database.transaction():
            index.catalog.database.set_meta("deep_encoder", "compact-of-old")
        index.catalog.database.shrink_log()
    assert deepen(index).encoded == len(SYMBOLS)
    assert verify(index) == []


def test_an_index_that_cannot_be_deepened_says_why(tmp_path: Path) -> None:
    wheel = library(tmp_path)
    with pytest.raises(RagError, match="in memory"):
        deepen(Index.in_memory([wheel]))
    with (
        Index.build(tmp_path / "both", [wheel], encoder="builtin+compact") as index,
        pytest.raises(RagError, match="nothing to deepen"),
    ):
        deepen(index)


def test_an_index_without_documentation_has_nothing_to_deepen(tmp_path: Path) -> None:
    with Index.build(tmp_path / "index", [write_tree(tmp_path / "app")]) as index:
        assert deepen(index).units == 0
        assert index.deep is None


def test_without_onnx_runtime_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr("indexers.deepening.deepen.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="onnxruntime"):
        check_deepening()


def test_hashes_are_those_of_what_the_transformer_reads(index: Index, tmp_path: Path) -> None:
    before = set(documented_units(index.catalog).hashes.tolist())
    longer = {name: f"{text} {'x' * 400}" for name, text in UNITS.items()}
    ends = {name: f"{text} {'x' * 300}" for name, text in UNITS.items()}
    with Index.build(tmp_path / "longer", [library(tmp_path / "longer.d", longer)]) as other:
        hashes = set(documented_units(other.catalog).hashes.tolist())
    with Index.build(tmp_path / "ends", [library(tmp_path / "ends.d", ends)]) as other:
        assert set(documented_units(other.catalog).hashes.tolist()) == hashes
    assert len(before & hashes) == 1  # the module's
