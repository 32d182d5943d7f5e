"""Measure documentation retrieval on ODEX and DS-1000: NDCG@10 and recall against the gold pages.

    RAG_BENCH_DATA=../shared/data python -m bench.docs_retrieval [--keep FOLDER]
        [--encoder NAME] [--deepen] [--rerank late]

Hits are units. Several chunks of a unit count once, at the rank of the first. Units that are not in the
pool of the published benchmark (headings that no index entry names) are skipped.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean
from time import perf_counter, process_time

from bench.arguments import argument_parser
from bench.data import bench_data, unpacked_docs
from bench.intervals import Answer, by_label, interval, save
from bench.metrics import CUTOFFS, ndcg, recall, unique
from corpora.spec import CorpusSpec
from rag import Hit, Index, SearchOptions, deepen, open_reranker, retrieve
from rag.evaluation.gold import page_id

_LONG_CHARS = 200
_DEPTH = 300  # units asked for, so that 100 remain after merging


def entries(root: Path) -> Iterator[str]:
    """Yield the ids of all entries of the index files."""
    for index in sorted(root.glob("*/index.json")):
        for entry in json.loads(index.read_text())["entries"]:
            page, _, anchor = entry["path"].partition("#")
            yield page_id(f"{index.parent.name}/{page}.html", anchor)


def ranked_ids(hits: Sequence[Hit], pool: set[str]) -> list[str]:
    """Return the ids of the hits that are in the pool, each once, in their order."""
    return [identifier for identifier in unique([hit_id(hit) for hit in hits]) if identifier in pool]


def hit_id(hit: Hit) -> str:
    """Return the benchmark's id of a hit."""
    return page_id(hit.chunk.origin.path, hit.chunk.anchor)


def questions(path: Path) -> list[tuple[str, list[str]]]:
    """Return the questions that have gold pages, each with the ids of those pages."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [(row["query"], row["gold"]) for row in rows if row["gold"]]


def all_questions(path: Path) -> list[str]:
    """Return all questions of a data set."""
    return [json.loads(line)["query"] for line in path.read_text().splitlines()]


def evaluate(
    name: str, asked: list[tuple[str, list[str]]], search: Callable[[str], list[str]]
) -> list[Answer]:
    """Print one row of scores; return the NDCG@10 of each question, labelled by library and length."""
    start = perf_counter()
    results = [search(query) for query, _ in asked]
    seconds = (perf_counter() - start) / len(asked)
    answers = [
        Answer(query, ndcg(ids, gold), labels=_labels(query, gold))
        for (query, gold), ids in zip(asked, results, strict=True)
    ]
    recalls = "  ".join(
        f"{mean(recall(ids, gold, k) for ids, (_, gold) in zip(results, asked, strict=True)):.3f}"
        for k in CUTOFFS
    )
    print(f"{name:12} {len(asked):4}  {interval(answers)}   {recalls}   {seconds * 1000:.1f} ms", flush=True)
    return answers


def _labels(query: str, gold: Sequence[str]) -> tuple[str, ...]:
    libraries = {identifier.partition(".")[0] for identifier in gold}
    return (*sorted(libraries), "long question" if len(query) > _LONG_CHARS else "short question")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--encoder", default="builtin", help="name or folder of the encoder")
    parser.add_argument("--deepen", action="store_true", help="give all units the vectors of the transformer")
    parser.add_argument("--rerank", type=open_reranker, help="reranker for the first hits: late")
    parser.add_argument("--engine", default="", help="what holds and searches the index")
    parser.add_argument("--keep", type=Path, help="folder to unpack and index into; reused by later runs")
    parser.add_argument(
        "--save", type=Path, help="file for the score of each question, to compare by bench.compare"
    )
    options = parser.parse_args()
    data = bench_data() / "docs"
    with tempfile.TemporaryDirectory() as temporary:
        work = options.keep or Path(temporary)
        pages = unpacked_docs(work)
        named = Path(options.encoder).name, options.engine, "deepened" * options.deepen
        start = perf_counter()
        index = Index.build(
            work / "-".join(["index", *filter(None, named)]),
            [CorpusSpec("docs", "docs", str(pages))],
            encoder=options.encoder,
            engine=options.engine,
        )
        print(f"indexed in {perf_counter() - start:.1f} s: {index.status().counts}")
        if options.deepen:
            cpu = process_time()
            done = deepen(index)
            cpu = process_time() - cpu
            print(f"deepened: {done}, {cpu:.0f} s of CPU, {index.status().deepened}", flush=True)
        pool = set(entries(pages))
        units = {page_id(path, anchor) for path, anchor in index.catalog.census.anchors()}
        print(f"{len(pool)} entries, {len(pool - units)} without a unit")
        sets = {}
        print(
            "set            n  NDCG@10 [95 %]            "
            + "  ".join(f"R@{k:<3}" for k in CUTOFFS)
            + "   a query"
        )
        for name, file in (("ODEX-dev", "odex-dev.jsonl"), ("DS-1000-dev", "ds1000-dev.jsonl")):
            sets[name] = evaluate(
                name,
                questions(data / file),
                lambda query: ranked_ids(
                    retrieve(index, query, _DEPTH, SearchOptions(reranker=options.rerank)), pool
                ),
            )
        for name, answers in sets.items():
            for label, part in by_label(answers).items():
                print(f"  {name:12} {label:20} {len(part):4}  {interval(part)}")
        if options.save:
            save(options.save, sets)


if __name__ == "__main__":
    main()
