"""Write trees, questions and pairs of the repositories and packages in bench/data/made/sources.json.

    python -m bench.made_questions --repositories FOLDER --wheels FOLDER OUTPUT [--only NAME...]

The folder of repositories holds one for each `name`, a clone or a bare repository that has the pinned
revision; that of wheels the wheel of each package at the pinned version. What is absent is left out. Of the
packages under `pairs_only`, no questions are made.
"""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any, Final

from bench.arguments import argument_parser
from bench.made_questions.output import Made, write_made
from bench.made_questions.package import make_package, make_pairs
from bench.made_questions.repository import make_repository

SOURCES: Final = Path(__file__).parents[1] / "data" / "made" / "sources.json"
_SEED: Final = 2026


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("output", type=Path, help="folder to write to")
    parser.add_argument("--repositories", type=Path, help="folder of repositories")
    parser.add_argument("--wheels", type=Path, help="folder of wheels")
    parser.add_argument("--only", nargs="*", help="names of repositories and packages; default: all")
    options = parser.parse_args()
    sources = json.loads(SOURCES.read_text())
    trees = options.output / "trees"
    made = []
    for source in sources["repositories"] if options.repositories else []:
        repository = options.repositories / source["name"]
        if _is_wanted(source, options.only) and repository.exists():
            made.append(partial(make_repository, source, repository, trees, _SEED))
    packages = sources["packages"] + sources["pairs_only"]
    for source in packages if options.wheels else []:
        wheel = options.wheels / source["file"]
        if not (_is_wanted(source, options.only) and wheel.exists()):
            continue
        if source in sources["packages"]:
            made.append(partial(make_package, source, wheel, trees, _SEED))
        else:
            made.append(partial(make_pairs, source, wheel))
    for make in made:
        _finish(make(), options.output)


def _is_wanted(source: dict[str, Any], only: list[str] | None) -> bool:
    return not only or source["name"] in only


def _finish(made: Made, output: Path) -> None:
    write_made(made, output)
    kinds = Counter(row["kind"] for row in made.questions)
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    print(f"{made.name}: {len(made.questions)} questions, {len(made.pairs)} pairs", end="; ")
    print(f"{counts}; {process_time():.0f} s", flush=True)


if __name__ == "__main__":
    main()
