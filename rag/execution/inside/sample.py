"""The processes of one sample: a keeper that waits, the first process of the namespace, and the program.

Each starts the next: server -> keeper -> first -> program. The keeper stays in the server's pid namespace,
and the server waits for it. When `first` ends, the kernel ends everything in its namespace, so no daemon
outlives the sample; `first` cannot be signalled or traced from inside. Where samples share a namespace, the
server ends what is left of each, and no process but the program's own can be traced or read.
"""

from __future__ import annotations

import ctypes
import os
import signal
import tempfile
from contextlib import suppress
from typing import Any

from .confine import (
    drop_capabilities,
    enter_namespaces,
    forbid_new_privileges,
    limit_resources,
    mount_private,
    set_dumpable,
    write_file,
)
from .hand_over import hand_over
from .run_bash import run_bash
from .run_python import run_python
from .system_calls import filter_system_calls

_NICER = 10  # so that the server, which watches, gets the processor first
_libc = ctypes.PyDLL(None, use_errno=True)  # unlike `CDLL`, it keeps the interpreter's lock during a call
_FIRST_TO_KILL = "1000"  # oom_score_adj of what to kill when the cgroup or the machine runs out of memory


def start_sample(request: dict[str, Any], pipes: dict[str, int], config: dict[str, Any], folder: str) -> int:
    """Fork the keeper of a sample and return its process id.

    Args:
        request: the program as the host sent it, without its tests.
        pipes: descriptors: the writing ends `stdout`, `stderr`, `tell` and `ended`, the reading ends `tests`
            and `word`, and optionally the file `kept`.
        config: of the server; with `namespaces`, every sample gets its own.
        folder: working folder of the program.
    """
    keeper = _fork()
    if keeper:
        return keeper
    try:
        os.setsid()
        _close_all_but(pipes.values())
        pipes["given"], give = os.pipe()
        alive, pipes["alive"] = os.pipe()
        if config["namespaces"]:
            enter_namespaces()
        first = _fork()
        if not first:
            _be_first(request, pipes, config, folder)
        of_tests: dict[str, int] = {name: pipes[name] for name in ("tests", "word", "kept") if name in pipes}
        _close_all_but((*of_tests.values(), give, alive))
        with suppress(BrokenPipeError):
            hand_over(request, of_tests, give, alive)
        _close_all_but(())
        os.waitpid(first, 0)
    finally:
        os._exit(0)


def _be_first(request: dict[str, Any], pipes: dict[str, int], config: dict[str, Any], folder: str) -> None:
    """Start the program, reap the processes that it leaves, report how it ended; never return."""
    ended = "status 70"
    try:
        if config["namespaces"]:
            _volunteer()  # inherited by the program, which cannot undo it in its read-only /proc
            mount_private(config["limits"]["disk_mb"], config["shown"])
            os.makedirs(folder, exist_ok=True)
            forbid_new_privileges()
            drop_capabilities()
        set_dumpable(False)
        program = os.fork()
        if not program:
            _be_program(request, pipes, config, folder)
        _close_all_but((pipes["ended"], pipes["alive"]))
        status = _wait_for(program)
        ended = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {status >> 8}"
    except OSError as error:
        ended = f"setup {error}"
    finally:
        os.write(pipes["ended"], ended.encode())
        os._exit(0)


def _be_program(request: dict[str, Any], pipes: dict[str, int], config: dict[str, Any], folder: str) -> None:
    """Apply the limits and run the program; never return."""
    try:
        _close_all_but([pipes[name] for name in ("stdout", "stderr", "tell", "given")])
        set_dumpable(True)  # otherwise the program could not read its own /proc/self
        os.setsid()
        os.chdir(folder)
        os.environ["HOME"] = os.environ["TMPDIR"] = folder
        tempfile.tempdir = None
        os.nice(_NICER)
        if not config["namespaces"]:
            _volunteer()
        if request["language"] == "bash":  # Python ignores SIGPIPE, and a shell would inherit that
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        request["source_file"] = _memory_file(request["source"])
        os.dup2(_memory_file(request["stdin"]), 0)
        os.dup2(pipes["stdout"], 1)
        os.dup2(pipes["stderr"], 2)
        limit_resources(config["limits"], request["timeout_seconds"])
        # Keep its memory from being read through /proc, by itself and by what it starts. Not without a
        # cgroup: then the watch has to read it. The filter below refuses this call from then on.
        if request["tested"] and config["limits"]["kernel_memory"]:
            set_dumpable(False)
        if config["filters"]:
            forbid_new_privileges()
            filter_system_calls(config["limits"]["kernel_memory"])
        run = {"python": run_python, "bash": run_bash}[request["language"]]
        run(request, pipes["tell"], pipes["given"])
    except OSError as error:
        os.write(pipes["tell"], f"setup {error}\n".encode())
    finally:
        os._exit(70)


def _fork() -> int:
    """Fork without the hooks that run after `os.fork`: they cost more than all that these processes do."""
    process: int = _libc.fork()
    if process < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return process


def _volunteer() -> None:
    """Let the kernel kill this process before the server if memory runs out."""
    write_file("/proc/self/oom_score_adj", _FIRST_TO_KILL)


def _wait_for(program: int) -> int:
    while True:
        process, status = os.waitpid(-1, 0)
        if process == program:
            return status


def _memory_file(text: str) -> int:
    descriptor = os.memfd_create("text")
    os.write(descriptor, text.encode("utf-8", "replace"))
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _close_all_but(kept: Any) -> None:
    wanted: list[int] = sorted(kept)
    start = 3
    for descriptor in [*wanted, os.sysconf("SC_OPEN_MAX")]:
        os.closerange(start, descriptor)
        start = descriptor + 1
