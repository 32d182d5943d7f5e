"""Find the benchmark data."""

import os
import sys
import tarfile
from pathlib import Path


def bench_data() -> Path:
    """Return the folder that RAG_BENCH_DATA names; end the program with a message if it does not exist."""
    folder = Path(os.environ.get("RAG_BENCH_DATA", "../shared/data"))
    if not folder.is_dir():
        sys.exit(f"no benchmark data at {folder}: set RAG_BENCH_DATA to the folder that holds it")
    return folder


def unpacked_docs(folder: Path) -> Path:
    """Return `folder`/devdocs, with the documentation pages of the benchmark unpacked there if it is new."""
    pages = folder / "devdocs"
    if not pages.exists():
        with tarfile.open(bench_data() / "docs" / "devdocs-html.tar.xz") as archive:
            archive.extractall(folder, filter="data")
    return pages
