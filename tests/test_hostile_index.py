"""Indexes and manifests of strangers: nothing is read, fetched, loaded or run because they say so."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from corpora.errors import ManifestError, RagError
from corpora.manifest import find_manifest
from corpora.spec import CorpusSpec
from indexers.behind import behind
from indexers.index import Index
from indexers.own_corpora import name_corpora
from rag import check_freshness, retrieve
from rag.docs import update_docs
from rag.project import bring_up_to_date, find_index, find_target, trust_project
from tests.small_corpora import write_tree

RAG = Path(sys.executable).with_name("rag")
CODE = {"app.py": "def brew_the_tea(cups):\n    return cups\n"}


class _Asked(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_error(404)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """A server that must not be asked anything; `asked` holds what it was."""
    server = HTTPServer(("127.0.0.1", 0), _Asked)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "home" / ".ssh", {"config.py": "SECRET_HOST = 'internal'\n"})


@pytest.fixture
def clone(tmp_path: Path, private: Path, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an index that somebody else made, of what lies on this machine and elsewhere."""
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
        index.catalog.rollback()
        index.catalog.begin(write=True)
        for spec in specs:
            index.catalog.put_corpus(spec)
        index.catalog.commit()
    project = tmp_path / "clone"
    shutil.copytree(made / ".rag", project / ".rag")
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", address)
    monkeypatch.setenv("npm_config_registry", address)
    monkeypatch.chdir(project)
    return project


def asked(server: HTTPServer) -> list[str]:
    found: list[str] = server.asked  # type: ignore[attr-defined]
    return found


def test_nothing_of_it_is_read_or_fetched_by_looking_at_it(clone: Path, server: HTTPServer) -> None:
    with Index.open(".rag") as index:
        hits = check_freshness(index, retrieve(index, "brew the tea", 5))
        assert hits and all(hit.is_stale is None for hit in hits)
        told = {one.corpus: one.problem for one in behind(index)}
    assert all("not looked at" in problem for problem in told.values()) and len(told) == 5
    assert asked(server) == []


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


@pytest.mark.slow
@pytest.mark.skipif(not RAG.exists(), reason="needs the command rag")
def test_commands_at_such_an_index_read_it_and_nothing_that_it_names(
    clone: Path, server: HTTPServer, tmp_path: Path
) -> None:
    for arguments in [*LOOKS, *COMMANDS]:
        done = subprocess.run(
            [str(RAG), *arguments], capture_output=True, text=True, timeout=120, check=False
        )
        told = f"{arguments}: {done.stdout}{done.stderr}"
        assert done.returncode == (arguments in COMMANDS), told
        assert "Traceback" not in told and "SECRET_HOST" not in told, told
        assert arguments in LOOKS or ("not read again" in done.stderr and "fix:" in done.stderr), told
        assert asked(server) == [], told
    assert b"SECRET_HOST" not in (clone / ".rag" / "catalog.sqlite").read_bytes()
    assert not list((tmp_path / "cache").rglob("*.whl"))


def test_it_can_be_added_to_without_reading_the_rest(clone: Path, server: HTTPServer) -> None:
    write_tree(clone / "src", {"pot.py": "def fill_the_pot(litres):\n    return litres\n"})
    bring_up_to_date(find_target(["src"]))
    with Index.open(".rag") as index:
        found = {hit.chunk.origin.path for hit in retrieve(index, "fill the pot", 5)}
        assert "pot.py" in found
    with pytest.raises(RagError, match="not read again"):
        find_target([])
    assert asked(server) == []


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
        assert [one.problem for one in behind(opened)] == [""]


def test_what_is_put_into_an_own_index_by_others_is_not_followed(tmp_path: Path, private: Path) -> None:
    """As by a `git pull` of a committed index."""
    source = write_tree(tmp_path / "src", CODE)
    bring_up_to_date(find_target([str(source)], start=tmp_path))
    with Index.open(tmp_path / ".rag") as index:
        (spec,) = index.catalog.corpora().values()
        index.catalog.rollback()
        index.catalog.begin(write=True)
        index.catalog.put_corpus(replace(spec, location=str(private)))
        index.catalog.commit()
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


def test_an_update_by_name_needs_the_name_to_be_ones_own(clone: Path, server: HTTPServer) -> None:
    with Index.open(".rag") as index:
        with pytest.raises(RagError, match="not read again"):
            update_docs(index, ["evil"])
        name_corpora(index.path, index.catalog.corpora().values())
        with pytest.raises(RagError, match="no installed distribution|no name of a package"):
            update_docs(index, ["evil"])  # it is checked where it is used, too
    assert asked(server) == []


@pytest.mark.parametrize(
    "encoder", ["table:{}", "sentence-transformers:{}", "{}", "builtin+sentence-transformers:{}"]
)
def test_a_model_that_an_index_names_is_not_loaded(clone: Path, private: Path, encoder: str) -> None:
    with Index.open(".rag") as index:
        index.catalog.rollback()
        index.catalog.begin(write=True)
        index.catalog.set_meta("encoder", encoder.format(private))
        index.catalog.commit()
    with Index.open(".rag") as index, pytest.raises(RagError, match="is not loaded"):
        retrieve(index, "brew the tea", 5)


@pytest.mark.parametrize("name", ["catalog.sqlite", "writer.lock", "lexical", "x"])
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


# -- rag.toml ----------------------------------------------------------------------------------------

BEYOND = {
    "a folder of the user": '[[corpus]]\npath = "{private}"\n',
    "a folder above": '[[corpus]]\npath = "../home/.ssh"\n',
    "a link": '[[corpus]]\npath = "link"\n',
    "pages": '[[corpus]]\nkind = "docs"\npath = "{private}"\n',
    "a package by its folder": '[[corpus]]\nkind = "package"\npath = "{private}"\n',
    "doc comments": '[[corpus]]\nkind = "comments"\npath = "{private}"\n',
    "an index elsewhere": '[index]\npath = "../elsewhere"\n[[corpus]]\npath = "src"\n',
    "an absolute index": '[index]\npath = "{private}/index"\n[[corpus]]\npath = "src"\n',
    "a table": '[index]\nencoder = "table:src"\n[[corpus]]\npath = "src"\n',
    "a model in a folder": '[index]\nencoder = "sentence-transformers:{private}"\n[[corpus]]\npath = "src"\n',
    "a private address": '[[corpus]]\nurl = "http://127.0.0.1:{port}/"\nallow_private = true\n',
}


@pytest.fixture
def project(tmp_path: Path, private: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = write_tree(tmp_path / "project", {"src/app.py": CODE["app.py"]})
    (project / "link").symlink_to(private)
    monkeypatch.chdir(project)
    return project


@pytest.mark.parametrize("text", BEYOND.values(), ids=BEYOND)
def test_a_manifest_that_leads_out_of_its_project_is_asked_for(
    project: Path, private: Path, server: HTTPServer, text: str
) -> None:
    before = set(private.rglob("*"))
    (project / "rag.toml").write_text(text.format(private=private, port=server.server_port))
    with pytest.raises(ManifestError, match="is not followed") as error:
        find_target([])
    assert "rag index --trust" in error.value.fix
    trust_project()
    find_target([])  # agreed to, once and for all
    (project / "rag.toml").write_text(f'[[corpus]]\npath = "{private.parent}"\n')
    with pytest.raises(ManifestError, match="is not followed"):
        find_target([])
    assert asked(server) == [] and set(private.rglob("*")) == before


def test_an_index_out_of_the_project_is_not_opened_either(project: Path) -> None:
    (project / "rag.toml").write_text('[index]\npath = "../elsewhere"\n[[corpus]]\npath = "src"\n')
    with pytest.raises(ManifestError, match="the index"):
        find_index()


def test_a_private_address_without_a_yes_is_not_asked(project: Path, server: HTTPServer) -> None:
    (project / "rag.toml").write_text(f'[[corpus]]\nurl = "http://127.0.0.1:{server.server_port}/"\n')
    with pytest.raises(RagError):
        bring_up_to_date(find_target([]))
    assert asked(server) == []


def test_a_manifest_in_a_folder_that_anybody_may_write_to_is_not_followed(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    work = shared / "work"
    work.mkdir(parents=True)
    (shared / "rag.toml").write_text('[[corpus]]\npath = "work"\n')
    assert find_manifest(work) == shared / "rag.toml"
    shared.chmod(0o1777)
    assert find_manifest(work) is None
    assert find_manifest(shared) == shared / "rag.toml"


def test_a_manifest_of_ones_project_is_followed_as_ever(project: Path) -> None:
    text = '[index]\npath = ".rag"\nencoder = "builtin"\n[[corpus]]\npath = "src"\n[[corpus]]\npackage = "packaging"\n'
    (project / "rag.toml").write_text(text)
    assert bring_up_to_date(find_target([])).added > 1
    assert bring_up_to_date(find_target([])).added == 0


# -- rag eval --again --------------------------------------------------------------------------------

RUNS = {
    "a command": ["--backend", "command", "--command", "touch {canary}"],
    "an endpoint": ["--backend", "openai", "--base-url", "http://127.0.0.1:{port}/v1", "--model", "m"],
    "no sandbox": ["--backend", "echo", "--isolation", "process"],
    "a container": ["--backend", "echo", "--isolation", "container:evil/image"],
    "an interpreter": ["--backend", "echo", "--python", "{evil}"],
    "interpreters": ["--backend", "echo", "--make-environments", "--interpreter", "3.11={evil}"],
    "a template": ["--backend", "echo", "--template", "{evil}"],
    "a local model": ["--backend", "local", "--model", "{evil}"],
    "abbreviated": ["--back", "command", "--comm", "touch {canary}"],
    "another command of ours": [],
}


@pytest.mark.skipif(not RAG.exists(), reason="needs the command rag")
@pytest.mark.parametrize("recorded", RUNS.values(), ids=RUNS)
def test_a_recorded_run_is_not_repeated_unasked(
    tmp_path: Path, server: HTTPServer, recorded: list[str]
) -> None:
    canary, evil = tmp_path / "canary", tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {canary}\n")
    evil.chmod(0o755)
    task = {
        "id": "a",
        "intent": "b",
        "shown": "def a():\n",
        "reference": "    return 1\n",
        "tests": "assert a()",
    }
    (tmp_path / "tasks.jsonl").write_text(json.dumps(task))
    options = [part.format(canary=canary, port=server.server_port, evil=evil) for part in recorded]
    command = ["eval", "tasks.jsonl", "--context", "none", *options] if recorded else ["index", str(tmp_path)]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text(json.dumps({"format_version": 1, "command": command}))
    environment = {**os.environ, "OPENAI_API_KEY": "secret"}
    done = subprocess.run(
        [str(RAG), "eval", "--again", "run"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "not run unasked" in done.stderr or "cannot be made again" in done.stderr
    assert not canary.exists() and asked(server) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"evil", "run", "tasks.jsonl"}


def test_the_folder_of_a_run_with_links_in_it_is_not_written(tmp_path: Path) -> None:
    from rag.evaluation.run.folder import RunFolder

    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in ("samples.jsonl", "manifest.part", "report.html"):
        run = tmp_path / f"run-{name}"
        run.mkdir()
        (run / name).symlink_to(victim)
        with pytest.raises(RagError, match="no place for a run"):
            RunFolder(run, {"command": ["eval"]})
    assert victim.read_text() == "mine"
