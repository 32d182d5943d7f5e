"""Two sources in one index have two names, and each source keeps its own."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from corpora.names import told_apart
from corpora.sources import spec_for
from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.cli.main import main
from tests.small_corpora import make_wheel, write_tree

Captured = pytest.CaptureFixture[str]


def apart(
    sources: Sequence[str | Path], known: Sequence[CorpusSpec] = ()
) -> tuple[list[CorpusSpec], list[str]]:
    lines: list[str] = []
    return told_apart([spec_for(str(source)) for source in sources], known, lines.append), lines


def names(sources: Sequence[str | Path], known: Sequence[CorpusSpec] = ()) -> list[str]:
    return [spec.name for spec in apart(sources, known)[0]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    files = ("x/lib/a.py", "y/lib/b.py", "y/util.py", "x/util.py", "z/y/lib/c.py", "x/a [1].py", "y/a [1].py")
    return write_tree(tmp_path, dict.fromkeys(files, "a = 1\n"))


def test_folders_of_one_name_get_as_much_of_their_path_as_is_needed(place: Path) -> None:
    assert names(["x/lib", "y/lib", "z/y/lib"]) == ["lib", "y/lib", "z/y/lib"]
    assert names(["x/util.py", "y/util.py"]) == ["util.py", "y/util.py"]
    assert names(["x/a [1].py", "y/a [1].py"]) == ["a [1].py", "y/a [1].py"]
    assert names(["x/lib", "x/util.py", "y"]) == ["lib", "util.py", "y"]


def test_repositories_of_one_name_are_told_by_their_owner_and_host(place: Path) -> None:
    hosts = [
        "https://a.example/one/lib.git",
        "https://a.example/two/lib.git",
        "https://b.example/two/lib.git",
    ]
    assert names(hosts) == ["lib", "two/lib", "b.example/two/lib"]
    assert names([f"git+https://{host}.example/pot" for host in "ab"]) == ["pot", "b.example/pot"]
    assert names([f"{hosts[0]}@v1", f"{hosts[0]}@v2"]) == ["lib@v1", "lib@v2"]


def test_archives_of_one_package_are_told_by_their_version(place: Path) -> None:
    wheels = [
        make_wheel(place / "shelf", "tea", version, {"tea.py": "a = 1\n"}) for version in ("1.0", "2.0")
    ]
    assert names(wheels) == ["tea", "tea-2.0-py3-none-any.whl"]


def test_a_source_keeps_its_name_and_none_is_taken_twice(place: Path) -> None:
    known, lines = apart(["x/lib", "y/lib"])
    assert lines == [f"{place}/y/lib is called y/lib in the index: lib is {place}/x/lib"]
    assert names(["y/lib"], known) == names(["y/lib"], known[1:]) == ["y/lib"]
    assert not apart(["x/lib", "y/lib"], known)[1]


def test_a_folder_that_was_moved_replaces_itself_and_the_report_says_so(place: Path) -> None:
    known, _ = apart(["x/lib"])
    (place / "x" / "lib").rename(place / "elsewhere")
    (place / "elsewhere").mkdir(exist_ok=True)
    (moved,), lines = apart(["y/lib"], known)
    assert moved.name == "lib"
    assert lines == [f"{place}/y/lib replaces {place}/x/lib, which is gone, as lib"]


def test_what_is_installed_is_told_by_its_name_alone(place: Path) -> None:
    spec = CorpusSpec("tea", "package", "tea", environment="/old")
    new = CorpusSpec("tea", "package", "tea", environment="/new")
    assert told_apart([new], [spec], pytest.fail) == [new]


def test_indexing_a_second_folder_of_a_name_keeps_the_first(place: Path, capsys: Captured) -> None:
    main(["index", "x/lib"])
    main(["index", "y/lib"])
    assert "is called y/lib in the index" in capsys.readouterr().out
    write_tree(place, {"x/lib/README.md": "# A\n\nTea.\n", "y/lib/README.md": "# B\n\nTea.\n"})
    main(["docs", "add", "x/lib", "y/lib", "--kind", "docs", "--index", "docs"])
    assert "is called y/lib in the index" in capsys.readouterr().err
    Index.build("api", ["x/lib"]).close()
    Index.build("api", [Path("y/lib")]).close()
    for index in (".rag", "docs", "api"):
        with Index.open(index) as opened:
            assert {spec.name for spec in opened.catalog.corpora().values()} == {"lib", "y/lib"}
    main(["index", "z/y/lib", "--name", "lib"])
    assert f"replaces {place}/x/lib as lib" in capsys.readouterr().out
