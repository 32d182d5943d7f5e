"""Fit the numbers of rag/retrieval/gate.py, and measure them on questions they were not fitted to.

    RAG_BENCH_DATA=../shared/data RAG_BENCH_REPOS=FOLDER python -m bench.calibrate_gate --keep FOLDER

A question is answered if one of the first five hits is relevant. Questions whose answer is not there at
all: those of ODEX and DS-1000 over the documentation without the library of their gold pages, those about
a repository put to another one. --keep is a folder with the unpacked documentation, and for indexes.
"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from bench.code_retrieval import as_targets, meets, places
from bench.data import bench_data
from bench.docs_retrieval import hit_id, questions
from corpora.spec import CorpusSpec
from rag import Filter, Hit, Index, SearchOptions, retrieve
from rag.evaluation.gold import devdocs_folder
from rag.retrieval.gate import COEFFICIENTS, features

Floats = NDArray[np.float64]
FIRST = 5
FOLDS = 5
RIDGE = 1e-3  # of standardized features: keeps a fold without variety from running away
OTHER = 7  # how far on in the list the repository lies that a question is wrongly put to


class Row(NamedTuple):
    """A question: the set it is of, its features, and whether it was answered."""

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
    data, checkouts = bench_data() / "codesearch", Path(os.environ["RAG_BENCH_REPOS"])
    repositories = json.loads((data / "repos.json").read_text())
    asked = {
        repository["name"]: json.loads((data / "annotations" / f"{repository['name']}.json").read_text())
        for repository in repositories
    }
    for number, repository in enumerate(repositories):
        name = repository["name"]
        index = Index.build(keep / "code" / name, [checkouts / name / repository["benchmark_root"]])
        for question in asked[name]:
            hits = retrieve(index, question["query"], FIRST)
            targets = as_targets(question)
            answered = any(meets(place, target) for place in places(hits) for target in targets)
            yield from row("code", hits, answered)
        for question in asked[repositories[(number + OTHER) % len(repositories)]["name"]]:
            yield from row("code, other repository", retrieve(index, question["query"], FIRST), False)


def fit(values: Floats, answered: Floats) -> Floats:
    """Logistic regression by Newton's method: the intercept, then a coefficient for each column."""
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
    return 1 / (1 + np.exp(-(numbers[0] + values @ numbers[1:])))


def auc(likely: Floats, answered: Floats) -> float:
    """How likely an answered question scores above one that is not; nan where all are of one sort."""
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


def report(kind: str, rows: Sequence[Row]) -> None:
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
            told = f"{own.sum():8}    {likely[own].mean():.2f}   {answered[own].mean():.2f}"
            print(f"  {low:.1f} to {low + 0.1:.1f}  {told}")
    for threshold in (0.05, 0.1, 0.2, 0.3, 0.5):
        passed = likely >= threshold
        print(
            f"  gate {threshold}: passes {passed[answered == 1].mean():.2f} of those answered, "
            f"{passed[answered == 0].mean():.2f} of those not"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, required=True)
    keep = parser.parse_args().keep
    report("docs", list(docs_rows(keep)))
    report("code", list(code_rows(keep)))


if __name__ == "__main__":
    main()
