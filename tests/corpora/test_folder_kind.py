"""What a folder holds is decided by all of it, not by what comes first in the alphabet."""

from pathlib import Path

import pytest

from corpora.decisions import decisions
from corpora.folder_kind import MOST_COUNTED, folder_kind
from corpora.sources import spec_for


def write_empty(folder: Path, number: int, name: str) -> None:
    folder.mkdir(parents=True)
    for serial in range(number):
        (folder / name.format(serial)).touch()


@pytest.mark.parametrize("around", [".", "linux-6.1"])
def test_much_code_behind_a_folder_of_documentation_is_code(tmp_path: Path, around: str) -> None:
    root = tmp_path / around
    write_empty(root / "Documentation" / "driver-api", 3_000, "{}.rst")
    write_empty(root / "drivers" / "net", 400, "{}.c")
    (root / "kernel").mkdir()
    (root / "kernel" / "fork.c").touch()
    found = folder_kind(tmp_path)
    assert (found.kind, found.pages, found.code, found.is_cut) == ("code", 3_000, 401, False)
    assert folder_kind(root / "Documentation").kind == "docs"


def test_of_more_files_than_are_counted_each_folder_has_its_share(tmp_path: Path) -> None:
    write_empty(tmp_path / "Documentation", MOST_COUNTED + 10, "{}.rst")
    assert folder_kind(tmp_path).kind == "docs"
    write_empty(tmp_path / "src" / "deep" / "down", 2_500, "{}.c")
    found = folder_kind(tmp_path)
    assert (found.kind, found.code, found.is_cut) == ("code", 2_500, True)


def test_pages_that_were_not_all_counted_are_over_a_number(tmp_path: Path) -> None:
    write_empty(tmp_path / "pages", MOST_COUNTED + 10, "{}.md")
    line = next(iter(decisions([spec_for(str(tmp_path / "pages"))])))
    assert f"over {MOST_COUNTED} pages; to index it as code" in line


def test_folders_nested_deeper_than_calls_may_be_are_counted(tmp_path: Path) -> None:
    deep, folders = tmp_path, []
    for _ in range(1_200):
        deep /= "a"
        deep.mkdir()
        folders.append(deep)
    page = deep / "page.md"
    page.touch()
    try:
        assert folder_kind(tmp_path).kind == "docs"
    finally:  # what removes old folders of tests cannot go as deep
        page.unlink()
        for folder in reversed(folders):
            folder.rmdir()
