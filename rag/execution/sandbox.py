"""Run untrusted programs: a pool of warm servers behind one object."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from types import TracebackType

from rag.batches.in_order import run_in_order
from rag.execution.isolation import isolate
from rag.execution.memory_limit import limit_by
from rag.execution.program import Limits, Program, Verdict
from rag.execution.warm_server import WarmServer


class Sandbox:
    """A place to run programs in, and a context manager. Made by `open_sandbox`.

    Args:
        isolation: "bwrap", "container", "container:IMAGE" or "process", as in every verdict.
        limits: of each program.
        imports: modules to import once, before the first program.
        python: path of the interpreter, for example that of a virtual environment.
        cgroups: whether to limit the memory of each server's programs by a cgroup, where one can be created.
    """

    def __init__(
        self, isolation: str, limits: Limits, imports: Sequence[str], python: str | None, cgroups: bool
    ) -> None:
        self.isolation = isolation
        self.limits = limits
        self.python = python
        self._imports = imports
        self._how = isolate(isolation, limits, python)
        self._make_limit = limit_by(self._how, cgroups)
        self._idle: SimpleQueue[WarmServer] = SimpleQueue()
        self._servers: list[WarmServer] = []
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="sandbox-starter")
        self._add_servers(1)
        try:
            self._servers[0].start()
        except BaseException:
            self.close()
            raise

    @property
    def memory_limit(self) -> str:
        """Return what limits the memory of a program and all its processes together.

        "cgroup v2", "cgroup v1", "systemd scope" or "container cgroup": the kernel counts all of their memory
        and enforces the limit. "process limits": no cgroup can be created here, so each process is limited by
        itself, and their resident memory together is checked 50 times a second.
        """
        return self._servers[0].memory_limit

    def run(self, program: Program) -> Verdict:
        """Run one program and return the verdict. Nothing that the program does makes this raise.

        Raises:
            SandboxError: a server that has to be started anew does not start.
        """
        server = self._idle.get()
        try:
            return server.run(program)
        finally:
            self._idle.put(server)

    def run_all(self, programs: Iterable[Program], workers: int = 1) -> Iterator[Verdict]:
        """Run programs, `workers` at a time, and yield the verdicts in their order.

        `programs` may be endless: only a few are read ahead.
        """
        self.widen(workers)
        return run_in_order((partial(self.run, program) for program in programs), workers)

    def widen(self, workers: int) -> None:
        """Add servers, so that `workers` threads can call `run` at the same time without waiting."""
        self._add_servers(workers - len(self._servers))

    def close(self) -> None:
        """End all servers and everything that runs in them."""
        for server in self._servers:
            server.close()
        self._starter.shutdown()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add_servers(self, count: int) -> None:
        for _ in range(count):
            server = WarmServer(
                self.isolation, self._how, self.limits, self._imports, self._make_limit, self._starter
            )
            self._servers.append(server)
            self._idle.put(server)


def open_sandbox(
    isolation: str = "bwrap",
    limits: Limits | None = None,
    imports: Sequence[str] = (),
    python: str | None = None,
    cgroups: bool = True,
) -> Sandbox:
    """Start a sandbox and make sure that it works.

    Args:
        isolation: "bwrap" (namespaces made by bubblewrap: no network, no home folder, a read-only system),
            "container" or "container:IMAGE" (podman or docker, with a Python in the image), or "process",
            which limits resources and protects nothing. If one is not available, no other takes its place.
        limits: of each program.
        imports: modules to import once, before the first program; every program finds them loaded.
        python: path of the interpreter, for example a virtual environment's `bin/python`; by default the
            running one. For a container, a path in its image.
        cgroups: whether to limit memory by a cgroup, where one can be created (see `Sandbox.memory_limit`).

    Raises:
        SandboxError: the sandbox cannot be started here.
        UnknownName: there is no such isolation.
    """
    return Sandbox(isolation, limits or Limits(), imports, python, cgroups)
