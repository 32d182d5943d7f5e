"""Measure the first answers to 120 questions as people type them: hit@1, hit@5 and MRR@10 by kind.

    RAG_BENCH_REPOS=FOLDER python -m bench.first_answers [-v] [--save FILE] [--semble PYTHON --model FOLDER]

FOLDER holds a clone of each repository in bench/data/first_answers/corpora.json under its `name`, checked
out at its `revision`. The wheels of the libraries are looked for in FOLDER/wheels, and downloaded there by
pip. Each repository has an index of its own, all libraries one together, and another that also holds the
standard library. Beside ours stand, on the same trees, the longest run of the question's words that stands
verbatim in a file and, with --semble (see `bench.semble_quality`), semble.
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bench.arguments import argument_parser
from bench.intervals import Answer, save
from bench.semble_quality import semble
from bench.verbatim import read_tree, search
from corpora.document import Listed, Section
from corpora.spec import CorpusSpec, open_corpus
from rag import Index, retrieve
from rag.evaluation.questions.judge import Found, found_in, rank_of
from rag.evaluation.questions.question import Gold, GoldQuestion
from rag.evaluation.questions.question_file import read_questions
from rag.evaluation.questions.scores import MEASURES, measure_named, scores_of

DATA = Path(__file__).parent / "data" / "first_answers"
CORPORA = json.loads((DATA / "corpora.json").read_text())
K = 10
OURS, VERBATIM, SEMBLE = "ours", "verbatim", "semble"


class Asked(NamedTuple):
    """What a search found for a question, and how good that was; `first` is what stood first."""

    corpus: str
    question: GoldQuestion
    rank: int
    first: str


Runs = dict[str, list[Asked]]
"""By the name of a search, what it found."""


def clone_of(repository: dict[str, str], folder: Path) -> Path:
    """Return the checkout of a repository; end the program if it is missing or another revision."""
    clone, revision = folder / repository["name"], repository["revision"]
    head = subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if head != revision:
        sys.exit(
            f"no checkout of revision {revision} at {clone}; make it by:\n"
            f"  git clone {repository['url']} {clone} && git -C {clone} checkout {revision}"
        )
    return clone / repository["root"]


def wheel_of(library: dict[str, str], folder: Path) -> Path:
    """Return the wheel of a library, downloaded by pip if it is not in `folder` yet."""
    name, version = library["name"], library["version"]
    if not (wheels := sorted(folder.glob(f"{name}-{version}-*.whl"))):
        command = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
        subprocess.run([sys.executable, "-m", "pip", *command, f"{name}=={version}"], check=True)
        wheels = sorted(folder.glob(f"{name}-{version}-*.whl"))
    return wheels[0]


def questions_of(name: str) -> list[GoldQuestion]:
    """Return the questions about a repository or a library."""
    return read_questions(DATA / f"{name}.jsonl")


def asked(corpus: str, questions: Sequence[GoldQuestion], results: Sequence[Sequence[Found]]) -> list[Asked]:
    """Judge what a search found."""
    return [
        Asked(corpus, question, rank_of(found[:K], question.gold), str(found[0]) if found else "nothing")
        for question, found in zip(questions, results, strict=True)
    ]


def ours(index: Index, questions: Sequence[GoldQuestion]) -> list[list[Found]]:
    """Return what docprompting finds."""
    return [found_in(retrieve(index, question.text, K)) for question in questions]


def baselines(
    tree: Path, questions: Sequence[GoldQuestion], options: Any
) -> dict[str, Sequence[Sequence[Found]]]:
    """Return what the longest verbatim run finds and, if its interpreter is given, semble."""
    files = read_tree(tree)
    found: dict[str, Sequence[Sequence[Found]]] = {
        VERBATIM: [search(question.text, files, K) for question in questions]
    }
    if options.semble:
        texts = [question.text for question in questions]
        places = semble(options.semble, options.model, "code", tree, texts)["hybrid"]
        found[SEMBLE] = [
            [Found((place.path,), place.start_line, place.end_line) for place in r] for r in places
        ]
    return found


def ask_code(folder: Path, options: Any) -> Runs:
    """Ask the questions about repositories."""
    runs: Runs = {}
    for repository in CORPORA["repositories"]:
        name, tree = repository["name"], clone_of(repository, folder)
        questions = questions_of(name)
        with tempfile.TemporaryDirectory() as place, Index.build(Path(place, "index"), [tree]) as index:
            found = {OURS: ours(index, questions), **baselines(tree, questions, options)}
        for search_name, results in found.items():
            runs.setdefault(search_name, []).extend(asked(name, questions, results))
    return runs


def ask_documentation(folder: Path, options: Any) -> Runs:
    """Ask the questions about libraries; baselines search their unpacked wheels."""
    folder.mkdir(exist_ok=True)
    wheels = {library["name"]: wheel_of(library, folder) for library in CORPORA["libraries"]}
    runs: Runs = {}
    specs = [CorpusSpec(name, "package", str(wheel)) for name, wheel in wheels.items()]
    standard = CorpusSpec("python", "stdlib", "python")
    for search_name, sources in ((OURS, specs), (f"{OURS}, with the standard library", [*specs, standard])):
        with tempfile.TemporaryDirectory() as place, Index.build(Path(place, "index"), sources) as index:
            for name in wheels:
                questions = questions_of(name)
                runs.setdefault(search_name, []).extend(asked(name, questions, ours(index, questions)))
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place)
        for wheel in wheels.values():
            zipfile.ZipFile(wheel).extractall(tree)
        questions = [question for name in wheels for question in questions_of(name)]
        found = baselines(tree, questions, options)
        placed = [
            question
            for name, spec in zip(wheels, specs, strict=True)
            for question in in_files(name, spec, tree)
        ]
    names = [name for name in wheels for _ in questions_of(name)]
    for search_name, results in found.items():
        for name, question, result in zip(names, placed, results, strict=True):
            runs.setdefault(search_name, []).extend(asked(name, [question], [result]))
    return runs


def in_files(name: str, spec: CorpusSpec, tree: Path) -> Iterator[GoldQuestion]:
    """Yield the questions about a library, with gold that is the lines of each definition."""
    places = dict(definitions(spec, tree))
    for question in questions_of(name):
        gold = tuple(places[one.symbol] for one in question.gold if one.symbol in places)
        yield GoldQuestion(question.text, gold, question.kind)


def definitions(spec: CorpusSpec, tree: Path) -> Iterator[tuple[str, Gold]]:
    """Yield each name of each unit of a package, with the lines of its definition.

    Those of a class end with its docstring: what comes after it are its members.
    """
    corpus = open_corpus(spec)
    for listed in corpus.scan():
        document = corpus.read(listed) if isinstance(listed, Listed) else None
        for section in getattr(document, "sections", ()):
            path = listed.path
            if lines := _lines(tree / path, section):
                yield from ((each, Gold(path, *lines)) for each in (section.name, *section.aliases))


def _lines(file: Path, section: Section) -> tuple[int, int] | None:
    if not section.anchor.startswith("L") or not file.is_file():
        return None
    line = int(section.anchor[1:])
    return line, _ends(file).get(line, line)


@cache
def _ends(file: Path) -> dict[int, int]:
    """Return the last line of each definition in a file, by the line of its name and of its decorators."""
    ends: dict[int, int] = {}
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            end = (node.body[0] if isinstance(node, ast.ClassDef) else node).end_lineno
            ends |= {start.lineno: end or start.lineno for start in (node, *node.decorator_list)}
    return ends


def missing(name: str, root: Path) -> Iterator[str]:
    """Yield a line for each gold place that is in no file of a repository."""
    for question in questions_of(name):
        for gold in question.gold:
            file = root / gold.path
            if not file.is_file() or file.read_bytes().count(b"\n") + 1 < gold.end_line:
                yield f"{name}: {gold} is in no file"


def table(title: str, runs: Runs) -> Iterator[str]:
    """Yield the lines of a table: a row for each kind and for all, and the measures of each search."""
    kinds = list(dict.fromkeys(one.question.kind for one in runs[OURS]))
    yield f"\n| {title} | questions | " + " | ".join(runs) + " |"
    yield "|---|---|" + "---|" * len(runs)
    for kind in (*kinds, "all"):
        chosen = {
            name: [one.rank for one in found if kind in (one.question.kind, "all")]
            for name, found in runs.items()
        }
        cells = (
            " / ".join(f"{score:.3f}" for score in scores_of(ranks).values()) for ranks in chosen.values()
        )
        yield f"| {kind} | {len(chosen[OURS])} | " + " | ".join(cells) + " |"


def sets(title: str, runs: Runs) -> Iterator[tuple[str, list[Answer]]]:
    """Yield the scores of each search by each measure, for `bench.compare`."""
    for name, found in runs.items():
        for measure in MEASURES:
            score = measure_named(measure)
            yield (
                f"{title}, {name}, {measure}",
                [
                    Answer(f"{one.corpus}: {one.question.text}", score(one.rank), "", (one.question.kind,))
                    for one in found
                ],
            )


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--semble", help="interpreter of an environment with semble")
    parser.add_argument("--model", help="model2vec folder for semble")
    parser.add_argument("--save", type=Path, help="file for the scores, to compare by bench.compare")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what stands before the answers")
    options = parser.parse_args()
    folder = Path(os.environ.get("RAG_BENCH_REPOS", ""))
    for repository in CORPORA["repositories"]:
        for line in missing(repository["name"], clone_of(repository, folder)):
            print(line)
    parts = {
        "code": ask_code(folder, options),
        "documentation": ask_documentation(folder / "wheels", options),
    }
    print(f"\n{' / '.join(MEASURES)}, of the first {K}")
    for title, runs in parts.items():
        print("\n".join(table(title, runs)))
    if options.verbose:
        for one in (one for runs in parts.values() for one in runs[OURS] if one.rank != 1):
            text = " ".join(one.question.text.split())
            print(f"\n{one.corpus}, {one.question.kind}: {text[:100]}\n  rank {one.rank or '-'}: {one.first}")
    if options.save:
        save(options.save, dict(pair for title, runs in parts.items() for pair in sets(title, runs)))


if __name__ == "__main__":
    main()
