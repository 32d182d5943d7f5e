"""The version is that of the installed package, and costs nothing until somebody asks for it."""

import json
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest

import rag
from rag.cli.main import main
from tests import ROOT


def test_the_version_is_that_of_the_metadata() -> None:
    assert rag.__version__ == metadata.version("docprompting") and "__version__" in dir(rag)


def test_the_command_line_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"docprompting {metadata.version('docprompting')}\n"


def test_a_source_tree_without_metadata_has_no_version() -> None:
    program = (
        f"import sys; sys.path[:] = [{str(ROOT)!r}, *(one for one in sys.path if 'site-packages' not in one)]"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"{program}; import rag; print(rag.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "unknown\n"


def test_importing_reads_no_metadata() -> None:
    program = "import sys, rag; print('rag.version' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "False\n"


def test_the_registry_of_agents_is_told_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = json.loads((ROOT / "server.json").read_text())
    (package,) = told["packages"]
    assert {told["version"], package["version"]} == {project["version"]}
    assert package["identifier"] == project["name"]
