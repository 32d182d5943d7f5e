"""Speed, memory and size on a tree of your choice, each step a fresh process as a user starts it.

    python -m bench.speed TREE [--queries FILE]

Memory is the most that all processes of a step held together (proportional set size where the
system tells it, so that shared pages count once), sampled every 50 ms.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import NamedTuple

import psutil

from rag import Index, retrieve

QUERIES = (
    "parse a date string with a format",
    "open a file and read its lines",
    "send an HTTP request with headers",
    "compress bytes",
    "walk a directory tree",
    "acquire a lock with a timeout",
    "convert an object to JSON",
    "split a path into its parts",
    "run a command and capture its output",
    "sort by several keys",
    "raise an error when a value is out of range",
    "getattr",
    "register a handler for a signal",
    "encode a string as base64",
    "allocate a buffer",
)


class Measured(NamedTuple):
    """Wall time and peak memory of a process and its children, and what it printed."""

    seconds: float
    peak_bytes: int
    output: str


def run(arguments: Sequence[str]) -> Measured:
    """Run `rag` with these arguments."""
    start = perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = psutil.Popen([sys.executable, "-m", "rag.cli", *arguments], stdout=output)
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory(process))
            sleep(0.05 if perf_counter() - start > 1 else 0.005)
        seconds = perf_counter() - start
        output.seek(0)
        if process.returncode:
            sys.exit(f"rag {' '.join(arguments)} failed")
        return Measured(seconds, peak, output.read())


def memory(process: psutil.Process) -> int:
    """Bytes held by the process and its children."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += getattr(one.memory_full_info(), "pss", 0) or one.memory_info().rss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # it has ended meanwhile
    return total


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tree", type=Path)
    parser.add_argument("--queries", type=Path, help="a question a line")
    options = parser.parse_args()
    queries = options.queries.read_text().splitlines() if options.queries else QUERIES
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder, "index"))
        built = run(["index", "--json", "--index", index, str(options.tree)])
        report = json.loads(built.output)
        counts, size = report["index"]["counts"], report["index"]["size_bytes"]
        source = counts["source_bytes"]
        print(f"{counts['documents']} documents, {source / 1e6:.1f} MB, {counts['chunks']} chunks")
        print(f"index          {built.seconds:7.2f} s   {source / built.seconds / 1e6:.2f} MB/s")
        print(f"  peak memory  {built.peak_bytes / 1e6:7.0f} MB")
        print(f"  on disk      {size / 1e6:7.1f} MB  {size / source:.2f} x the text")
        again = run(["index", "--json", "--index", index])
        print(f"nothing changed{again.seconds:7.2f} s   {json.loads(again.output)['encoded']} chunks encoded")
        fresh = [run(["search", "--json", "--index", index, query]) for query in queries]
        print(
            f"fresh search   {median(one.seconds for one in fresh):7.2f} s   median of {len(fresh)} processes"
        )
        print(f"  peak memory  {max(one.peak_bytes for one in fresh) / 1e6:7.0f} MB")
        with Index.open(index) as opened:
            retrieve(opened, queries[0])
            times = [timed(opened, query) for _ in range(5) for query in queries]
        print(f"warm query     {median(times):7.2f} ms  p95 {quantiles(times, n=20)[-1]:.2f} ms")


def timed(index: Index, query: str) -> float:
    """Milliseconds that `query` takes."""
    start = perf_counter()
    retrieve(index, query)
    return (perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
