"""The pages of the documentation site, before Zensical makes HTML of them."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

import rag
import rag.evaluation
import rag.execution
from docs.website.api_reference import api_pages
from docs.website.cli_reference import cli_page
from docs.website.doctests import fenced
from docs.website.pages import BrokenPages, page_names, relink, write_pages
from tests import ROOT

NAMES = {
    "README.md": "index.md",
    "docs/guide/indexing.md": "guide/indexing.md",
    "SECURITY.md": "reporting.md",
}


@pytest.mark.parametrize(
    ("source", "link", "page"),
    [
        ("README.md", "[a](docs/guide/indexing.md)", "[a](guide/indexing.md)"),
        ("docs/guide/indexing.md", "[a](../../SECURITY.md#how)", "[a](../reporting.md#how)"),
        ("docs/guide/indexing.md", "![a](../../README.md)", "![a](../index.md)"),
        ("README.md", "[a](https://example.org/docs.md)", "[a](https://example.org/docs.md)"),
        ("README.md", "[a](#below)", "[a](#below)"),
    ],
)
def test_a_link_to_a_file_leads_to_its_page(source: str, link: str, page: str) -> None:
    assert relink(link, source, NAMES) == (page, [])


def test_code_blocks_keep_what_looks_like_a_link() -> None:
    text = "```text\n[a](nowhere.md)\n```\n[b](SECURITY.md)\n"
    assert relink(text, "README.md", NAMES) == (text.replace("SECURITY", "reporting"), [])


def test_a_link_to_what_is_no_page_is_an_error_that_names_both(tmp_path: Path) -> None:
    for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY", "bench/README", "bench/RESULTS"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.md").write_text("# Title\n")
    (tmp_path / "docs" / "website").mkdir(parents=True)
    (tmp_path / "docs" / "website" / "style.css").touch()
    (tmp_path / "docs" / "a.md").write_text("[a](gone.md)\n")
    with pytest.raises(BrokenPages, match=r"docs/a\.md: gone\.md is no page of the site"):
        write_pages(tmp_path, tmp_path / "pages")


def test_every_public_name_is_in_the_reference() -> None:
    text = "".join(api_pages().values())
    for module in (rag, rag.evaluation, rag.execution):
        missing = [name for name in module.__all__ if f"\n::: {module.__name__}.{name}\n" not in text]
        assert not missing, module.__name__


def test_the_reference_of_the_command_line_has_commands_with_their_options() -> None:
    page = cli_page()
    for part in ("## rag index\n", "## rag docs sync\n", "`--dry-run`\n:   ", "`--isolation LEVEL`\n:   "):
        assert part in page


def test_examples_of_a_docstring_are_code() -> None:
    docstring = "Add.\n\n>>> add(1, 1)\n2\n\nMore."
    assert fenced(docstring) == "Add.\n\n```pycon\n>>> add(1, 1)\n2\n```\n\nMore."
    section = "Add.\n\nExamples:\n    >>> add(1, 1)\n    2"
    assert fenced(section) == section


def test_every_page_is_in_the_navigation(tmp_path: Path) -> None:
    write_pages(ROOT, tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    single_decisions = {name for name in page_names(ROOT).values() if name.startswith("decisions/")}
    config = tomllib.loads((ROOT / "zensical.toml").read_text())
    assert written - single_decisions == set(_pages(config["project"]["nav"]))


def _pages(entries: list[dict[str, Any]]) -> list[str]:
    """Return the pages of a navigation, at any depth."""
    pages: list[str] = []
    for entry in entries:
        for value in entry.values():
            pages += [value] if isinstance(value, str) else _pages(value)
    return pages


def test_pictures_say_nothing_of_the_machine_that_made_them() -> None:
    for picture in (ROOT / "docs" / "pictures").iterdir():
        content = picture.read_bytes()
        assert len(content) < 200_000
        assert not [
            word
            for word in (b"/tmp", b"/home", b"/work", b"http://", b"https://")
            if word in content.replace(b"http://www.w3.org/2000/svg", b"")
        ]
