"""A program to run, the limits on it, and the verdict."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["python", "bash"]
VerdictStatus = Literal["passed", "failed", "error", "timeout", "memory", "output", "killed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use: all its processes together, unless stated otherwise.

    Args:
        timeout_seconds: wall time; also bounds the processor time of each process.
        memory_mb: bounds what each process may allocate, and all memory of all processes together, including
            what the kernel holds for them; without a cgroup, only their resident memory together (see
            `Sandbox.memory_limit`).
        disk_mb: size of files in /tmp, and again of files in /dev/shm. Both are kept in memory.
        processes: number of processes and threads.
        output_kb: size of standard output, and again of standard error.
    """

    timeout_seconds: float = 10.0
    memory_mb: int = 512
    disk_mb: int = 64
    processes: int = 64
    output_kb: int = 256


@dataclass(frozen=True, slots=True)
class Program:
    """A program and its tests, which run after it in its namespace (Python) or with its state (bash).

    Args:
        source: the program. A Python program runs as `__main__`.
        tests: statements that raise if the program is wrong; in bash, commands that must all succeed
            (`set -e`). If empty, the program passes if it ends without an error.
        stdin: what the program reads from its standard input.
        language: "python" or "bash".
        timeout_seconds: overrides the limit of the sandbox.
        entry_point: name that the program is asked to define. In the tests, the name of any other builtin
            means that builtin, even if the program has redefined it. If empty, the program's definitions take
            precedence, as usual in Python.
    """

    source: str
    tests: str = ""
    stdin: str = ""
    language: Language = "python"
    timeout_seconds: float | None = None
    entry_point: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a program ended.

    Args:
        status: "passed": the last statement of the tests was reached;
            "failed": the tests raised, or the program ended before they did;
            "error": the program raised before any test, or does not compile;
            "timeout", "memory", "output": a limit was exceeded;
            "killed": a signal ended it, or it ended its sandbox.
        detail: one line for people: the exception, the signal or the limit.
        stdout: what it printed, up to the limit; invalid UTF-8 is replaced.
        stderr: likewise, including the traceback.
        seconds: wall time.
        isolation: where it ran: "bwrap", "container", "container:IMAGE" or "process".
    """

    status: VerdictStatus
    detail: str
    stdout: str
    stderr: str
    seconds: float
    isolation: str

    @property
    def passed(self) -> bool:
        """Return whether the last statement of the tests was reached."""
        return self.status == "passed"
