"""Measure whether the library that is meant comes first, in an index of several libraries and Python's own.

    python -m bench.which_library [--keep FOLDER] [--without NAME ...] [-v] [--save FILE]

The wheels of the libraries in bench/data/which_library/corpora.json are downloaded by pip. Of each kind of
question, five numbers: how often the first hit is of a right library, which share of the first five is, how
often the right unit is first, or among the first five, and how many libraries the first five show. Python's
own modules are libraries of their own where the question comes from a file that imports one of them.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from bench.arguments import argument_parser
from bench.first_answers import wheel_of
from bench.intervals import Answer, save
from corpora.spec import CorpusSpec
from corpora.syntax.imported_packages import imported_packages
from rag import Hit, Index, SearchOptions, retrieve
from rag.evaluation.questions.judge import found_in, rank_of
from rag.evaluation.questions.question import Gold

DATA = Path(__file__).parent / "data" / "which_library"
_SHOWN = 5


class Asked(NamedTuple):
    """A question, the library of each of the first hits, whether that is right, and the rank of the unit."""

    text: str
    kind: str
    libraries: tuple[str, ...]
    right: tuple[bool, ...]
    rank: int
    first: str


def questions() -> Iterator[dict[str, Any]]:
    """Yield the questions, each with the libraries that are right, and the gold."""
    for line in (DATA / "questions.jsonl").read_text().splitlines():
        yield json.loads(line)


def ask(index: Index, question: dict[str, Any]) -> Asked:
    """Ask one question, as from the file that is being edited if it has one."""
    options = SearchOptions(imports=imported_packages(question.get("context", ""), "python"))
    hits = retrieve(index, question["question"], _SHOWN, options)
    gold = [Gold(symbol=one["symbol"]) for one in question["gold"]]
    modules = (
        {one.symbol.partition(".")[0] for one in gold}
        if question["kind"] == "while a file is edited"
        else set()
    )
    found = found_in(hits)
    return Asked(
        question["question"],
        question["kind"],
        tuple(hit.chunk.origin.library for hit in hits),
        tuple(_is_right(hit, question["libraries"], modules) for hit in hits),
        rank_of(found, gold),
        ", ".join(place.names[0] if place.names else str(place) for place in found),
    )


def _is_right(hit: Hit, libraries: Sequence[str], modules: set[str]) -> bool:
    right = hit.chunk.origin.library in libraries
    return right and (not modules or hit.chunk.symbol.partition(".")[0] in modules)


def table(answers: Sequence[Asked]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| kind | questions | right library first | share of five | unit first | in five | libraries |"
    yield "|---|---|---|---|---|---|---|"
    for kind in (*dict.fromkeys(one.kind for one in answers), "all"):
        some = [one for one in answers if kind in (one.kind, "all")]
        cells = (
            mean(one.right[:1] == (True,) for one in some),
            mean(sum(one.right) / _SHOWN for one in some),
            mean(one.rank == 1 for one in some),
            mean(0 < one.rank <= _SHOWN for one in some),
            mean(len(set(one.libraries)) for one in some),
        )
        yield f"| {kind} | {len(some)} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |"


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--keep", type=Path, help="folder for wheels and index; reused by later runs")
    parser.add_argument("--without", nargs="*", default=[], metavar="NAME", help="leave out these libraries")
    parser.add_argument("--save", type=Path, help="file for the scores, to compare by bench.compare")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the first five of each question")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.keep or Path(temporary)
        (work / "wheels").mkdir(parents=True, exist_ok=True)
        libraries = [
            one
            for one in json.loads((DATA / "corpora.json").read_text())["libraries"]
            if one["name"] not in options.without
        ]
        specs = [CorpusSpec(one["name"], "package", str(wheel_of(one, work / "wheels"))) for one in libraries]
        name = "-".join(["index", *sorted(options.without)])
        index = Index.build(work / name, [*specs, CorpusSpec("python", "stdlib", "python")])
        known = {"python", *(one["name"] for one in libraries)}
        answers = [ask(index, one) for one in questions() if known & {*one["libraries"]}]
    print("\n".join(table(answers)))
    for one in answers if options.verbose else ():
        marks = "".join("+" if right else "-" for right in one.right)
        print(f"{marks} {one.rank or '-'} {one.kind[:5]} {one.text}\n        {one.first}")
    if options.save:
        first = [
            # (Numbered, since some are asked from several files.)
            Answer(f"{number}, {one.kind}: {one.text}", float(one.rank == 1), labels=(one.kind,))
            for number, one in enumerate(answers, 1)
        ]
        right = [
            one._replace(score=float(asked.right[:1] == (True,)))
            for one, asked in zip(first, answers, strict=True)
        ]
        save(options.save, {"right library first": right, "unit first": first})


if __name__ == "__main__":
    main()
