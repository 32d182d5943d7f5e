"""What the README shows runs as it stands."""

import re
import shlex
import shutil
from importlib import metadata
from pathlib import Path

import pytest

from rag.cli.main import main
from tests import ROOT
from tests.small_corpora import write_tree

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_tree(tmp_path / "src")
    write_tree(tmp_path / "site", {"index.html": "<h1>Billing</h1><p>How to send an invoice.</p>"})
    (tmp_path / "requirements.txt").write_text(f"jinja2=={metadata.version('jinja2')}\n")
    (tmp_path / "tasks.jsonl").write_text(blocks("json")[0])
    # Not every machine has manual pages.
    pages = {
        f"man1/{name}.1": f".TH {name} 1\n.SH NAME\n{name} \\- a command\n" for name in ("tar", "git-log")
    }
    monkeypatch.setenv("MANPATH", str(write_tree(tmp_path / "man", pages)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_commands_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for block in blocks("console") for line in block.splitlines() if line.startswith("$ rag")]
    assert len(lines) >= 6
    for line in lines:
        # Not every machine has bubblewrap.
        box = ["--isolation", "process"] if "rag eval" in line and not shutil.which("bwrap") else []
        assert main([*shlex.split(line, comments=True)[2:], *box]) == 0, line
        assert capsys.readouterr().out.strip(), line


@pytest.mark.slow
def test_the_programs_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    programs = blocks("python")
    assert len([line for line in programs[0].splitlines() if line]) <= 6
    if not shutil.which("bwrap"):
        programs = [program for program in programs if "open_sandbox" not in program]
    for program in programs:
        exec(compile(program, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "answer to: render a template from a string" in out
    assert "jinja2.Template" in out


@pytest.mark.slow
def test_the_manifest_is_indexed_by_rag_index_alone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "rag.toml").write_text(blocks("toml")[0])
    assert main(["index"]) == 0
    assert main(["search", "--library", "billing", "send an invoice"]) == 0
    assert "billing 2.1" in capsys.readouterr().out
