"""A single file of code is a corpus: its folder, of which nothing else is looked at."""

import os
import subprocess
from pathlib import Path

import pytest

from corpora.document import Document, Listed
from corpora.errors import CorpusError
from corpora.sources import spec_for
from corpora.spec import open_corpus
from indexers.index import Index
from tests.small_corpora import write_tree


def listed(spec_source: Path) -> list[str]:
    return [item.path for item in open_corpus(spec_for(str(spec_source))).scan() if isinstance(item, Listed)]


@pytest.mark.parametrize(
    "name", ["tea.py", "we[i]rd*.py", "!bang.py", "#hash.py", "a b .py", "back\\slash.py", "café.py", "-x.py"]
)
def test_exactly_the_file_that_is_named_is_read(tmp_path: Path, name: str) -> None:
    names = {name, "tea.pyc.py", "weird.py", "bang.py", "hash.py", "a b.py", "backslash.py", "x.py"}
    write_tree(tmp_path, dict.fromkeys(names, "x = 1\n") | {f"below/{name}": "y = 2\n"})
    assert listed(tmp_path / name) == [name]


def test_a_file_that_git_ignores_is_read_if_it_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {".gitignore": "*.py\n", "tea.py": "x = 1\n", "b.py": "y = 1\n"})
    assert listed(tmp_path / "tea.py") == ["tea.py"]
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert listed(tmp_path / "tea.py") == ["tea.py"]


def test_the_folders_beside_it_are_not_entered_and_odd_names_not_reported(tmp_path: Path) -> None:
    write_tree(tmp_path, {"tea.py": "x = 1\n", "closed/y.py": "y = 1\n"})
    (tmp_path / os.fsdecode(b"bad\xff.py")).write_text("z = 1\n")
    (tmp_path / "closed").chmod(0)
    try:
        assert [item.path for item in open_corpus(spec_for(str(tmp_path / "tea.py"))).scan()] == ["tea.py"]
    finally:
        (tmp_path / "closed").chmod(0o755)


def test_a_file_is_indexed_and_brought_up_to_date(tmp_path: Path) -> None:
    file = (
        write_tree(tmp_path / "src", {"tea.py": "def pour():\n    return 1\n", "b.py": "x = 1\n"}) / "tea.py"
    )
    with Index.build(tmp_path / "index", [file]) as index:
        assert index.status().counts.documents == 1 and index.status().counts.skipped == {}
        file.write_text("def pour_milk():\n    return 2\n")
        assert index.update().changed == 1
    document = open_corpus(spec_for(str(file))).read(Listed("tea.py", 20, ""))
    assert isinstance(document, Document) and "pour_milk" in document.text


def test_what_is_there_and_no_file_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    for name in ("pipe.py", "gone.py"):
        with pytest.raises(CorpusError):
            spec_for(str(tmp_path / name))
