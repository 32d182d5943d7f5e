"""Measure queries in a process that stays open, and print their times as JSON.

python -m bench.warm_queries INDEX
"""

import json
import sys
from statistics import median, quantiles
from time import perf_counter

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

ROUNDS = 5  # how often each query is asked


def timed(index: Index, query: str) -> float:
    """Return the milliseconds that `query` takes."""
    start = perf_counter()
    retrieve(index, query)
    return (perf_counter() - start) * 1000


if __name__ == "__main__":
    begun = perf_counter()
    with Index.open(sys.argv[1]) as opened:
        retrieve(opened, QUERIES[0])
        first = (perf_counter() - begun) * 1000
        times = [timed(opened, query) for _ in range(ROUNDS) for query in QUERIES]
    print(json.dumps({"first": first, "p50": median(times), "p95": quantiles(times, n=20)[-1]}))
