"""Manifests of strangers: what leads out of their project is asked for."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.errors import ManifestError, RagError
from corpora.own_folders import find_manifest
from rag.projects.index_targets import bring_up_to_date, find_index, find_target, trust_project
from tests.silent_server import SilentServer, silent_server
from tests.small_corpora import write_tree

RAG = Path(sys.executable).with_name("rag")
CODE = {"app.py": "def brew_the_tea(cups):\n    return cups\n"}


@pytest.fixture
def server() -> Iterator[SilentServer]:
    with silent_server() as server:
        yield server


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "home" / ".ssh", {"config.py": "SECRET_HOST = 'internal'\n"})


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
    project: Path, private: Path, server: SilentServer, text: str
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
    assert server.asked == [] and set(private.rglob("*")) == before


def test_an_index_out_of_the_project_is_not_opened_either(project: Path) -> None:
    (project / "rag.toml").write_text('[index]\npath = "../elsewhere"\n[[corpus]]\npath = "src"\n')
    with pytest.raises(ManifestError, match="the index"):
        find_index()


def test_a_private_address_without_a_yes_is_not_asked(project: Path, server: SilentServer) -> None:
    (project / "rag.toml").write_text(f'[[corpus]]\nurl = "http://127.0.0.1:{server.server_port}/"\n')
    with pytest.raises(RagError):
        bring_up_to_date(find_target([]))
    assert server.asked == []


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
    index = '[index]\npath = ".rag"\nencoder = "builtin"\n'
    (project / "rag.toml").write_text(f'{index}[[corpus]]\npath = "src"\n[[corpus]]\npackage = "packaging"\n')
    assert bring_up_to_date(find_target([])).added > 1
    assert bring_up_to_date(find_target([])).added == 0
