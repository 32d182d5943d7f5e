"""The memory limit of programs: it is named, it is fair, and nothing of it is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.execution import Limits, Program, Sandbox, cgroups, memory_limit, open_sandbox
from rag.execution.cgroups import ParentCgroup, find_parent
from rag.execution.inside.kernel_memory import MemoryCgroup
from rag.execution.memory_limit import PROCESS_LIMITS, CgroupLimit
from tests.sandboxes import needs_bwrap

LIMITS = Limits(timeout_seconds=10, memory_mb=256, disk_mb=32, processes=16)
MB = 1 << 20
USES_200_MB = Program("x = b'x' * (200 << 20)")
pytestmark = needs_bwrap


@pytest.fixture(scope="module")
def parent() -> ParentCgroup:
    found = find_parent()
    if found is None:
        pytest.skip("no cgroup can be made here")
    return found


@pytest.fixture(scope="module")
def sandbox(parent: ParentCgroup) -> Iterator[Sandbox]:
    with open_sandbox("bwrap", LIMITS) as opened:
        assert opened.memory_limit == parent.name
        yield opened


def made_by(process: int, parent: ParentCgroup) -> list[Path]:
    return [path for folder in parent.folders for path in folder.glob(f"docprompting-{process}-*")]


def test_without_a_cgroup_the_limit_is_called_process_limits() -> None:
    with open_sandbox("bwrap", LIMITS, cgroups=False) as sandbox:
        assert sandbox.memory_limit == PROCESS_LIMITS
        assert sandbox.run(USES_200_MB).passed
        assert sandbox.run(Program("import mmap; mmap.mmap(-1, 4 << 30)")).status == "error"


def test_memory_used_and_given_back_between_two_looks_counts() -> None:
    source = (
        "import mmap\nfor _ in range(3):\n    m = mmap.mmap(-1, 300 << 20)\n"
        "    for n in range(0, len(m), 4096): m[n] = 1\n    m.close()"
    )
    for use_cgroups in (True, False):
        with open_sandbox("bwrap", LIMITS, cgroups=use_cgroups) as sandbox:
            assert sandbox.run(Program(source)).status == "memory"


@pytest.mark.parametrize(
    "leave",
    [
        "open('/dev/shm/x', 'wb').write(bytes(31 << 20)); open('/tmp/x', 'wb').write(bytes(31 << 20))",
        "import socket\nkept = []\nfor _ in range(20):\n"
        "    a, b = socket.socketpair(); a.setblocking(False)\n"
        "    a.setsockopt(1, 7, 4 << 20); kept += [a, b]\n    try:\n"
        "        while True: a.send(bytes(100_000))\n"
        "    except BlockingIOError: pass",
        "import socket\na, b = socket.socketpair(); socket.send_fds(a, [b'x'], [a.fileno(), b.fileno()])\n"
        "try:\n    while True: a.send(bytes(100_000), socket.MSG_DONTWAIT)\nexcept BlockingIOError: pass",
        "import os, time\nif not os.fork():\n    os.setsid(); x = b'x' * (200 << 20); time.sleep(60)\n"
        "time.sleep(0.3)",
        "import os\nfor n in range(40_000): os.path.exists(f'/usr/lib/{n:0250}')",
        "x = b'x' * (200 << 20)",
    ],
)
def test_what_one_program_held_does_not_count_for_the_next(sandbox: Sandbox, leave: str) -> None:
    for _ in range(2):
        assert sandbox.run(Program(leave)).status in ("passed", "memory")
        assert sandbox.run(USES_200_MB).passed


def test_a_program_that_reads_large_files_is_not_charged_for_them(sandbox: Sandbox) -> None:
    source = (
        "import os\nfor folder in '/usr/bin', os.path.dirname(os.__file__):\n"
        "    for entry in os.scandir(folder):\n"
        "        if entry.is_file(): open(entry, 'rb').read(1 << 24)\nx = b'x' * (200 << 20)"
    )
    assert sandbox.run(Program(source)).passed


def test_the_limit_holds_all_processes_together(sandbox: Sandbox) -> None:
    # each process is below the limit by itself, and too short-lived to be seen
    source = (
        "import os\nwhile True:\n    for _ in range(6):\n"
        "        if not os.fork(): x = b'x' * (90 << 20); os._exit(0)\n    for _ in range(6): os.wait()"
    )
    verdict = sandbox.run(Program(source, timeout_seconds=3))
    assert (verdict.status, verdict.detail) == ("memory", "it used more than 256 MB")


def test_sandboxes_side_by_side_do_not_share_a_limit(sandbox: Sandbox) -> None:
    programs = [Program("x = b'x' * (200 << 20); import time; time.sleep(0.3)")] * 4
    assert all(verdict.passed for verdict in sandbox.run_all(programs, workers=2))
    with open_sandbox("bwrap", LIMITS) as other:
        assert other.run(Program("x = b'x' * (200 << 20)")).passed


def test_nothing_is_left_of_a_cgroup_when_its_sandbox_is_closed(parent: ParentCgroup) -> None:
    before = made_by(os.getpid(), parent)
    with open_sandbox("bwrap", LIMITS) as sandbox:
        assert len(made_by(os.getpid(), parent)) == len(before) + len(parent.folders)
        sandbox.run(Program("import os; os.fork(); os.kill(-1, 9)"))
        sandbox.run(Program("x = [b'x' * (90 << 20) for _ in range(9)]"))
    assert made_by(os.getpid(), parent) == before


def test_what_a_killed_process_left_is_removed_by_the_next(parent: ParentCgroup) -> None:
    code = (
        "import sys, time\nfrom rag.execution import open_sandbox\n"
        "sandbox = open_sandbox('bwrap')\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as host:
        assert host.stdout and host.stdout.readline() == b"ready\n"
        assert made_by(host.pid, parent)
        host.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while made_by(host.pid, parent) and time.monotonic() < deadline:
        time.sleep(0.1)  # its server is about to end
        find_parent()
    assert not made_by(host.pid, parent)


def test_a_cgroup_in_use_and_a_folder_of_somebody_else_stay(parent: ParentCgroup, tmp_path: Path) -> None:
    names = ["docprompting-1-1-1", f"docprompting-{os.getpid()}-{cgroups._started(os.getpid())}-7"]
    for name in [*names, "docprompting-x-1-1", "docprompting-1-1-1-1", "another"]:
        (tmp_path / name).mkdir()
    cgroups.remove_stale(ParentCgroup("cgroup v2", (tmp_path,)))
    assert not (tmp_path / names[0]).exists()
    assert len(list(tmp_path.iterdir())) == 4


def version_2(folder: Path, held: int) -> Path:
    """Make the files that the kernel shows in a cgroup of version 2."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.current").write_text(f"{held}\n")
    (folder / "memory.stat").write_text(
        f"anon 1\nfile {30 * MB}\nshmem {2 * MB}\nfile_mapped {MB}\nslab_reclaimable {3 * MB}\n"
    )
    (folder / "memory.events").write_text("low 0\noom 5\noom_kill 3\noom_group_kill 0\n")
    (folder / "memory.max").write_text("max\n")
    (folder / "pids.current").write_text("3\n")
    return folder


def test_version_2_is_limited_from_what_the_server_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = version_2(tmp_path / "made", 50 * MB)
    monkeypatch.setattr(memory_limit, "create_cgroup", lambda parent: (folder,))
    limit = CgroupLimit(ParentCgroup("cgroup v2", (tmp_path,)))
    limit.begin(0, LIMITS, None)
    needed = 50 - 30 + 2 - 3 + 1
    assert (folder / "memory.max").read_text() == str((needed + 256 + 64 + 8) * MB)
    assert (folder / "memory.swap.max").read_text() == "0"
    assert (folder / "pids.max").read_text() == str(3 + 16 + 4)
    assert limit.was_met()
    assert not limit.was_met()
    assert limit.is_settled()
    (folder / "memory.current").write_text(f"{99 * MB}\n")
    assert not limit.is_settled()
    assert MemoryCgroup(folder).is_limited()


def test_version_2_is_found_where_it_is_delegated(tmp_path: Path) -> None:
    own = version_2(tmp_path / "cgroup" / "user" / "scope", 0)
    (own / "cgroup.controllers").write_text("cpu memory pids\n")
    (own / "cgroup.subtree_control").write_text("memory pids\n")
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "cgroup").write_text("0::/user/scope\n")
    (proc / "mountinfo").write_text(
        f"30 23 0:26 / {tmp_path}/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    )
    assert cgroups._own_folder(proc, "") == own
    assert cgroups._delegated(own) == own
    (own / "cgroup.controllers").write_text("cpu\n")
    assert cgroups._delegated(own) is None


def test_a_cgroup_of_others_is_left_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "session"
    version_2(own, 0)
    (tmp_path / "cgroup.controllers").write_text("memory pids\n")
    (own / "cgroup.controllers").write_text("memory pids\n")
    (own / "cgroup.subtree_control").mkdir()  # cannot be written, as in a cgroup that holds processes
    (own / "cgroup.procs").write_text(f"{os.getpid()}\n1\n")
    assert cgroups._delegated(own) is None
    assert not list(own.glob("docprompting-*"))


def test_a_systemd_scope_is_requested_with_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "systemd-run").write_text('#!/bin/sh\necho "$@" >> "$0.log"\nexit 1\n')
    (tmp_path / "systemd-run").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert cgroups.scope_command(1 << 30, 99) == []
    asked = (tmp_path / "systemd-run.log").read_text()
    for part in ("--scope", "MemoryMax=1073741824", "MemorySwapMax=0", "TasksMax=99"):
        assert part in asked
