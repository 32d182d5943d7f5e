"""Compare versions of npm packages: the share of breaking changes that is found, and the truth of removals.

    python -m bench.api_diff_npm [PROJECT...] [--truth FOLDER]

The gold is `data/api_diff_npm`, from the release notes. FOLDER holds a node_modules with typescript (npm
install typescript), and the packages in `PROJECT-old/node_modules` and `PROJECT-new/node_modules`, as npm
installs them. For the truth, the compiler of TypeScript looks a name up in both: a removal is true if the old
version has it and the new one does not. As many are drawn of each project, of those that are reported as
certain. Nothing of the packages is run.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time

from bench.api_diff import Gold, Upgrade, drawn, recall
from bench.arguments import argument_parser
from corpora.api.changes import ApiChange
from corpora.api.diff import diff
from corpora.api.model import ApiModel
from corpora.npm.api.read import read_npm_api

_GOLD = Path(__file__).parent / "data" / "api_diff_npm"
_SCRIPT = Path(__file__).parent / "data" / "npm_names.js"


def npm_upgrades(names: Sequence[str]) -> list[Upgrade]:
    """Return the upgrades of the gold, compared."""
    found = []
    for file in sorted(_GOLD.glob("*.jsonl")):
        if names and file.stem not in names:
            continue
        head, *lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        start = process_time()
        models = [read_npm_api(f"{head['library']}=={head[which]}") for which in ("old", "new")]
        middle = process_time()
        compared = diff(*models)
        gold = tuple(Gold(**{"source": head["source"], **line}) for line in lines)
        seconds = middle - start, process_time() - middle
        found.append(Upgrade(file.stem, models[0], models[1], compared, gold, *seconds))
    return found


def npm_recall(one: Upgrade) -> tuple[list[Gold], list[Gold], list[Gold]]:
    """Return the gold entries that are found, those that may be, and those that are not.

    A parameter has no name for callers: an entry on one is found by what is told of the same function.
    """
    plain = tuple(entry for entry in one.gold if not entry.parameter)
    found, in_words, maybe, lost = recall(replace(one, gold=plain))
    maybe = [*in_words, *maybe]
    for entry in one.gold:
        if entry.parameter:
            told = [
                change
                for change in one.found.changes
                if change.is_breaking and change.parameter and entry.name in change.all_names
            ]
            certain = any(change.is_certain for change in told)
            (found if certain else maybe if told else lost).append(entry)
    return found, maybe, lost


def question(model: ApiModel, name: str) -> dict[str, str]:
    """Return what to ask the compiler for a name: a module, a name in it, and the rest."""
    top = model.top_of(name)
    first, _, rest = name[len(top) + 1 :].partition(".")
    return {"module": top, "name": first, "rest": rest}


def compiled(folder: Path, library: str, asked: Sequence[dict[str, str]]) -> list[tuple[bool, bool]]:
    """Return for each name whether the old version has it, and whether the new one has, by the compiler."""
    answers = []
    for which in ("old", "new"):
        done = subprocess.run(
            ["node", str(_SCRIPT), str(folder), str(folder / f"{library}-{which}")],
            input=json.dumps(list(asked)), capture_output=True, text=True, check=True,
        )  # fmt: skip
        answers.append(json.loads(done.stdout))
    return list(zip(*answers, strict=True))


def main() -> None:
    """Print recall, and the truth of removals."""
    parser = argument_parser(__doc__)
    parser.add_argument("projects", nargs="*", help="default: all")
    parser.add_argument("--truth", type=Path, metavar="FOLDER")
    parser.add_argument("--draw", type=int, default=100)
    options = parser.parse_args()
    compared = npm_upgrades(options.projects)
    print("project | changes | breaking | gold | found | maybe | reading s | comparing s")
    for one in compared:
        found, maybe, lost = npm_recall(one)
        print(
            f"{one.library} {one.found.old} -> {one.found.new} | {len(one.found.changes)} | "
            f"{len(one.found.breaking)} | {len(one.gold)} | {len(found)} | {len(maybe)} | "
            f"{one.reading:.1f} | {one.comparing:.2f}"
        )
        for mark, part in (("maybe", maybe), ("no", lost)):
            for entry in part:
                print(f"  {mark:5} {entry.kind}: {entry.name} {entry.parameter}")
    if options.truth:
        _print_truth(compared, options.truth, options.draw)


def _print_truth(compared: Sequence[Upgrade], folder: Path, most: int) -> None:
    each = most // max(len(compared), 1)
    sample = [pair for one in compared for pair in drawn([one], each)]
    models = {one.library: one.before for one in compared}
    true = 0
    for library in dict.fromkeys(library for library, _ in sample):
        changes: list[ApiChange] = [change for its, change in sample if its == library]
        answers = compiled(folder, library, [question(models[library], one.name) for one in changes])
        right = sum(old and not new for old, new in answers)
        print(f"{library}: {right} of {len(changes)} removals are true")
        true += right
        for change, (old, new) in zip(changes, answers, strict=True):
            if not old or new:
                print(f"  not true: {change.kind} {change.name} (old {old}, new {new})")
    print(f"all: {true} of {len(sample)} removals are true")
    for one in compared:
        entries = [entry for entry in one.gold if not entry.parameter]
        answers = compiled(folder, one.library, [question(one.before, entry.name) for entry in entries])
        for entry, (old, new) in zip(entries, answers, strict=True):
            if not old or new:
                print(f"  the notes of {one.library} say {entry.kind} {entry.name} (old {old}, new {new})")


if __name__ == "__main__":
    main()
