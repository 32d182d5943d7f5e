"""A file is read again when what decides how it is read has changed, though the file itself has not."""

import json
import os
from pathlib import Path

import pytest

from corpora.spec import CorpusSpec
from indexers.index import Index
from tests.small_corpora import write_tree

PART = "type: object\ndescription: {}\n"
API = "openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {User: {$ref: part.yaml}}}\n"
MODULE = 'def pour():\n    """Fill a cup."""\n'
ENTRIES = '{{"entries": [{{"name": "{}", "path": "page#top", "type": "x"}}]}}'


def facts(version: str) -> str:
    return json.dumps({"name": "tea", "version": version})


def described(version: str) -> str:
    return f"Metadata-Version: 2.1\nName: tea\nVersion: {version}\n"


CHANGES: dict[str, tuple[str, str, dict[str, str], dict[str, str], tuple[str, str]]] = {
    # what is changed: kind, place, files before, files that change, and what is read before and after
    "a stated encoding": (
        "code",
        "",
        {"a.txt": "grün", ".gitattributes": "*.txt working-tree-encoding=utf-8\n"},
        {".gitattributes": "*.txt working-tree-encoding=cp866\n"},
        ("grün", "gr├╝n"),
    ),
    "a new .gitattributes": (
        "code",
        "",
        {"lib/a.txt": "grün"},
        {"lib/.gitattributes": "*.txt working-tree-encoding=cp866\n"},
        ("grün", "gr├╝n"),
    ),
    "the version of an npm package": (
        "npm",
        "",
        {"package.json": facts("1.0.0"), "index.d.ts": "/** Pours. */\nexport declare const pour: 1;"},
        {"package.json": facts("2.0.0")},
        ("1.0.0", "2.0.0"),
    ),
    "an export in another file": (
        "npm",
        "",
        {
            "package.json": facts("1.0.0"),
            "index.d.ts": 'export { pour } from "./a";\n',
            "a.d.ts": "/** Pours. */\nexport declare function pour(): void;",
        },
        {"index.d.ts": 'export { pour as fill } from "./a";\n'},
        ("tea.pour", "tea.fill"),
    ),
    "a part of a description": (
        "openapi",
        "api.yaml",
        {"api.yaml": API, "part.yaml": PART.format("Drinks tea.")},
        {"part.yaml": PART.format("Drinks coffee.")},
        ("Drinks tea.", "Drinks coffee."),
    ),
    "a part of a description in a folder": (
        "docs",
        "",
        {"api.yaml": API, "part.yaml": PART.format("Drinks tea.")},
        {"part.yaml": PART.format("Drinks coffee.")},
        ("Drinks tea.", "Drinks coffee."),
    ),
    "the version of a Python package": (
        "package",
        "tea-1.dist-info",
        {"tea/__init__.py": MODULE, "tea-1.dist-info/METADATA": described("1.0"),
         "tea-1.dist-info/RECORD": "tea/__init__.py,,\n"},
        {"tea-1.dist-info/METADATA": described("2.0")},
        ("1.0", "2.0"),
    ),
    "a name that another module exports": (
        "package",
        "tea",
        {"tea/__init__.py": "from tea._cups import pour\n", "tea/_cups.py": MODULE},
        {"tea/__init__.py": "from tea._cups import pour as fill\n"},
        ("tea.pour", "tea.fill"),
    ),
    "the index of a folder of pages": (
        "docs",
        "",
        {"index.json": ENTRIES.format("pour"), "page.html": "<h1 id=top>Tea</h1><p>How to serve it.</p>"},
        {"index.json": ENTRIES.format("fill")},
        ("pour", "fill"),
    ),
}  # fmt: skip


def said(index: Index) -> str:
    """Return all that is known of the chunks of an index."""
    chunks = index.chunks(index.catalog.chunk_ids().tolist()).values()
    return "\n".join(f"{c.symbol} {' '.join(c.aliases)} {c.origin.version} {c.text}" for c in chunks)


@pytest.mark.parametrize("what", CHANGES)
def test_what_decides_how_a_file_is_read_is_noticed(tmp_path: Path, what: str) -> None:
    kind, place, files, changed, (before, after) = CHANGES[what]
    root = write_tree(tmp_path / "source", files)
    spec = CorpusSpec("tea", kind, str(root / place) if place else str(root))
    with Index.build(tmp_path / "index", [spec]) as index:
        assert before in said(index) and after not in said(index)
        write_tree(root, changed)
        assert index.update([spec]).changed
        assert after in said(index) and before not in said(index)
        assert not index.update([spec]).changed


def test_a_file_that_was_only_touched_is_not_made_again(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "source", {"a.txt": "tea", ".gitattributes": "* working-tree-encoding=cp866\n"}
    )
    spec = CorpusSpec("tea", "code", str(root))
    with Index.build(tmp_path / "index", [spec]) as index:
        os.utime(root / "a.txt", (1, 1))
        done = index.update([spec])
        assert (done.changed, done.unchanged) == (0, 2)
