"""Count the exports of npm packages that have a unit under the name by which users import them.

    python -m bench.npm_exports FOLDER rxjs rxjs/operators date-fns ...

FOLDER holds a node_modules with typescript and the packages (npm install). The truth is what the compiler of
TypeScript, run by node, says a module exports. An export is found if a unit has its name or alias, such as
`rxjs/operators.map`; `default` is not counted. A package without declarations is read from its @types.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.arguments import argument_parser
from corpora.document import Document, Listed
from corpora.npm.package import NpmPackage
from corpora.spec import CorpusSpec

_SCRIPT = Path(__file__).parent / "data" / "npm_exports.js"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The exports of a module, and those without a unit."""

    specifier: str
    exports: int
    missing: tuple[str, ...]


def true_exports(folder: Path, specifiers: list[str]) -> dict[str, list[str] | None]:
    """Return what modules export; None for one that the compiler does not find."""
    done = subprocess.run(
        ["node", str(_SCRIPT), str(folder), *specifiers], capture_output=True, text=True, check=True
    )
    found: dict[str, list[str] | None] = json.loads(done.stdout)
    return found


def package_of(specifier: str) -> str:
    """Return the package of a module: `rxjs` of `rxjs/operators`, `@a/b` of `@a/b/c`."""
    return "/".join(specifier.split("/")[: 2 if specifier.startswith("@") else 1])


def unit_names(folder: Path, package: str) -> set[str]:
    """Return the names and aliases of all units of an installed package."""
    names: set[str] = set()
    corpus = NpmPackage(CorpusSpec(package, "npm", str(folder / "node_modules" / package)))
    for entry in corpus.scan():
        document = corpus.read(entry) if isinstance(entry, Listed) else entry
        if isinstance(document, Document):
            for section in document.sections:
                names.update((section.name, *section.aliases))
    return names


def coverage(folder: Path, specifiers: list[str]) -> list[Coverage]:
    """Return the coverage of modules."""
    units: dict[str, set[str]] = {}
    found = []
    for specifier, exports in true_exports(folder, specifiers).items():
        package = package_of(specifier)
        if package not in units:
            units[package] = unit_names(folder, package)
        wanted = [name for name in exports or () if name != "default"]
        missing = tuple(name for name in wanted if f"{specifier}.{name}" not in units[package])
        found.append(Coverage(specifier, len(wanted), missing))
    return found


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path, help="folder with a node_modules")
    parser.add_argument("specifiers", nargs="+", help="modules as they are imported")
    options = parser.parse_args()
    for one in coverage(options.folder.resolve(), options.specifiers):
        share = 1 - len(one.missing) / one.exports if one.exports else 0
        print(f"{one.specifier}: {one.exports - len(one.missing)} of {one.exports} ({share:.1%})", end="")
        print(f"; without: {', '.join(one.missing[:12])}" if one.missing else "")


if __name__ == "__main__":
    main()
