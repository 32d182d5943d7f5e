"""Measure what a second round of retrieval finds, given a draft: gold pages among the first eight passages.

    RAG_BENCH_DATA=../shared/data python -m bench.second_round --keep FOLDER

No model takes part. "right" drafts are the reference solutions, which show the most that a second round can
gain, since the gold pages are those that the solutions use. "wrong" drafts are the solution of the next
question, which show the effect of a draft that misses the point. --keep names a folder with the unpacked
documentation.
"""

import json
from pathlib import Path
from statistics import mean, median
from time import perf_counter

from bench.arguments import argument_parser
from bench.data import bench_data
from bench.docs_retrieval import entries, ranked_ids
from bench.metrics import ndcg, recall
from corpora.spec import CorpusSpec
from rag import Index, retrieve
from rag.retrieval.draft import read_draft
from rag.retrieval.second_round import merge_draft

PASSAGES = 8


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--keep", type=Path, required=True, help="folder with the unpacked documentation")
    keep = parser.parse_args().keep
    index = Index.build(keep / "docs", [CorpusSpec("docs", "docs", str(keep / "devdocs"))])
    pool = set(entries(keep / "devdocs"))
    print("set          draft     R@8   NDCG@8   second retrieval, median")
    for name in ("odex-dev", "ds1000-dev"):
        lines = (bench_data() / "docs" / f"{name}.jsonl").read_text().splitlines()
        asked = [row for row in map(json.loads, lines) if row["gold"]]
        following = [*asked[1:], asked[0]]
        for kind, drafts in (("none", None), ("wrong", following), ("right", asked)):
            scores, seconds = [], []
            for number, row in enumerate(asked):
                hits = retrieve(index, row["query"], PASSAGES)
                draft = read_draft(drafts[number]["solution"]) if drafts else None
                start = perf_counter()
                if draft:
                    hits = merge_draft(
                        row["query"], hits, draft, lambda text, k: retrieve(index, text, k), PASSAGES
                    )
                seconds.append(perf_counter() - start)
                found = ranked_ids(hits, pool)
                scores.append((recall(found, row["gold"], PASSAGES), ndcg(found, row["gold"], PASSAGES)))
            shares, gains = zip(*scores, strict=True)
            milliseconds = f"{median(seconds) * 1000:.0f} ms" if drafts else ""
            print(f"{name:12} {kind:8} {mean(shares):.3f}  {mean(gains):.3f}    {milliseconds}", flush=True)


if __name__ == "__main__":
    main()
