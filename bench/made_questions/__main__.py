"""Write trees, questions and pairs of the repositories and packages in bench/data/made/sources.json.

    python -m bench.made_questions --repositories FOLDER --wheels FOLDER OUTPUT [--only NAME...]

The folder of repositories holds one for each `name`, a clone or a bare repository that has the pinned
revision; that of wheels the wheel of each package at the pinned version. What is absent is left out. Of the
sources under `pairs_only`, no questions are made.
"""

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Final

from bench.arguments import argument_parser
from bench.made_questions.output import Made, write_made
from bench.made_questions.package import make_package, make_package_pairs
from bench.made_questions.repository import make_repository, make_repository_pairs

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
    made: list[Callable[[], Made]] = []
    for group, source in [(group, source) for group, rows in sources.items() for source in rows]:
        is_repository = "repository" in source
        folder = options.repositories if is_repository else options.wheels
        place = folder / (source["name"] if is_repository else source["file"]) if folder else None
        if place is None or not place.exists() or (options.only and source["name"] not in options.only):
            continue
        if group == "pairs_only":
            made.append(
                partial(make_repository_pairs if is_repository else make_package_pairs, source, place)
            )
        else:
            made.append(
                partial(make_repository if is_repository else make_package, source, place, trees, _SEED)
            )
    for make in made:
        _finish(make(), options.output)


def _finish(made: Made, output: Path) -> None:
    write_made(made, output)
    kinds = Counter(row["kind"] for row in made.questions)
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    print(f"{made.name}: {len(made.questions)} questions, {len(made.pairs)} pairs", end="; ")
    print(f"{counts}; {process_time():.0f} s", flush=True)


if __name__ == "__main__":
    main()
