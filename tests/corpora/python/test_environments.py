"""The environment in which `pkg:NAME` is looked for; nothing of it runs."""

import json
import os
from pathlib import Path

import pytest

from corpora.document import Skipped
from corpora.errors import CorpusError
from corpora.manifest import load_manifest
from corpora.network.fetching import without_fetching
from corpora.python.fetching.wheels import newest_version
from corpora.python.package import PythonPackage
from corpora.python.source import find_package
from corpora.sources import spec_for
from corpora.spec import CorpusSpec
from tests.small_corpora import make_wheel, write_tree

RAN = "open({!r}, 'w').close()\n"


def make_environment(folder: Path, version: str, *, top: str = "tea", name: str = "Tea-Pot") -> Path:
    """Make an environment that holds one distribution, and would write a file if anything of it ran."""
    alarm = RAN.format(str(folder.parent / "it-ran"))
    site = folder / "lib" / "python3.12" / "site-packages"
    metadata = f"{name.replace('-', '_').lower()}-{version}.dist-info"
    write_tree(
        site,
        {
            f"{top}/__init__.py": f'"""Brew tea, as in version {version}."""\n{alarm}',
            f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{metadata}/RECORD": f"{top}/__init__.py,,\n{metadata}/METADATA,,\n",
            "alarm.pth": f"import os; {alarm}",
            "sitecustomize.py": alarm,
        },
    )
    write_tree(
        folder,
        {"pyvenv.cfg": "home = /nowhere\n", "bin/python": f"#!/bin/sh\ntouch {folder.parent}/it-ran\n"},
    )
    (folder / "bin" / "python").chmod(0o755)
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a project, which is the working folder; no environment is active."""
    folder = write_tree(tmp_path / "project", {"pyproject.toml": "", "src/app.py": ""})
    monkeypatch.chdir(folder / "src")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    return folder


def found(source: str, python: str = "") -> tuple[str, str]:
    """Return the version of a package, and the environment that it was found in."""
    spec = spec_for(source, python=python)
    return find_package(spec.location, spec.environment).version, spec.environment


def test_the_active_environment_comes_before_the_one_beside_the_project(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = make_environment(project / ".venv", "1.0")
    assert found("pkg:tea-pot") == ("1.0", str(beside))
    active = make_environment(tmp_path / "active", "2.0")
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    assert found("pkg:Tea_Pot") == ("2.0", str(active))
    named = make_environment(tmp_path / "named", "3.0")
    assert found("pkg:tea-pot", str(named)) == found("pkg:tea-pot", str(named / "bin" / "python"))
    assert found("pkg:tea-pot", str(named)) == ("3.0", str(named))
    assert not list(tmp_path.rglob("it-ran"))


def test_the_branches_are_those_of_the_python_of_the_environment(project: Path) -> None:
    code = "import sys\nif sys.version_info < (3, 8):\n    def old(): ...\nelse:\n    def new(): ...\n"
    for minor, name in (("3.7.9", "old"), ("3.13.0", "new")):
        environment = make_environment(project / ".venv", "1.0")
        write_tree(environment, {"pyvenv.cfg": f"version = {minor}\n"})
        (module,) = environment.rglob("tea/__init__.py")
        module.write_text(code)
        pages = PythonPackage(spec_for("pkg:tea-pot")).units().pages
        (page,) = (page for page in pages.values() if not isinstance(page, str))
        assert [part.name for part in page] == ["tea", f"tea.{name}"]


def test_a_package_is_found_by_the_name_that_users_import(project: Path) -> None:
    make_environment(project / ".venv", "1.0")
    assert found("pkg:tea")[0] == "1.0"


def test_a_manifest_looks_beside_itself_wherever_the_command_runs(project: Path, tmp_path: Path) -> None:
    make_environment(project / ".venv", "1.0")
    (project / "rag.toml").write_text('[[corpus]]\npackage = "tea-pot"\n')
    os.chdir(tmp_path)
    (spec,) = load_manifest(project / "rag.toml").corpora
    assert spec.environment == str(project / ".venv")


def test_a_pin_is_met_by_the_environment_that_has_the_version_and_else_fetched(
    project: Path, tmp_path: Path
) -> None:
    environment = make_environment(project / ".venv", "1.0")
    assert spec_for("pkg:tea-pot==1.0").environment == str(environment)
    assert spec_for("pkg:tea-pot==2.0").environment == ""


def test_what_is_not_in_the_environment_is_read_from_this_python(project: Path) -> None:
    make_environment(project / ".venv", "1.0")
    assert spec_for("pkg:griffe").environment == ""
    assert "installed with this Python" in find_package("griffe").found


def test_an_environment_that_was_named_has_to_hold_the_package(project: Path, tmp_path: Path) -> None:
    named = make_environment(tmp_path / "named", "3.0")
    with pytest.raises(CorpusError, match=r"griffe is not installed in .*named"):
        spec_for("pkg:griffe", python=str(named))
    with pytest.raises(CorpusError, match="there is no Python environment at") as caught:
        spec_for("pkg:tea-pot", python=str(tmp_path / "nothing"))
    assert caught.value.why == "there is nothing at this path"


def test_a_package_that_went_away_is_reported_with_its_environment(project: Path) -> None:
    environment = make_environment(project / ".venv", "1.0")
    with pytest.raises(CorpusError, match=r"does not hold tea-pot 0\.9 any more"):
        find_package("tea-pot==0.9", str(environment))
    with pytest.raises(CorpusError, match="coffee is not installed in"):
        find_package("coffee", str(environment))


def test_no_link_leads_out_of_the_environment_of_a_cloned_repository(project: Path, tmp_path: Path) -> None:
    make_environment(tmp_path / "private", "9.0")
    (project / ".venv").symlink_to(tmp_path / "private")
    assert spec_for("pkg:griffe").environment == ""
    with without_fetching(), pytest.raises(CorpusError, match="no installed distribution 'tea-pot'"):
        found("pkg:tea-pot")
    (project / ".venv").unlink()
    (project / ".venv" / "lib" / "python3.12").mkdir(parents=True)
    inside = tmp_path / "private" / "lib" / "python3.12" / "site-packages"
    (project / ".venv" / "lib" / "python3.12" / "site-packages").symlink_to(inside)
    with without_fetching(), pytest.raises(CorpusError, match="no installed distribution 'tea-pot'"):
        found("pkg:tea-pot")


def test_metadata_and_packages_that_are_links_are_not_followed(project: Path, tmp_path: Path) -> None:
    site = make_environment(project / ".venv", "1.0") / "lib" / "python3.12" / "site-packages"
    secret = write_tree(
        tmp_path / "home", {"METADATA": "Name: secret\nVersion: 1\n", "in/diary.py": '"""Mine."""\n'}
    )
    (site / "secret-1.dist-info").mkdir()
    (site / "secret-1.dist-info" / "METADATA").symlink_to(secret / "METADATA")
    (site / "tea" / "__init__.py").unlink()
    (site / "tea").rmdir()
    (site / "tea").symlink_to(secret / "in")
    spec = spec_for("pkg:tea-pot")
    assert [type(item) for item in PythonPackage(spec).scan()] == [Skipped]
    with without_fetching(), pytest.raises(CorpusError, match="no installed distribution 'secret'"):
        found("pkg:secret")


@pytest.mark.parametrize(("place", "is_read"), [("project", True), ("elsewhere", False)])
def test_an_editable_package_is_read_only_beside_its_environment(
    project: Path, tmp_path: Path, place: str, is_read: bool
) -> None:
    site = make_environment(project / ".venv", "1.0") / "lib" / "python3.12" / "site-packages"
    code = write_tree(tmp_path / place, {"src/mine/__init__.py": '"""Mine."""\n'})
    facts = {"url": code.as_uri(), "dir_info": {"editable": True}}
    write_tree(
        site / "mine-1.dist-info",
        {"METADATA": "Name: mine\nVersion: 1\n", "RECORD": "", "direct_url.json": json.dumps(facts)},
    )
    if is_read:
        spec = spec_for("pkg:mine")
        assert find_package(spec.location, spec.environment).root == code / "src"
    else:
        with pytest.raises(CorpusError, match="has no Python source to read"):
            found("pkg:mine")


@pytest.mark.slow
def test_the_error_for_an_absent_package_offers_its_newest_version(project: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "shelf", "kettle", "1.4.0", {"kettle.py": ""})
    make_wheel(tmp_path / "shelf", "kettle", "1.10.0", {"kettle.py": ""})
    assert newest_version("kettle") == "1.10.0"
    with pytest.raises(CorpusError) as caught:
        found("pkg:kettle")
    assert "pkg:kettle==1.10.0" in caught.value.fix
    with pytest.raises(CorpusError) as caught:
        found("pkg:no-such-kettle")
    assert "pkg:no-such-kettle==VERSION" in caught.value.fix


def test_no_index_is_asked_for_what_is_no_name_or_when_nothing_may_be_fetched() -> None:
    assert newest_version("--index-url=https://example.org") == ""
    with without_fetching():
        assert newest_version("kettle") == ""


def test_an_environment_is_part_of_what_a_corpus_is() -> None:
    assert CorpusSpec("a", "package", "a", environment="/e") != CorpusSpec("a", "package", "a")
