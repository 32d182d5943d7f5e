"""Run programs that nobody has read: a pool of warm servers behind one object."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from types import TracebackType

from rag.execution.in_order import run_in_order
from rag.execution.isolation import isolate
from rag.execution.memory_limit import limit_by
from rag.execution.program import Limits, Program, Verdict
from rag.execution.warm_server import WarmServer


class Sandbox:
    """A place to run programs in; a context manager. Made by `open_sandbox`.

    Args:
        isolation: "bwrap", "container", "container:IMAGE" or "process", as in every verdict.
        limits: of each program.
        imports: modules that are imported before the first program, once.
        python: the interpreter, for example of a virtual environment.
        cgroups: whether to look for a cgroup that holds the memory of each server's programs.
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
        """What holds the memory of a program and all its processes together.

        "cgroup v2", "cgroup v1", "systemd scope" or "container cgroup": the kernel counts all of it and lets
        none exceed the limit. "process limits": no cgroup can be made here; each process is limited and
        their resident memory is watched, 50 times a second.
        """
        return self._servers[0].memory_limit

    def run(self, program: Program) -> Verdict:
        """The verdict on one program; never raises for what the program does."""
        server = self._idle.get()
        try:
            return server.run(program)
        finally:
            self._idle.put(server)

    def run_all(self, programs: Iterable[Program], workers: int = 1) -> Iterator[Verdict]:
        """The verdicts in the order of `programs`, which may be endless, `workers` at a time."""
        self.widen(workers)
        return run_in_order((partial(self.run, program) for program in programs), workers)

    def widen(self, workers: int) -> None:
        """Let `workers` threads call `run` at the same time without waiting for each other."""
        self._add_servers(workers - len(self._servers))

    def close(self) -> None:
        """End all servers and what runs in them."""
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
    """Start a sandbox and make sure that it runs.

    Args:
        isolation: "bwrap" (namespaces by bubblewrap: no network, no home, a read-only system),
            "container" or "container:IMAGE" (podman or docker, with a Python in the image), or "process",
            which only limits and protects nothing. There is no falling back from one to another.
        limits: of each program.
        imports: modules to import once, before the first program; each program finds them loaded.
        python: path of the interpreter, for example a virtual environment's `bin/python`; the running
            one by default. For a container, a path in its image.
        cgroups: whether to hold memory by a cgroup where one can be made (see `Sandbox.memory_limit`).

    Raises:
        SandboxError: it cannot be started here; UnknownName: there is no such isolation.
    """
    return Sandbox(isolation, limits or Limits(), imports, python, cgroups)
