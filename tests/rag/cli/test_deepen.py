"""`rag index --deepen`: what it prints, and that it can be stopped."""

import json
from pathlib import Path

import pytest

from indexers.deepening.deepen import deepen
from indexers.deepening.idle import IdleDeepening
from indexers.index import Index
from rag.cli.main import main
from tests.documented_library import SYMBOLS, UNITS, library

pytest.importorskip("onnxruntime")

Captured = pytest.CaptureFixture[str]
ALL = len(SYMBOLS)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["index", str(library(tmp_path))]) == 0
    capsys.readouterr()
    return tmp_path


def test_an_index_is_updated_and_then_deepened(project: Path, capsys: Captured) -> None:
    assert main(["index", "--deepen"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith(f"deepened: {ALL} of {ALL} units of documentation; {ALL} texts encoded in ")
    assert main(["status"]) == 0
    assert f"\ndeepened   {ALL} of {ALL} units of documentation (" in capsys.readouterr().out
    assert main(["verify"]) == 0


def test_json_is_one_document_that_tells_of_both(project: Path, capsys: Captured) -> None:
    assert main(["index", "--deepen", "--json"]) == 0
    now = json.loads(capsys.readouterr().out)["index"]["deepened"]
    assert (now["done"], now["units"]) == (ALL, ALL)


def test_an_interrupted_pass_says_how_far_it_came(
    project: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def stops(self: Index, chunk_ids: list[int]) -> dict[int, object]:
        calls.append(len(chunk_ids))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return self.catalog.chunks(chunk_ids)  # type: ignore[return-value]

    monkeypatch.setattr("indexers.deepening.deepen._BATCH", 2)
    monkeypatch.setattr(Index, "chunks", stops)
    assert main(["index", "--deepen"]) == 130
    err = capsys.readouterr().err
    assert f"stopped: 2 of {ALL} units of documentation are deepened\nrag index --deepen goes on" in err


def test_a_missing_extra_is_said_before_anything_is_read(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("indexers.deepening.deepen.find_spec", lambda name: None)
    assert main(["index", "--deepen", str(library(tmp_path))]) == 1
    assert "pip install 'docprompting[compact]'" in capsys.readouterr().err
    assert not (tmp_path / ".rag").exists()


def test_an_update_of_a_deepened_index_says_how_many_units_are_not(project: Path, capsys: Captured) -> None:
    with Index.open(project / ".rag") as index:
        deepen(index)
    library(project, {**UNITS, "stir": "Move a spoon in circles."})
    assert main(["index"]) == 0
    assert f"{ALL + 1} units without deep vectors; rag index --deepen goes on" in capsys.readouterr().out


def test_idle_time_deepens_only_what_was_deepened_before_or_is_asked_for(project: Path) -> None:
    told: list[str] = []
    idle = IdleDeepening(project / ".rag", told.append)
    idle.step()
    with Index.open(project / ".rag") as index:
        assert index.deep is None
    asked = IdleDeepening(project / ".rag", told.append, begin=True)
    for _ in range(3):
        asked.step()
    asked.close()
    assert told == [f"deepened: {ALL} units of documentation have deep vectors"]
    library(project, {**UNITS, "stir": "Move a spoon in circles."})
    with Index.open(project / ".rag") as index:
        index.update(list(index.catalog.corpora().values()))
    idle.begin_anew()
    idle.step()
    idle.step()
    assert told[1:] == [f"deepened: {ALL + 1} units of documentation have deep vectors"]


def test_idle_time_is_closed_with_what_was_encoded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexers.deepening.deepen._BATCH", 2)
    idle = IdleDeepening(project / ".rag", lambda line: None, begin=True)
    idle.step()
    idle.close()
    with Index.open(project / ".rag") as index:
        assert index.deep is not None and len(index.deep) == 2
