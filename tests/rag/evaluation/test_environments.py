"""Environments of exact versions: real venv and pip, with wheels made here and no network."""

import io
import json
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import SandboxError
from corpora.python.interpreters import Interpreter
from rag.evaluation.environments import Environments, MadeEnvironment, environment_name, make_environments
from rag.evaluation.interpreter import interpreter_for
from rag.evaluation.judge import Job, judge
from rag.evaluation.task import Task
from rag.execution import Program, Sandbox, open_sandbox
from tests.sandboxes import needs_bwrap
from tests.small_corpora import make_wheel

RUNNING = "{}.{}.{}".format(*sys.version_info[:3])
LEVELS = [
    pytest.param("bwrap", marks=needs_bwrap),
    "process",
]


def task_with(*requirements: str, python: str = "") -> Task:
    return Task("t", "say which version it is", requirements=requirements, python=python)


OLD = Task(
    "old",
    "the version of gadget",
    reference="import gadget\nversion = gadget.version\n",
    tests="assert version == '1.0', version\n",
    requirements=("Gadget == 1.0",),
    python="3.4",
)
TO_BUILD = task_with("built==1.0")


def source_distribution(folder: Path, leaves: Path) -> None:
    """Make a source distribution that writes a file when it is built, as it could do anything."""
    setup = f"open({str(leaves)!r}, 'w').close()\nimport setuptools\nsetuptools.setup(name='built')\n"
    with tarfile.open(folder / "built-1.0.tar.gz", "w:gz") as archive:
        for name, text in {"setup.py": setup, "PKG-INFO": "Metadata-Version: 1.0\nName: built\n"}.items():
            member = tarfile.TarInfo(f"built-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


@dataclass(frozen=True)
class Run:
    folder: Path
    made: list[MadeEnvironment]
    reported: list[str]
    again: list[str]
    left: Path


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Make one set that would have to be built and one that is half made, the latter twice."""
    # not in /tmp, which is another one in a sandbox
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name, pytest.MonkeyPatch.context() as patch:
        root = Path(name)
        root.chmod(0o755)
        for version in ("1.0", "2.0"):
            make_wheel(root / "wheels", "gadget", version, {"gadget.py": f"version = '{version}'\n"})
        source_distribution(root / "wheels", root / "left")
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(root / "wheels"))
        folder = root / "environments"
        half = folder / environment_name(OLD) / "bin"
        half.mkdir(parents=True)
        (half / "python").symlink_to("/no/such/python")
        reported: list[str] = []
        again: list[str] = []
        made = make_environments([TO_BUILD, OLD, OLD, task_with()], folder, report=reported.append)
        make_environments([OLD], folder, report=again.append)
        yield Run(folder, made, reported, again, root / "left")


@pytest.mark.slow(12)
@pytest.mark.parametrize("isolation", LEVELS)
def test_a_task_runs_with_the_version_that_it_needs(run: Run, isolation: str) -> None:
    with Environments(run.folder, lambda python: open_sandbox(isolation, python=python)) as environments:
        assert environments.why_not(OLD) == ""
        assert judge(Job(OLD, OLD.reference), environments.sandbox_of(OLD)).passed
        plain = judge(Job(OLD, OLD.reference), environments.sandbox_of(task_with()))
        assert "No module named 'gadget'" in plain.detail


@pytest.mark.slow
def test_another_python_than_the_wished_one_is_reported(run: Run) -> None:
    assert run.made[1] == MadeEnvironment(environment_name(OLD), ("gadget==1.0",), "3.4", RUNNING)
    assert run.reported[1].endswith(f"made with Python {RUNNING}, since no Python 3.4 was found")


@pytest.mark.slow
def test_an_environment_that_is_there_is_left_alone(run: Run) -> None:
    assert run.again == [f"environment 1 of 1, {environment_name(OLD)}: already made, with Python {RUNNING}"]


@pytest.mark.slow
def test_no_package_is_built_and_a_set_that_fails_stops_no_other(run: Run) -> None:
    assert [made.problem for made in run.made] == ["No matching distribution found for built==1.0", ""]
    assert not run.left.exists()
    with Environments(run.folder, lambda python: open_sandbox("process")) as environments:
        assert f": {run.made[0].problem}; make it:" in environments.why_not(TO_BUILD)


@pytest.mark.slow
def test_an_environment_gone_wrong_since_is_not_there(run: Run, tmp_path: Path) -> None:
    name = environment_name(OLD)
    marker = (run.folder / name / "environment.json").read_text()
    (tmp_path / name / "bin").mkdir(parents=True)
    (tmp_path / name / "environment.json").write_text(marker)
    with Environments(tmp_path, lambda python: open_sandbox("process")) as environments:
        assert "it has not been made" in environments.why_not(OLD)  # its interpreter was removed
        (tmp_path / name / "bin" / "python").symlink_to(sys.executable)
        assert environments.why_not(OLD) == ""
        (tmp_path / name / "environment.json").write_text(marker[:-9])
        assert "it has not been made" in environments.why_not(OLD)


def test_a_name_is_that_of_the_set() -> None:
    name = environment_name(task_with("torch==1.9.0", "SciPy == 1.7.3", python="3.7"))
    assert name.startswith("scipy-1.7.3-torch-1.9.0-")
    assert name == environment_name(task_with("scipy==1.7.3", "Torch==1.9.0", python="3.7"))
    assert name != environment_name(task_with("scipy==1.7.3", "torch==1.9.0", python="3.8"))


@given(st.lists(st.text(), min_size=1))
def test_any_name_is_one_of_a_folder(requirements: list[str]) -> None:
    name = environment_name(task_with(*requirements))
    assert Path(name).name == name
    assert len(name) < 80
    assert name.isascii()
    assert not name.startswith(".")


@pytest.mark.parametrize(
    "requirement",
    [
        "",
        "gadget",
        "gadget>=1.0",
        "gadget==1.*",
        "gadget===1.0",
        "gadget==1.0,>0.5",
        "gadget @ file:///gadget.whl",
        "git+file:///gadget",
        "./gadget-1.0-py3-none-any.whl",
        "-r file",
        "--index-url=http://localhost/",
    ],
)
def test_what_is_no_exact_version_never_reaches_pip(tmp_path: Path, requirement: str) -> None:
    reported: list[str] = []
    (made,) = make_environments([task_with("gadget==1.0", requirement)], tmp_path, report=reported.append)
    assert made.problem.endswith(("names no exact version", "is not a requirement"))
    assert reported[-1].endswith(made.problem)
    assert [path.name for path in (tmp_path / made.name).iterdir()] == ["problem.txt"]


def test_what_has_not_been_made_is_reported_with_how_to_make_it(tmp_path: Path) -> None:
    with Environments(tmp_path, lambda python: open_sandbox("process")) as environments:
        assert environments.why_not(OLD) == (
            f"gadget==1.0 on Python 3.4: there is no environment {environment_name(OLD)}: "
            f"it has not been made here; make it: rag eval --make-environments --environments {tmp_path}"
        )
        with pytest.raises(SandboxError, match=r"there is no environment gadget-1\.0-\w+"):
            environments.sandbox_of(OLD)


def test_tasks_of_all_threads_share_one_sandbox_and_it_is_closed(tmp_path: Path) -> None:
    opened: list[Sandbox] = []

    def open_in(python: str | None) -> Sandbox:
        assert python is None
        opened.append(open_sandbox("process"))
        return opened[-1]

    with Environments(tmp_path, open_in) as environments, ThreadPoolExecutor(8) as pool:
        found = set(pool.map(environments.sandbox_of, [task_with(), task_with(python="3.4")] * 8))
    assert found == set(opened)
    assert len(opened) == 1
    with pytest.raises(SandboxError, match="it has been closed"):
        opened[0].run(Program(""))


def test_an_interpreter_that_does_not_run_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"interpreter /no/such/python for Python 3.4 does not run"):
        make_environments([OLD], tmp_path, pythons={"3.4": "/no/such/python"}, report=print)


def test_a_sandbox_that_does_not_start_is_reported_with_what_was_to_run_in_it(tmp_path: Path) -> None:
    task = task_with("gadget==1.0", python="3.4")
    opened: list[str | None] = []

    def open_in(python: str | None) -> Sandbox:
        opened.append(python)
        return open_sandbox("process", imports=["no_such_module"], python=python)

    home = tmp_path / environment_name(task)
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").symlink_to(sys.executable)
    marker = {"requirements": ["gadget==1.0"], "wished": "3.4", "python": RUNNING}
    (home / "environment.json").write_text(json.dumps(marker))
    with Environments(tmp_path, open_in) as environments:
        why_not = {environments.why_not(task) for _ in range(3)}
    assert (
        "gadget==1.0 on Python 3.4: the sandbox 'process' does not start: ModuleNotFoundError"
        in why_not.pop()
    )
    assert not why_not
    assert opened == [str(home / "bin" / "python")]  # it was tried once


def test_two_processes_do_not_make_the_same(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"), pytest.raises(SandboxError, match="cannot be made now"):
        make_environments([OLD], tmp_path, report=print)


def launcher(path: Path, lines: str) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return str(path)


def test_a_wished_python_is_found_on_the_path_behind_one_that_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher(tmp_path / "first" / "python3.4", "echo 'python3.4: command not found' >&2; exit 127")
    launcher(tmp_path / "second" / "python3.4", "echo /opt/other/python; echo 3.5.0")
    launcher(tmp_path / "third" / "python3.4", "echo /opt/real/python; echo 3.4.9")
    monkeypatch.setenv(
        "PATH", ":".join(str(tmp_path / name) for name in ("none", "first", "second", "third"))
    )
    assert interpreter_for("3.4", {}) == ("/opt/real/python", "3.4.9")
    assert interpreter_for("3.4.1", {}) == ("/opt/real/python", "3.4.9")
    assert interpreter_for("3.3", {}) == (sys.executable, RUNNING)
    assert interpreter_for("../../3.4", {}) == (sys.executable, RUNNING)


def interpreter(path: Path, version: str, pip: str = "exit 0") -> str:
    """Write a fast stand-in for Python, which prints its version, makes an environment and is its pip."""
    lines = f"""case "$2 $3" in
        -c*) echo "$0"; echo {version} ;;
        "-m venv") mkdir -p "$4/bin"; ln -s "$0" "$4/bin/python" ;;
        "-m pip") {pip} ;;
    esac"""
    return launcher(path, lines)


def test_an_environment_gives_way_when_the_wished_python_is_at_hand(tmp_path: Path) -> None:
    pythons = {
        "other": interpreter(tmp_path / "other", "3.5.2"),
        "wished": interpreter(tmp_path / "wished", "3.4.9"),
    }
    reported: list[str] = []
    for name in ("other", "other", "wished", "wished", "other"):
        make_environments([OLD], tmp_path, pythons={"3.4": pythons[name]}, report=reported.append)
    assert [line.partition(": ")[2] for line in reported] == [
        "made with Python 3.5.2, since no Python 3.4 was found",
        "already made, with Python 3.5.2",
        "made with Python 3.4.9",
        "already made, with Python 3.4.9",
        "already made, with Python 3.4.9",
    ]


def test_a_conflict_is_reported_by_the_line_that_says_which(tmp_path: Path) -> None:
    (tmp_path / "said").write_text(
        "ERROR: Cannot install gadget==1.0 and gadget==2.0 because these versions conflict.\n"
        "ERROR: ResolutionImpossible: for help visit a page\n\n"
    )
    pythons = {"": interpreter(tmp_path / "python", RUNNING, f"cat {tmp_path / 'said'} >&2; exit 1")}
    task = task_with("gadget==1.0", "gadget==2.0")
    (made,) = make_environments([task], tmp_path, pythons=pythons, report=print)
    assert made.problem.startswith("Cannot install gadget==1.0 and gadget==2.0 because")


def test_a_named_interpreter_is_taken_at_its_word(tmp_path: Path) -> None:
    named = launcher(tmp_path / "mine", "echo /opt/real/python; echo 3.5.2")
    found = interpreter_for("3.4", {"3.4": named})
    assert found == ("/opt/real/python", "3.5.2")
    assert not found.fits("3.4")


def test_the_running_interpreter_serves_its_own_version_and_no_wish() -> None:
    running = Interpreter(sys.executable, RUNNING)
    assert interpreter_for(RUNNING, {}) == interpreter_for("", {}) == running


def test_an_environment_that_came_with_a_repository_is_not_used_unless_its_folder_is_named(
    tmp_path: Path,
) -> None:
    """Its `pyvenv.cfg` names the interpreter that is asked for its folders, outside of any sandbox."""
    home = tmp_path / environment_name(OLD)
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").symlink_to(sys.executable)
    canary = tmp_path / "canary"
    (tmp_path / "python3").write_text(f"#!/bin/sh\ntouch {canary}\n")
    (tmp_path / "python3").chmod(0o755)
    (home / "pyvenv.cfg").write_text(f"home = {tmp_path}\n")
    marker = {"requirements": ["gadget==1.0"], "wished": OLD.python, "python": RUNNING}
    (home / "environment.json").write_text(json.dumps(marker))
    with Environments(tmp_path, lambda python: open_sandbox("bwrap", python=python), made_here=True) as there:
        assert "it has not been made here" in there.why_not(OLD)
    assert not canary.exists()
