"""Run a command as a user does, and measure its wall time and the memory of all its processes."""

import sys
import tempfile
from collections.abc import Sequence
from time import perf_counter, sleep
from typing import NamedTuple

import psutil


class Measured(NamedTuple):
    """Wall time and peak memory of a process and its children, and what it printed."""

    seconds: float
    peak_bytes: int
    output: str


def run(arguments: Sequence[str], module: str = "rag.cli.main") -> Measured:
    """Run `rag`, or another module, with these arguments; end this program if that fails."""
    start = perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = psutil.Popen([sys.executable, "-m", module, *arguments], stdout=output)
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory(process))
            sleep(0.05 if perf_counter() - start > 1 else 0.005)
        seconds = perf_counter() - start
        output.seek(0)
        if process.returncode:
            sys.exit(f"{module} {' '.join(arguments)} failed")
        return Measured(seconds, peak, output.read())


def memory(process: psutil.Process) -> int:
    """Return the bytes that a process and its descendants hold, counting shared pages once if possible."""
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for one in family:
        try:
            total += getattr(one.memory_full_info(), "pss", 0) or one.memory_info().rss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # it has ended in the meantime
    return total
