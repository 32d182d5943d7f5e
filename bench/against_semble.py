"""Compare index time with semble on the same trees, in one run, with alternating fresh processes.

    RAG_BENCH_REPOS=FOLDER python -m bench.against_semble --semble PYTHON --model FOLDER

PYTHON is the interpreter of an environment with semble 0.7.0, FOLDER a model2vec folder for it (see
`bench.distil_minilm`). semble indexes the code of each repository and then, in a second run, code, docs and
configuration; we always index all of them. Both write their index to a new folder.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.arguments import argument_parser
from bench.code_retrieval import repositories

SEMBLE = """
import json, sys
from semble.index import SembleIndex
from semble.types import ContentType
tree, model, folder, scope = sys.argv[1:]
content = [ContentType.CODE] if scope == "code" else list(ContentType)
index = SembleIndex.from_path(tree, content=content, model_path=model)
index.save(folder)
print(json.dumps([index.stats.indexed_files, index.stats.total_chunks]))
"""

OURS = """
import json, sys
from rag import Index
with Index.build(sys.argv[2], [sys.argv[1]]) as index:
    counts = index.status().counts
print(json.dumps([counts.documents, counts.chunks]))
"""


def timed(command: list[str]) -> tuple[float, list[int]]:
    """Run a fresh process that indexes; return its seconds and the files and chunks that it reports."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "SEMBLE_CACHE_LOCATION": cache, "HF_HUB_OFFLINE": "1"}
        start = perf_counter()
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        seconds = perf_counter() - start
    return seconds, json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--semble", required=True, help="interpreter of an environment with semble")
    parser.add_argument("--model", required=True, help="model2vec folder")
    parser.add_argument("--repositories", type=int, default=10, help="number of repositories")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program on each repository")
    options = parser.parse_args()
    listed = repositories()
    columns = ("semble, code", "semble, all", "ours")
    totals = dict.fromkeys(columns, 0.0)
    print(
        "| repository | "
        + " | ".join(f"{name} (files, chunks)" for name in columns)
        + " |\n|---|---|---|---|"
    )
    for repository, root in listed[:: max(len(listed) // options.repositories, 1)][: options.repositories]:
        tree = str(root)
        seconds: dict[str, list[float]] = {name: [] for name in columns}
        sizes: dict[str, list[int]] = {}
        for _ in range(options.rounds):
            for name in columns:
                with tempfile.TemporaryDirectory() as folder:
                    place = str(Path(folder, "index"))
                    command = [sys.executable, "-c", OURS, tree, place]
                    if name != "ours":
                        scope = name.removeprefix("semble, ")
                        command = [options.semble, "-c", SEMBLE, tree, options.model, place, scope]
                    took, sizes[name] = timed(command)
                    seconds[name].append(took)
        middle = {name: median(values) for name, values in seconds.items()}
        for name in columns:
            totals[name] += middle[name]
        cells = (f"{middle[name]:.2f} s ({sizes[name][0]}, {sizes[name][1]})" for name in columns)
        print(f"| {repository['name']} | " + " | ".join(cells) + " |", flush=True)
    print("| all | " + " | ".join(f"{totals[name]:.2f} s" for name in columns) + " |")


if __name__ == "__main__":
    main()
