"""The sandbox as its users see it: verdicts, order, limits, levels of isolation."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path

import pytest

from corpora.errors import SandboxError, UnknownName
from rag.execution import Limits, Program, Sandbox, open_sandbox
from rag.execution.isolation import isolate
from tests.sandboxes import needs_bwrap

LEVELS = [
    pytest.param("bwrap", marks=needs_bwrap),
    "process",
]


@pytest.fixture(scope="module", params=LEVELS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with open_sandbox(request.param, Limits(timeout_seconds=5, memory_mb=256, output_kb=4)) as opened:
        yield opened


def command_lines() -> list[bytes]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended in the meantime
            found.append(path.read_bytes())
    return found


CASES = {
    "right": (Program("def f(): return 1", "assert f() == 1"), "passed", ""),
    "wrong": (Program("def f(): return 1", "assert f() == 2, 'not two'"), "failed", "not two"),
    "no such name": (Program("f()", "assert True"), "error", "NameError: name 'f' is not defined"),
    "no Python": (Program("def f(:"), "error", "SyntaxError: invalid syntax"),
    "ends well without tests": (Program("raise SystemExit(0)"), "passed", ""),
    "runs as __main__": (Program("assert __name__ == '__main__'"), "passed", ""),
    "too slow": (Program("while True: pass", timeout_seconds=0.2), "timeout", "more than 0.2 seconds"),
    "too big": (Program("x = bytearray(10**11)"), "memory", "MemoryError"),
    "too loud": (Program("print('x' * 5000)"), "output", "more than 4 KB"),
    "shell right": (Program("f() { echo 1; }", '[ "$(f)" = 1 ]', language="bash"), "passed", ""),
    "shell wrong": (Program("f() { echo 1; }", '[ "$(f)" = 2 ]', language="bash"), "failed", "status 1"),
    "shell status": (Program("exit 3", language="bash"), "error", "it exited with 3"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_verdict_says_how_the_program_ended(sandbox: Sandbox, name: str) -> None:
    program, status, detail = CASES[name]
    verdict = sandbox.run(program)
    assert (verdict.status, verdict.isolation) == (status, sandbox.isolation), verdict
    assert detail in verdict.detail


def test_a_program_reads_its_input_and_its_output_is_kept(sandbox: Sandbox) -> None:
    verdict = sandbox.run(
        Program("import sys; print(input() + '!'); print('é', file=sys.stderr)", stdin="hi\n")
    )
    assert (verdict.stdout, verdict.stderr) == ("hi!\n", "é\n")


def test_a_shell_reads_its_input(sandbox: Sandbox) -> None:
    assert sandbox.run(Program("tr a-z A-Z", stdin="hi", language="bash")).stdout == "HI"


LATE = "import time; time.sleep(0.05); print('late')"
ENDS = {
    "a thread": f"import threading\nthreading.Thread(target=lambda: exec({LATE!r})).start()",
    "a timer": "import threading\nthreading.Timer(0.05, print, ['late']).start()",
    "a pool": f"from concurrent.futures import ThreadPoolExecutor as P\nP().submit(exec, {LATE!r})",
    "a process": (
        "import multiprocessing as m\nm.get_context('fork').Process(target=print, args=['late']).start()"
    ),
    "a forked child": "import os\npid = os.fork()\nif pid: os.wait()\nelse: print('late')",
    "at exit": "import atexit\natexit.register(print, 'late')",
    "at exit, after an error there": (
        "import atexit\natexit.register(print, 'late')\natexit.register(lambda: 1 / 0)\nraise SystemExit"
    ),
    "a buffer at exit": (
        "import atexit, io, os, sys\nb = io.StringIO(); sys.stdout = b\n"
        "atexit.register(lambda: os.write(1, b.getvalue().encode()))\nprint('late')"
    ),
    "a file that is never closed": "f = open(1, 'w', closefd=False)\nf.write('late\\n')",
    "the first standard output": (
        "import io, sys\no = sys.stdout; sys.stdout = io.StringIO(); o.write('late\\n')"
    ),
    "an object that is freed": "class A:\n    def __del__(self): print('late')\na = A()",
}


@pytest.mark.parametrize("name", ENDS)
def test_what_is_printed_at_the_end_of_a_program_counts_as_in_python(sandbox: Sandbox, name: str) -> None:
    verdict = sandbox.run(Program(ENDS[name]))
    assert (verdict.status, verdict.stdout) == ("passed", "late\n"), verdict


def test_a_program_ends_within_its_limit_and_without_waiting_for_daemons(sandbox: Sandbox) -> None:
    sleep = "import threading, time\nthreading.Thread(target=time.sleep, args=[9], daemon={}).start()"
    assert sandbox.run(Program(sleep.format(False), timeout_seconds=0.5)).status == "timeout"
    assert sandbox.run(Program(sleep.format(True), timeout_seconds=0.5)).passed


@pytest.mark.parametrize(
    "leave",
    [
        "raise SystemExit",
        "import sys; sys.exit(0)",
        "import os; os._exit(0)",
        "exit()",
        "import atexit, os; atexit.register(os._exit, 0); raise SystemExit",
        "import os, threading; threading.Timer(0, os._exit, [0]).start(); threading.Event().wait()",
    ],
)
def test_a_program_that_leaves_before_its_tests_does_not_pass(sandbox: Sandbox, leave: str) -> None:
    assert sandbox.run(Program(leave, "assert True")).status in ("failed", "error")


def test_what_runs_at_exit_sees_no_tests(sandbox: Sandbox) -> None:
    source = "import atexit\natexit.register(print, 'late')\ndef f(): return 1"
    verdict = sandbox.run(Program(source, "assert f() == 1"))
    assert (verdict.status, verdict.stdout) == ("passed", "")


def test_a_traceback_shows_the_program_and_nothing_of_the_harness(sandbox: Sandbox) -> None:
    shown = sandbox.run(Program("def f():\n    return 1 / 0\nf()")).stderr
    assert 'File "program.py", line 2, in f\n    return 1 / 0' in shown
    assert "run_python" not in shown


@pytest.mark.parametrize("program", [Program("x = 1\ndef f(:"), Program("x = 1", "x = 1\ndef f(:")])
def test_invalid_python_is_reported_as_python_reports_it(sandbox: Sandbox, program: Program) -> None:
    name = "tests.py" if program.tests else "program.py"
    shown = ('  File "' + name + '", line 2', "    def f(:", "          ^", "SyntaxError: invalid syntax")
    assert sandbox.run(program).stderr.splitlines() == list(shown)


def test_nothing_of_one_program_reaches_the_next(sandbox: Sandbox) -> None:
    leave = "import builtins, json, os; builtins.left = json.left = 1; open('left', 'w').close()"
    assert sandbox.run(Program(leave, "os.environ['LEFT'] = '1'")).passed
    look = "import builtins, json, os; found = [hasattr(builtins, 'left'), hasattr(json, 'left')]"
    assert sandbox.run(
        Program(look, "assert not any(found) and not os.listdir() and 'LEFT' not in os.environ")
    ).passed


def test_verdicts_come_in_the_order_of_the_programs_however_many(sandbox: Sandbox) -> None:
    endless = (Program(f"import time; time.sleep({0.1 if n % 3 == 0 else 0}); print({n})") for n in count())
    printed = [verdict.stdout for verdict in islice(sandbox.run_all(endless, workers=2), 8)]
    assert printed == [f"{n}\n" for n in range(8)]


def test_closing_ends_a_program_that_runs(sandbox: Sandbox) -> None:
    seconds = f"8{os.getpid()}"
    with open_sandbox(sandbox.isolation, Limits(timeout_seconds=60)) as other:
        threading.Timer(0.5, other.close).start()
        source = f"import subprocess; subprocess.run(['sleep', '{seconds}'])"
        verdict = other.run(Program(source))
        assert (verdict.status, verdict.detail) == ("killed", "the sandbox was closed")
        assert verdict.seconds < 60  # by the closing, not by the time limit
        with pytest.raises(SandboxError, match="it has been closed"):
            other.run(Program("pass"))
    assert seconds.encode() not in b" ".join(command_lines())


def test_a_server_outlives_the_thread_that_first_used_it(sandbox: Sandbox) -> None:
    programs = [Program("import time; time.sleep(0.05)")] * 4
    assert all(verdict.passed for verdict in sandbox.run_all(programs, workers=2))
    assert all(verdict.passed for verdict in sandbox.run_all(programs, workers=2))


def test_a_daemon_does_not_outlive_its_program(sandbox: Sandbox) -> None:
    name = f"sleep 7{os.getpid()}"
    daemon = f"setsid {name} >/dev/null 2>&1 & disown; exit 0"
    assert sandbox.run(Program(daemon, language="bash")).passed
    assert name.replace(" ", "\0").encode() + b"\0" not in command_lines()


def test_modules_imported_beforehand_are_loaded(sandbox: Sandbox) -> None:
    with open_sandbox(sandbox.isolation, imports=["fractions"]) as warm:
        assert warm.run(Program("import sys; assert 'fractions' in sys.modules")).passed


def test_a_missing_module_is_reported_at_once(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="does not start") as caught:
        open_sandbox(sandbox.isolation, imports=["no_such_module"])
    assert "No module named 'no_such_module'" in caught.value.why


def test_another_interpreter_runs_the_program(sandbox: Sandbox) -> None:
    base = sys._base_executable  # type: ignore[attr-defined]
    with open_sandbox(sandbox.isolation, python=base) as other:
        assert other.run(Program("import sys; print(sys.prefix)")).stdout == sys.base_prefix + "\n"


def test_a_file_that_is_no_interpreter_is_an_error() -> None:
    with pytest.raises(SandboxError):
        open_sandbox("process", python="/no/such/python")


def test_an_unknown_isolation_is_an_error() -> None:
    with pytest.raises(UnknownName, match="isolation 'jail'"):
        open_sandbox("jail")


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide a program called podman, and no other."""
    (tmp_path / "podman").write_text("#!/bin/sh\n")
    (tmp_path / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("podman")
def test_a_container_has_no_network_no_rights_and_bounds() -> None:
    command = " ".join(isolate("container", Limits(memory_mb=100, disk_mb=10, processes=5), None).command)
    for option in ("--network none", "--read-only", "--cap-drop ALL", "--pids-limit 13", "--memory 1144m"):
        assert option in command


@pytest.mark.usefixtures("podman")
def test_a_container_uses_the_named_image_and_its_own_interpreter() -> None:
    command = isolate("container:registry:5000/team/libs:1", Limits(), "/opt/bin/python").command
    assert command[command.index("/opt/bin/python") - 1] == "registry:5000/team/libs:1"


def test_no_other_level_has_an_image() -> None:
    with pytest.raises(UnknownName, match="process:3"):
        isolate("process:3", Limits(), None)


def test_sets_have_the_same_order_in_every_sandbox(sandbox: Sandbox) -> None:
    program = Program("print(hash('a'))")
    with open_sandbox(sandbox.isolation) as other:
        assert other.run(program).stdout == sandbox.run(program).stdout
