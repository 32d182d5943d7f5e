"""Compare code search with semble: NDCG@10 on the same trees and questions, judged in the same way.

    RAG_BENCH_DATA=../shared/data RAG_BENCH_REPOS=FOLDER python -m bench.semble_quality
        --semble PYTHON --model FOLDER [--model FOLDER ...]

PYTHON is the interpreter of an environment with semble 0.7.0, FOLDER a model2vec folder for it (see
`bench.distil_minilm`). semble searches with its defaults and ten results and, for reference, with BM25 and
its ranking, and with BM25 alone. It indexes code, and then code, docs and configuration.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.arguments import argument_parser
from bench.code_retrieval import Place, answer, as_targets, meets, places, questions, repositories
from bench.intervals import Answer, by_label, interval, paired, save
from rag import Index, retrieve

SEMBLE = """
import json, sys
from semble.index import SembleIndex
from semble.types import ContentType
asked = json.load(sys.stdin)
content = [ContentType.CODE] if asked["scope"] == "code" else list(ContentType)
index = SembleIndex.from_path(asked["tree"], content=content, model_path=asked["model"])

def places(query, options):
    chunks = [hit.chunk for hit in index.search(query, **options)]
    return [[chunk.file_path, chunk.start_line, chunk.end_line] for chunk in chunks]

print(json.dumps({
    name: [places(query, options) for query in asked["queries"]]
    for name, options in asked["searches"].items()
}))
"""
SEARCHES = {
    "hybrid": {},
    "BM25 and ranking": {"alpha": 0.0},
    "BM25 alone": {"alpha": 0.0, "rerank": False},
}
SCOPES = ("code", "all")
OURS = "ours"


def semble(
    interpreter: str, model: str, scope: str, tree: Path, queries: Sequence[str]
) -> dict[str, list[list[Place]]]:
    """Return what semble finds for each query, by kind of search."""
    asked = {"tree": str(tree), "model": model, "scope": scope, "queries": queries, "searches": SEARCHES}
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [interpreter, "-c", SEMBLE],
            env={**os.environ, "SEMBLE_CACHE_LOCATION": cache, "HF_HUB_OFFLINE": "1"},
            input=json.dumps(asked),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return {
        name: [[Place(*place) for place in found] for found in results]
        for name, results in json.loads(done.stdout.splitlines()[-1]).items()
    }


def ours(tree: Path, queries: Sequence[str]) -> list[list[Place]]:
    """Return what docprompting finds for each query."""
    with tempfile.TemporaryDirectory() as folder, Index.build(Path(folder, "index"), [tree]) as index:
        return [places(retrieve(index, query, 10)) for query in queries]


def missing(tree: Path, targets: Sequence[dict[str, object]]) -> int:
    """Count the targets that are in no file of the tree, and so cannot be found."""
    files = [
        Place(path.relative_to(tree).as_posix(), 1, path.read_bytes().count(b"\n") + 1)
        for path in tree.rglob("*")
        if path.is_file()
    ]
    return sum(not any(meets(file, target) for file in files) for target in targets)


def measure(interpreter: str, models: Sequence[str]) -> dict[str, list[Answer]]:
    """Return the answers of each configuration of semble, and ours."""
    runs: dict[str, list[Answer]] = {}
    for repository, tree in repositories():
        asked = questions(repository)
        queries = [question["query"] for question in asked]
        found = {OURS: ours(tree, queries)}
        for model in models:
            for scope in SCOPES:
                for name, results in semble(interpreter, model, scope, tree, queries).items():
                    found[f"semble {name}, {scope}, {Path(model).name}"] = results
        for name, results in found.items():
            judged = [answer(*pair, repository) for pair in zip(results, asked, strict=True)]
            runs.setdefault(name, []).extend(judged)
        targets = [target for question in asked for target in as_targets(question)]
        print(
            f"{repository['name']:20} {missing(tree, targets):3} of {len(targets)} targets are in no file",
            flush=True,
        )
    return runs


def compared(theirs: Sequence[Answer], own: Sequence[Answer], label: str) -> str:
    """Return a row of the table: both means, and the mean difference per question."""
    found = paired(theirs, own)
    cells = label, len(own), interval(theirs), interval(own), found.difference, f"{found.p:.4f}"
    return "| {} ({}) | {} | {} | {} | {} |".format(*cells)


def pooled(answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers in one stratum, with questions that remain distinct."""
    return [a._replace(stratum="", question=f"{a.stratum}: {a.question}") for a in answers]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--semble", required=True, help="interpreter of an environment with semble")
    parser.add_argument("--model", required=True, action="append", help="model2vec folder")
    parser.add_argument("--save", type=Path, help="file for the scores, to compare by bench.compare")
    options = parser.parse_args()
    runs = measure(options.semble, options.model)
    if options.save:
        save(options.save, runs)
    own = runs.pop(OURS)
    best = max(runs, key=lambda name: interval(runs[name]).mean)
    heading = "| {} | semble | ours | difference | p |\n|---|---|---|---|---|"
    print("\n" + heading.format("mean of repositories (questions)"))
    for name, theirs in runs.items():
        print(compared(theirs, own, name))
    print(f"\nCompared with the best of these, {best}:\n\n" + heading.format("mean of questions"))
    parts = by_label(runs[best])
    for label, part in by_label(own).items():
        print(compared(pooled(parts[label]), pooled(part), label))


if __name__ == "__main__":
    main()
