"""Releases that were yanked are read where they are named exactly, and it is said that they were."""

from pathlib import Path

import pytest

from corpora.python.fetching.archives import fetched_archive
from corpora.python.fetching.wheels import newest_version
from corpora.python.fetching.yanked import remember_yanked, yank_note, yanked_in_download
from rag.cli.main import main
from tests.corpora.python.test_python_package import wheel
from tests.corpora.python.test_sdist import sdist
from tests.corpora.python.test_source_only_packages import FILES, index_at


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a package index, with a cache and a working folder of its own."""
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for variable in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "shelf" / "kettle").mkdir(parents=True)
    return tmp_path / "shelf"


def offer(shelf: Path, yanked: dict[str, str | None]) -> None:
    """Write the page of a package: files with why they were yanked, None where they were not."""
    marks = {name: "" if why is None else f' data-yanked="{why}"' for name, why in yanked.items()}
    links = "".join(f'<a href="/{name}"{mark}>{name}</a>' for name, mark in marks.items())
    page = f"<!DOCTYPE html><html><body>{links}</body></html>"
    (shelf / "kettle" / "index.html").write_text(page, encoding="utf-8")


@pytest.mark.slow
def test_a_yanked_release_is_read_where_it_is_named_and_never_chosen(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("1.0", "2.0"):
        info = f"kettle-{version}.dist-info"
        files = {
            "kettle/__init__.py": "def boil(): ...\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: kettle\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        wheel(shelf / f"kettle-{version}-py3-none-any.whl", files)
    sdist(shelf / "kettle-3.0.tar.gz", FILES | {"PKG-INFO": "Name: kettle\nVersion: 3.0\n"}, "kettle-3.0")
    offer(
        shelf,
        {
            "kettle-1.0-py3-none-any.whl": None,
            "kettle-2.0-py3-none-any.whl": "It burns.",
            "kettle-3.0.tar.gz": "It leaks: everywhere.",
        },
    )
    with index_at(shelf) as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        assert newest_version("kettle") == "1.0"
        assert fetched_archive("kettle", "3.0").name == "kettle-3.tar.gz"
        assert main(["api", "diff", "kettle", "1.0", "2.0"]) == 0
    assert "kettle 2.0 was yanked: It burns." in capsys.readouterr().err
    main(["api", "show", "pkg:kettle==2.0"])  # (from the cache, which no index is asked for)
    assert capsys.readouterr().err == "kettle 2.0 was yanked: It burns.\n"
    assert yank_note("kettle", "3.0.0") == "kettle 3.0.0 was yanked: It leaks: everywhere."
    assert yank_note("kettle", "1.0") == ""


def test_what_pip_says_of_several_releases_is_read() -> None:
    said = (
        "WARNING: The candidate selected for download or install is a yanked version: 'Kettle.Kit' candidate "
        "(version 2.0 at https://files.example/kettle_kit-2.0.tar.gz (from https://index.example/kettle-kit/))\n"
        "Reason for being yanked: It burns.\n"
    )
    assert list(yanked_in_download(f"{said}{said}")) == [("kettle-kit", "2.0", "It burns.")] * 2


def test_a_reason_is_one_short_line_and_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    remember_yanked("kettle", "1.0", "a\x1b[2J\nb" + "c" * 10_000)
    assert "\x1b" not in yank_note("kettle", "1.0")
    assert len(yank_note("kettle", "1.0")) < 400
    remember_yanked("kettle", "1.1", "<none given>")
    assert yank_note("kettle", "1.1") == "kettle 1.1 was yanked: its authors give no reason"
    assert yank_note("../kettle", "1.1") == yank_note("kettle", "main") == ""
