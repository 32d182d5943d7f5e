"""Watch one sample: collect its output and reports, measure its memory and processes, end it in time."""

from __future__ import annotations

import json
import os
import secrets
import select
import selectors
import signal
import tempfile
import time
from contextlib import suppress
from typing import Any

from .hand_over import relay
from .kernel_memory import SLACK_BYTES
from .process_tree import descendants, hidden_bytes, peak_bytes, resident_bytes
from .sample import start_sample

_TICK_SECONDS = 0.02  # a process can use some 40 MB more in this time
_ENDING_SECONDS = 0.0002
_EMPTYING_SECONDS = 1.0  # after that, a new container is faster
_GRACE_SECONDS = 8.0  # after that, the host gives up on the server
_READ_BYTES = 65_536
_TOLD_BYTES = 65_536
_KEPT = ("stdout", "stderr", "tell", "ended")


def run_sample(request: dict[str, Any], config: dict[str, Any], baseline: int) -> dict[str, Any]:
    """Run one program and return its verdict as a dict: status, detail, stdout, stderr, seconds, left.

    If `left` is true, the program left something behind that another could find: the host then starts a new
    server.

    Args:
        request: source, stdin, language, timeout_seconds, entry_point; about the tests: tested (whether there
            are any), tests_bytes, prepared (whether they are compiled), kept (a file to keep them in, or
            -1), checking (modules that they may check with).
        config: of the server: limits, namespaces, filters, emptied, and the cgroup of a container with the
            memory that it needed before the first program.
        baseline: resident bytes of the server, which forked processes share with it.
    """
    # a sample with a /tmp of its own needs no folder in the server's, and starts in an empty one
    own = "/tmp/rag-sample" if config["shown"] else "/tmp"
    folder = own if config["namespaces"] else tempfile.mkdtemp(prefix="rag-sample-")
    started = time.monotonic()
    cgroup = config["cgroup"]
    kills = cgroup.kills() if cgroup else 0
    watch = _Watch(request, config, baseline)
    try:
        status, detail = watch.run(folder)
    finally:
        watch.end()
        watch.close()
        deadline = time.monotonic() + (_EMPTYING_SECONDS if config["emptied"] else _GRACE_SECONDS)
        if not config["namespaces"]:
            with suppress(OSError):  # the program may have removed the folder itself
                os.chmod(folder, 0o700)
                _empty(folder, deadline)
                os.rmdir(folder)
        left = [shared for shared in config["emptied"] if not _empty(shared, deadline)]
    kept = config["limits"]["output_kb"] << 10
    texts = {name: bytes(watch.read[name][:kept]).decode("utf-8", "replace") for name in ("stdout", "stderr")}
    verdict = {"seconds": round(time.monotonic() - started, 4), "left": bool(left), **texts}
    if cgroup:  # the host watches any other cgroup from outside
        verdict["left"] = bool(left) or not cgroup.falls_to(config["needed"] + SLACK_BYTES)
        if cgroup.kills() > kills:
            status, detail = watch.out_of_memory()
    return {"status": status, "detail": detail, **verdict}


def _empty(folder: str, deadline: float) -> bool:
    """Remove what a sample left in a folder, whatever its permissions; return whether nothing remains.

    Folders are moved up before they are emptied: they may be nested deeper than a path or a stack can be.
    """
    changed = True
    while changed:
        changed = False
        for entry in list(os.scandir(folder)):
            if time.monotonic() > deadline:
                return False
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    _move_up(entry.path, folder)
                    os.rmdir(entry.path)
                else:
                    os.unlink(entry.path)
                changed = True
    return not os.listdir(folder)


def _move_up(folder: str, into: str) -> None:
    os.chmod(folder, 0o700)
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            os.chmod(entry.path, 0o700)  # one that cannot be written cannot be moved
            os.rename(entry.path, os.path.join(into, secrets.token_hex(16)))
        else:
            os.unlink(entry.path)


class _Watch:
    def __init__(self, request: dict[str, Any], config: dict[str, Any], baseline: int) -> None:
        self.request, self.config, self.baseline = request, config, baseline
        self.limits = config["limits"]
        self.read: dict[str, bytearray] = {name: bytearray() for name in _KEPT}
        self.selector = selectors.DefaultSelector()
        self.word = -1  # descriptor of the pipe to the keeper, or -1
        self.heard = 0  # messages sent to the keeper
        self.peak = 0

    def run(self, folder: str) -> tuple[str, str]:
        """Wait until the program has ended or exceeded a limit; return the status and its detail."""
        keeper = self._start(folder)
        now = time.monotonic()
        deadline, look = now + self.request["timeout_seconds"], now + _TICK_SECONDS
        broken = ("", "")
        while not broken[0] and not self._has_ended(keeper):
            if self.selector.get_map():
                self._gather(_TICK_SECONDS)
            else:  # all pipes are closed: the keeper is about to end, and there is nothing else to wait for
                time.sleep(_ENDING_SECONDS)
            if self._too_much_output() or time.monotonic() > look:
                if select.select([self.config["host"]], [], [], 0)[0]:
                    raise SystemExit  # the host sends nothing while a program runs, so it has ended
                broken = self._limit_met(deadline)
                look = time.monotonic() + _TICK_SECONDS
        self.end()
        while self.selector.get_map() and not self._too_much_output():
            self._gather(0)  # what is left in the pipes: all writers have ended
        if not broken[0] and (self._too_much_output() or self._peaked([])):
            broken = self._limit_met(deadline)
        return broken if broken[0] else self._verdict()

    def end(self) -> None:
        """Kill all processes of the sample and wait until they have ended."""
        while processes := descendants(os.getpid()):
            # with namespaces, the second is the first of its own namespace: the others end with it
            for process in processes[1:] or processes:
                _kill(process)
            _reap()
            time.sleep(0.001)
        self._say_no_more()

    def _say_no_more(self) -> None:
        if self.word >= 0:
            os.close(self.word)
            self.word = -1

    def close(self) -> None:
        """Close the descriptors now: garbage collection in a child would close others of the same numbers."""
        for key in list(self.selector.get_map().values()):
            os.close(key.fd)
        self.selector.close()

    def _start(self, folder: str) -> int:
        ends = {name: os.pipe() for name in _KEPT}
        theirs = {name: pair[1] for name, pair in ends.items()}
        theirs["word"], self.word = os.pipe()
        theirs["tests"], tests = os.pipe()
        kept = {"kept": self.request["kept"]} if self.request["kept"] >= 0 else {}
        keeper = start_sample(self.request, {**theirs, **kept}, self.config, folder)
        for descriptor in theirs.values():
            os.close(descriptor)
        relay(self.config["host"], tests, self.request["tests_bytes"])
        for name, (ours, _) in ends.items():
            os.set_blocking(ours, False)
            self.selector.register(ours, selectors.EVENT_READ, name)
        return keeper

    def _gather(self, seconds: float) -> None:
        """Read what the pipes hold, waiting up to `seconds` for something."""
        for key, _ in self.selector.select(seconds):
            data = os.read(key.fd, _READ_BYTES)
            if not data:
                self.selector.unregister(key.fd)
                os.close(key.fd)
            elif key.data != "tell" or len(self.read["tell"]) < _TOLD_BYTES:
                self._take(key.data, data)

    def _take(self, name: str, data: bytes) -> None:
        self.read[name] += data
        if name == "tell":
            told = self._told()
            if self.heard == 0 and b"program" in told:
                self._send(self._keys(told)[1])
            if self.heard < 2 and any(line.startswith(b"raised ") for line in told):
                self._send(b"!" * self.heard)  # it cannot pass any more, so it may see tests that have begun
                self._say_no_more()

    def _send(self, word: bytes) -> None:
        self.heard += 1
        if self.word >= 0:  # otherwise the sample has ended
            with suppress(BrokenPipeError):  # the keeper has ended
                os.write(self.word, word)

    def _told(self) -> list[bytes]:
        """Return the complete lines that were reported so far."""
        return bytes(self.read["tell"]).split(b"\n")[:-1]

    def _keys(self, told: list[bytes]) -> tuple[bytes, bytes]:
        """Return the key that reports success and the one that encrypts the tests."""
        kind, _, keys = told[0].partition(b" ")
        passing, _, cipher = keys.partition(b" ")
        return (passing, cipher) if kind == b"keys" else (b"", b"")

    def _too_much_output(self) -> bool:
        bound: int = self.limits["output_kb"] << 10
        return len(self.read["stdout"]) > bound or len(self.read["stderr"]) > bound

    def _has_ended(self, keeper: int) -> bool:
        ended, _, usage = os.wait4(keeper, os.WNOHANG)
        self.peak = usage.ru_maxrss << 10  # of the largest process that has ended and been waited for
        return ended != 0

    def _peaked(self, processes: list[int]) -> bool:
        """Return whether a process, running or ended, used too much unnoticed; never with a cgroup."""
        if self.limits["kernel_memory"]:
            return False
        bound: int = self.limits["memory_mb"] << 20
        return (
            max(self.peak, peak_bytes(processes)) > self.baseline + bound or hidden_bytes(processes) > bound
        )

    def out_of_memory(self) -> tuple[str, str]:
        """Return the status and detail of a program that used too much memory."""
        return "memory", f"it used more than {self.limits['memory_mb']} MB"

    def _limit_met(self, deadline: float) -> tuple[str, str]:
        if self._too_much_output():
            return "output", f"it printed more than {self.limits['output_kb']} KB"
        if time.monotonic() > deadline:
            return "timeout", f"it took more than {self.request['timeout_seconds']:g} seconds"
        processes = descendants(os.getpid())
        if len(processes) > self.limits["processes"] + 3:
            return "killed", f"it started more than {self.limits['processes']} processes"
        if resident_bytes(processes, self.baseline, self.limits["memory_mb"] << 20) or self._peaked(
            processes
        ):
            return self.out_of_memory()
        return "", ""

    def _verdict(self) -> tuple[str, str]:
        ended = self.read["ended"].decode("utf-8", "replace")
        if not ended:
            return "killed", "it ended the process that supervises it"
        told: list[bytes] = bytes(self.read["tell"]).splitlines()
        how, _, value = ended.partition(" ")
        setup = [line for line in told if line.startswith(b"setup ")]
        if how == "setup" or setup:
            reason = value if how == "setup" else setup[0].decode("utf-8", "replace").partition(" ")[2]
            return "killed", f"the sandbox could not be set up: {reason}"
        if how == "signal":
            number = int(value)
            status = "timeout" if number == signal.SIGXCPU else "killed"
            return status, f"ended by {signal.Signals(number).name}"
        forged = [line for line in told if line.startswith(b"forged ")]
        if forged:
            return "failed", forged[0].decode("utf-8", "replace").partition(" ")[2]
        raised = [line for line in told if line.startswith(b"raised ")]
        if raised:
            return self._raised(raised[-1], b"program" in told)
        return self._ended(value, told)

    def _raised(self, line: bytes, in_tests: bool) -> tuple[str, str]:
        try:
            report = json.loads(line.partition(b" ")[2])
            detail = str(report["detail"])
            if report["memory"]:
                return "memory", detail
        except (ValueError, KeyError, TypeError):
            detail = "it wrote to the pipe of the harness"
        return "failed" if in_tests else "error", detail

    def _ended(self, status: str, told: list[bytes]) -> tuple[str, str]:
        """Return the status and detail of a program that ended by itself and reported no exception."""
        tested = self.request["tested"]
        if self.request["language"] == "bash" and not tested:
            return ("passed", "") if status == "0" else ("error", f"it exited with {status}")
        if status == "0" and len(told) == 3 and told[1:] == [b"program", self._keys(told)[0]] and told[2]:
            return "passed", ""
        if b"program" in told and self.request["language"] == "bash":
            return "failed", f"a test failed: exit status {status}"
        where = "its tests ended" if tested else "its last statement"
        return "failed", f"it exited with {status} before {where}"


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
