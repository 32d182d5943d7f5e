"""Documentation at exact versions: added, listed, updated, removed, and synced with a lock file."""

import json
import shutil
from pathlib import Path

import pytest

from corpora.errors import CorpusError, UnknownName
from corpora.python.source import find_package
from indexers.catalog.filter import Filter
from indexers.index import Index
from indexers.locked_versions import locked_versions
from rag.cli.main import main
from rag.docs import add_docs, list_docs, remove_docs, sync_docs, update_docs
from rag.prompting.prompt import make_prompt
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from rag.retrieval.versions import Versions
from tests.small_corpora import make_wheel, write_tree

Captured = pytest.CaptureFixture[str]

OLD = '''"""Invoices."""
def total(rows):
    """Sum the rows of an invoice."""
def cancel(invoice):
    """Take an invoice back."""
'''
NEW = OLD.replace("total(rows)", "total(rows, *, tax=0.2)")


@pytest.fixture
def fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place for an index; pip fetches from a folder with two versions of one package."""
    shelf = tmp_path / "shelf"
    make_wheel(shelf, "billing", "1.4.0", {"billing/__init__.py": OLD})
    make_wheel(shelf, "billing", "2.0.1", {"billing/__init__.py": NEW})
    make_wheel(shelf, "mute", "1.0", {"mute/__init__.py": "x = 1\n"})
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".rag"


@pytest.fixture
def index(fetching: Path) -> Path:
    """Return the place for an index; the packages have been fetched, and what came of one is no archive.

    Pip takes a second for each that it fetches, and eight for one that it does not find.
    """
    wheels = shutil.copytree(fetching.parent / "shelf", fetching.parent / "cache" / "wheels")
    (wheels / "broken-3.1-py3-none-any.whl").write_bytes(b"<h1>502 Bad Gateway</h1>")
    return fetching


def test_a_package_without_source_is_reported_as_without_documentation(index: Path) -> None:
    facts = index.parent / "site" / "compiled-1.0.dist-info"
    write_tree(
        facts, {"METADATA": "Metadata-Version: 2.1\nName: compiled\nVersion: 1.0\n", "RECORD": "c.so,,\n"}
    )
    report = sync_docs(index, [facts.parent])
    assert [(one.package.name, one.outcome) for one in report.packages] == [("compiled", "empty")]


def lock(index: Path, *lines: str) -> Path:
    path = index.parent / "requirements.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.slow
def test_a_pinned_version_is_fetched_once_and_read_without_being_installed(fetching: Path) -> None:
    assert find_package("billing==1.4.0").version == "1.4.0"
    for wheel in (fetching.parent / "shelf").iterdir():
        wheel.unlink()
    assert find_package("billing==1.4.0").library == "billing"  # from the cache
    with pytest.raises(CorpusError, match=r"cannot fetch billing 2\.0\.1") as caught:
        find_package("billing==2.0.1")
    assert "pip download" in caught.value.fix


@pytest.mark.slow
def test_a_wheel_for_another_python_only_is_fetched_too(fetching: Path) -> None:
    wheel = make_wheel(fetching.parent / "shelf", "brewing", "1.0", {"brewing.py": '"""Brew."""\n'})
    wheel.rename(wheel.with_name("brewing-1.0-cp38-cp38-manylinux2014_x86_64.whl"))
    assert find_package("brewing==1.0").version == "1.0"


@pytest.mark.parametrize("version", ["1.*", "", ">=1", "latest", "../1"])
def test_a_version_that_is_not_exact_is_refused(index: Path, version: str) -> None:
    with pytest.raises(CorpusError, match="is not an exact version"):
        find_package(f"billing=={version}")


def test_two_versions_lie_side_by_side_and_each_filter_shows_its_own_signature(index: Path) -> None:
    report = add_docs(index, ["pkg:billing==1.4.0", "pkg:billing==2.0.1"])
    assert report.added == 2
    with Index.open(index) as opened:
        for version, signature in (
            ("1.4.0", "total(rows)"),
            ("2.0.1", "total(rows, *, tax=0.2)"),
        ):
            hits = retrieve(opened, "sum an invoice", options=SearchOptions(Filter(versions=(version,))))
            assert {hit.chunk.origin.version for hit in hits} == {version}
            assert hits[0].chunk.signature == signature


def test_what_two_versions_say_alike_is_one_hit_that_names_both(index: Path) -> None:
    add_docs(index, ["pkg:billing==1.4.0", "pkg:billing==2.0.1"])
    with Index.open(index) as opened:
        hits = [
            hit for hit in retrieve(opened, "take an invoice back") if hit.chunk.symbol == "billing.cancel"
        ]
        assert len(hits) == 1
        versions = {hits[0].chunk.origin.version, *hits[0].also_in}
        assert versions == {"1.4.0", "2.0.1"}
        prompt = make_prompt("take an invoice back", hits)
        assert "billing 1.4.0, 2.0.1" in prompt.text or "billing 2.0.1, 1.4.0" in prompt.text


def test_a_question_that_names_a_version_is_answered_from_it(index: Path) -> None:
    add_docs(index, ["pkg:billing==1.4.0", "pkg:billing==2.0.1"])
    with Index.open(index) as opened:
        for query, version in (
            ("sum an invoice with billing 1.4", "1.4.0"),
            ("billing==2.0.1 sum an invoice", "2.0.1"),
            ("sum an invoice in Billing v2.0", "2.0.1"),
        ):
            assert {hit.chunk.origin.version for hit in retrieve(opened, query)} == {version}, query


def test_a_hit_of_another_version_than_asked_for_is_marked_in_hit_and_prompt(index: Path) -> None:
    add_docs(index, ["pkg:billing==2.0.1"])
    with Index.open(index) as opened:
        hits = retrieve(opened, "sum an invoice with billing 1.4")
        assert {hit.asked_version for hit in hits} == {"1.4"}
        assert "not the version 1.4 that was asked for" in make_prompt("sum", hits).text
        assert (
            retrieve(opened, "sum an invoice with billing 1.4", options=SearchOptions(versions="lock")) == []
        )
        assert all(not hit.asked_version for hit in retrieve(opened, "sum an invoice"))


def test_a_sync_adds_what_a_lock_names_and_reports_what_it_could_not(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = sync_docs(index, [lock(index, "billing==1.4.0", "mute==1.0", "broken==3.1", "loose>=1")])
    told = {one.package.name: one.outcome for one in report.packages}
    assert told == {"billing": "added", "mute": "empty", "broken": "failed"}
    assert report.unpinned == ("loose>=1: no exact version",)
    with Index.open(index) as opened:
        assert locked_versions(opened) == {"billing": "1.4.0", "mute": "1.0", "broken": "3.1"}
    lock(index, "billing==1.4.0", "mute==1.0")
    monkeypatch.chdir(index.parent)
    said: list[str] = []
    again = sync_docs(index, note=said.append)
    assert said == ["reading requirements.txt: 2 packages"]
    assert {one.package.name: one.outcome for one in again.packages} == {"billing": "there", "mute": "empty"}
    with Index.open(index) as opened:
        assert locked_versions(opened) == {"billing": "1.4.0", "mute": "1.0"}


def test_retrieval_prefers_the_locked_version_and_can_require_or_ignore_it(index: Path) -> None:
    add_docs(index, ["pkg:billing==1.4.0"])
    sync_docs(index, [lock(index, "billing==2.0.1")])
    with Index.open(index) as opened:

        def versions(how: Versions) -> set[str]:
            hits = retrieve(opened, "sum an invoice", options=SearchOptions(versions=how))
            return {hit.chunk.origin.version for hit in hits}

        assert versions("prefer") == versions("lock") == {"2.0.1"}
        assert versions("any") == {"1.4.0", "2.0.1"}
        marked = {
            (hit.chunk.symbol, hit.chunk.origin.version): hit.asked_version
            for hit in retrieve(opened, "sum an invoice", options=SearchOptions(versions="any"))
        }
        assert marked["billing.total", "1.4.0"] == "2.0.1" and marked["billing.total", "2.0.1"] == ""
        # Both versions say the same of the others.
        assert not any(asked for (symbol, _), asked in marked.items() if symbol != "billing.total")


def test_a_sync_that_prunes_takes_out_what_no_lock_names_any_more(index: Path) -> None:
    sync_docs(index, [lock(index, "billing==1.4.0")])
    report = sync_docs(index, [lock(index, "billing==2.0.1")], prune=True)
    assert report.removed == ("billing==1.4.0",)
    with Index.open(index) as opened:
        assert [entry.version for entry in list_docs(opened)] == ["2.0.1"]


def test_pages_of_a_folder_carry_the_library_and_version_given(index: Path) -> None:
    pages = write_tree(index.parent / "pages", {"a.html": "<h1 id='pay'>pay</h1><p>Pay an invoice.</p>"})
    add_docs(index, [str(pages)], library="billing", version="3.0")
    with Index.open(index) as opened:
        assert [(one.library, one.version, one.units) for one in list_docs(opened)] == [("billing", "3.0", 1)]


def test_docs_are_updated_and_removed_by_name_and_code_stays(index: Path) -> None:
    pages = write_tree(index.parent / "pages", {"a.html": "<h1 id='pay'>pay</h1><p>Pay an invoice.</p>"})
    code = write_tree(index.parent / "src")
    with Index.build(index, [code, pages]) as opened:
        write_tree(pages, {"b.html": "<h1 id='owe'>owe</h1><p>Owe money.</p>"})
        assert update_docs(opened).added == 1
        with pytest.raises(UnknownName):
            remove_docs(opened, ["src"])
        assert remove_docs(opened, ["pages"]) == 2
        assert [spec.name for spec in opened.catalog.corpora().values()] == ["src"]
        assert list_docs(opened) == []


def test_the_commands_say_what_the_functions_do(index: Path, capsys: Captured) -> None:
    lock(index, "billing==1.4.0", "broken==3.1")
    assert main(["docs", "sync"]) == 0
    out = capsys.readouterr().out
    assert "2 packages: 1 added, 0 already there, 0 without documentation, 1 failed" in out
    assert "failed: broken 3.1: " in out
    assert main(["docs", "add", "pkg:billing==2.0.1"]) == 0
    assert main(["docs", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out.partition("[")[2].join(["[", ""]))
    assert {entry["version"] for entry in listed} == {"1.4.0", "2.0.1"}
    assert main(["search", "sum an invoice in billing 2.0.1"]) == 0
    assert "billing 2.0.1" in capsys.readouterr().out
    assert main(["docs", "remove", "billing==2.0.1"]) == 0
    assert "removed 1 document\n" in capsys.readouterr().out
    assert main(["search", "sum an invoice in billing 2.0.1"]) == 0
    assert "billing 1.4.0 (not the 2.0.1 asked for)" in capsys.readouterr().out
    assert main(["docs", "remove", "nothing"]) == 1
    assert "billing==1.4.0" in capsys.readouterr().err


def test_an_update_does_what_it_can_and_names_what_is_gone(index: Path, capsys: Captured) -> None:
    names = ("first", "gone", "last")
    for name in names:
        write_tree(index.parent, {f"{name}/page.md": "# Tea\n\nHow to pour it.\n"})
    assert main(["docs", "add", *names, "--kind", "docs"]) == 0
    for name in names:
        write_tree(index.parent, {f"{name}/page.md": "# Tea\n\nHow to brew it.\n"})
    (index.parent / "gone").rename(index.parent / "elsewhere")
    capsys.readouterr()
    assert main(["docs", "update"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("0 added, 2 changed")
    assert "error: 1 corpus of 3 could not be read; the other 2 are up to date" in said.err
    assert "why: gone: corpus 'gone': no folder" in said.err
    assert "rag docs remove NAME" in said.err
    with Index.open(index) as opened:
        texts = {hit.chunk.origin.corpus: hit.chunk.text for hit in retrieve(opened, "how to make tea")}
        assert [name for name in names if "brew" in texts[name]] == ["first", "last"]
    assert main(["docs", "update", "gone"]) == 1
    assert "error: corpus 'gone': no folder" in capsys.readouterr().err
    assert main(["docs", "remove", "gone"]) == main(["docs", "update"]) == 0
    assert "0 removed, 2 unchanged in" in capsys.readouterr().out
    main(["docs", "list"])
    assert capsys.readouterr().out.splitlines()[0].endswith("first (version unknown), first")


def test_an_update_in_which_all_are_gone_names_all(index: Path, capsys: Captured) -> None:
    for name in ("one", "two"):
        write_tree(index.parent, {f"{name}/page.md": "# Tea\n\nHow to pour it.\n"})
    main(["docs", "add", "one", "two", "--kind", "docs"])
    for name in ("one", "two"):
        (index.parent / name).rename(index.parent / f"no-{name}")
    capsys.readouterr()
    assert main(["docs", "update"]) == 1
    said = capsys.readouterr().err
    assert "error: 2 corpora of 2 could not be read\n" in said
    assert "one: corpus 'one'" in said and "two: corpus 'two'" in said
