"""Measure speed, memory and size on a tree of your choice; each step is a fresh process, as a user starts it.

    python -m bench.speed TREE [--queries FILE]

Memory is the most that all processes of a step held together, sampled every 50 ms (as proportional set
size, if the system reports it, so that shared pages count once).
"""

import json
import tempfile
from pathlib import Path
from statistics import median, quantiles

from bench.arguments import argument_parser
from bench.process import run
from bench.warm_queries import QUERIES, timed
from rag import Index, retrieve


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("tree", type=Path, help="folder to index")
    parser.add_argument("--queries", type=Path, help="file with one question per line")
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


if __name__ == "__main__":
    main()
