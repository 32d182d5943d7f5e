"""The folder where fetched pages and packages are kept."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.errors import CorpusError
from corpora.network.cache import cache_folder


def test_the_cache_is_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    folder = cache_folder("wheels")
    assert folder == tmp_path / "cache" / "wheels"
    assert folder.is_dir()


def test_without_the_variable_it_is_in_the_cache_folder_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_CACHE", raising=False)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    folder = cache_folder("sites")
    assert folder.is_relative_to(tmp_path)
    assert folder.parts[-2:] == ("docprompting", "sites")


def _a_file(place: Path) -> None:
    place.write_text("")


def _a_link_to_nothing(place: Path) -> None:
    place.symlink_to(place.parent / "not" / "mounted")


def _a_circle(place: Path) -> None:
    place.symlink_to(place)


def _a_pipe(place: Path) -> None:
    os.mkfifo(place)


def _a_part_that_is_a_file(place: Path) -> None:
    place.mkdir()
    for part in ("wheels", "npm", "sites"):
        (place / part).write_text("")


def _a_part_that_is_a_link_to_nothing(place: Path) -> None:
    place.mkdir()
    for part in ("wheels", "npm", "sites"):
        (place / part).symlink_to(place / "gone")


def _a_long_name(place: Path) -> None:
    place.symlink_to("x" * 300)


WRONG = (
    *(_a_file, _a_link_to_nothing, _a_circle, _a_pipe, _a_part_that_is_a_file),
    *(_a_part_that_is_a_link_to_nothing, _a_long_name),
)


@pytest.mark.parametrize("make", WRONG)
def test_a_cache_that_is_no_folder_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "cache")
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    with pytest.raises(CorpusError, match="cannot keep fetched files") as caught:
        cache_folder("wheels")
    assert caught.value.why and "RAG_CACHE" in caught.value.fix
    assert not (tmp_path / "not").exists()


def test_the_command_reports_it_in_three_lines(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    command = [sys.executable, "-m", "rag.cli.main", "docs", "add", "pkg:six==0.0.1"]
    environment = {**os.environ, "RAG_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert [line.split(":")[0].strip() for line in done.stderr.splitlines()[-2:]] == ["why", "fix"]
    assert "Traceback" not in done.stderr
