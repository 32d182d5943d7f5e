"""Fit the weights of the ranking of code to made questions, near the weights that ship, and print both.

    python -m bench.fit_ranking MADE --keep FOLDER [--sample N] [--pull X] [--write]

MADE is what `python -m bench.made_questions` wrote. The weights of names, and of questions that stand
somewhere word for word, are fitted to the questions of the training sources; the held-out ones measure both.
Sentences keep their weights: what made questions say of them did not hold for people's (bench/RESULTS.md).
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bench.arguments import argument_parser
from bench.made_retrieval import open_index, sampled_questions
from indexers.catalog.catalog import ChunkFacts
from indexers.index import Index
from rag.retrieval.questions.query import read_query
from rag.retrieval.ranking.columns import COLUMN
from rag.retrieval.ranking.features import signal_table
from rag.retrieval.ranking.weights import SQUARED, WEIGHTS_FILE, QuestionKind, question_kind, ranking_weights
from rag.retrieval.searches import Searches

_DEPTH: Final = 100
_FITTED: Final[tuple[QuestionKind, ...]] = ("name", "verbatim")
# Roles of files may only take from a score; other signals only add, but those of declared and exported names.
_TAKES: Final = frozenset({"test", "example", "prose", "settings", "changelog", "declaration", "other"})
_EITHER: Final = frozenset({"name_declared", "name_exported"})
_SIGNALS: Final = (
    *("rules", "phrases", "literals", "run", "made", "made_by", "place", "name", "name_near", "misspelled"),
    *("name_maybe", "name_declared", "name_exported", "asked_in_file", "asked_in_name", "covered"),
    *("pairs_in_names", "meaning_behind", "words", "fused", "evidence", "file_words", "wanted"),
    *sorted(_TAKES),
    *(f"{name}{SQUARED}" for name in ("phrases", "run", "made", "words", "rules")),
)
# Kinds of which there are few, or which are most like what people ask, count more.
_KIND_WEIGHTS: Final = {"doc_comment": 3.0, "commit": 3.0, "inner_comment": 1.5}
_LEAST: Final = 0.02  # a smaller weight is left out

Numbers = NDArray[np.float64]


class Asked(NamedTuple):
    """A question: its kind, the signals of its candidates, shape (n, len(_SIGNALS)), which are right."""

    made_kind: str
    kind: QuestionKind
    is_held_out: bool
    signals: Numbers
    right: NDArray[np.bool_]


def asked_of(index: Index, question: dict[str, Any]) -> Asked:
    """Return the candidates of a question."""
    text = question["query"]
    query = read_query(text, index.versions, coverage=index.encoder.coverage(text))
    searches = Searches(index, query, None)
    found = searches.found(_DEPTH)
    facts = dict(sorted(index.facts(found.ids).items(), key=lambda one: one[1]))
    table = signal_table(query, searches.signals(found), facts)
    most = {name: float(table[:, COLUMN[name]].max(initial=0)) for name in ("made", "phrases", "place")}
    right = np.array([any(_is_right(one, gold) for gold in question["gold"]) for one in facts.values()], bool)
    return Asked(
        question["kind"],
        question_kind(is_name=query.is_name, **most),
        question["split"] == "held_out",
        _chosen(table),
        right,
    )


def _chosen(table: NDArray[np.float32]) -> Numbers:
    columns = [table[:, COLUMN[name.removesuffix(SQUARED)]].astype(np.float64) for name in _SIGNALS]
    return np.column_stack(
        [
            column * abs(column) if name.endswith(SQUARED) else column
            for name, column in zip(_SIGNALS, columns, strict=True)
        ]
    )


def _is_right(facts: ChunkFacts, gold: dict[str, Any]) -> bool:
    if facts.path != gold.get("path"):
        return False
    first = gold.get("start_line")
    return first is None or (facts.start_line <= gold["end_line"] and first <= facts.end_line)


def fitted(asked: Sequence[Asked], start: Numbers, pull: float) -> Numbers:
    """Return the weights that make the right candidates most probable, near `start`.

    The probability of a candidate is its share in a softmax over the scores of all candidates of its
    question. `pull` times half the squared distance from `start` is added to the mean of its negative
    logarithm.
    """
    useful = [one for one in asked if one.right.any()]
    signals = np.concatenate([one.signals for one in useful])
    right = np.concatenate([one.right for one in useful]).astype(np.float64)
    begins = np.concatenate([[0], np.cumsum([len(one.right) for one in useful])[:-1]])
    of_row = np.repeat(np.arange(len(useful)), [len(one.right) for one in useful])
    counts = np.array([_KIND_WEIGHTS.get(one.made_kind, 1.0) for one in useful])
    counts /= counts.sum()

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        scores = signals @ weights
        powers = np.exp(scores - np.maximum.reduceat(scores, begins)[of_row])
        every, good = np.add.reduceat(powers, begins), np.add.reduceat(powers * right, begins) + 1e-300
        towards = counts[of_row] * (powers / every[of_row] - powers * right / good[of_row])
        away = weights - start
        value = float(counts @ (np.log(every) - np.log(good)) + pull * (away @ away) / 2)
        return value, signals.T @ towards + pull * away

    bounds = [
        (None, None) if name in _EITHER else (None, 0) if name in _TAKES else (0, None) for name in _SIGNALS
    ]
    found: Numbers = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def report(asked: Sequence[Asked], before: dict[str, Numbers], after: dict[str, Numbers]) -> None:
    """Print the mean reciprocal rank of the first right candidate by kind, with both weights."""
    ranks: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in asked:
        ranks[one.made_kind].append((_reciprocal(one, before), _reciprocal(one, after)))
    print("| kind | questions | before | after |\n|---|---|---|---|")
    for kind, pairs in sorted(ranks.items()):
        old, new = (mean(values) for values in zip(*pairs, strict=True))
        print(f"| {kind} | {len(pairs)} | {old:.3f} | {new:.3f} |")


def _reciprocal(asked: Asked, weights: dict[str, Numbers]) -> float:
    order = np.argsort(-(asked.signals @ weights[asked.kind]), kind="stable")
    right = np.flatnonzero(asked.right[order])
    return 1 / (int(right[0]) + 1) if len(right) and right[0] < 10 else 0.0


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("made", type=Path, help="folder with trees and questions")
    parser.add_argument("--keep", type=Path, required=True, help="folder of indexes; reused by later runs")
    parser.add_argument("--sample", type=int, default=8, help="questions a kind and tree")
    parser.add_argument("--pull", type=float, default=1e-4, help="how much weights are held where they are")
    parser.add_argument("--write", action="store_true", help="write the weights into the package")
    options = parser.parse_args()
    asked: list[Asked] = []
    for file in sorted((options.made / "questions").glob("*.jsonl")):
        if not file.stem.startswith("pkg-"):
            with open_index(options.made / "trees" / file.stem, options.keep) as index:
                asked += [asked_of(index, one) for one in sampled_questions(file, (), options.sample)]
    shipped = {kind: dict(weights) for kind, weights in ranking_weights()["code"].items()}
    before = {
        kind: np.array([weights.get(name, 0.0) for name in _SIGNALS]) for kind, weights in shipped.items()
    }
    training = [one for one in asked if not one.is_held_out]
    after = before | {
        kind: fitted([one for one in training if one.kind == kind], before[kind], options.pull)
        for kind in _FITTED
    }
    report([one for one in asked if one.is_held_out], before, after)
    for kind in _FITTED:
        shipped[kind] = {
            name: round(float(weight), 2)
            for name, weight in zip(_SIGNALS, after[kind], strict=True)
            if abs(weight) > _LEAST or name == "rules"
        }
        print(kind, shipped[kind])
    if options.write:
        stored = json.dumps(ranking_weights() | {"code": shipped}, indent=2, ensure_ascii=False)
        WEIGHTS_FILE.write_text(stored + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
