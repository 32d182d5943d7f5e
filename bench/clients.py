"""Measure searches by HTTP, of one client and of many, on several indexes in turn.

    python -m bench.clients INDEX... [--clients 1,16] [--seconds 20] [--rounds 2]

Each index is served by a fresh `rag serve`. A client asks one question after the other: symbols of the index
and sentences, drawn with a seed, the same for all indexes. Times are those that a client waits, in ms.
"""

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import httpx
import psutil

from bench.arguments import argument_parser
from bench.warm_queries import QUERIES
from corpora.outside.child_process import isolated_python
from indexers.index import Index

SYMBOLS = 300


@contextmanager
def service(index: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start `rag serve` for an index and yield its address and process."""
    command = [*isolated_python(), "-m", "rag", "serve", "--port", "0", "--no-watch", "--index", str(index)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=index.parent)
    assert process.stderr is not None
    address = ""
    for line in process.stderr:
        if "serving at " in line:
            address = line.partition("serving at ")[2].split()[0].rstrip("/")
            break
    threading.Thread(target=process.stderr.read, daemon=True).start()
    try:
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def questions_of(index: Path) -> list[str]:
    """Return symbols and sentences to ask, in an order that is the same each time."""
    with Index.open(index) as opened:
        asked = [*opened.catalog.census.sample_symbols(SYMBOLS), *QUERIES * (SYMBOLS // len(QUERIES))]
    random.Random(0).shuffle(asked)
    return asked


def asked(address: str, questions: list[str], clients: int, seconds: float) -> list[float]:
    """Return the times in ms of all questions that `clients` clients ask within so many seconds."""
    times: list[float] = []
    end = time.monotonic() + seconds

    def ask(number: int) -> None:
        with httpx.Client(timeout=60) as client:
            place = number * len(questions) // clients
            while time.monotonic() < end:
                body = {"query": questions[place % len(questions)], "k": 10}
                begin = time.perf_counter()
                answer = client.post(f"{address}/api/search", json=body)
                if answer.status_code != 200:
                    raise RuntimeError(answer.text)
                times.append(1000 * (time.perf_counter() - begin))
                place += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("indexes", nargs="+", type=Path, metavar="INDEX", help="folder of an index")
    parser.add_argument("--clients", default="1,16", help="numbers of clients")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each number asks")
    parser.add_argument("--rounds", type=int, default=2, help="how often each index is measured")
    options = parser.parse_args()
    questions = questions_of(options.indexes[0])
    print("| index | clients | p50 | p95 | a second | memory |\n|---|---|---|---|---|---|")
    for _ in range(options.rounds):
        for index in options.indexes:
            with service(index) as (address, process):
                asked(address, questions, 1, options.seconds)  # warm
                for clients in map(int, options.clients.split(",")):
                    times = asked(address, questions, clients, options.seconds)
                    worst, memory = quantiles(times, n=20)[-1], process.memory_info().rss / 1e6
                    print(
                        f"| {index.name} | {clients} | {median(times):.1f} | {worst:.1f} | "
                        f"{len(times) / options.seconds:.1f} | {memory:.0f} MB |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
