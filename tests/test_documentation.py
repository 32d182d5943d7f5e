"""What the documentation mentions exists: files, folders, modules and names."""

import importlib
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import ROOT

PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/**/*.md", "bench/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"  # it tells of what was there once
)
FOLDERS = ("corpora", "indexers", "rag", "bench", "tests", "docs", "prompts")
FILES = {
    path.relative_to(ROOT).as_posix()
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if "__pycache__" not in path.parts
} | {path.name for path in ROOT.iterdir()}


def mentioned(page: Path, pattern: str) -> set[str]:
    """Return the names in backticks on a page, or after `python -m`, that match the pattern as a whole."""
    text = re.sub(
        r"^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    names = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"python -m ([\w.]+)", text)]
    return {name for name in names if re.fullmatch(pattern, name)}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_file_and_folder_that_a_page_names_exists(page: Path) -> None:
    named = mentioned(page, r"(?:[\w-]+/)*[\w-]+\.(?:py|md)|(?:[a-z_]+/)+")
    missing = {
        name for name in named if not any(f"/{path}".endswith(f"/{name.rstrip('/')}") for path in FILES)
    }
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_module_and_name_that_a_page_names_exists(page: Path) -> None:
    for name in mentioned(page, r"(?:corpora|indexers|rag|bench|tests)(?:\.\w+)+") - {"rag.toml"}:
        module, *attributes = name.split(".")
        while attributes and hasattr(importlib.import_module(module), "__path__"):
            if find_spec(f"{module}.{attributes[0]}") is None:
                break
            module = f"{module}.{attributes.pop(0)}"
        found: object = importlib.import_module(module) if attributes else None
        for attribute in attributes:
            assert hasattr(found, attribute), f"{page} names {name}"
            found = getattr(found, attribute)


def test_names_are_found_on_pages() -> None:
    assert "corpora/spec.py" in mentioned(Path("docs/architecture.md"), r".*\.py")
    assert "indexers.building.worker_pool" in mentioned(
        Path("docs/decisions/0021-workers-of-our-own.md"), ".*"
    )
