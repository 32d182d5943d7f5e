"""Measure the comparison of APIs against the projects' own release notes, and its removals by importing them.

    python -m bench.api_diff                          # recall on bench/data/api_diff, time and memory
    python -m bench.api_diff --truth ENVIRONMENTS     # and 100 removals drawn at random, asked in the sandbox

ENVIRONMENTS is a folder of virtual environments made by pip, two for each project: `numpy-old`, `numpy-new`
and so on. A gold entry is found if a change that is known to break code tells of its name (or of what holds
it), and for a parameter, of the parameter. It is told in words if a deprecation or a note of that name says
what the entry says. A removal is true if the name can be imported and asked for in the
old version and not in the new one. Attributes that only instances have cannot be asked for so, and are not
drawn.
"""

import json
import random
import re
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from bench.arguments import argument_parser
from corpora.api.changes import ApiChange, ApiDiff
from corpora.api.diff import diff
from corpora.api.model import ApiModel
from corpora.python.api.read import read_python_api
from corpora.release_notes.files import release_notes_in
from corpora.release_notes.noted import with_release_notes
from rag.execution import Limits, Program, open_sandbox

_GOLD = Path(__file__).parent / "data" / "api_diff"
_DRAWN = 100
_SEED = 16
_GONE = frozenset({"removed", "moved", "renamed"})
_LIMITS = Limits(timeout_seconds=120, memory_mb=4096, disk_mb=256, processes=128)
_ASK = """
import importlib, json, warnings
warnings.simplefilter("ignore")
def has(name):
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except BaseException:
            continue
        for part in parts[end:]:
            try:
                found = getattr(found, part)
            except BaseException:
                return part in getattr(found, "__annotations__", ())
        return True
    return False
print(json.dumps([has(name) for name in NAMES]))
"""


@dataclass(frozen=True, slots=True)
class Gold:
    """A breaking change that release notes tell of."""

    name: str
    kind: str
    source: str
    parameter: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Two versions of a library, compared."""

    library: str
    before: ApiModel
    after: ApiModel
    found: ApiDiff
    gold: tuple[Gold, ...]
    reading: float
    comparing: float


def upgrades(names: Sequence[str], notes: Path | None = None) -> Iterator[Upgrade]:
    """Yield the upgrades of the gold, compared; with the release notes of sdists in a folder, if given."""
    for file in sorted(_GOLD.glob("*.jsonl")):
        if names and file.stem not in names:
            continue
        head, *lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        start = process_time()
        models = [read_python_api(f"{head['library']}=={head[which]}") for which in ("old", "new")]
        middle = process_time()
        found = diff(*models)
        if notes is not None:
            sdist = notes / f"{head['library']}-{head['new']}.tar.gz"
            found = with_release_notes(found, models[0], models[1], release_notes_in(sdist))
        gold = tuple(Gold(**line) for line in lines)
        seconds = middle - start, process_time() - middle
        yield Upgrade(file.stem, models[0], models[1], found, gold, *seconds)


def tells(change: ApiChange, one: Gold, paths: set[str]) -> bool:
    """Return whether a change is the one of a gold entry."""
    names = {*change.all_names, change.path}
    is_here = bool(names & paths)
    is_above = any(path.startswith(f"{name}.") for name in names for path in paths)
    if one.parameter:
        wanted = {
            "default changed": {"default changed"},
            "parameter made required": {"parameter made required"},
        }
        kinds = wanted.get(one.kind) or {kind for kind in _PARAMETERS if kind != "default changed"}
        is_it = change.parameter == one.parameter or change.old.startswith("**")
        return is_here and change.kind in kinds and is_it
    if one.kind == "bases changed":
        return is_here and change.kind == one.kind
    return change.kind in _GONE and (is_here or is_above)


def says(change: ApiChange, one: Gold, paths: set[str]) -> bool:
    """Return whether the words of the library itself, which a change repeats, are those of a gold entry.

    A name that still works with a warning is no removal; its deprecation says where it went, or that it goes.
    """
    if change.kind not in _IN_WORDS or not {*change.all_names, change.path} & paths:
        return False
    said = f"{change.evidence} {change.replacement}"
    words = {*re.findall(r"\w+", said.lower())}
    if one.parameter:
        return one.parameter.lower() in words and bool(words & _OF_PARAMETERS.get(one.kind, _GONE_WORDS))
    if one.kind == "moved":
        top, *_, last = one.new.lower().split(".")
        goes_to = top if top != one.name.partition(".")[0] else last
        return bool(words & {"moved", "use", "renamed"}) and goes_to in words
    return bool(words & _GONE_WORDS)


_IN_WORDS = frozenset({"deprecated", "behaviour note"})
_GONE_WORDS = frozenset({"removed", "moved", "dropped", "removal", "removes"})
_OF_PARAMETERS = {
    "default changed": frozenset({"default", "defaults"}),
    "parameter made required": frozenset({"required", "requires", "mandatory", "must"}),
    "parameter kind changed": frozenset({"keyword", "positional", "positionally"}),
    "parameter renamed": frozenset({"renamed"}),
}
_PARAMETERS = frozenset(
    {
        "parameter removed",
        "parameter renamed",
        "parameter kind changed",
        "parameter made required",
        "parameter moved",
    }
)


def recall(one: Upgrade) -> tuple[list[Gold], list[Gold], list[Gold], list[Gold]]:
    """Return the gold entries that are found, those told in words, those that may be, and those missed."""
    parts: tuple[list[Gold], ...] = ([], [], [], [])
    breaking = [change for change in one.found.changes if change.is_breaking]
    for entry in one.gold:
        place = one.before.find(entry.name)
        paths = {entry.name, place.path} if place else {entry.name}
        telling = [change for change in breaking if tells(change, entry, paths)]
        certain = any(change.is_certain for change in telling)
        in_words = any(says(change, entry, paths) for change in one.found.changes)
        parts[0 if certain else 1 if in_words else 2 if telling else 3].append(entry)
    return parts[0], parts[1], parts[2], parts[3]


def drawn(compared: Sequence[Upgrade], most: int, seed: int = _SEED) -> list[tuple[str, ApiChange]]:
    """Return removals of all projects, drawn at random."""
    removals = [
        (one.library, change)
        for one in compared
        for change in one.found.breaking
        if change.kind in _GONE and not _is_of_instances(one.before, change.path)
    ]
    return random.Random(seed).sample(removals, min(most, len(removals)))


def _is_of_instances(model: ApiModel, path: str) -> bool:
    found = model.objects.get(path)
    return found is not None and "instance attribute" in found.labels


def asked(environments: Path, library: str, names: Sequence[str]) -> list[tuple[bool, bool]]:
    """Return for each name whether the old version has it, and whether the new one has, by the sandbox."""
    answers = []
    for which in ("old", "new"):
        python = environments / f"{library}-{which}" / "bin" / "python"
        with open_sandbox(limits=_LIMITS, python=str(python)) as sandbox:
            verdict = sandbox.run(Program(f"NAMES = {list(names)!r}\n{_ASK}"))
        if not verdict.passed:
            sys.exit(f"{library}-{which}: {verdict.status}: {verdict.detail}\n{verdict.stderr[-2000:]}")
        answers.append(json.loads(verdict.stdout.splitlines()[-1]))
    return list(zip(*answers, strict=True))


def main() -> None:
    """Print recall, and the truth of removals."""
    parser = argument_parser(__doc__)
    parser.add_argument("projects", nargs="*", help="default: all")
    parser.add_argument("--truth", type=Path, metavar="ENVIRONMENTS")
    parser.add_argument("--draw", type=int, default=_DRAWN)
    parser.add_argument("--seed", type=int, default=_SEED, help="of the draw")
    parser.add_argument("--notes", type=Path, metavar="SDISTS", help="folder of sdists, for release notes")
    parser.add_argument(
        "--misses",
        action="store_true",
        help="print the gold entries that are not found, and those only told in words",
    )
    options = parser.parse_args()
    compared = list(upgrades(options.projects, options.notes))
    print("project | changes | breaking | gold | found | in words | maybe | reading s | comparing s")
    missed = []
    for one in compared:
        found, told, maybe, lost = recall(one)
        marked = (("words", told), ("maybe", maybe), ("no", lost))
        missed += [(one.library, mark, entry) for mark, part in marked for entry in part]
        print(
            f"{one.library} {one.found.old} -> {one.found.new} | {len(one.found.changes)} | "
            f"{len(one.found.breaking)} | {len(one.gold)} | {len(found)} | {len(told)} | {len(maybe)} | "
            f"{one.reading:.1f} | {one.comparing:.2f}"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for library, mark, entry in missed if options.misses else ():
        print(f"  {mark:5} {library:10} {entry.kind}: {entry.name} {entry.parameter}")
    if options.truth:
        _print_truth(compared, options.truth, options.draw, options.seed)


def _print_truth(compared: Sequence[Upgrade], environments: Path, most: int, seed: int) -> None:
    sample = drawn(compared, most, seed)
    true = total = 0
    for library in dict.fromkeys(library for library, _ in sample):
        changes = [change for its, change in sample if its == library]
        answers = asked(environments, library, [change.name for change in changes])
        right = sum(old and not new for old, new in answers)
        print(f"{library}: {right} of {len(changes)} removals are true")
        true, total = true + right, total + len(changes)
        for change, (old, new) in zip(changes, answers, strict=True):
            if not old or new:
                print(f"  not true: {change.kind} {change.name} (old {old}, new {new})")
    print(f"all: {true} of {total} removals are true")
    for one in compared:
        entries = [entry for entry in one.gold if not entry.parameter and entry.kind != "bases changed"]
        answers = asked(environments, one.library, [entry.name for entry in entries])
        for entry, (old, new) in zip(entries, answers, strict=True):
            if not old or new:
                print(f"  the notes of {one.library} say {entry.kind} {entry.name} (old {old}, new {new})")


if __name__ == "__main__":
    main()
