"""Measure `rag check` on programs that work and on programs that were broken on purpose.

    RAG_BENCH_DATA=../shared/data python -m bench.api_check FOLDER [--download] [--beside WHEEL] [--show]

Programs are the reference solutions of GitChameleon, each against its own pinned wheel of the library, which
is unpacked, neither installed nor run. `--download` fetches the wheels by pip into FOLDER/wheels; libraries
without a wheel, and torch, are left out. Any finding in a reference is false, but for those that say that
something is deprecated. Mutants are made of the same solutions by this rule, with a fixed seed:

- library keyword: one call of the library by its imported name is given a keyword that nothing has;
- object keyword: the same for a call of a method of an object whose type has to be inferred;
- library attribute: the last name of a dotted name that begins with an import of the library is renamed;
- object attribute: an attribute that is read from an object whose type has to be inferred is renamed.

At most `SITES` places of each kind are drawn of a solution, and each mutant has one. A mutant counts as found
if there is a finding that names what was put in. FOLDER also gets the programs.
"""

import ast
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.arguments import argument_parser
from bench.data import bench_data
from corpora.python.source import find_package
from rag.checking.check import check_programs
from rag.checking.environment import CheckedEnvironment
from rag.checking.finding import CheckReport, Finding
from rag.checking.inference.ty import Ty, ty_binary
from rag.checking.libraries import Libraries
from rag.checking.library import CheckedLibrary
from rag.checking.programs.program import CheckedProgram, parsed_program
from rag.checking.programs.sources import read_programs

SEED = 16
SITES = 2
KINDS = ("library keyword", "object keyword", "library attribute", "object attribute")
_KEYWORDS = ("verbose_output", "as_copy_of", "strict_mode", "use_cached", "out_layout", "max_entries")
_ENDINGS = ("_all", "_values", "_with", "_entry", "_now")
_PYTHONS = ("3.10", "3.9", "3.8", "3.7")


@dataclass(frozen=True)
class Reference:
    """A working program, with the wheel that it works with."""

    key: str
    library: str
    version: str
    text: str
    wheel: Path


@dataclass(frozen=True)
class Mutant:
    """A program with one mistake; `put_in` is the name that nothing has."""

    reference: Reference
    kind: str
    text: str
    put_in: str


def download(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Fetch the wheels of all versions that have one."""
    for library, version, python in sorted(
        {(row["library"], row["version"], row["python_version"]) for row in rows}
    ):
        place = folder / f"{library}-{version}"
        place.mkdir(parents=True, exist_ok=True)
        if library == "torch" or list(place.glob("*.whl")):
            continue  # torch: 0.8 GB for each version
        for target in dict.fromkeys((python, *_PYTHONS)):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
            command += ["--python-version", target, "-d", str(place), f"{library}=={version}"]
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                break


def references(folder: Path, rows: list[dict[str, Any]]) -> Iterator[Reference]:
    """Yield the solutions whose library has a wheel, and that parse."""
    for row in rows:
        wheels = sorted((folder / f"{row['library']}-{row['version']}").glob("*.whl"))
        text = _joined(row["starting_code"], row["solution"])
        if wheels and text:
            yield Reference(row["example_id"], row["library"], row["version"], text, wheels[0])


def _joined(start: str, solution: str) -> str:
    """Return a program; some solutions go on in the last line of the start, others begin one; else empty."""
    for text in (start + solution, f"{start.rstrip(' ')}{solution}", f"{start.rstrip()}\n{solution}"):
        if isinstance(parsed_program("", "", text.rstrip() + "\n"), CheckedProgram):
            return text.rstrip() + "\n"
    return ""


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _sites(program: CheckedProgram, tops: set[str]) -> dict[str, list[ast.expr]]:
    """Return the places of each kind of mistake, in their order."""
    found: dict[str, list[ast.expr]] = defaultdict(list)
    inner = {node.value for node in program.nodes if isinstance(node, ast.Attribute)}
    for node in program.nodes:
        if not isinstance(node, ast.expr):
            continue
        called = node.func if isinstance(node, ast.Call) else node
        if not isinstance(called, ast.Attribute | ast.Name) or (called is node and node in inner):
            continue
        root = _root(called)
        top = program.imported.get(root.id, "").partition(".")[0] if isinstance(root, ast.Name) else ""
        what = "keyword" if isinstance(node, ast.Call) else "attribute"
        if top in tops and (
            what == "keyword" or (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load))
        ):
            found[f"library {what}"].append(node)
        elif not top and isinstance(called, ast.Attribute) and isinstance(called.ctx, ast.Load):
            is_own = what == "attribute" and isinstance(root, ast.Name) and root.id in {"self", "cls"}
            if not isinstance(root, ast.Constant | ast.JoinedStr) and not is_own:
                found[f"object {what}"].append(node)
    return found


def mutants(reference: Reference, tops: set[str]) -> Iterator[Mutant]:
    """Yield the broken programs of a reference."""
    program = parsed_program("", "", reference.text)
    assert isinstance(program, CheckedProgram)
    sites = _sites(program, tops)
    for kind in KINDS:
        chance = random.Random(f"{SEED}:{reference.key}:{reference.version}:{kind}")
        places = sites.get(kind, [])
        for place in chance.sample(places, min(SITES, len(places))):
            end = place.end_col_offset or 0
            lines = [line.encode() for line in program.lines]
            line = lines[(place.end_lineno or 1) - 1]
            if isinstance(place, ast.Call):
                name = chance.choice(_KEYWORDS)
                has_more = bool(place.args or place.keywords) and not line[: end - 1].rstrip().endswith(
                    (b",", b"(")
                )
                lone = (
                    len(place.args) == 1
                    and not place.keywords
                    and isinstance(place.args[0], ast.GeneratorExp)
                )
                if lone:
                    continue
                new = line[: end - 1] + f"{', ' if has_more else ''}{name}=1".encode() + line[end - 1 :]
            else:
                assert isinstance(place, ast.Attribute)
                name = place.attr + chance.choice(_ENDINGS)
                new = line[: end - len(place.attr.encode())] + name.encode() + line[end:]
            lines[(place.end_lineno or 1) - 1] = new
            text = b"\n".join(lines).decode()
            if isinstance(parsed_program("", "", text), CheckedProgram):
                yield Mutant(reference, kind, text, name)


def bare_environment(wheel: Path, beside: Sequence[Path] = ()) -> CheckedEnvironment:
    """Return an environment with nothing but one wheel, and those beside it of other libraries."""
    found: dict[str, CheckedLibrary] = {}
    for one in (wheel, *beside):
        source = find_package(str(one))
        library = CheckedLibrary(source.library, source.version, str(one), source.tops)
        found.setdefault(source.library, library)
    return CheckedEnvironment(Libraries([*found.values()]), (), "", wheel.name)


_TY_RULES = {
    "missing-attribute", "unresolved-import", "import-not-found", "unknown-argument",
    "too-many-positional-arguments",
}  # fmt: skip


def ty_alone(files: list[str], wheel: Path) -> CheckReport:
    """Return what ty itself reports of missing attributes, modules and parameters, for a comparison."""
    source = find_package(str(wheel))
    command = [ty_binary(), "check", "--output-format", "gitlab", "--no-progress", "--exit-zero"]
    command += ["--project", str(Path(files[0]).parent), "--python-version", "3.10"]
    command += ["--extra-search-path", str(source.root), *files]
    done = subprocess.run(command, capture_output=True, check=True)
    found = []
    for entry in json.loads(done.stdout):
        rule, text, place = entry["check_name"], entry["description"].replace("`", "'"), entry["location"]
        if rule in _TY_RULES and ("import" not in rule or any(top in text for top in source.tops)):
            path, line = str(Path(place["path"]).absolute()), place["positions"]["begin"]["line"]
            found.append(Finding(path, line, 1, 1, rule, "error", text))
    return CheckReport(tuple(found), len(files), 0)


@dataclass
class Counts:
    """What came of all programs."""

    made: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    false: list[tuple[Reference, Finding]] = field(default_factory=list)
    missed: list[Mutant] = field(default_factory=list)
    files: int = 0

    def add(self, names: Mapping[str, Reference | Mutant], report: CheckReport) -> None:
        """Count what was found in the programs of one wheel, by their paths."""
        self.files += len(names)
        by_file: dict[str, list[Finding]] = defaultdict(list)
        for finding in report.findings:
            by_file[finding.path].append(finding)
        for name, program in names.items():
            if isinstance(program, Reference):
                self.false += [(program, one) for one in by_file[name] if one.rule != "deprecated"]
                continue
            self.made[program.kind] += 1
            if any(_names(one, program.put_in) for one in by_file[name]):
                self.found[program.kind] += 1
            else:
                self.missed.append(program)

    def show(self) -> None:
        """Print the table."""
        print(f"{len({one.key for one, _ in self.false})} references flagged")
        for one, finding in self.false:
            said = f"{finding.rule}: {finding.message}"
            print(f"  {one.library} {one.version} problem {one.key} line {finding.line}: {said}")
        for kind in KINDS:
            made, found = self.made[kind], self.found[kind]
            print(f"{kind:18} {found:4} of {made:4}  {found / max(made, 1):.3f}")


def _names(finding: Finding, name: str) -> bool:
    return finding.name.rpartition(".")[2] == name or f"'{name}'" in finding.message


def written(folder: Path, wheel: Path, group: list[Reference]) -> dict[str, Reference | Mutant]:
    """Write the references of a wheel and their mutants; return them by the paths of their files."""
    tops = set(find_package(str(wheel)).tops)
    broken = [mutant for one in group for mutant in mutants(one, tops)]
    place = folder / "programs" / wheel.parent.name
    place.mkdir(parents=True, exist_ok=True)
    names: dict[str, Reference | Mutant] = {}
    programs: list[Reference | Mutant] = [*group, *broken]
    for number, program in enumerate(programs):
        key = program.key if isinstance(program, Reference) else f"{program.reference.key}_mutant"
        file = place / f"p{key}_{number}.py"
        file.write_text(program.text, encoding="utf-8")
        names[str(file)] = program
    return names


def show_other_versions(by_wheel: Mapping[Path, list[Reference]], folder: Path, inference: Ty | None) -> None:
    """Check each reference against the other versions of its library, and print what is found."""
    pairs, flagged = 0, 0
    for wheel, group in sorted(by_wheel.items()):
        own = bare_environment(wheel).libraries.found[0]
        names = {
            path: one for path, one in written(folder, wheel, group).items() if isinstance(one, Reference)
        }
        for other in sorted(by_wheel):
            if other == wheel or by_wheel[other][0].library != group[0].library:
                continue
            environment = bare_environment(other)
            environment.libraries.before = {own.name: own}
            report = check_programs(read_programs([*names]), environment, inference)
            pairs += len(names)
            found = {one.path: one for one in reversed(report.findings) if one.rule != "deprecated"}
            flagged += len(found)
            for path, one in sorted(found.items()):
                where = f"{group[0].library} {group[0].version} -> {by_wheel[other][0].version}"
                print(f"  {where} problem {names[path].key}: {one.message}; {one.history}")
    print(f"{flagged} of {pairs} pairs of a reference and another version flagged")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--download", action="store_true")
    parser.add_argument("--without-types", action="store_true")
    parser.add_argument("--ty-alone", action="store_true", help="what ty reports itself, for a comparison")
    parser.add_argument("--show", action="store_true", help="print each missed mutant")
    parser.add_argument(
        "--beside", type=Path, action="append", default=[], help="wheel of what the programs import, too"
    )
    parser.add_argument("--other-versions", action="store_true", help="references against other versions")
    parser.add_argument("--library", default="", help="only this library")
    options = parser.parse_args()
    text = (bench_data() / "gitchameleon" / "dev.jsonl").read_text(encoding="utf-8")
    rows = [row for row in map(json.loads, text.splitlines()) if options.library in {"", row["library"]}]
    if options.download:
        download(options.folder / "wheels", rows)
    by_wheel: dict[Path, list[Reference]] = defaultdict(list)
    for one in references(options.folder / "wheels", rows):
        by_wheel[one.wheel].append(one)
    inference = None if options.without_types else Ty()
    if options.other_versions:
        show_other_versions(by_wheel, options.folder, inference)
        return
    counts = Counts()
    wall, cpu = time.perf_counter(), time.process_time()
    for wheel, group in sorted(by_wheel.items()):
        names = written(options.folder, wheel, group)
        if options.ty_alone:
            report = ty_alone([*names], wheel)
        else:
            report = check_programs(
                read_programs([*names]), bare_environment(wheel, options.beside), inference
            )
        counts.add(names, report)
    seconds = time.perf_counter() - wall
    print(f"{sum(map(len, by_wheel.values()))} references of {len(by_wheel)} wheels")
    counts.show()
    print(f"{counts.files} files: {seconds:.1f} s, of which this process {time.process_time() - cpu:.1f} s")
    for mutant in counts.missed if options.show else ():
        line = next(line for line in mutant.text.splitlines() if mutant.put_in in line)
        where = f"{mutant.reference.library} {mutant.reference.version}"
        print(f"missed: {mutant.kind}: {where}: {line.strip()[:120]}")


if __name__ == "__main__":
    main()
