"""Syncs with lock files: what is read is what the project uses, and never a stranger's package."""

import json
from pathlib import Path

import pytest

from indexers.index import Index
from indexers.locked_versions import lock_versions, locked_versions
from rag.cli.main import main
from rag.docs import Synced, add_docs, sync_docs
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.small_corpora import make_wheel, write_tree

Captured = pytest.CaptureFixture[str]

OWN = '"""Ours."""\ndef greet():\n    """Greet as we do."""\n'
FOREIGN = '"""A stranger\'s."""\ndef greet():\n    """Greet as a stranger does."""\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with a package of its own; the index of packages has a stranger's of each name."""
    shelf = tmp_path / "shelf"
    for name in ("shared", "corp", "forked"):
        make_wheel(shelf, name, "1.0.0", {f"{name}/__init__.py": FOREIGN})
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    project = write_tree(tmp_path / "project", {"libs/shared/shared/__init__.py": OWN, ".git/HEAD": ""})
    monkeypatch.chdir(project)
    return project


def poetry(project: Path, *packages: tuple[str, str, str]) -> Path:
    lines = [
        f'[[package]]\nname = "{name}"\nversion = "1.0.0"\n'
        + (f'[package.source]\ntype = "{kind}"\nurl = "{url}"\n' if kind else "")
        for name, kind, url in packages
    ]
    (project / "poetry.lock").write_text("".join(lines))
    return project / "poetry.lock"


def outcomes(synced: tuple[Synced, ...]) -> dict[str, str]:
    return {one.package.name: one.outcome for one in synced}


def texts(index: Path, query: str) -> str:
    with Index.open(index) as opened:
        return " ".join(hit.chunk.text for hit in retrieve(opened, query))


@pytest.mark.slow
def test_what_is_from_another_place_is_not_fetched_by_its_name(project: Path, capsys: Captured) -> None:
    lock = poetry(
        project,
        ("shared", "directory", "libs/shared"),
        ("corp", "legacy", "https://pypi.corp.example/simple"),
        ("forked", "git", "https://example.org/forked.git"),
    )
    report = sync_docs(project / ".rag", [lock])
    assert outcomes(report.packages) == {"shared": "added", "corp": "failed"}
    assert [line.split(":")[0] for line in report.unpinned] == ["forked"]
    assert not list((project.parent / "cache").rglob("*.whl"))
    assert "as we do" in texts(project / ".rag", "greet")
    assert main(["docs", "sync"]) == 0
    out = capsys.readouterr().out
    assert "failed: corp 1.0.0: it may come from https://pypi.corp.example" in out
    assert "left out: forked: it comes from no registry: git" in out


@pytest.mark.slow
def test_a_package_is_read_again_when_its_lock_takes_it_from_elsewhere(project: Path) -> None:
    index = project / ".rag"
    sync_docs(index, [poetry(project, ("shared", "", ""))])
    assert "as a stranger" in texts(index, "greet")
    sync_docs(index, [poetry(project, ("shared", "directory", "libs/shared"))])
    assert "as a stranger" not in texts(index, "greet") and "as we do" in texts(index, "greet")
    write_tree(project, {"libs/shared/shared/__init__.py": OWN.replace("as we do", "as we like")})
    sync_docs(index, [project / "poetry.lock"])
    assert "as we like" in texts(index, "greet")
    sync_docs(index, [poetry(project, ("shared", "", ""))])
    assert "as a stranger" in texts(index, "greet")


@pytest.mark.slow
def test_what_the_user_adds_by_name_stays(project: Path) -> None:
    lock = poetry(project, ("corp", "legacy", "https://pypi.corp.example/simple"))
    add_docs(project / ".rag", ["pkg:corp==1.0.0"])
    assert outcomes(sync_docs(project / ".rag", [lock], prune=True).packages) == {"corp": "there"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "place", [".venv", "./.venv/", "{}/.venv", "~/project/.venv", "link", ".venv/lib/python3.9/site-packages"]
)
def test_an_environment_can_be_named_in_every_way(
    project: Path, place: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("HOME", str(project.parent))
    site = ".venv/lib/python3.9/site-packages"  # of another Python, whose interpreter is gone
    write_tree(project, {
        f"{site}/corp/__init__.py": OWN,
        f"{site}/corp-2.0.dist-info/METADATA": "Name: corp\nVersion: 2.0\n",
        f"{site}/corp-2.0.dist-info/RECORD": "corp/__init__.py,,\n",
        f"{site}/old/__init__.py": OWN,
        f"{site}/old-0.1.egg-info/PKG-INFO": "Name: old\nVersion: 0.1\n",
        f"{site}/old-0.1.egg-info/top_level.txt": "old\n",
        f"{site}/shared-1.0.0.dist-info/METADATA": "Name: shared\nVersion: 1.0.0\n",
        f"{site}/shared-1.0.0.dist-info/RECORD": "__editable__.shared.pth,,\n",
        f"{site}/shared-1.0.0.dist-info/direct_url.json": json.dumps(
            {"url": f"file://{project}/libs/shared", "dir_info": {"editable": True}}),
        f"{site}/gone-1.0.dist-info/METADATA": "Name: gone\nVersion: 1.0\n",
        f"{site}/gone-1.0.dist-info/direct_url.json": json.dumps(
            {"url": "file:///nowhere/gone", "dir_info": {"editable": True}}),
    })  # fmt: skip
    (project / "link").symlink_to(".venv")
    assert main(["docs", "sync", place.format(project)]) == 0
    out = capsys.readouterr().out
    assert "3 packages: 3 added" in out
    assert "gone: /nowhere/gone is outside the project" in out.replace("file://", "")


def test_an_environment_that_is_none_is_an_error_in_three_lines(project: Path, capsys: Captured) -> None:
    (project / "broken").mkdir()
    (project / "dangling").symlink_to("nowhere")
    for place in ("broken", "dangling", "absent/"):
        assert main(["docs", "sync", place]) == 1
        assert len(capsys.readouterr().err.strip().splitlines()) == 3


def test_the_environment_of_a_project_without_a_lock_is_followed(project: Path, capsys: Captured) -> None:
    facts = "venv/lib/python3.9/site-packages/corp-2.0.dist-info"
    write_tree(project, {f"{facts}/METADATA": "Name: corp\nVersion: 2.0\n", f"{facts}/RECORD": ""})
    assert main(["docs", "sync"]) == 0
    assert "without documentation: corp 2.0" in capsys.readouterr().out


@pytest.mark.slow
def test_python_and_npm_packages_of_one_name_have_a_version_each(project: Path) -> None:
    for version in ("1.0", "2.0"):
        own = f'def greet():\n    """Greet as Python does in {version}."""\n'
        make_wheel(project.parent / "shelf", "redis", version, {"redis/__init__.py": own})
        write_tree(project / version, {
            "package.json": json.dumps({"name": "redis", "version": version + ".0"}),
            "index.d.ts": f"/** Greet as npm does in {version}. */\nexport declare function greet(): void;\n",
        })  # fmt: skip
    index = project / ".rag"
    add_docs(index, ["pkg:redis==1.0", "pkg:redis==2.0"])
    for version in ("1.0", "2.0"):
        add_docs(index, [str(project / version)], kind="npm")
    with Index.open(index) as opened:
        lock_versions(opened, {("python", "redis"): "2.0", ("npm", "redis"): "1.0.0"})
        assert locked_versions(opened) == {"python:redis": "2.0", "npm:redis": "1.0.0"}
        for how in ("prefer", "lock"):
            hits = retrieve(opened, "greet", options=SearchOptions(versions=how))
            found = {(hit.chunk.origin.language, hit.chunk.origin.version) for hit in hits}
            assert found == {("python", "2.0"), ("typescript", "1.0.0")}
            assert not any(hit.asked_version for hit in hits)
        marked = {
            (hit.chunk.origin.language, hit.chunk.origin.version): hit.asked_version
            for hit in retrieve(opened, "greet", options=SearchOptions(versions="any"))
            if hit.chunk.symbol == "redis.greet"
        }
        assert marked["python", "1.0"] == "2.0" and marked["typescript", "2.0.0"] == "1.0.0"


def test_a_named_environment_says_for_which_python_and_what_is_installed(project: Path) -> None:
    site = "lib/python3.9/site-packages"
    other = write_tree(project.parent / "envs" / "other", {
        f"{site}/corp-1.0.0.dist-info/METADATA": "Name: corp\nVersion: 1.0.0\n",
        f"{site}/corp-1.0.0.dist-info/RECORD": "corp/__init__.py,,\n",
        f"{site}/corp/__init__.py": OWN,
    })  # fmt: skip
    lock = write_tree(project, {"requirements.txt": (
        "--index-url https://pypi.corp.example/simple\ncorp==1.0.0; python_version < '3.10'\n"
        "shared==1.0.0; python_version >= '3.10'\n"
    )}) / "requirements.txt"  # fmt: skip
    report = sync_docs(project / ".rag", [lock], python=str(other))
    assert (outcomes(report.packages), report.others) == ({"corp": "added"}, ("shared 1.0.0",))
