"""Nothing is read, fetched, loaded or run because an index that somebody else made says so."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.errors import IndexDamaged, RagError
from corpora.spec import CorpusSpec
from indexers.index import Index
from indexers.own_corpora import name_corpora
from indexers.staleness import staleness
from rag import check_freshness, retrieve
from rag.cli.main import main
from rag.docs import update_docs
from rag.projects.index_targets import bring_up_to_date, find_index, find_target, trust_project
from tests.silent_server import SilentServer, silent_server
from tests.small_corpora import write_tree

CODE = {"app.py": "def brew_the_tea(cups):\n    return cups\n"}


@pytest.fixture
def server() -> Iterator[SilentServer]:
    with silent_server() as server:
        yield server


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "home" / ".ssh", {"config.py": "SECRET_HOST = 'internal'\n"})


@pytest.fixture
def clone(tmp_path: Path, private: Path, server: SilentServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a working folder with an index by somebody else that names places here and elsewhere."""
    made = tmp_path / "theirs"
    address = f"http://127.0.0.1:{server.server_port}"
    specs = [
        CorpusSpec("app", "code", str(private)),
        CorpusSpec("six", "package", "six==1.15.0"),
        CorpusSpec("evil", "package", "-revil==1.0"),
        CorpusSpec("zod", "npm", "zod@3.22.0"),
        CorpusSpec("site", "site", f"{address}/", allow_private=True),
    ]
    with Index.build(made / ".rag", [CorpusSpec("app", "code", str(write_tree(made, CODE)))]) as index:
        index.catalog.database.rollback()
        index.catalog.database.begin(write=True)
        for spec in specs:
            index.catalog.put_corpus(spec)
        index.catalog.database.commit()
    project = tmp_path / "clone"
    shutil.copytree(made / ".rag", project / ".rag")
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", address)
    monkeypatch.setenv("npm_config_registry", address)
    monkeypatch.chdir(project)
    return project


def test_nothing_of_it_is_read_or_fetched_by_looking_at_it(clone: Path, server: SilentServer) -> None:
    with Index.open(".rag") as index:
        hits = check_freshness(index, retrieve(index, "brew the tea", 5))
        assert hits and all(hit.is_stale is None for hit in hits)
        told = {one.corpus: one.problem for one in staleness(index)}
    assert all("not looked at" in problem for problem in told.values()) and len(told) == 5
    assert server.asked == []


COMMANDS = [
    ["index"],
    ["index", "--dry-run"],
    ["index", "--rebuild"],
    ["watch"],
    ["docs", "update"],
    ["docs", "update", "six"],
    ["docs", "update", "zod"],
    ["docs", "update", "site"],
]
LOOKS = [
    ["search", "brew the tea"],
    ["prompt", "tea"],
    ["status"],
    ["verify"],
    ["docs", "list"],
    ["index", "--repair"],
]


def test_commands_at_such_an_index_read_it_and_nothing_that_it_names(
    clone: Path, server: SilentServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in [*LOOKS, *COMMANDS]:
        code = main(arguments)
        out, err = capsys.readouterr()
        told = f"{arguments}: {out}{err}"
        assert code == (arguments in COMMANDS), told
        assert "Traceback" not in told and "SECRET_HOST" not in told, told
        assert arguments in LOOKS or ("not read again" in err and "fix:" in err), told
        assert server.asked == [], told
    assert b"SECRET_HOST" not in (clone / ".rag" / "catalog.sqlite").read_bytes()
    assert not list((tmp_path / "cache").rglob("*.whl"))


def test_it_can_be_added_to_without_reading_the_rest(clone: Path, server: SilentServer) -> None:
    write_tree(clone / "src", {"pot.py": "def fill_the_pot(litres):\n    return litres\n"})
    bring_up_to_date(find_target(["src"]))
    with Index.open(".rag") as index:
        found = {hit.chunk.origin.path for hit in retrieve(index, "fill the pot", 5)}
        assert "pot.py" in found
    with pytest.raises(RagError, match="not read again"):
        find_target([])
    assert server.asked == []


def test_an_index_that_was_made_here_is_brought_up_to_date_as_ever(tmp_path: Path) -> None:
    source = write_tree(tmp_path / "src", CODE)
    index = tmp_path / ".rag"
    bring_up_to_date(find_target([str(source)], start=tmp_path))
    write_tree(source, {"new.py": "x = 1\n"})
    assert bring_up_to_date(find_target([], start=tmp_path)).added == 1
    bring_up_to_date(find_target([], start=tmp_path), anew=True)
    assert bring_up_to_date(find_target([], start=tmp_path)).unchanged == 2
    with Index.open(index) as opened:
        assert opened.update().unchanged == 2
        assert [one.problem for one in staleness(opened)] == [""]


def test_what_is_put_into_an_own_index_by_others_is_not_followed(tmp_path: Path, private: Path) -> None:
    """Change the index as a `git pull` of a committed index would."""
    source = write_tree(tmp_path / "src", CODE)
    bring_up_to_date(find_target([str(source)], start=tmp_path))
    with Index.open(tmp_path / ".rag") as index:
        (spec,) = index.catalog.corpora().values()
        index.catalog.database.rollback()
        index.catalog.database.begin(write=True)
        index.catalog.put_corpus(replace(spec, location=str(private)))
        index.catalog.database.commit()
    with pytest.raises(RagError, match="not read again"):
        find_target([], start=tmp_path)
    with Index.open(tmp_path / ".rag") as index, pytest.raises(RagError, match="not read again"):
        index.update()


def test_who_agrees_to_it_has_it_brought_up_to_date(tmp_path: Path) -> None:
    source = write_tree(tmp_path / "src", CODE)
    Index.build(tmp_path / "theirs" / ".rag", [CorpusSpec("src", "code", str(source))]).close()
    (tmp_path / "ours").mkdir()
    shutil.copytree(tmp_path / "theirs" / ".rag", tmp_path / "ours" / ".rag")
    with pytest.raises(RagError, match="not read again") as error:
        find_target([], start=tmp_path / "ours")
    assert str(source) in error.value.why and "rag status --trust" in error.value.fix
    trust_project(start=tmp_path / "ours")
    assert bring_up_to_date(find_target([], start=tmp_path / "ours")).unchanged == 1


def test_an_update_by_name_needs_the_name_to_be_ones_own(clone: Path, server: SilentServer) -> None:
    with Index.open(".rag") as index:
        with pytest.raises(RagError, match="not read again"):
            update_docs(index, ["evil"])
        name_corpora(index.path, index.catalog.corpora().values())
        with pytest.raises(RagError, match=r"no installed distribution|(?:no|not the) name of a package"):
            update_docs(index, ["evil"])  # it is checked where it is used, too
    assert server.asked == []


@pytest.mark.parametrize(
    "encoder", ["table:{}", "sentence-transformers:{}", "{}", "builtin+sentence-transformers:{}"]
)
def test_a_model_that_an_index_names_is_not_loaded(clone: Path, private: Path, encoder: str) -> None:
    with Index.open(".rag") as index:
        index.catalog.database.rollback()
        index.catalog.database.begin(write=True)
        index.catalog.database.set_meta("encoder", encoder.format(private))
        index.catalog.database.commit()
    with Index.open(".rag") as index, pytest.raises(RagError, match="is not loaded"):
        retrieve(index, "brew the tea", 5)


@pytest.mark.parametrize("name", ["catalog.sqlite", "writer.lock", "lexical", "dense"])
def test_an_index_with_links_in_it_is_not_written(tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    project = write_tree(tmp_path / "project", CODE)
    (project / ".rag").mkdir()
    (project / ".rag" / name).symlink_to(victim)
    with pytest.raises(RagError):
        bring_up_to_date(find_target([str(project)], start=project))
    assert victim.read_text() == "mine"


def test_an_index_that_is_a_link_is_used_only_if_it_is_named(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project = write_tree(tmp_path / "project", CODE)
    (project / ".rag").symlink_to(elsewhere)
    for call in (lambda: find_target([str(project)], start=project), lambda: find_index(start=project)):
        with pytest.raises(RagError, match="is not used"):
            call()
    assert find_index(project / ".rag") == project / ".rag"
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "spec",
    ["[]", "{", "5", '{"name": 1}', '{"name": "a", "kind": "code", "location": ["/"]}', "[" * 100_000,
     '{"name": "a", "kind": "code", "location": "/", "include": [1]}',
     '{"name": "a", "kind": "code", "location": "/", "max_pages": "9"}',
     '{"name": "a", "kind": "code", "location": "/", "__class__": "x"}'],
)  # fmt: skip
def test_a_corpus_in_a_catalog_that_is_none_is_a_damage(clone: Path, spec: str) -> None:
    with Index.open(".rag") as index:
        index.catalog.database.rollback()
        index.catalog.database.begin(write=True)
        index.catalog.database.rows("UPDATE corpora SET spec = ? WHERE name = 'six'", (spec,))
        index.catalog.database.commit()
    with Index.open(".rag") as index, pytest.raises(IndexDamaged):
        index.status()
