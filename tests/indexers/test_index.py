"""An index answers as if it had just been built, whatever has happened to it."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import (
    CorpusError,
    IndexDamaged,
    IndexIncompatible,
    IndexLocked,
    IndexNotFound,
    RagError,
    UnknownName,
)
from corpora.spec import CorpusSpec
from indexers.building import update
from indexers.building.writer_lock import writer_lock
from indexers.index import Index
from indexers.layout import Layout
from indexers.rebuild import rebuild
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import FILES, write_tree

QUESTIONS = ["parse a date", "download a file", "save a value under a key", "holidays", "teal", "Put"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "app")


@pytest.fixture
def index(tree: Path, tmp_path: Path) -> Index:
    return Index.build(tmp_path / "index", [tree])


def answers(index: Index) -> list[list[tuple[str, str]]]:
    return [
        [(hit.chunk.location, hit.chunk.text) for hit in retrieve(index, query, 5)] for query in QUESTIONS
    ]


def test_every_file_is_indexed_and_found(index: Index) -> None:
    assert index.status().counts.documents == len(FILES)
    assert retrieve(index, "save a value under a key", 1)[0].chunk.origin.path == "store.go"


def test_a_chunk_is_the_lines_it_says(index: Index, tree: Path) -> None:
    chunk = retrieve(index, "parse a date string with a format", 1)[0].chunk
    lines = (tree / "dates.py").read_text().splitlines()
    assert chunk.text.splitlines() == lines[chunk.start_line - 1 : chunk.end_line]
    assert chunk.symbol == "parse_date"


def test_an_opened_index_answers_as_the_one_that_was_built(index: Index) -> None:
    assert index.path is not None
    with Index.open(index.path) as opened:
        assert answers(opened) == answers(index)


def test_documents_read_by_another_version_of_the_program_are_read_again(index: Index, tree: Path) -> None:
    assert index.path is not None
    index.close()
    with sqlite3.connect(Layout(index.path).catalog) as catalog:
        catalog.execute("UPDATE meta SET value = 0 WHERE key = 'reading_1'")
    catalog.close()
    Layout(index.path).seal.unlink()
    with Index.open(index.path) as opened:
        assert opened.update().changed == len(FILES)
        assert opened.update().unchanged == len(FILES)
        assert answers(opened) == answers(Index.in_memory([tree]))


def interrupt_halfway(done: int, whole: int, path: str) -> None:
    if done > whole / 2:
        raise KeyboardInterrupt


@pytest.fixture
def often_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit after every document."""
    monkeypatch.setattr(update, "_CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(update, "_BATCH_ITEMS", 1)


@pytest.mark.usefixtures("often_committed")
def test_a_new_version_whose_first_run_is_interrupted_holds_for_every_page_after_the_next(
    tmp_path: Path,
) -> None:
    pages = write_tree(tmp_path / "site", {f"{n}.html": f"<h1>Page {n}</h1><p>Text.</p>" for n in range(6)})
    old, new = (CorpusSpec("site", "docs", str(pages), "billing", version) for version in ("1.0", "2.1"))
    index = Index.build(tmp_path / "index", [old])

    def versions() -> list[str]:
        return [version for (version,) in index.catalog.database.rows("SELECT version FROM documents")]

    with pytest.raises(KeyboardInterrupt):
        index.update([new], progress=interrupt_halfway)
    assert set(versions()) == {"1.0", "2.1"}
    index.update([new])
    assert versions() == ["2.1"] * 6
    assert index.update([new]).unchanged == 6


@pytest.mark.usefixtures("often_committed")
def test_a_first_build_that_is_interrupted_goes_on_where_it_was(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        Index.build(tmp_path / "new", [tree], progress=interrupt_halfway)
    with Index.open(tmp_path / "new") as index:
        done = index.status().counts.documents
        report = index.update([CorpusSpec("app", "code", str(tree))])
        assert (report.unchanged, report.added) == (done, len(FILES) - done) and done


def test_an_index_in_memory_answers_as_one_on_disk(index: Index, tree: Path) -> None:
    assert answers(Index.in_memory([tree])) == answers(index)


def test_an_update_without_changes_reads_and_encodes_nothing(index: Index) -> None:
    generation = index.status().generation
    report = index.update()
    assert (report.unchanged, report.read_bytes, report.encoded) == (len(FILES), 0, 0)
    assert index.status().generation == generation


def test_a_touched_file_is_read_but_not_encoded(index: Index, tree: Path) -> None:
    (tree / "dates.py").touch()
    report = index.update()
    assert (report.changed, report.encoded) == (0, 0)
    assert index.update().read_bytes == 0


def test_a_changed_file_is_found_by_its_new_text_only(index: Index, tree: Path) -> None:
    (tree / "notes.txt").write_text("The office dog is called Waldemar.\n")
    assert index.update().changed == 1
    assert "Waldemar" in retrieve(index, "waldemar", 1)[0].chunk.text
    assert all("teal" not in hit.chunk.text for hit in retrieve(index, "teal", 10))


def test_a_deleted_file_leaves_with_the_next_update(index: Index, tree: Path) -> None:
    (tree / "store.go").unlink()
    assert index.update().removed == 1
    assert all(hit.chunk.origin.path != "store.go" for hit in retrieve(index, "Put", 10))


def test_a_file_that_becomes_binary_is_skipped_with_its_reason(index: Index, tree: Path) -> None:
    (tree / "notes.txt").write_bytes(b"\0\1\2")
    report = index.update()
    assert (report.removed, report.skipped["binary"]) == (1, 1)
    assert index.update().skipped == {"binary": 1}
    assert index.catalog.census.skipped()[0].path == "notes.txt"


def test_an_update_of_one_corpus_leaves_the_others(index: Index, tmp_path: Path) -> None:
    other = write_tree(tmp_path / "other", {"zoo.py": "def feed(lion):\n    lion.eat()\n"})
    index.update([CorpusSpec("other", "code", str(other))])
    assert {spec.name for spec in index.status().corpora} == {"app", "other"}
    assert retrieve(index, "feed the lion", 1)[0].chunk.origin.corpus == "other"


def test_pruning_removes_corpora_that_are_not_named(index: Index, tmp_path: Path) -> None:
    other = write_tree(tmp_path / "other", {"zoo.py": "def feed(lion):\n    lion.eat()\n"})
    index.update([CorpusSpec("other", "code", str(other))], prune=True)
    assert [spec.name for spec in index.status().corpora] == ["other"]
    assert index.status().counts.documents == 1


def test_a_new_version_of_a_corpus_reaches_documents_that_did_not_change(index: Index, tree: Path) -> None:
    index.update([CorpusSpec("app", "code", str(tree), exclude=("*.md",))])
    assert index.status().counts.documents == len(FILES) - 1


def test_a_reader_keeps_its_generation_until_it_refreshes(index: Index, tree: Path) -> None:
    assert index.path is not None
    with Index.open(index.path) as reader:
        before = answers(reader)
        (tree / "dates.py").unlink()
        index.update()
        assert answers(reader) == before
        reader.refresh()
        assert answers(reader) == answers(index) != before


_name = st.sampled_from(["a.py", "b.py", "c/d.py", "e.md"])
_text = st.sampled_from(["", "def parse(date):\n    pass\n", "# Download\n\na file\n", "x = 1\n", "\0"])
_step = st.one_of(
    st.tuples(st.just("write"), _name, _text),
    st.tuples(st.just("delete"), _name, st.just("")),
    st.tuples(st.just("rename"), _name, st.just("")),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(_step, min_size=1, max_size=3), min_size=1, max_size=4))
def test_any_sequence_of_changes_ends_as_if_built_from_scratch(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str, str]]]
) -> None:
    root = tmp_path_factory.mktemp("edited")
    tree = write_tree(root / "app")
    index = Index.build(root / "index", [tree])
    for steps in rounds:
        for action, name, text in steps:
            path = tree / name
            if action == "write":
                write_tree(tree, {name: text})
            elif path.exists() and action == "delete":
                path.unlink()
            elif path.exists():
                path.rename(tree / f"renamed_{path.name}")
        index.update()
    fresh = Index.build(root / "fresh", [tree])
    assert full_answers(index) == full_answers(fresh)
    assert index.status().counts == fresh.status().counts


def full_answers(index: Index) -> list[list[tuple[str, str, float, tuple[str, ...]]]]:
    """Return everything that is found, in order, with its scores."""
    return [
        [(hit.chunk.location, hit.chunk.text, hit.score, hit.also_at) for hit in retrieve(index, query, 50)]
        for query in QUESTIONS
    ]


# -- damage ---------------------------------------------------------------------------------------


def test_there_is_no_index_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        Index.open(tmp_path)
    assert not list(tmp_path.iterdir())


def test_another_format_version_is_an_error_that_names_the_command(index: Index) -> None:
    assert index.path is not None
    index.close()
    with sqlite3.connect(index.path / "catalog.sqlite") as database:
        database.execute("UPDATE meta SET value = 99 WHERE key = 'format_version'")
    with pytest.raises(IndexIncompatible, match="format 99") as caught:
        Index.open(index.path)
    assert "rag index --rebuild" in caught.value.fix


def test_another_encoder_is_an_error(index: Index, tmp_path: Path) -> None:
    with pytest.raises(IndexIncompatible, match="was made with the encoder 'builtin'"):
        index.update(encoder="sentence-transformers:x")
    with pytest.raises(UnknownName):
        Index.build(tmp_path / "new", [], encoder="word2vec")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("keep", [0, 50, 5000])
def test_a_catalog_cut_short_is_damaged_and_left_alone(index: Index, keep: int) -> None:
    assert index.path is not None
    index.close()
    catalog = index.path / "catalog.sqlite"
    catalog.write_bytes(catalog.read_bytes()[:keep])
    with pytest.raises(RagError) as caught:
        retrieve(Index.open(index.path), "parse a date")
    assert isinstance(caught.value, IndexDamaged)
    assert catalog.stat().st_size == keep


@pytest.mark.embedded_files
@pytest.mark.parametrize(
    "part", ["dense/rows-*.bin", "dense/*/ids.npy", "lexical/*/*.idx", "lexical/*/meta.json"]
)
@pytest.mark.parametrize("keep", [0, 20])
def test_derived_files_cut_short_are_damaged_and_repaired_from_the_catalog(
    index: Index, part: str, keep: int
) -> None:
    assert index.path is not None
    before = answers(index)
    index.close()
    for file in index.path.glob(part):
        data = file.read_bytes()
        file.unlink()  # and not in place: generations share files
        file.write_bytes(data[:keep])
    with pytest.raises(IndexDamaged) as caught:
        answers(Index.open(index.path))
    assert "--repair" in caught.value.fix
    with Index.open(index.path) as opened:
        assert opened.repair() == opened.status().counts.chunks
        assert answers(opened) == before


def test_a_repaired_index_gives_the_very_same_scores(index: Index) -> None:
    before = [hit.dense for query in QUESTIONS for hit in retrieve(index, query)]
    index.repair()
    assert [hit.dense for query in QUESTIONS for hit in retrieve(index, query)] == before


def test_a_second_writer_is_refused_while_there_is_a_first(index: Index) -> None:
    hold = (
        "from pathlib import Path; from indexers.layout import Layout; "
        "from indexers.building.writer_lock import writer_lock\n"
        f"with writer_lock(Layout(Path({str(index.path)!r}))): print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(IndexLocked) as told:
            index.update()
        assert f"process {holder.pid} on " in told.value.why
        assert retrieve(index, "parse a date")
        holder.kill()
    assert index.update().unchanged == len(FILES)


def test_an_update_that_fails_leaves_the_generation_before(index: Index, tree: Path) -> None:
    before = answers(index)
    shutil.rmtree(tree)
    with pytest.raises(RagError):
        index.update()
    assert answers(index) == before


def test_only_an_index_is_replaced(tree: Path) -> None:
    with pytest.raises(RagError, match="is not replaced"):
        rebuild(tree, [])
    assert (tree / "dates.py").exists()


def test_a_rebuilt_index_answers_as_before_and_leaves_nothing_beside_it(index: Index, tree: Path) -> None:
    assert index.path is not None
    before = answers(index)
    index.close()
    rebuild(index.path, [CorpusSpec("app", "code", str(tree))])
    assert answers(Index.open(index.path)) == before
    assert sorted(path.name for path in index.path.parent.iterdir()) == ["app", "index"]


def test_a_rebuild_that_fails_leaves_the_old_index(index: Index, tree: Path) -> None:
    assert index.path is not None
    with pytest.raises(UnknownName):
        rebuild(index.path, [CorpusSpec("app", "code", str(tree))], encoder="word2vec")
    shutil.rmtree(tree)
    with pytest.raises(RagError):
        rebuild(index.path, [CorpusSpec("app", "code", str(tree))])
    assert Index.open(index.path).status().counts.documents == len(FILES)


def test_an_index_moved_aside_by_a_killed_rebuild_is_put_back_even_if_the_next_fails(
    index: Index, tree: Path
) -> None:
    assert index.path is not None
    index.close()
    index.path.rename(index.path.with_name("index.old"))
    with pytest.raises(UnknownName):
        rebuild(index.path, [CorpusSpec("app", "code", str(tree))], encoder="word2vec")
    assert Index.open(index.path).status().counts.documents == len(FILES)


def test_an_index_moved_aside_by_a_killed_rebuild_is_put_back_when_it_is_opened(index: Index) -> None:
    assert index.path is not None
    before = answers(index)
    index.close()
    index.path.rename(index.path.with_name("index.old"))
    with Index.open(index.path) as opened:
        assert answers(opened) == before


def test_an_index_that_a_running_rebuild_has_moved_aside_is_left_there(index: Index) -> None:
    assert index.path is not None
    index.close()
    old = index.path.rename(index.path.with_name("index.old"))
    with writer_lock(Layout(old)), pytest.raises(IndexNotFound):
        Index.open(index.path)
    assert old.exists()


def test_a_users_folder_beside_the_index_is_not_deleted(index: Index, tree: Path) -> None:
    assert index.path is not None
    mine = write_tree(index.path.with_name("index.old"))
    with pytest.raises(RagError, match="is not replaced"):
        rebuild(index.path, [CorpusSpec("app", "code", str(tree))])
    assert (mine / "dates.py").exists()


def test_two_corpora_that_are_given_one_name_are_refused(tree: Path, tmp_path: Path) -> None:
    specs = [CorpusSpec("app", "code", str(tree)), CorpusSpec("app", "code", str(tmp_path))]
    with pytest.raises(CorpusError, match="two corpora are called app"):
        Index.build(tmp_path / "index", specs)
