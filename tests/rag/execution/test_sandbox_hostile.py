"""Hostile programs: none escapes, the host is unharmed, and each gets a clear verdict."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.execution import Limits, Program, Sandbox, Verdict, open_sandbox
from rag.execution.isolation import IMAGE
from tests.hostile_calls import CALL_ATTACKS
from tests.hostile_memory import MEMORY_ATTACKS
from tests.hostile_programs import ATTACKS, BASH_FORGERIES, FORGERIES, TESTS
from tests.sandboxes import needs_bwrap

LIMITS = Limits(timeout_seconds=1.5, memory_mb=256, disk_mb=16, processes=24, output_kb=64)
ALL_ATTACKS = ATTACKS | MEMORY_ATTACKS | CALL_ATTACKS
SECRET = "the canary sings"
MISTAKES = ("ModuleNotFoundError", "ImportError", "NameError", "AttributeError", "IndentationError")


@dataclass
class Host:
    """The parts of the host that a program must neither read nor harm."""

    secret: Path
    process: subprocess.Popen[bytes]
    listener: socket.socket
    abstract: socket.socket

    def fill_in(self, program: str) -> str:
        return program.format(
            secret=str(self.secret),
            process=self.process.pid,
            port=self.listener.getsockname()[1],
            abstract=self.abstract.getsockname()[1:].decode(),
        )

    def is_unharmed(self) -> bool:
        for listener in (self.listener, self.abstract):
            with pytest.raises(BlockingIOError):
                listener.accept()
        files = [path.name for path in self.secret.parent.iterdir()]
        return self.process.poll() is None and self.secret.read_text() == SECRET and files == ["secret"]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    secret = tmp_path_factory.mktemp("host") / "secret"
    secret.write_text(SECRET)
    os.environ["RAG_TEST_KEY"] = SECRET
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_UNIX) as abstract,
        subprocess.Popen(["sleep", "600"]) as process,
    ):
        abstract.bind(f"\0canary-{os.getpid()}")
        abstract.listen()
        listener.setblocking(False)
        abstract.setblocking(False)
        yield Host(secret, process, listener, abstract)
        process.kill()
    del os.environ["RAG_TEST_KEY"]


@pytest.fixture(scope="module", params=[pytest.param("bwrap", marks=needs_bwrap), "container"])
def sandbox(host: Host, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if request.param == "container" and not has_image():
        pytest.skip(f"neither podman nor docker runs {IMAGE} here")
    with open_sandbox(request.param, LIMITS) as opened:
        yield opened


def has_image() -> bool:
    program = shutil.which("podman") or shutil.which("docker")
    command = [str(program), "run", "--rm", "--network=none", "--pull=never", "--ulimit=nofile=256:256"]
    command += ["--ulimit=nproc=256:256", IMAGE, "python3", "-V"]
    return bool(program) and not subprocess.run(command, capture_output=True, check=False).returncode


def works_as_before(sandbox: Sandbox) -> bool:
    clean = "import os; assert os.listdir('/tmp') == os.listdir('/dev/shm') == []"
    prefixes = [Path(prefix) for prefix in (sys.prefix, sys.base_prefix)]
    if in_tmp := {prefix.parts[2] for prefix in prefixes if prefix.is_relative_to("/tmp")}:
        there = {*in_tmp, "rag-sample"}  # the interpreter, and the folder of the program
        clean = f"import os; assert set(os.listdir('/tmp')) == {there!r} and not os.listdir('/dev/shm')"
    alone = "assert [int(n) for n in os.listdir('/proc') if n.isdigit()] == [1, 2]"
    if sandbox.isolation == "container":  # beside the server, the two that keep a sample, and a folder for it
        clean = "import os; assert os.listdir('/tmp') == [os.path.basename(os.getcwd())]"
        alone = (
            "assert os.listdir('/dev/shm') == []; assert sum(n.isdigit() for n in os.listdir('/proc')) == 4"
        )
    return sandbox.run(Program(clean, alone)).passed


def patience(statuses: str) -> float | None:
    """Return how many seconds an attack gets, None for those of `LIMITS`.

    To use the memory up takes longer on a busy machine; what only ends by the timeout need not wait as long.
    """
    if statuses == "timeout":
        return 0.5
    return 30.0 if "memory" in statuses and "timeout" not in statuses else None


@pytest.mark.parametrize("name", ALL_ATTACKS)
def test_an_attack_harms_nobody_and_gets_an_honest_verdict(host: Host, sandbox: Sandbox, name: str) -> None:
    source, statuses = ALL_ATTACKS[name]
    verdict = sandbox.run(Program(host.fill_in(source), timeout_seconds=patience(statuses)))
    assert "ESCAPED" not in verdict.stdout
    assert SECRET not in verdict.stdout + verdict.stderr
    assert verdict.status in statuses.split(), verdict
    assert not verdict.detail.startswith(MISTAKES), "the attack did not get as far as it should"
    assert verdict.isolation == sandbox.isolation
    assert verdict.passed or verdict.detail
    assert host.is_unharmed()
    assert works_as_before(sandbox)


@pytest.mark.parametrize("name", FORGERIES)
def test_a_wrong_program_does_not_pass_by_a_trick(sandbox: Sandbox, name: str) -> None:
    assert_not_passed(sandbox.run(Program(FORGERIES[name], TESTS)))


@pytest.mark.parametrize("name", BASH_FORGERIES)
def test_a_wrong_shell_program_does_not_pass_by_a_trick(sandbox: Sandbox, name: str) -> None:
    assert_not_passed(sandbox.run(Program(BASH_FORGERIES[name], '[ "$(answer)" = 42 ]', language="bash")))


def assert_not_passed(verdict: Verdict) -> None:
    assert verdict.status in ("failed", "error", "killed"), verdict
    assert verdict.detail
    assert not verdict.detail.startswith(MISTAKES), "the trick did not get as far as it should"


def test_there_are_at_least_sixty_attacks() -> None:
    assert len(ATTACKS) + len(FORGERIES) + len(BASH_FORGERIES) >= 60
