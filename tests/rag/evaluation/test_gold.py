"""The ids by which a document of an index is recognised as one that answers a task."""

from pathlib import Path

import pytest

from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.evaluation.gold import GoldDocuments, chunk_ids_of, devdocs_folder, page_id, ranked_ids
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import write_tree

TIME = """<html><head><title>time</title></head><body><h1>time</h1>
<p>Clocks of all kinds.</p>
<dl class="py function"><dt class="sig" id="time.time">time.time()</dt>
<dd><p>The seconds since the epoch as a float.</p></dd></dl>
<dl class="py function"><dt class="sig" id="time.sleep">time.sleep(secs)</dt>
<dd><p>Suspend the calling thread for the given seconds.</p></dd></dl>
</body></html>
"""
FILES = {
    "python~3.9/library/time.html": TIME,
    "pytorch/generated/torch.cat.html": "<h1>torch.cat</h1><p>Concatenates tensors.</p>",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    root = tmp_path_factory.mktemp("gold")
    site = write_tree(root / "site", FILES)
    code = write_tree(root / "code", {"app/clock.py": "def tick(clock):\n    return clock + 1\n"})
    return Index.in_memory([CorpusSpec("site", "docs", str(site)), CorpusSpec("code", "code", str(code))])


@pytest.mark.parametrize(
    ("path", "anchor", "expected"),
    [
        ("python~3.9/library/time.html", "time.time", "python.library.time#time.time"),
        ("numpy~1.23/reference/generated/numpy.sum.html", "", "numpy.reference.generated.numpy.sum"),
        ("scikit_learn/modules/svm.html", "svc", "sklearn.modules.svm#svc"),
        ("pytorch/generated/torch.cat", "torch.cat", "torch.generated.torch.cat#torch.cat"),
    ],
)
def test_a_page_of_devdocs_has_the_id_of_its_library_page_and_anchor(
    path: str, anchor: str, expected: str
) -> None:
    assert page_id(path, anchor) == expected


@pytest.mark.parametrize(
    ("identifier", "folder"),
    [("sklearn.modules.svm#svc", "scikit_learn"), ("torch.x", "pytorch"), ("python.library.time", "python")],
)
def test_an_id_names_the_folder_of_its_library(identifier: str, folder: str) -> None:
    assert devdocs_folder(identifier) == folder


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("python~3.9/library/time.html#time.sleep", "Suspend the calling"),
        ("python.library.time#time.sleep", "Suspend the calling"),
        ("time.sleep", "Suspend the calling"),
        ("app/clock.py", "clock + 1"),
        ("tick", "clock + 1"),
        ("torch.generated.torch.cat", "Concatenates"),
    ],
)
def test_a_passage_is_known_by_path_anchor_page_id_and_symbol(index: Index, name: str, text: str) -> None:
    documents = GoldDocuments(index)
    (hit,) = documents.hits([name], 5)
    assert text in hit.chunk.text and hit.rank == 1
    assert documents.missing([name]) == ()
    assert name in chunk_ids_of(hit.chunk)


def test_a_path_names_all_passages_of_its_page_in_their_order(index: Index) -> None:
    hits = GoldDocuments(index).hits(["python~3.9/library/time.html"], 5)
    assert [hit.chunk.anchor for hit in hits][-2:] == ["time.time", "time.sleep"]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_passages_come_in_the_order_of_their_names_each_once_and_k_at_the_most(index: Index) -> None:
    documents = GoldDocuments(index)
    wanted = ["tick", "time.sleep", "app/clock.py", "time.time"]
    assert [hit.chunk.symbol for hit in documents.hits(wanted, 5)] == ["tick", "time.sleep", "time.time"]
    assert [hit.chunk.symbol for hit in documents.hits(wanted, 2)] == ["tick", "time.sleep"]


def test_what_the_index_does_not_have_is_reported_and_skipped(index: Index) -> None:
    documents = GoldDocuments(index)
    wanted = ["numpy.sum", "tick", "no/such.py"]
    assert documents.missing(wanted) == ("numpy.sum", "no/such.py")
    assert [hit.chunk.symbol for hit in documents.hits(wanted, 5)] == ["tick"]


def test_what_was_retrieved_goes_by_the_name_that_the_task_uses(index: Index) -> None:
    hits = retrieve(index, "suspend the calling thread for some seconds", 3)
    assert hits[0].chunk.symbol == "time.sleep"
    for name in chunk_ids_of(hits[0].chunk):
        assert ranked_ids(hits, {name})[0] == name
    own = ranked_ids(hits, {"other"})
    assert own[0] == "python~3.9/library/time.html#time.sleep"
    assert len(own) == len(hits)


def test_two_passages_of_one_gold_page_count_once_at_the_first_place(index: Index) -> None:
    hits = retrieve(index, "time sleep suspend thread seconds since the epoch", 5)
    page = "python~3.9/library/time.html"
    assert sum(hit.chunk.origin.path == page for hit in hits) >= 2
    assert ranked_ids(hits, {page}).count(page) == 1


def test_an_index_on_disk_names_the_same_documents(index: Index, tmp_path: Path) -> None:
    code = write_tree(tmp_path / "code", {"app/clock.py": "def tick(clock):\n    return clock + 1\n"})
    Index.build(tmp_path / "index", [code]).close()
    with Index.open(tmp_path / "index") as opened:
        (hit,) = GoldDocuments(opened).hits(["app/clock.py"], 1)
        assert hit.chunk == GoldDocuments(index).hits(["tick"], 1)[0].chunk
