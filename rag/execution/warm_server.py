"""The outside of one server process: start it, send it programs, and start a new one when it dies."""

import json
import os
import random
import re
import selectors
import subprocess
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import asdict
from threading import Lock
from typing import IO, Any

from corpora.errors import SandboxError
from rag.execution.inside.marked_code import CHECKING
from rag.execution.isolation import INSIDE, Isolation, environment
from rag.execution.memory_limit import MemoryLimit
from rag.execution.program import Limits, Program, Verdict

_START_SECONDS = 120.0  # on a loaded machine, importing torch and the like takes a while
_ENDING_SECONDS = 2.0
_GRACE_SECONDS = 10.0  # after the time limit, for the server to report it
_STDERR_LINES = 3
_SIZE_BYTES = 8
_READ_BYTES = 1 << 16
_MOST_PREPARED = 16  # tests kept compiled: the samples of a task follow each other and share their tests
_WORD = re.compile(r"\w+")
_ALIASES = {"np": "numpy", "pd": "pandas"}
# user ids of samples where we are root: 16 bits; Debian's policy gives 60000-64999 to nobody
_USERS = range(61_000, 62_000)


class WarmServer:
    """A server that runs one program at a time. Only `close` is safe to call while another thread uses it.

    Args:
        name: of the isolation, for verdicts.
        isolation: how to start it.
        limits: of each program.
        imports: modules to import before the first program.
        make_limit: creates the memory limit of a server and its programs.
        starter: runs in a thread that outlives the server. bwrap dies with the thread that started it, not
            with the process, and the threads that run programs come and go.
    """

    def __init__(
        self,
        name: str,
        isolation: Isolation,
        limits: Limits,
        imports: Sequence[str],
        make_limit: Callable[[], MemoryLimit],
        starter: Executor,
    ) -> None:
        self.name = name
        self._isolation = isolation
        self._limits = limits
        self._imports = tuple(imports)
        self._starter = starter
        self._make_limit = make_limit
        self._memory = MemoryLimit()
        self._process: subprocess.Popen[bytes] | None = None
        self._talking = Lock()  # held while a reply is awaited: the pipe that it comes from stays open
        self._is_closed = False
        self._prepared: OrderedDict[str, bytes] = OrderedDict()  # text of tests -> compiled tests

    def run(self, program: Program) -> Verdict:
        """Run one program and return the verdict. If it damages the server, the next program gets a new one.

        Raises:
            SandboxError: the server does not start.
        """
        if self._process and not self._memory.is_settled():
            self._end()  # the kernel still holds memory for the last program: it must not count for this one
        process = self._process or self._start()
        timeout = program.timeout_seconds or self._limits.timeout_seconds
        prepared = self._prepared.get(program.tests) if program.language == "python" else None
        tests = program.tests.encode("utf-8", "replace") if prepared is None else prepared
        request = asdict(program) | {
            "timeout_seconds": timeout,
            "tests": "",  # sent after the request
            "tests_bytes": len(tests),
            "prepared": prepared is not None,
            "tested": bool(program.tests.strip()),
            "checking": _checking(program.tests) if program.language == "python" else [],
        }
        started = time.monotonic()
        try:
            reply = self._ask(process, request, timeout + _GRACE_SECONDS, tests)
        except BaseException:  # on Ctrl-C, too, what runs inside has to end
            self._end()
            raise
        out_of_memory = self._memory.was_met()
        if reply and (made := reply.pop("prepared")):
            self._keep(program.tests, made)
        if reply is None or reply.pop("left", False):
            self._end()
        if reply is None:
            why = "the sandbox was closed" if self._is_closed else "it ended its sandbox"
            reply = {"status": "killed", "detail": why, "stdout": "", "stderr": ""}
            reply["seconds"] = time.monotonic() - started
        if out_of_memory:
            reply |= {"status": "memory", "detail": f"it used more than {self._limits.memory_mb} MB"}
        return Verdict(isolation=self.name, **reply)

    def _keep(self, tests: str, prepared: bytes) -> None:
        """Keep compiled tests for the next program with the same tests; they are never executed out here."""
        self._prepared[tests] = prepared
        if len(self._prepared) > _MOST_PREPARED:
            self._prepared.popitem(last=False)

    @property
    def memory_limit(self) -> str:
        """Return what limits the memory of the server and its programs together, once it has started."""
        return self._memory.name

    def start(self) -> None:
        """Start the server now, rather than with the first program.

        Raises:
            SandboxError: it does not start.
        """
        if self._process is None:
            self._start()

    def close(self) -> None:
        """End the server and everything that runs in it, for good, whatever another thread waits for."""
        self._is_closed = True
        self._end()

    def _end(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin and process.stdout
        with suppress(BrokenPipeError):
            process.stdin.close()  # the server then ends its program and itself
        try:
            process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # Who waits for a reply is woken by the end of the pipe, but never if it is closed before that.
        with self._talking:
            process.stdout.close()
        self._memory.end()

    def _ask(
        self, process: subprocess.Popen[bytes], message: dict[str, Any], seconds: float, tests: bytes = b""
    ) -> dict[str, Any] | None:
        """Exchange messages with the process, whose pipes `_end` may close before or after, not meanwhile."""
        with self._talking:
            assert process.stdout
            return None if process.stdout.closed else _exchange(process, message, seconds, tests)

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            self._memory = self._make_limit()
        except OSError as error:
            raise self._no_start({"error": str(error)}, "") from error
        config = {
            "limits": asdict(self._limits) | {"kernel_memory": self._memory.counts},
            "imports": self._imports,
            "namespaces": self._isolation.namespaces,
            "filters": self._isolation.filters,
            "emptied": self._isolation.emptied,
            "shown": self._isolation.shown,
            "user": random.choice(_USERS),
        }
        with tempfile.TemporaryFile() as errors:
            try:
                starting = self._starter.submit(self._spawn, errors)
            except RuntimeError as error:
                raise self._closed() from error
            self._process = process = starting.result()
            if self._is_closed:  # by another thread, which may have found no process to end
                self._end()
                raise self._closed()
            try:
                reply = self._ask(process, config, _START_SECONDS)
                if reply and "error" not in reply:
                    self._memory.begin(process.pid, self._limits, reply["needed"])
            except OSError as error:
                reply = {"error": f"its memory cannot be limited: {error}"}
            except BaseException:
                self._end()
                raise
            if reply is None or "error" in reply:
                self._end()
                errors.seek(0)
                raise self._no_start(reply, errors.read().decode("utf-8", "replace"))
        return process

    def _spawn(self, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        inherited = dict(os.environ) if self._isolation.inherits else environment(str(INSIDE.parent))
        try:
            return subprocess.Popen(
                self._memory.around(self._isolation.command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=inherited,
                bufsize=0,
                start_new_session=True,  # Ctrl-C reaches only us, and we end the server
            )
        except OSError as error:
            raise SandboxError(
                f"the sandbox '{self.name}' does not start",
                why=str(error),
                fix="name an interpreter that exists and is executable",
            ) from error

    def _closed(self) -> SandboxError:
        return SandboxError(
            f"the sandbox '{self.name}' does not start",
            why="it has been closed",
            fix="open another: rag.execution.open_sandbox()",
        )

    def _no_start(self, reply: dict[str, Any] | None, errors: str) -> SandboxError:
        lines = " | ".join(errors.strip().splitlines()[-_STDERR_LINES:])
        fix = self._isolation.fix
        if reply and self._imports:
            fix = "install the modules to import in that environment, or name another with python="
        return SandboxError(
            f"the sandbox '{self.name}' does not start",
            why=(reply or {}).get("error") or lines or "its server ended without an error message",
            fix=fix,
        )


def _checking(tests: str) -> list[str]:
    """Return the modules that tests may check with, which are recorded before the program can change them."""
    words = set(_WORD.findall(tests))
    words |= {module for alias, module in _ALIASES.items() if alias in words}
    found = [name for name in CHECKING if name in words]
    return [*found, "numpy.testing"] if "numpy" in found and "testing" in words else found


def _exchange(
    process: subprocess.Popen[bytes], message: dict[str, Any], seconds: float, tests: bytes = b""
) -> dict[str, Any] | None:
    """Send a message and tests and return the reply; None if the server dies or takes more than `seconds`."""
    assert process.stdin and process.stdout
    request = json.dumps(message).encode()
    data = memoryview(len(request).to_bytes(_SIZE_BYTES, "big") + request + tests)
    try:
        while data:
            data = data[process.stdin.write(data) or 0 :]
    except (BrokenPipeError, ValueError):  # it has died, or another thread has closed its input
        return None
    deadline = time.monotonic() + seconds
    answer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        reply: dict[str, Any] | None = None
        size = 0
        while reply is None or len(answer) < size:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
            part = os.read(process.stdout.fileno(), _READ_BYTES)
            if not part:
                return None
            answer += part
            if reply is None and (end := part.find(b"\n")) >= 0:
                end += len(answer) - len(part)
                reply = json.loads(answer[:end])
                del answer[: end + 1]
                size = reply.pop("prepared_bytes", 0)
    return reply | {"prepared": bytes(answer)}
