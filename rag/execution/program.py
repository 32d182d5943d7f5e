"""What is run, within which limits, and what came of it."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["python", "bash"]
Status = Literal["passed", "failed", "error", "timeout", "memory", "output", "killed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use, all its processes together where nothing else is said.

    Args:
        timeout_seconds: wall time; processor time of each process is bounded by it too.
        memory_mb: what one process may allocate, and all memory of the processes together, the kernel's for
            them included; where no cgroup can be had, what is resident (see `Sandbox.memory_limit`).
        disk_mb: files in /tmp; as much again in /dev/shm. Both are memory.
        processes: processes and threads.
        output_kb: standard output and standard error, each.
    """

    timeout_seconds: float = 10.0
    memory_mb: int = 512
    disk_mb: int = 64
    processes: int = 64
    output_kb: int = 256


@dataclass(frozen=True, slots=True)
class Program:
    """A program and its tests, which run in its namespace (Python) or shell (bash) after it.

    Args:
        source: the program. A Python program runs as `__main__`.
        tests: statements that raise if the program is wrong; in bash, commands of which none may
            fail (`set -e`). Empty: it is enough that the program ends well.
        stdin: what the program reads from its standard input.
        language: "python" or "bash".
        timeout_seconds: in place of the limit of the sandbox.
        entry_point: what the program is asked to define. A builtin of any other name is in the tests what it
            is in Python, whatever the program calls by it. Empty: its names come first, as in Python.
    """

    source: str
    tests: str = ""
    stdin: str = ""
    language: Language = "python"
    timeout_seconds: float | None = None
    entry_point: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a program.

    Args:
        status: "passed": the last statement of the tests was reached;
            "failed": the tests raised, or the program ended before they did;
            "error": the program raised before any test, or does not compile;
            "timeout", "memory", "output": a limit was met;
            "killed": a signal ended it, or it ended its sandbox.
        detail: one line, for people: the exception, the signal, the limit.
        stdout: what it printed, up to the limit; bytes that are no UTF-8 are replaced.
        stderr: likewise, the traceback included.
        seconds: wall time.
        isolation: what held it: "bwrap", "container", "container:IMAGE" or "process".
    """

    status: Status
    detail: str
    stdout: str
    stderr: str
    seconds: float
    isolation: str

    @property
    def passed(self) -> bool:
        """Whether the last statement of the tests was reached."""
        return self.status == "passed"
