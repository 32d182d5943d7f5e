"""Measure code search on real repositories: the mean NDCG@10 of each one's questions, averaged over them.

    RAG_BENCH_DATA=../shared/data RAG_BENCH_REPOS=FOLDER python -m bench.code_retrieval [--rerank NAME]

FOLDER holds a checkout of each repository in codesearch/repos.json, under its `name`. A hit meets a target
if one path is a suffix of the other and, where the target has lines, the lines overlap. Each target counts
at its first hit, and every hit takes up a rank.
"""

import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any, NamedTuple

from bench.arguments import argument_parser
from bench.data import bench_data
from bench.intervals import Answer, by_label, interval, save
from bench.metrics import CUTOFFS, ndcg, recall
from rag import Hit, Index, SearchOptions, open_reranker, retrieve

Target = dict[str, Any]


class Place(NamedTuple):
    """Lines of a file that a search found, 1-based and inclusive."""

    path: str
    start_line: int
    end_line: int


def places(hits: Sequence[Hit]) -> list[Place]:
    """Return the lines that each hit covers."""
    return [Place(hit.chunk.origin.path, hit.chunk.start_line, hit.chunk.end_line) for hit in hits]


def meets(place: Place, target: Target) -> bool:
    """Return whether the place is what the target asks for."""
    path, wanted = place.path, target["path"]
    if not (path == wanted or path.endswith("/" + wanted) or wanted.endswith("/" + path)):
        return False
    first = target.get("start_line")
    return first is None or (place.start_line <= target["end_line"] and first <= place.end_line)


def judge(found: Sequence[Place], targets: Sequence[Target]) -> list[str]:
    """Return for each rank the target that it is the first to meet, or a name that is no target."""
    judged = []
    open_targets = dict(enumerate(targets))
    for rank, place in enumerate(found, start=1):
        met = [number for number, target in open_targets.items() if meets(place, target)]
        judged.append(f"target {met[0]}" if met else f"rank {rank}")
        for number in met:
            del open_targets[number]
    return judged


def as_targets(question: dict[str, Any]) -> list[Target]:
    """Return what a question should find."""
    wanted = question["relevant"] + question["secondary"]
    return [target if isinstance(target, dict) else {"path": target} for target in wanted]


def relevant(targets: Sequence[Target]) -> set[str]:
    """Return the names that `judge` gives to the targets."""
    return {f"target {number}" for number in range(len(targets))}


def repositories() -> list[tuple[dict[str, Any], Path]]:
    """Return the repositories of the benchmark that are checked out, each with the folder to index."""
    checkouts = os.environ.get("RAG_BENCH_REPOS", "")
    if not checkouts or not Path(checkouts).is_dir():
        sys.exit("set RAG_BENCH_REPOS to a folder with a checkout of each repository in repos.json")
    found = []
    for repository in json.loads((bench_data() / "codesearch" / "repos.json").read_text()):
        root = Path(checkouts, repository["name"], repository["benchmark_root"])
        if root.is_dir():
            found.append((repository, root))
        else:
            print(f"{repository['name']:20} no checkout at {root}")
    return found


def questions(repository: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the questions about a repository."""
    annotations = bench_data() / "codesearch" / "annotations"
    return list(json.loads((annotations / f"{repository['name']}.json").read_text()))


def answer(found: Sequence[Place], question: dict[str, Any], repository: dict[str, Any]) -> Answer:
    """Return the NDCG@10 of what a search found, labelled by category and language."""
    targets = as_targets(question)
    score = ndcg(judge(found, targets), relevant(targets))
    labels = question["category"], repository["language"]
    return Answer(question["query"], score, repository["name"], labels)


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--save", type=Path, help="file for the score of each question, to compare by bench.compare"
    )
    parser.add_argument("--rerank", type=open_reranker, help="reranker for the first hits: late")
    parser.add_argument("--engine", default="", help="what holds and searches each index")
    options = parser.parse_args()
    answers: list[Answer] = []
    recalls, index_seconds, query_seconds = defaultdict(list), 0.0, []
    for repository, root in repositories():
        with tempfile.TemporaryDirectory() as folder:
            start = perf_counter()
            index = Index.build(Path(folder, "index"), [root], engine=options.engine)
            index_seconds += perf_counter() - start
            own: list[Answer] = []
            for question in questions(repository):
                targets = as_targets(question)
                start = perf_counter()
                hits = retrieve(index, question["query"], 100, SearchOptions(reranker=options.rerank))
                query_seconds.append(perf_counter() - start)
                found = places(hits)
                own.append(answer(found, question, repository))
                for k in CUTOFFS:
                    recalls[k].append(recall(judge(found, targets), relevant(targets), k))
            index.close()
        answers += own
        print(f"{repository['name']:20} {repository['language']:12} {interval(own)}", flush=True)
    print(f"\nmean NDCG@10 of {len({a.stratum for a in answers})} repositories: {interval(answers)}")
    for label, part in by_label(answers).items():
        flat = [answer._replace(stratum="") for answer in part]
        print(f"  {label:14} {interval(flat)}  ({len(part)} questions)")
    if options.save:
        save(options.save, {"code": answers})
    print("  ".join(f"R@{k} {mean(recalls[k]):.3f}" for k in CUTOFFS))
    print(f"indexed in {index_seconds:.1f} s; a query {mean(query_seconds) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
