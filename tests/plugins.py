"""A package that adds a part by an entry point, as pip would install it."""

import sys
from pathlib import Path

import pytest

from corpora.spec import open_corpus
from tests.small_corpora import write_tree


def install_plugin(
    monkeypatch: pytest.MonkeyPatch, site: Path, group: str, entry: str, source: str = ""
) -> None:
    """Put a package on the path whose module `plugin` holds `source`, with `entry` in the group."""
    metadata = "Metadata-Version: 2.1\nName: plugin\nVersion: 1\n"
    files = {
        "plugin.py": source,
        "plugin-1.dist-info/entry_points.txt": f"[docprompting.{group}]\n{entry}\n",
        "plugin-1.dist-info/METADATA": metadata,
    }
    sys.modules.pop("plugin", None)  # (that of the test before)
    open_corpus.cache_clear()
    monkeypatch.syspath_prepend(write_tree(site, files))
