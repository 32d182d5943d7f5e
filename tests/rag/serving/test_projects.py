"""Projects are found by their names, and by folders only where their user started the service for himself."""

import time
from pathlib import Path

import pytest

from corpora.errors import RagError, UnknownName
from rag.serving.projects import Projects, named_projects
from tests.served_project import opened, update, write_project


def test_projects_of_one_name_are_told_apart(tmp_path: Path) -> None:
    first, second = write_project(tmp_path / "a" / "app"), write_project(tmp_path / "b" / "app")
    with opened(first, second) as projects:
        assert [project.name for project in projects.find()] == ["app", "app-2"]
        assert projects.only("app-2").folder == second
        assert projects.only().folder == first


def test_a_folder_in_a_project_leads_to_it(folder: Path) -> None:
    with opened(folder) as projects:
        assert projects.find([str(folder / "shop")]) == projects.find(["shop"])
        assert projects.add(folder / "shop") is projects.only()


def test_a_client_from_elsewhere_cannot_have_a_folder_opened(folder: Path, tmp_path: Path) -> None:
    other = write_project(tmp_path / "other")
    with opened(folder) as projects:
        with pytest.raises(UnknownName):
            projects.find([str(other)])
        with pytest.raises(UnknownName):
            projects.find(["/etc\0"])
        with pytest.raises(UnknownName):
            projects.find(["../other"])
    with opened(folder, opens_others=True) as projects:
        assert projects.only(str(other)).folder == other


def test_so_many_projects_are_opened_and_no_more(tmp_path: Path) -> None:
    projects = Projects(opens_others=True)
    for number in range(32):
        (tmp_path / f"p{number}").mkdir()
        projects.add(tmp_path / f"p{number}")
    (tmp_path / "one more").mkdir()
    with pytest.raises(RagError, match="32 projects are open"):
        projects.only(str(tmp_path / "one more"))
    projects.close()


def test_a_project_without_an_index_says_how_to_make_one(tmp_path: Path) -> None:
    with opened(tmp_path) as projects, pytest.raises(RagError) as caught, projects.only().reading():
        pass
    assert "rag index" in caught.value.fix


def test_names_and_folders_that_cannot_be_are_refused(folder: Path, tmp_path: Path) -> None:
    projects = Projects()
    with pytest.raises(RagError, match="no project is served"):
        projects.only()
    with pytest.raises(RagError, match="no such folder"):
        projects.add(tmp_path / "gone")
    projects.add(folder, "one")
    with pytest.raises(RagError, match="two projects are named one"):
        projects.add(tmp_path, "one")
    projects.close()


def test_a_folder_whose_name_has_a_sign_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a=b").mkdir()
    assert list(named_projects([f"{tmp_path}/a=b", f"lib={tmp_path}"])) == [
        ("", tmp_path / "a=b"),
        ("lib", tmp_path),
    ]


@pytest.mark.slow(2)
def test_indexes_are_followed_in_the_background(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    projects = Projects()
    project = projects.add(folder)
    projects.start()
    projects.start()  # once is enough
    with project.reading() as index:
        before = index.catalog.database.generation
    (folder / "more.py").write_text("x = 1\n")
    update(folder)
    shown = before
    for _ in range(100):
        with project.reading() as index:
            shown = index.catalog.database.generation
        if shown > before:
            break
        time.sleep(0.1)
    projects.close()
    assert shown > before
