"""Measure what training the encoder on one's own code gains.

    python -m bench.train_own_code FOLDER...
    RAG_BENCH_DATA=../shared/data RAG_BENCH_REPOS=FOLDER python -m bench.train_own_code

With folders: held-out recall@1 before and after, for three seeds. Without: NDCG@10 of the questions about
each repository of the code search bench, with the built-in encoder and with one trained on its code.
"""

import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

from bench import code_retrieval
from bench.code_retrieval import as_targets, judge, places, relevant, repositories
from bench.metrics import ndcg
from corpora.errors import CorpusError
from rag import Index, retrieve
from rag.train import train_encoder

_SEEDS = range(3)


def main() -> None:
    if sys.argv[1:]:
        for folder in sys.argv[1:]:
            held_out(folder)
    else:
        questions()


def held_out(folder: str) -> None:
    with tempfile.TemporaryDirectory() as out:
        runs = [train_encoder([folder], Path(out, "table"), seed=seed) for seed in _SEEDS]
    before, after = mean(run.before for run in runs), mean(run.after for run in runs)
    print(
        f"{Path(folder).name:16} {runs[0].definitions:6} definitions, {runs[0].held_out:5} held out: "
        f"{before:.1%} -> {after:.1%} ({after / before - 1:+.0%}), {mean(run.seconds for run in runs):.1f} s",
        flush=True,
    )


def questions() -> None:
    rows = []
    for repository, root in repositories():
        asked = code_retrieval.questions(repository)
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder, "table")
            try:
                trained = train_encoder([root], table)
            except CorpusError as error:
                print(f"{repository['name']:20} {error.why}")
                continue
            scores = [score(root, encoder, asked) for encoder in ("builtin", f"table:{table}")]
        rows.append((trained.before, trained.after, *scores))
        print(f"{repository['name']:20} {trained.definitions:6}", *(f"{n:.3f}" for n in rows[-1]), flush=True)
    print(f"mean of {len(rows):14}", *(f"{mean(column):.4f}" for column in zip(*rows, strict=True)))


def score(root: Path, encoder: str, asked: list[dict[str, Any]]) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.build(Path(folder, "index"), [root], encoder=encoder) as index,
    ):
        gains = []
        for question in asked:
            targets = as_targets(question)
            judged = judge(places(retrieve(index, question["query"], 10)), targets)
            gains.append(ndcg(judged, relevant(targets)))
    return mean(gains)


if __name__ == "__main__":
    main()
