"""The engine of an index is chosen once, by its user, and no index from elsewhere decides what is asked."""

import shutil
from pathlib import Path

import pytest

from corpora.errors import IndexDamaged, IndexIncompatible, RagError, UnknownName
from corpora.spec import CorpusSpec
from indexers.index import Index
from indexers.layout import Layout
from indexers.own_corpora import name_engine
from indexers.portable import pack_index, unpack_index
from indexers.rebuild import rebuild
from indexers.search.engines import Engines
from indexers.search.lance.engines import LanceEngines
from indexers.search.named_engines import ENGINES, engines_named
from indexers.verify import verify
from rag.cli.main import main
from rag.retrieval.retrieve import retrieve
from tests.engine_under_test import NEEDS_LANCE
from tests.small_corpora import write_tree

STORE = "lance:s3://bucket/folder"


def spec(tree: Path) -> CorpusSpec:
    return CorpusSpec("app", "code", str(tree))


@pytest.mark.parametrize(
    "name",
    [
        "lance:/etc",
        "lance:../x",
        "lance:file:///tmp/x",
        "lance:s3://key:secret@bucket/x",
        "lance:s3://bucket/x?endpoint=evil",
        "lance:s3://bucket/../x y",
        "lance:http://evil.example/x",
        "embedded:x",
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(RagError, match="is not known"):
        Index.create(tmp_path / "index", engine=name)
    assert not (tmp_path / "index").exists()


def test_an_engine_that_nobody_adds_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="tantivity"):
        Index.create(tmp_path / "index", engine="tantivity")
    assert engines_named("") is not None


@NEEDS_LANCE
def test_an_index_keeps_the_engine_that_it_was_made_with(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app")
    with Index.create(tmp_path / "index", engine="lance") as index:
        index.update([spec(tree)])
        assert index.engine_name == index.status().engine == "lance"
    assert not any((tmp_path / "index" / "dense").iterdir()) and (tmp_path / "index" / "tables").is_dir()
    with Index.create(tmp_path / "index") as index:  # not named again
        assert index.engine_name == "lance" and retrieve(index, "parse the date", 1)
    with pytest.raises(IndexIncompatible, match="has the engine 'lance'"):
        Index.create(tmp_path / "index", engine="embedded")


@NEEDS_LANCE
def test_a_rebuild_keeps_the_engine_or_takes_another(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app")
    Index.build(tmp_path / "index", [tree], engine="lance").close()
    for engine, wanted in (("", "lance"), ("embedded", "embedded"), ("lance", "lance")):
        rebuild(tmp_path / "index", [spec(tree)], engine=engine)
        with Index.open(tmp_path / "index") as index:
            assert index.engine_name == wanted and verify(index) == []


def strange(tmp_path: Path) -> Path:
    """An index that somebody made elsewhere, with its tables in their store."""
    path = tmp_path / "index"
    Index.build(path, [write_tree(tmp_path / "app")]).close()
    with Index.open(path) as index:
        index.remember("engine", f"{STORE}/0123")
    return path


def test_a_store_that_an_index_from_elsewhere_names_is_not_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = strange(tmp_path)
    for command in (["search", "date"], ["verify"], ["index", "--repair"]):
        assert main([*command, "--index", str(path)]) == 1
        told = capsys.readouterr().err
        assert "is not asked" in told and "rag status --trust" in told
    assert main(["status", "--index", str(path)]) == 0
    assert f"{STORE}/0123" in capsys.readouterr().out


@NEEDS_LANCE
def test_tables_that_another_index_writes_are_read_and_neither_written_nor_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is a folder here: what matters is whose catalog writes it."""
    store = tmp_path / "store"

    def at_address(layout: Layout, address: str) -> Engines:
        return LanceEngines(layout, address.replace("s3://bucket", str(store)))

    monkeypatch.setitem(ENGINES._builtin, "lance", at_address)
    tree = write_tree(tmp_path / "app")
    with Index.create(tmp_path / "made", engine="lance:s3://bucket/x") as index:
        index.update([spec(tree)])
        name = index.engine_name
        before = [hit.score for hit in retrieve(index, "parse the date", 5)]
    pack_index(tmp_path / "made", tmp_path / "packed.tar.gz")
    copy = tmp_path / "copy"
    unpack_index(tmp_path / "packed.tar.gz", copy)
    with Index.open(copy) as index, pytest.raises(RagError, match="is not asked"):
        retrieve(index, "parse the date", 5)
    name_engine(copy, name)  # as rag status --trust does
    with Index.open(copy) as index:
        assert [hit.score for hit in retrieve(index, "parse the date", 5)] == before
        with pytest.raises(RagError, match="is not written"):
            index.update([spec(tree)])
        with pytest.raises(RagError, match="is not written"):
            index.repair()
    rebuild(copy, [spec(tree)], engine="embedded")
    with Index.open(tmp_path / "made") as index:  # nothing was deleted
        assert [hit.score for hit in retrieve(index, "parse the date", 5)] == before and verify(index) == []
    with Index.create(tmp_path / "made", engine="lance:s3://bucket/x") as index:
        index.update([spec(tree)])
    rebuild(tmp_path / "made", [spec(tree)])
    assert len(list(store.glob("x/*/words.lance"))) == 1  # the tables of the old one are gone
    with Index.open(tmp_path / "made") as index:
        assert index.engine_name != name and verify(index) == []


@NEEDS_LANCE
@pytest.mark.slow
def test_a_store_that_does_not_answer_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = strange(tmp_path)
    name_engine(path, f"{STORE}/0123")
    settings = {
        "AWS_ENDPOINT": "http://127.0.0.1:9",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_REGION": "us-east-1",
        "OBJECT_STORE_CLIENT_MAX_RETRIES": "0",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with Index.open(path) as index, pytest.raises(RagError, match="cannot be used") as caught:
        retrieve(index, "date", 1)
    assert not isinstance(caught.value, IndexDamaged) and "nothing is lost" in caught.value.fix


@NEEDS_LANCE
@pytest.mark.parametrize("part", ["data/*.lance", "_indices/*/*", "_versions/*.manifest"])
@pytest.mark.parametrize("table", ["words", "vectors"])
@pytest.mark.parametrize("keep", [0, 20])
def test_tables_cut_short_are_damaged_and_repaired_from_the_catalog(
    tmp_path: Path, table: str, part: str, keep: int
) -> None:
    path = tmp_path / "index"
    with Index.build(path, [write_tree(tmp_path / "app")], engine="lance") as index:
        before = [(hit.chunk.location, hit.score) for hit in retrieve(index, "parse the date", 5)]
    for file in (path / "tables" / f"{table}.lance").glob(part):
        file.write_bytes(file.read_bytes()[:keep])
    with Index.open(path) as damaged:
        assert verify(damaged)
        with pytest.raises(IndexDamaged, match=r"damaged|cannot be read") as caught:
            retrieve(damaged, "parse the date", 5)
        assert caught.value.fix == "run: rag index --repair"
        damaged.repair()
        assert verify(damaged) == []
        assert [(hit.chunk.location, hit.score) for hit in retrieve(damaged, "parse the date", 5)] == before


@NEEDS_LANCE
def test_a_flipped_bit_in_a_table_is_found_by_verify(tmp_path: Path) -> None:
    path = tmp_path / "index"
    Index.build(path, [write_tree(tmp_path / "app")], engine="lance").close()
    files = [file for file in sorted((path / "tables").rglob("*.lance")) if file.is_file()]
    for file in files:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
        with Index.open(path) as index:
            assert any("its checksum differs" in problem for problem in verify(index)), file
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    with Index.open(path) as index:
        assert verify(index) == []


@NEEDS_LANCE
def test_links_among_tables_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "index"
    Index.build(path, [write_tree(tmp_path / "app")], engine="lance").close()
    shutil.move(path / "tables" / "words.lance", tmp_path / "elsewhere")
    (path / "tables" / "words.lance").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IndexDamaged, match="not opened"):
        Index.open(path)


@NEEDS_LANCE
def test_tables_that_name_files_elsewhere_are_refused(tmp_path: Path) -> None:
    import lance

    path = tmp_path / "index"
    Index.build(path, [write_tree(tmp_path / "app")], engine="lance").close()
    table = path / "tables" / "words.lance"
    with Index.open(path) as index:
        generation = index.catalog.database.generation
        dataset = lance.dataset(str(table))
        dataset.add_bases([lance.DatasetBasePath(str(tmp_path / "elsewhere"), name="elsewhere")])
        newest = lance.dataset(str(table))
        newest.tags.update(f"generation-{generation:06d}", newest.version)
        index.remember("checksums", f'{{"generation": {generation}, "tables": {{}}}}')
    with Index.open(path) as index, pytest.raises(IndexDamaged, match="cannot be read") as caught:
        retrieve(index, "parse the date", 1)
    assert "outside of its folder" in caught.value.why


def test_a_manifest_names_an_engine_and_never_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = write_tree(tmp_path / "app")
    monkeypatch.chdir(tree)
    (tree / "rag.toml").write_text(f'[index]\nengine = "{STORE}"\n[[corpus]]\npath = "."\n')
    assert main(["index"]) == 1
    assert "names an address" in capsys.readouterr().err
    (tree / "rag.toml").write_text('[index]\nengine = "embedded"\n[[corpus]]\npath = "."\n')
    assert main(["index"]) == 0
