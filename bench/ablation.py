"""Measure what each number of the ranking is worth: change one at a time and leave the others as shipped.

    RAG_BENCH_DATA=../shared/data RAG_BENCH_REPOS=FOLDER python -m bench.ablation
        [--parts] [--only TEXT] [--keep FOLDER]

Prints a Markdown table of NDCG@10 on ODEX-dev, DS-1000-dev and code search. `--parts` changes the weights of
the parts of a chunk instead, which takes a new index for every row.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import code_retrieval
from bench.arguments import argument_parser
from bench.code_retrieval import answer, places
from bench.data import bench_data, unpacked_docs
from bench.docs_retrieval import entries, questions, ranked_ids
from bench.intervals import Answer, interval
from bench.metrics import ndcg
from corpora.spec import CorpusSpec
from indexers.building import workers
from indexers.encoders import api_popularity as usage
from indexers.encoders import builtin
from rag import Index, retrieve
from rag.retrieval.ranking import rank, rules
from rag.retrieval.ranking.weights import Weights, ranking_weights

Change = tuple[str, ModuleType, dict[str, Any]]


def _without(name: str) -> Weights:
    """Return the weights that ship, without that of one signal."""
    return {
        kind: {
            asked: weights | ({name: 0.0} if name in weights else {})
            for asked, weights in by_question.items()
        }
        for kind, by_question in ranking_weights().items()
    }


RANKING: Sequence[Change] = [
    ("as shipped", rank, {}),
    ("words in docs 0 / code 0", rules, {"_WORDS": {"code": 0.0, "docs": 0.0}}),
    ("words 0.1 / 0.1", rules, {"_WORDS": {"code": 0.1, "docs": 0.1}}),
    ("words 0.2 / 0.8", rules, {"_WORDS": {"code": 0.8, "docs": 0.2}}),
    ("words 0.4 / 0.4", rules, {"_WORDS": {"code": 0.4, "docs": 0.4}}),
    ("unknown words 0", rules, {"_UNKNOWN_WORDS": 0.0}),
    ("meaning of a name 0.1", rules, {"_MEANING_OF_A_NAME": 0.1}),
    ("meaning of a name 1", rules, {"_MEANING_OF_A_NAME": 1.0}),
    ("file 0", rules, {"_FILE": 0.0}),
    ("file 0.1", rules, {"_FILE": 0.1}),
    ("file 0.4", rules, {"_FILE": 0.4}),
    ("file name 0", rules, {"_FILE_NAME": 0.0}),
    ("file name 0.3", rules, {"_FILE_NAME": 0.3}),
    ("library 0", rules, {"_LIBRARY": 0.0}),
    ("library 0.1", rules, {"_LIBRARY": 0.1}),
    ("library 0.4", rules, {"_LIBRARY": 0.4}),
    ("exact name 0 / 0", rules, {"_EXACT_NAME": {"code": 0.0, "docs": 0.0}}),
    ("exact name 0.3 / 0.02", rules, {"_EXACT_NAME": {"code": 0.02, "docs": 0.3}}),
    ("exact name 0.3 / 0.1", rules, {"_EXACT_NAME": {"code": 0.1, "docs": 0.3}}),
    ("exact name 0.3 / 0.3", rules, {"_EXACT_NAME": {"code": 0.3, "docs": 0.3}}),
    ("old form 1", rules, {"_OLD_FORM": 1.0}),
    ("old form 0.6", rules, {"_OLD_FORM": 0.6}),
    ("usage 0 / 0", rules, {"_USAGE": 0.0, "_USAGE_OF_A_PROBLEM": 0.0}),
    ("usage 0.1 / 0.1", rules, {"_USAGE": 0.1, "_USAGE_OF_A_PROBLEM": 0.1}),
    ("usage 0.2 / 0.3", rules, {"_USAGE": 0.2, "_USAGE_OF_A_PROBLEM": 0.3}),
    ("usage 0.3 / 0.4", rules, {"_USAGE": 0.3, "_USAGE_OF_A_PROBLEM": 0.4}),
    ("usage 0.6 / 0.6", rules, {"_USAGE": 0.6, "_USAGE_OF_A_PROBLEM": 0.6}),
    ("package 0", usage, {"_PACKAGE": 0.0}),
    ("package 0.1", usage, {"_PACKAGE": 0.1}),
    ("package 0.4", usage, {"_PACKAGE": 0.4}),
    ("test 1", rules, {"_TEST": 1.0}),
    ("test 0.5", rules, {"_TEST": 0.5}),
    ("repeated 0", rank, {"_REPEATED": {"code": 0.0, "docs": 0.0}}),
    ("repeated 4 / 10", rank, {"_REPEATED": {"code": 4.0, "docs": 10.0}}),
    ("question all one part", builtin, {"_PROSE": 1.0, "_ASKING": 0.0, "_CODE": 0.0}),
    ("question without what asks", builtin, {"_ASKING": 0.0}),
    ("question, asking 1", builtin, {"_ASKING": 1.0}),
    ("question, code 0.5", builtin, {"_CODE": 0.5}),
    *(
        (f"without {name}", rank, {"ranking_weights": lambda name=name: _without(name)})
        for name in sorted(set(chain.from_iterable(chain(*map(dict.values, ranking_weights().values())))))
        if name != "rules"
    ),
]
PARTS: Sequence[Change] = [
    ("as shipped", builtin, {}),
    ("name 0", builtin, {"_NAME": 0.0}),
    ("name 1", builtin, {"_NAME": 1.0}),
    ("path 0", builtin, {"_PATH": 0.0}),
    ("path 1", builtin, {"_PATH": 1.0}),
    ("signature 0", builtin, {"_SIGNATURE": 0.0}),
    ("signature 1", builtin, {"_SIGNATURE": 1.0}),
    ("beginning 0", builtin, {"_BEGINNING": 0.0}),
    ("beginning 1", builtin, {"_BEGINNING": 1.0}),
    ("body only", builtin, {"_NAME": 0.0, "_PATH": 0.0, "_SIGNATURE": 0.0, "_BEGINNING": 0.0}),
]
# so that all work is done in this process: a worker process would not see a changed number
WITHOUT_WORKERS = {
    "BYTES_WORTH_WORKERS": sys.maxsize,
    "MAX_RISKLESS_BYTES": sys.maxsize,
    "risk_reported": nullcontext,
}


@contextmanager
def changed(module: ModuleType, values: dict[str, Any]) -> Iterator[None]:
    """Set the numbers of `module` to `values` for the duration of the context."""
    before = {name: getattr(module, name) for name in values}
    try:
        for name, value in values.items():
            setattr(module, name, value)
        rank._weights_for.cache_clear()
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)
        rank._weights_for.cache_clear()


class Bench:
    """Three sets of questions, and an index for each corpus."""

    def __init__(self, work: Path) -> None:
        self.data = bench_data() / "docs"
        self.pages = unpacked_docs(work)
        self.pool = set(entries(self.pages))

    def build(self, folder: Path) -> None:
        """Index everything that is new or has changed, into the folders that `bench.docs_retrieval` uses."""
        self.docs = Index.build(folder / "index-builtin", [CorpusSpec("docs", "docs", str(self.pages))])
        self.code = [
            (repository, Index.build(folder / "code" / repository["name"], [root]))
            for repository, root in code_retrieval.repositories()
        ]

    def scores(self) -> list[float]:
        """Return NDCG@10 on ODEX-dev, DS-1000-dev and code search."""
        usage.builtin_usage.cache_clear()  # it holds shares computed with other numbers
        sets = [questions(self.data / name) for name in ("odex-dev.jsonl", "ds1000-dev.jsonl")]
        docs = [[Answer(query, ndcg(self._docs(query), gold)) for query, gold in asked] for asked in sets]
        return [interval(answers).mean for answers in (*docs, self._code())]

    def _docs(self, query: str) -> list[str]:
        return ranked_ids(retrieve(self.docs, query, 50), self.pool)

    def _code(self) -> list[Answer]:
        return [
            answer(places(retrieve(index, question["query"], 10)), question, repository)
            for repository, index in self.code
            for question in code_retrieval.questions(repository)
        ]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--parts", action="store_true", help="vary the parts of a chunk instead of the ranking"
    )
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="only the first row and those whose name contains TEXT"
    )
    parser.add_argument("--keep", type=Path, help="folder to unpack and index into; reused by later runs")
    options = parser.parse_args()
    shipped, *rows = PARTS if options.parts else RANKING
    with (
        tempfile.TemporaryDirectory() as temporary,
        changed(workers, WITHOUT_WORKERS if options.parts else {}),
    ):
        work = options.keep or Path(temporary)
        bench = Bench(work)
        if not options.parts:
            bench.build(work)
        print("| changed | ODEX | DS-1000 | code |\n|---|---|---|---|", flush=True)
        for number, (name, module, values) in enumerate(
            (shipped, *(r for r in rows if options.only in r[0]))
        ):
            with changed(module, values):
                if options.parts:
                    bench.build(Path(temporary, str(number)))
                print(f"| {name} | {' | '.join(f'{score:.4f}' for score in bench.scores())} |", flush=True)


if __name__ == "__main__":
    main()
