"""The files of a folder, looked at as a scan does."""

import os
from pathlib import Path

import pytest

from corpora.document import Skipped
from corpora.outside.folder_entries import file_stamp, status_below


def test_a_regular_file_below_the_folder_has_a_status_and_a_stamp(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>a")
    status = status_below(tmp_path, "page.html")
    assert isinstance(status, os.stat_result)
    (tmp_path / "page.html").write_text("<p>ab")
    changed = status_below(tmp_path, "page.html")
    assert isinstance(changed, os.stat_result) and file_stamp(changed) != file_stamp(status)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
def test_a_link_out_of_the_folder_is_skipped_as_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").write_text("x")
    (tmp_path / "root" / "page.html").symlink_to(tmp_path / "secret")
    skipped = status_below(tmp_path / "root", "page.html", holder="package")
    assert skipped == Skipped("page.html", "outside", "a link that leads out of the package")


def test_a_missing_file_is_skipped_as_unreadable(tmp_path: Path) -> None:
    skipped = status_below(tmp_path, "page.html")
    assert isinstance(skipped, Skipped) and skipped.reason == "unreadable"
