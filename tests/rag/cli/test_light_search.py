"""A fresh `rag search` loads only what it needs: every search of a script pays for it."""

import subprocess
import sys
from pathlib import Path

from indexers.index import Index
from tests.small_corpora import write_tree

PROGRAM = """
import sys
from rag.cli.main import main
main(["search", "--index", sys.argv[1], "read a day from a text"])
print("loaded:", *sys.modules)
"""
# Of parsers, patterns of secrets, regular expressions, lock files and vectors by the million.
NEEDLESS = {
    "corpora.dependencies.locked_package",
    "corpora.redaction.credentials",
    "corpora.source_tree.roles.file_names",
    "corpora.syntax.grammars",
    "faiss",
    "indexers.chunking.code",
    "indexers.search.expression",
    "re2",
    "tree_sitter",
}


def test_a_plain_question_loads_neither_parsers_nor_regular_expressions(tmp_path: Path) -> None:
    write_tree(tmp_path / "src", {"dates.py": 'def parse_date(text):\n    """Parse a date."""\n'})
    Index.build(tmp_path / "index", [tmp_path / "src"]).close()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "index"], capture_output=True, text=True, check=True
    )
    assert "dates.py:1" in done.stdout
    loaded = done.stdout.rpartition("loaded:")[2].split()
    assert "tantivy" in loaded and NEEDLESS.isdisjoint(loaded)
