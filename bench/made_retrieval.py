"""Measure retrieval on questions made from repositories and packages: MRR@10 and hits at 1 and 5, by kind.

    python -m bench.made_retrieval MADE --keep FOLDER [--split held_out] [--only KIND...] [--sample N]

MADE is what `python -m bench.made_questions` wrote. Each tree has an index of its own in the kept folder,
made again where the tree, or the program that indexes, has changed. A hit is right if it
overlaps the lines of one of the gold places, or is the unit of one of the gold symbols; the first right hit
counts.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import mean
from time import process_time
from typing import Any, Final

from bench.arguments import argument_parser
from bench.code_retrieval import meets, places
from bench.intervals import Answer, interval, save
from bench.made_questions.package import package_spec
from corpora.spec import CorpusSpec
from rag import Hit, Index, SearchOptions, retrieve

_DEPTH: Final = 10
_ROOT: Final = Path(__file__).parents[1]


def right_rank(hits: Sequence[Hit], gold: Sequence[dict[str, Any]]) -> int:
    """Return the rank of the first right hit, 1-based; 0 if there is none."""
    symbols = {target["symbol"] for target in gold if "symbol" in target}
    targets = [target for target in gold if "path" in target]
    for rank, (hit, place) in enumerate(zip(hits, places(hits), strict=True), start=1):
        if symbols & {hit.chunk.symbol, *hit.chunk.aliases}:
            return rank
        if any(meets(place, target) for target in targets):
            return rank
    return 0


def sampled_questions(file: Path, only: Sequence[str], most: int) -> Iterator[dict[str, Any]]:
    """Yield at most so many questions of each kind in a file, the same in every run."""
    by_kind: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in file.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        if not only or question["kind"] in only:
            by_kind[question["kind"]].append(question)
    for kind, rows in sorted(by_kind.items()):
        chosen = Random(f"{file.stem}:{kind}").sample(rows, min(most, len(rows))) if most else rows
        yield from chosen


def open_index(tree: Path, keep: Path) -> Index:
    """Return the index of a tree, made anew where there is none for this tree and this program."""
    path = keep / f"{tree.name}-{_state(tree)}"
    if (path / "done").exists():
        return Index.open(path)
    is_package = tree.name.startswith("pkg-")
    spec = package_spec(tree) if is_package else CorpusSpec(tree.name, "code", str(tree.resolve()))
    index = Index.build(path, [spec])
    (path / "done").touch()
    return index


def _state(tree: Path) -> str:
    """Return a hash of the files of a tree and of the programs that index it."""
    state = hashlib.blake2b(digest_size=8)
    programs = [path for room in ("corpora", "indexers") for path in (_ROOT / room).rglob("*.py")]
    for path in sorted([*programs, *(path for path in tree.rglob("*") if path.is_file())]):
        state.update(f"{path.name}\0".encode() + hashlib.blake2b(path.read_bytes()).digest())
    return state.hexdigest()


def report(answers: Sequence[Answer], ranks: dict[Answer, int]) -> None:
    """Print a row for each kind, and one for all code and all documentation."""
    print(f"{'kind':18} {'n':>6}  {'MRR@10 [95 %]':24} hit@1  hit@5")
    kinds = sorted({answer.labels[0] for answer in answers})
    groups = {kind: [a for a in answers if a.labels[0] == kind] for kind in kinds}
    groups["all code"] = [a for a in answers if not a.labels[0].startswith("docs_")]
    groups["all documentation"] = [a for a in answers if a.labels[0].startswith("docs_")]
    for kind, part in groups.items():
        if part:
            within = [mean(0 < ranks[answer] <= k for answer in part) for k in (1, 5)]
            print(f"{kind:18} {len(part):6}  {interval(part)!s:24} {within[0]:.3f}  {within[1]:.3f}")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("made", type=Path, help="folder with trees and questions")
    parser.add_argument("--keep", type=Path, required=True, help="folder of indexes; reused by later runs")
    parser.add_argument("--split", choices=("held_out", "train", "all"), default="held_out")
    parser.add_argument("--only", nargs="*", default=[], metavar="KIND", help="kinds of questions")
    parser.add_argument("--names", nargs="*", default=[], help="repositories and packages (`pkg-NAME`)")
    parser.add_argument("--sample", type=int, default=12, help="questions a kind and tree; 0 for all")
    parser.add_argument("--save", type=Path, help="file for the scores, to compare by bench.compare")
    options = parser.parse_args()
    ranks: dict[Answer, int] = {}
    indexing = asking = 0.0
    for file in sorted((options.made / "questions").glob("*.jsonl")):
        if options.names and file.stem not in options.names:
            continue
        asked = [
            question
            for question in sampled_questions(file, options.only, options.sample)
            if options.split in ("all", question["split"])
        ]
        if not asked:
            continue
        start = process_time()
        with open_index(options.made / "trees" / file.stem, options.keep) as index:
            indexing += process_time() - start
            start = process_time()
            for question in asked:
                hits = retrieve(index, question["query"], _DEPTH, SearchOptions())
                rank = right_rank(hits, question["gold"])
                labels = question["kind"], question["split"]
                ranks[Answer(question["query"], 1 / rank if rank else 0.0, file.stem, labels)] = rank
            asking += process_time() - start
    report(list(ranks), ranks)
    each = 1000 * asking / max(len(ranks), 1)
    print(f"CPU of this process: {indexing:.0f} s to open and make indexes, {each:.1f} ms a question")
    if options.save:
        save(options.save, {"made": list(ranks)})


if __name__ == "__main__":
    main()
