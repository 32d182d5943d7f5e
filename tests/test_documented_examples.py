"""The examples of the README and of the guides run as they stand, each page as one session.

A `console` block holds commands, a `python` block a program, a `toml` block is `rag.toml`, a `json` block
`tasks.jsonl`. What needs a network or installs something stands in `sh` blocks, which are not run.
"""

import re
import shlex
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

from rag.cli.main import main
from tests import ROOT
from tests.indexers.training.test_train_own_code import company_code
from tests.sandboxes import NO_BWRAP
from tests.small_corpora import write_tree

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```", flags=re.MULTILINE | re.DOTALL)

# A word of what a page's commands and programs must have printed.
PRINTED = {
    "many-users.md": "run: rag index",
    "README.md": "jinja2.Template",
    "quick-start.md": "jinja2.Template",
    "indexing.md": "billing 2.1",
    "apis.md": "jinja2.environment.Template.render",
    "versions.md": f"jinja2 {metadata.version('jinja2')}",
    "searching.md": "dates.py",
    "generators.md": "say hello",
    "generating.md": "net/download.py",
    "completing.md": "net/download.py",
    "tasks.md": "+++ b/src/dates.py",
    "checking.md": "no findings in 2 files",
    "evaluation.md": "pass@1",
    "training.md": "weights",
    "adapters.md": "dates.py",
    "serving.md": "mcpServers",
    "library.md": "answer to: render a template from a string",
}

# The package that each adapter needs.
FRAMEWORKS = {
    "dspy": "dspy",
    "inspect_ai": "inspect_ai",
    "langchain": "langchain_core",
    "llama_index": "llama_index",
}


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(block["language"], block["text"]) for block in BLOCK.finditer(page.read_text(encoding="utf-8"))]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the pages take for granted."""
    write_tree(tmp_path / "src")
    write_tree(tmp_path / "site", {"index.html": "<h1>Billing</h1><p>How to send an invoice.</p>"})
    (tmp_path / "requirements.txt").write_text(f"jinja2=={metadata.version('jinja2')}\n")
    # Not every machine has manual pages.
    pages = {
        f"man1/{name}.1": f".TH {name} 1\n.SH NAME\n{name} \\- a command\n" for name in ("tar", "git-log")
    }
    monkeypatch.setenv("MANPATH", str(write_tree(tmp_path / "man", pages)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_command(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    # Not every machine has bubblewrap.
    box = ["--isolation", "process"] if "rag eval" in line and NO_BWRAP else []
    assert main([*shlex.split(line, comments=True)[2:], *box]) == 0, line
    out = capsys.readouterr().out
    assert out.strip(), line
    return out


def lacks_framework(text: str) -> bool:
    """Return whether an example needs a framework that is not installed here: some are large."""
    needed = re.findall(r"^from rag\.adapters\.(\w+) import", text, re.MULTILINE)
    return any(find_spec(FRAMEWORKS[name]) is None for name in needed)


@pytest.mark.slow
@pytest.mark.filterwarnings("default::DeprecationWarning:inspect_ai", "default::ResourceWarning:anyio")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if page.name == "training.md":
        write_tree(project / "src", company_code())  # enough to train on
    printed = ""
    for language, text in blocks(page):
        if language == "console":
            assert all(line.startswith("$ rag ") for line in text.splitlines()), text
            printed += "".join(run_command(line, capsys) for line in text.splitlines())
        elif language == "python":
            if ("open_sandbox" not in text or not NO_BWRAP) and not lacks_framework(text):
                exec(compile(text, page.name, "exec"), {})
                printed += capsys.readouterr().out
        elif language == "toml":
            (project / "rag.toml").write_text(text)
        elif language == "json":
            (project / "tasks.jsonl").write_text(text)
        else:
            assert language in {"sh", "text"}, f"a block of {language!r} on {page.name} is not run"
    assert PRINTED[page.name] in printed


def test_the_library_is_shown_in_ten_lines() -> None:
    programs = [text for language, text in blocks(ROOT / "README.md") if language == "python"]
    assert len([line for line in programs[0].splitlines() if line]) <= 10
