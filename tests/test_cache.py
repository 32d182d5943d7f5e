"""Where fetched things are kept."""

from pathlib import Path

import pytest

from corpora.cache import cache_folder


def test_the_cache_lies_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    folder = cache_folder("wheels")
    assert folder == tmp_path / "cache" / "wheels"
    assert folder.is_dir()


def test_without_the_variable_it_lies_in_the_cache_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_CACHE", raising=False)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    folder = cache_folder("sites")
    assert folder.is_relative_to(tmp_path)
    assert folder.parts[-2:] == ("docprompting", "sites")
