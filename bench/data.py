"""Where the benchmark data lies."""

import os
import sys
from pathlib import Path


def bench_data() -> Path:
    """The folder named by RAG_BENCH_DATA; ends the program with a message if it is not there."""
    folder = Path(os.environ.get("RAG_BENCH_DATA", "../shared/data"))
    if not folder.is_dir():
        sys.exit(f"no benchmark data at {folder}: set RAG_BENCH_DATA to the folder that holds it")
    return folder
