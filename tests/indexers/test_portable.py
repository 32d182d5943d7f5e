"""An index is packed into one file, unpacked elsewhere, and brought up to date there."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import IndexNotFound, RagError
from corpora.spec import CorpusSpec
from indexers.index import Index
from indexers.own_corpora import is_named
from indexers.portable import pack_index, unpack_index
from indexers.verify import verify
from rag.cli.main import main
from rag.retrieval.retrieve import retrieve
from tests.engine_under_test import NEEDS_LANCE
from tests.small_corpora import write_tree

QUERY = "parse the date"


@pytest.fixture(params=["embedded", pytest.param("lance", marks=NEEDS_LANCE)])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A project with an index in it, and a corpus that is elsewhere."""
    folder = write_tree(tmp_path / "ci" / "app")
    outside = write_tree(tmp_path / "ci" / "library", {"other.py": "def other():\n    return 1\n"})
    with Index.create(folder / ".rag", engine=request.param) as index:
        index.update([CorpusSpec("app", "code", str(folder)), CorpusSpec("library", "code", str(outside))])
    return folder


def answers(index: Path) -> list[tuple[str, float]]:
    with Index.open(index) as opened:
        return [(hit.chunk.location, hit.score) for hit in retrieve(opened, QUERY, 10)]


def test_a_packed_index_answers_as_it_did(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "index.tar.gz"
    assert pack_index(project / ".rag", file) == file.stat().st_size
    unpack_index(file, tmp_path / "there" / ".rag")
    assert answers(tmp_path / "there" / ".rag") == answers(project / ".rag")
    with Index.open(tmp_path / "there" / ".rag") as index:
        assert verify(index) == []


def test_the_same_index_makes_the_same_file(project: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.tar.gz", tmp_path / "two.tar.gz"]
    for file in files:
        pack_index(project / ".rag", file)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_it_is_brought_up_to_date_where_it_was_unpacked(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack_index(project / ".rag", tmp_path / "index.tar.gz")
    here = write_tree(tmp_path / "here")
    (here / "new.py").write_text("def parse_time_zone(text):\n    return text\n")
    unpack_index(tmp_path / "index.tar.gz", here / ".rag")
    with Index.open(here / ".rag") as index:
        specs = {spec.name: spec for spec in index.catalog.corpora().values()}
        assert specs["app"].location == str(here) and is_named(index.path, specs["app"])
        assert specs["library"].location == str(project.parent / "library")  # it was not around the index
        assert not is_named(index.path, specs["library"])
        before = index.catalog.chunk_ids()
        report = index.update([specs["app"]])
        assert (report.added, report.changed, report.removed, report.encoded) == (1, 0, 0, 1)
        assert set(before) < set(index.catalog.chunk_ids())
    assert main(["verify", "--index", str(here / ".rag")]) == 0


def test_another_worktree_begins_with_what_this_one_has(project: Path, tmp_path: Path) -> None:
    there = write_tree(tmp_path / "worktree")
    unpack_index(project / ".rag", there / ".rag")
    assert answers(there / ".rag") == answers(project / ".rag")
    with Index.open(there / ".rag") as index:
        report = index.update([spec for spec in index.catalog.corpora().values() if spec.name == "app"])
        assert report.unchanged and not report.added and not report.encoded
        (there / "new.py").write_text("def new():\n    return 1\n")
        index.update([spec for spec in index.catalog.corpora().values() if spec.name == "app"])
        assert verify(index) == []
    with Index.open(project / ".rag") as index:  # what both have in common was not changed
        assert verify(index) == []
    shared = [path for path in (there / ".rag").rglob("*") if path.is_file() and path.stat().st_nlink > 1]
    assert shared


def test_nothing_is_replaced_and_nothing_is_left_behind(project: Path, tmp_path: Path) -> None:
    pack_index(project / ".rag", tmp_path / "index.tar.gz")
    with pytest.raises(RagError, match="not replaced"):
        unpack_index(tmp_path / "index.tar.gz", project / ".rag")
    with pytest.raises(RagError, match="not unpacked"):
        unpack_index(tmp_path / "none.tar.gz", tmp_path / "new")
    with pytest.raises(IndexNotFound):
        pack_index(tmp_path / "nowhere", tmp_path / "file")
    assert not (tmp_path / "new").exists() and not (tmp_path / "new.new").exists()


def archive(path: Path, add: Callable[[tarfile.TarFile], None]) -> Path:
    with tarfile.open(path, "w:gz") as made:
        add(made)
    return path


def member(name: str, data: bytes = b"x") -> Callable[[tarfile.TarFile], None]:
    def add(made: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        made.addfile(info, io.BytesIO(data))

    return add


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "lexical/../../evil",
        "lexical/000001/../../../evil",
        "tables/../../evil",
        "tables/words.lance/..",
        ".gitignore",
        "writer.lock",
        "lexical/000001/.tantivy-writer.lock",
        "catalog.sqlite-journal",
        "catalog.sqlite\n",
    ],
)
def test_a_name_that_no_index_has_is_refused(tmp_path: Path, name: str) -> None:
    file = archive(tmp_path / "evil.tar.gz", member(name))
    with pytest.raises(RagError, match="not unpacked"):
        unpack_index(file, tmp_path / "there" / ".rag")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.tar.gz", "there"]
    assert list((tmp_path / "there").iterdir()) == []


def test_links_in_a_packed_file_are_not_made(project: Path, tmp_path: Path) -> None:
    def add(made: tarfile.TarFile) -> None:
        info = tarfile.TarInfo("catalog.sqlite")
        info.type, info.linkname = tarfile.SYMTYPE, str(project / ".rag" / "catalog.sqlite")
        made.addfile(info)

    with pytest.raises(RagError, match="not unpacked"):
        unpack_index(archive(tmp_path / "links.tar.gz", add), tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_a_packed_file_that_is_cut_or_damaged_is_refused(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "index.tar.gz"
    pack_index(project / ".rag", file)
    data = file.read_bytes()
    for number, wrong in enumerate(
        (
            b"",
            b"nothing",
            data[: len(data) // 2],
            data[:-9],
            gzip.compress(b"\0" * 5000),
            gzip.compress(b"x" * 512),
        )
    ):
        file.write_bytes(wrong)
        with pytest.raises(RagError):
            unpack_index(file, tmp_path / f"there{number}")
        assert not (tmp_path / f"there{number}").exists()


def test_more_than_the_disk_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexers.portable._SPARE_BYTES", 1 << 60)
    file = archive(tmp_path / "large.tar.gz", member("catalog.sqlite", b"x" * 10_000))
    with pytest.raises(RagError, match="not unpacked"):
        unpack_index(file, tmp_path / "there")


@pytest.mark.parametrize(
    "origin",
    [b"", b"[]", b'{"folder": 1}', b'{"folder": "/"}', b"[" * 50_000, b'{"folder": "' + b"x" * 200_000],
)
def test_whatever_a_packed_file_says_of_its_origin_only_folders_here_are_named(
    project: Path, tmp_path: Path, origin: bytes
) -> None:
    pack_index(project / ".rag", tmp_path / "index.tar.gz")
    odd_file = tmp_path / "odd.tar.gz"
    with tarfile.open(tmp_path / "index.tar.gz") as whole, tarfile.open(odd_file, "w:gz") as odd:
        member("origin.json", origin)(odd)
        for info in whole.getmembers():
            if info.name != "origin.json":
                odd.addfile(info, whole.extractfile(info))
    unpack_index(odd_file, tmp_path / "here" / ".rag")
    with Index.open(tmp_path / "here" / ".rag") as index:
        for spec in index.catalog.corpora().values():
            inside = Path(spec.location).is_relative_to(tmp_path / "here")
            assert is_named(index.path, spec) == inside


@given(st.text(min_size=1, max_size=40))
def test_no_other_name_is_that_of_a_file_of_an_index(name: str) -> None:
    from indexers.portable import _OWN

    if _OWN.fullmatch(name):
        assert os.path.normpath(name) == name and not Path(name).is_absolute() and ".." not in name.split("/")


def test_the_commands_say_what_they_did(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert main(["pack", str(tmp_path / "index.tar.gz"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["size_bytes"] > 0
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    assert main(["unpack", str(tmp_path / "index.tar.gz")]) == 0
    assert "run: rag index" in capsys.readouterr().out
    assert main(["unpack", str(tmp_path / "index.tar.gz")]) == 1
    assert "not replaced" in capsys.readouterr().err
