"""What a file that is being edited imports."""

import os
from pathlib import Path

import pytest

from corpora.errors import RagError
from rag.retrieval.context_file import read_imports


def test_imports_are_read_in_the_language_of_the_file(tmp_path: Path) -> None:
    code = tmp_path / "app.py"
    code.write_text("\ufeffimport polars as pl\nfrom os import path\n")
    assert read_imports(code) == ("os", "polars")
    view = tmp_path / "view.tsx"
    view.write_text('import React from "react"\n')
    assert read_imports(str(view)) == ("react",)


def test_a_file_that_is_no_code_has_none(tmp_path: Path) -> None:
    picture = tmp_path / "x.png"
    picture.write_bytes(bytes(range(256)) * 100)
    assert read_imports(picture) == ()


def test_only_the_head_of_a_large_file_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.py"
    with large.open("wb") as file:
        file.write(b"import polars\n")
        file.truncate(1 << 32)  # sparse: it would not fit into memory
    assert read_imports(large) == ("polars",)


@pytest.mark.parametrize("name", ["nothing.py", "folder", "pipe.py", "nul\x00.py"])
def test_what_cannot_be_read_is_an_error_that_says_why(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(RagError, match="cannot be read for its imports"):
        read_imports(tmp_path / name)
