"""Fit the coefficients of rag/retrieval/gate.py, and measure them on questions that they were not fitted to.

    RAG_BENCH_DATA=../shared/data RAG_BENCH_REPOS=FOLDER python -m bench.calibrate_gate --keep FOLDER

A question counts as answered if one of the first five hits is relevant. Some questions have no answer in
the index at all: those of ODEX and DS-1000 asked of the documentation without the library of their gold
pages, and questions about one repository asked of another. --keep names a folder with the unpacked
documentation, where the indexes are kept too.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from bench.arguments import argument_parser
from bench.code_retrieval import as_targets, meets, places, repositories
from bench.code_retrieval import questions as code_questions
from bench.data import bench_data
from bench.docs_retrieval import hit_id, questions
from corpora.document import ContentKind
from corpora.spec import CorpusSpec
from rag import Filter, Hit, Index, SearchOptions, retrieve
from rag.evaluation.gold import devdocs_folder
from rag.retrieval.gate import COEFFICIENTS, features

Floats = NDArray[np.float64]
FIRST = 5
FOLDS = 5
RIDGE = 1e-3  # penalty on standardized features: keeps coefficients finite in a fold without variety
OTHER = 7  # a question is asked wrongly of the repository this many places further in the list


class Row(NamedTuple):
    """A question: its set, the features of its hits, and whether it was answered."""

    name: str
    kind: str
    features: dict[str, float]
    answered: bool


def row(name: str, hits: Sequence[Hit], answered: bool) -> Iterator[Row]:
    if hits:
        yield Row(name, *features(hits), answered)


def docs_rows(keep: Path) -> Iterator[Row]:
    index = Index.build(keep / "docs", [CorpusSpec("docs", "docs", str(keep / "devdocs"))])
    versions = dict(index.versions)
    for name, file in (("ODEX", "odex-dev.jsonl"), ("DS-1000", "ds1000-dev.jsonl")):
        for query, gold in questions(bench_data() / "docs" / file):
            vars(index)["versions"] = versions
            hits = retrieve(index, query, FIRST)
            yield from row(name, hits, any(hit_id(hit) in gold for hit in hits))
            elsewhere = versions.keys() - {devdocs_folder(identifier) for identifier in gold}
            # As if the index had never heard of the library.
            vars(index)["versions"] = {library: versions[library] for library in sorted(elsewhere)}
            hits = retrieve(index, query, FIRST, SearchOptions(Filter(libraries=tuple(sorted(elsewhere)))))
            yield from row(f"{name}, library missing", hits, False)


def code_rows(keep: Path) -> Iterator[Row]:
    listed = repositories()
    asked = [code_questions(repository) for repository, _ in listed]
    for number, (repository, root) in enumerate(listed):
        index = Index.build(keep / "code" / repository["name"], [root])
        for question in asked[number]:
            hits = retrieve(index, question["query"], FIRST)
            targets = as_targets(question)
            answered = any(meets(place, target) for place in places(hits) for target in targets)
            yield from row("code", hits, answered)
        for question in asked[(number + OTHER) % len(listed)]:
            yield from row("code, other repository", retrieve(index, question["query"], FIRST), False)


def fit(values: Floats, answered: Floats) -> Floats:
    """Fit a logistic regression by Newton's method; return the intercept, then a coefficient for each column.

    Args:
        values: features, shape (n_questions, n_features).
        answered: 0 or 1, shape (n_questions,).
    """
    mean, spread = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-9)
    design = np.column_stack([np.ones(len(values)), (values - mean) / spread])
    penalty = np.diag([0.0] + [RIDGE * len(values)] * values.shape[1])
    found = np.zeros(design.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-design @ found))
        curvature = (design * (likely * (1 - likely))[:, None]).T @ design + penalty
        found += np.linalg.solve(curvature, design.T @ (answered - likely) - penalty @ found)
    slopes = found[1:] / spread
    return np.concatenate([[found[0] - slopes @ mean], slopes])


def predict(numbers: Floats, values: Floats) -> Floats:
    likely: Floats = 1 / (1 + np.exp(-(numbers[0] + values @ numbers[1:])))
    return likely


def auc(likely: Floats, answered: Floats) -> float:
    """Return the probability that an answered question scores above an unanswered one; nan without both."""
    yes, no = answered.sum(), (1 - answered).sum()
    return (
        float((rankdata(likely)[answered == 1].sum() - yes * (yes + 1) / 2) / (yes * no))
        if yes * no
        else np.nan
    )


def cross_validated(values: Floats, answered: Floats) -> Floats:
    fold = np.random.default_rng(0).integers(0, FOLDS, len(answered))
    likely = np.zeros(len(answered))
    for number in range(FOLDS):
        numbers = fit(values[fold != number], answered[fold != number])
        likely[fold == number] = predict(numbers, values[fold == number])
    return likely


def report(kind: ContentKind, rows: Sequence[Row]) -> None:
    names = [name for name in COEFFICIENTS[kind] if name]
    values = np.array([[one.features[name] for name in names] for one in rows])
    answered = np.array([float(one.answered) for one in rows])
    numbers = dict(zip(["", *names], np.round(fit(values, answered), 2).tolist(), strict=True))
    likely = cross_validated(values, answered)
    print(f'\n    "{kind}": {json.dumps(numbers)},')
    print(f"AUC, cross-validated: {auc(likely, answered):.3f} of {len(rows)} questions")
    for name in sorted({one.name for one in rows}):
        own = np.array([one.name == name for one in rows])
        print(
            f"  {name:28} {own.sum():4} questions, answered {answered[own].mean():.2f}, "
            f"confidence {likely[own].mean():.2f}, AUC {auc(likely[own], answered[own]):.3f}"
        )
    print("  confidence   questions   mean   answered")
    for low in np.arange(0, 1, 0.1):
        own = (likely >= low) & (likely < low + 0.1)
        if own.any():
            figures = f"{own.sum():8}    {likely[own].mean():.2f}   {answered[own].mean():.2f}"
            print(f"  {low:.1f} to {low + 0.1:.1f}  {figures}")
    for threshold in (0.05, 0.1, 0.2, 0.3, 0.5):
        passed = likely >= threshold
        print(
            f"  gate {threshold}: passes {passed[answered == 1].mean():.2f} of the answered questions, "
            f"{passed[answered == 0].mean():.2f} of the others"
        )


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--keep", type=Path, required=True, help="folder of documentation and indexes")
    keep = parser.parse_args().keep
    report("docs", list(docs_rows(keep)))
    report("code", list(code_rows(keep)))


if __name__ == "__main__":
    main()
