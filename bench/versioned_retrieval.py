"""Measure whether the API that a task of GitChameleon needs is found, in documentation of the task's version.

    RAG_BENCH_DATA=../shared/data python -m bench.versioned_retrieval --keep FOLDER
        [--only LIBRARY] [--pools POOL] [-v] [--save FILE]

The library of each task is read as `rag docs add pkg:NAME==VERSION` reads it, from a wheel or a source
distribution that is fetched; nothing is installed or run. The question is what `rag eval` asks. Right is a
unit of an object that the reference solution uses, by the rules of `bench.versioned_gold`; a task whose
solution uses none is not asked. FOLDER keeps names and indexes, and what was found: a run that was stopped
goes on where it was, and answers count as long as the program is the same. One index is shared by the pools
of several libraries; with `--only` it has the versions of those, and of each other library one.
The columns are pools of documentation:

    its version      the library at the version of the task
    newest           the library at the newest version of the package index, when FOLDER was made
    with Python      its version, and the standard library
    all libraries    that, and the other libraries of the set, each at the newest version that a task has
    all versions     that, with all other versions of the task's library; right must be of the task's version
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from statistics import mean
from time import process_time

from packaging.version import InvalidVersion, Version

from bench.arguments import argument_parser
from bench.data import bench_data
from bench.intervals import Answer, interval, save
from bench.metrics import unique
from bench.versioned_gold import GoldApi, UnitNames, gold_of
from corpora.dependencies.package_name import normalized_name
from corpora.document import Section
from corpora.errors import CorpusError
from corpora.python.fetching.wheels import newest_version
from corpora.python.package import PythonPackage
from corpora.python.source import find_package
from corpora.spec import CorpusSpec
from rag import Filter, Hit, Index, SearchOptions, retrieve
from rag.evaluation.datasets.gitchameleon import load_gitchameleon
from rag.evaluation.run.contexts import retrieval_query
from rag.evaluation.task import Task

POOLS = ("its version", "newest", "with Python", "all libraries", "all versions")
CUTOFFS = (1, 5, 10, 20)
_DEPTH = 60  # chunks asked for, so that 20 units remain after merging
_STANDARD = CorpusSpec("python", "stdlib", "python")


@dataclass(frozen=True)
class Asked:
    """A task, what is right, and the units found in each pool, best first.

    Args:
        task: the task.
        gold: what its solution uses.
        found: the names of each unit, by pool.
        gone: the pools that have no unit of any of the gold.
    """

    task: Task
    gold: Sequence[GoldApi]
    found: Mapping[str, Sequence[Sequence[str]]]
    gone: frozenset[str]

    def ranks(self, pool: str) -> list[int]:
        """Return the rank of the first right unit of each gold object, from 1; 0 where none is found."""
        return [
            next((at for at, unit in enumerate(self.found[pool], 1) if set(unit) & set(one.names)), 0)
            for one in self.gold
        ]

    def rank(self, pool: str) -> int:
        """Return the rank of the first right unit; 0 if none is found."""
        return min(filter(None, self.ranks(pool)), default=0)


class Pools:
    """Indexes of documentation, made in a folder when they are first asked for."""

    def __init__(self, folder: Path, tasks: Sequence[Task], only: Sequence[str] = ()) -> None:
        self.folder = folder
        self.tasks = tasks
        self.only = {normalized_name(name) for name in only}
        self.problems: dict[str, str] = {}
        self._open: dict[str, Index] = {}
        self._names: dict[str, UnitNames] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def names(self, pin: str) -> UnitNames | None:
        """Return the names of the units of a package; None if it cannot be read."""
        if pin not in self._names and pin not in self.problems:
            file = self.folder / f"names-{pin}.json"
            try:
                if not file.exists():
                    file.write_text(json.dumps(_read_names(self.spec(pin))))
                tops, units = json.loads(file.read_text())
                self._names[pin] = UnitNames(frozenset(tops), units)
            except CorpusError as error:
                self.problems[pin] = str(error)
        return self._names.get(pin)

    def alone(self, pin: str) -> Index:
        """Return the index of one package."""
        if pin not in self._open:
            self._open[pin] = Index.build(self.folder / f"alone-{pin}", [self.spec(pin)])
        return self._open[pin]

    def together(self) -> Index:
        """Return the index of packages in all versions that are asked, and the standard library."""
        if "" not in self._open:
            asked = [pin for pin in self.pins() if _library(pin) in self.only or not self.only]
            others = [*self.latest().values()] if self.only else []
            specs = [self.spec(pin) for pin in dict.fromkeys([*asked, *others]) if self.names(pin)]
            self._open[""] = Index.build(self.folder / "together", [*specs, _STANDARD])
        return self._open[""]

    def spec(self, pin: str) -> CorpusSpec:
        """Return the corpus of a package."""
        return CorpusSpec(_spec_name(pin), "package", pin)

    def pins(self) -> list[str]:
        """Return the pins of all tasks, each once."""
        return sorted({_pin(task) for task in self.tasks})

    def newest(self, library: str) -> str:
        """Return the pin of the newest version of a library, as the package index had it at first."""
        file = self.folder / "newest.json"
        known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        if not known.get(library):
            known[library] = newest_version(library)
            file.write_text(json.dumps(known))
        return f"{library}=={known[library]}"

    def latest(self) -> dict[str, str]:
        """Return the newest pin of each library of the set that can be read."""
        found: dict[str, str] = {}
        for pin in sorted(self.pins(), key=_version):
            if self.names(pin):
                found[_library(pin)] = pin
        return found

    def found(self, pool: str, task: Task, look: Callable[[], list[list[str]]]) -> list[list[str]]:
        """Return what `look` finds for a task in a pool, or what it found before."""
        file = self.folder / "found" / f"{_program_stamp()}-{pool}-{task.task_id}.json".replace(" ", "-")
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps(look()))
        return [list(map(str, names)) for names in json.loads(file.read_text())]


def ask(pools: Pools, task: Task, gold: Sequence[GoldApi], chosen: Sequence[str]) -> Asked:
    """Ask one task of the chosen pools."""
    pin = _pin(task)
    found, gone = {}, set()
    for pool in chosen:
        own = pools.newest(_library(pin)) if pool == "newest" else pin
        known = pools.names(own)
        found[pool] = pools.found(pool, task, partial(_look, pools, task, pool, own)) if known else []
        if known is None or not any(name in known.units for one in gold for name in one.names):
            gone.add(pool)
    return Asked(task, gold, found, frozenset(gone))


def _look(pools: Pools, task: Task, pool: str, pin: str) -> list[list[str]]:
    """Return the names of the units that a pool has for a task, best first."""
    if pool in {"newest", "its version"}:
        return units_of(search(pools.alone(pin), task), pin)
    corpora = [_spec_name(one) for one in _members(pools, pool, pin)]
    return units_of(search(pools.together(), task, corpora), pin)


def _members(pools: Pools, pool: str, pin: str) -> list[str]:
    """Return the packages of a pool of several, with the standard library."""
    if pool == "with Python":
        return [_STANDARD.name, pin]
    others = [one for library, one in pools.latest().items() if library != _library(pin)]
    own = [one for one in pools.pins() if _library(one) == _library(pin) and pools.names(one)]
    return [_STANDARD.name, *others, *(own if pool == "all versions" else [pin])]


def search(index: Index, task: Task, corpora: Sequence[str] = ()) -> list[Hit]:
    """Ask as `rag eval` asks."""
    options = SearchOptions(filter=Filter(corpora=tuple(corpora)))
    return retrieve(index, retrieval_query(task), _DEPTH, options)


def units_of(hits: Sequence[Hit], pin: str) -> list[list[str]]:
    """Return the names of each unit once, in the order of the hits; of another version, none."""
    library, _, version = pin.partition("==")
    units: dict[tuple[str, ...], list[str]] = {}
    for hit in hits:
        chunk, origin = hit.chunk, hit.chunk.origin
        key = (origin.corpus, origin.path, chunk.symbol, chunk.anchor)
        is_other = origin.library == library and not _is_same(origin.version, version)
        is_other = is_other and not any(_is_same(one, version) for one in hit.also_in)
        units.setdefault(key, [] if is_other else [chunk.symbol, *chunk.aliases])
    return [*units.values()][: CUTOFFS[-1]]


def table(answers: Sequence[Asked]) -> Iterator[str]:
    """Yield the lines of the table of pools, and of that of libraries."""
    yield "| pool | tasks | @1 | @5 | @10 | @20 | MRR@20 | all gold @10 | hit@10, 95 % | not in the pool |"
    yield "|---|---|" + "---|" * 8
    for pool in pools_of(answers):
        ranks = [one.rank(pool) for one in answers]
        cells = [mean(0 < rank <= k for rank in ranks) for k in CUTOFFS]
        cells += [mean(1 / rank if rank else 0.0 for rank in ranks)]
        cells += [mean(mean(0 < rank <= 10 for rank in one.ranks(pool)) for one in answers)]
        yield (
            f"| {pool} | {len(answers)} | {' | '.join(f'{cell:.3f}' for cell in cells)} "
            f"| {interval(scores(answers, pool))} | {sum(pool in one.gone for one in answers)} |"
        )
    yield f"\n| library | tasks | {' | '.join(f'{pool}, @10' for pool in pools_of(answers))} |"
    yield "|---|---|" + "---|" * len(pools_of(answers))
    for library in unique([one.task.libraries[0] for one in answers]):
        some = [one for one in answers if one.task.libraries[0] == library]
        cells = [mean(answer.score for answer in scores(some, pool)) for pool in pools_of(some)]
        yield f"| {library} | {len(some)} | {' | '.join(f'{cell:.2f}' for cell in cells)} |"


def pools_of(answers: Sequence[Asked]) -> list[str]:
    """Return the pools that were asked."""
    return [*answers[0].found] if answers else []


def scores(answers: Sequence[Asked], pool: str) -> list[Answer]:
    """Return whether each task has a right unit among the first ten."""
    return [
        Answer(one.task.task_id, float(0 < one.rank(pool) <= 10), labels=(one.task.libraries[0],))
        for one in answers
    ]


def shown(one: Asked) -> Iterator[str]:
    """Yield lines about a task: the ranks, what is right, and what stands first."""
    ranks = " ".join(f"{one.rank(pool) or '-'}" for pool in one.found)
    words = " ".join(one.task.intent.split())[:200]
    yield f"\n{one.task.task_id} {one.task.requirements[0]} [{ranks}] {words}"
    for gold in one.gold:
        yield f"    {gold.rule}{', in no unit' * gold.is_missing}: {', '.join(gold.names)}"
    yield f"    found: {', '.join(unit[0] if unit else '?' for unit in next(iter(one.found.values()))[:10])}"


def _read_names(spec: CorpusSpec) -> tuple[list[str], dict[str, str]]:
    pages = PythonPackage(spec).units().pages.values()
    sections: list[Section] = [section for page in pages if not isinstance(page, str) for section in page]
    units = {alias: section.name for section in reversed(sections) for alias in section.aliases}
    return sorted(find_package(spec.location).tops), units | {
        section.name: section.name for section in sections
    }


@lru_cache(maxsize=1)
def _program_stamp() -> int:
    """Return when what reads, indexes or ranks was last changed: answers of before no longer count."""
    root = Path(__file__).parents[1]
    files = (file for name in ("corpora", "indexers", "rag") for file in (root / name).rglob("*.[pj][ys]*"))
    return max(file.stat().st_mtime_ns for file in files)


def _pin(task: Task) -> str:
    library, _, version = task.requirements[0].partition("==")
    return f"{normalized_name(library)}=={version}"


def _library(pin: str) -> str:
    return pin.partition("==")[0]


def _version(pin: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in pin.partition("==")[2].split(".")]


def _is_same(version: str, wanted: str) -> bool:
    try:
        return Version(Version(version).public) == Version(wanted)
    except InvalidVersion:  # of a file of another kind, or unknown
        return False


def _spec_name(pin: str) -> str:
    return pin.replace("==", "-")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--keep", type=Path, required=True, help="folder for names and indexes")
    parser.add_argument("--only", nargs="*", default=[], metavar="LIBRARY", help="ask only about these")
    parser.add_argument("--pools", nargs="*", default=POOLS, choices=POOLS, help="the columns (all of them)")
    parser.add_argument("--save", type=Path, help="file for the scores, to compare by bench.compare")
    parser.add_argument("-v", "--verbose", action="store_true", help="show each task whose API is not first")
    options = parser.parse_args()
    tasks = [*load_gitchameleon(bench_data() / "gitchameleon" / "dev.jsonl")]
    pools = Pools(options.keep, tasks, options.only)
    answers, unused, unread = [], [], []
    cpu = process_time()
    for task in tasks:
        if options.only and task.libraries[0] not in options.only:
            continue
        if not (names := pools.names(_pin(task))):
            unread.append(task)
        elif gold := gold_of(task, names):
            answers.append(ask(pools, task, gold, options.pools))
            ranks = [answers[-1].rank(pool) for pool in options.pools]
            print(f"{len(answers)}: {task.task_id} {_pin(task)} {ranks}", file=sys.stderr, flush=True)
        else:
            unused.append(task.task_id)
    print("\n".join(table(answers)))
    print(f"\n{process_time() - cpu:.0f} s of CPU")
    print(f"{len(unused)} tasks whose solution uses nothing of the library: {', '.join(unused)}")
    print(f"{len(unread)} tasks whose library cannot be read")
    print(*(f"{pin}: {problem}" for pin, problem in pools.problems.items()), sep="\n")
    for one in answers if options.verbose else ():
        if one.rank(options.pools[0]) != 1:
            print("\n".join(shown(one)))
    if options.save:
        save(options.save, {pool: scores(answers, pool) for pool in options.pools})


if __name__ == "__main__":
    main()
