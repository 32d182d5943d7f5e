"""Compare the API models of packages with what importing the packages shows.

    python -m bench.api_names --python VENV/bin/python [--only NAME] [-v]

Each package is imported in bubblewrap, without network and with a read-only system, by an interpreter that
has it. Names are public ones: what `dir()` lists without an underscore in front, of all public modules and of
the classes that they offer and the package defines. The table has, for modules and classes that the model
calls closed and for open ones: the names that an import shows, the share of them that the model has, the
names of the model, and the share of them that an import shows (attributes of instances are not asked for, as
a class does not show them); then the signatures that both know, and the share of them that agree in the
names, kinds and defaults of all parameters. `-v` lists what differs.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

from bench.arguments import argument_parser
from bench.python_coverage import isolated
from corpora.api.model import ApiModel, ApiObject
from corpora.api.signature import PARAMETER_KINDS, Signature
from corpora.python.api.read import read_python_api

PACKAGES = ("numpy", "pandas", "flask", "pydantic", "sqlalchemy", "requests", "attrs", "networkx", "click")
_ASKED = "import sys; print(sys.base_prefix)"
_FIRST = frozenset({"self", "cls"})
_PASSED_ON = _FIRST | {"args", "kwargs", "kwds", "kw"}
_LEFT_OUT = frozenset({"tests", "testing", "conftest", "__main__"})


@dataclass
class Counts:
    """How the names of some modules and classes agree."""

    shown: int = 0
    known: int = 0
    listed: int = 0
    there: int = 0

    def row(self) -> list[str]:
        """Return the cells of a table."""
        return [
            f"{self.shown:,}",
            share(self.known, self.shown),
            f"{self.listed:,}",
            share(self.there, self.listed),
        ]


@dataclass
class Compared:
    """What was compared of one package."""

    counts: dict[str, Counts] = field(default_factory=dict)
    signatures: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def share(part: int, whole: int) -> str:
    """Return a share in per cent."""
    return f"{100 * part / whole:.1f}" if whole else "-"


def public_modules(model: ApiModel) -> list[str]:
    """Return the modules that can be imported by a public name."""
    found = [path for path, one in model.objects.items() if one.kind == "module"]
    return sorted(
        path
        for path in found
        if not any(part.startswith("_") or part in _LEFT_OUT for part in path.split("."))
    )


def shown_by(python: Path, model: ApiModel) -> list[dict[str, Any]]:
    """Return what importing a package shows."""
    base = subprocess.run([python, "-I", "-c", _ASKED], capture_output=True, text=True, check=True).stdout
    script = Path(__file__).with_name("api_shown.py")
    asked = [json.dumps(public_modules(model)), json.dumps(list(model.tops))]
    done = isolated(base.strip(), str(python.absolute()), "-I", "-B", str(script), *asked)
    if done.returncode:
        raise SystemExit(f"{model.library} cannot be imported: {done.stderr.decode()[-2000:]}")
    lines = done.stdout.decode().splitlines()
    return [json.loads(line) for line in lines if line.startswith('{"')]


def compare(model: ApiModel, shown: list[dict[str, Any]]) -> Compared:
    """Return how a model agrees with what importing its package shows."""
    compared = Compared()
    for row in shown:
        name = row.get("module") or row.get("class")
        if not name:
            continue
        found = model.objects.get(name) if "module" in row else getattr(model.find(name), "object", None)
        if found is None or found.kind != ("module" if "module" in row else "class"):
            continue
        compare_names(compared, model, name, found, row)
        for own, parameters in row["calls"].items():
            compare_call(compared, model, f"{name}.{own}", parameters)
    return compared


def compare_names(
    compared: Compared, model: ApiModel, name: str, found: ApiObject, row: dict[str, Any]
) -> None:
    """Count the names of one module or class."""
    at_run_time = {*row["names"]}
    members = model.members_of(found.path)
    maybe = {
        own for base in model.order(found.path) if base in model.objects for own in model.objects[base].maybe
    }
    listed = {
        own
        for own, path in members.items()
        if not own.startswith("_") and own not in maybe and is_static(model, path)
    }
    kind = f"{found.kind}, {'open' if model.is_open(found.path) else 'closed'}"
    counts = compared.counts.setdefault(kind, Counts())
    counts.shown += len(at_run_time)
    counts.known += len(at_run_time & members.keys())
    counts.listed += len(listed)
    counts.there += len(listed & at_run_time)
    compared.differences += [f"{kind}: unknown {name}.{own}" for own in sorted(at_run_time - members.keys())]
    compared.differences += [f"{kind}: not there {name}.{own}" for own in sorted(listed - at_run_time)]


def is_static(model: ApiModel, path: str) -> bool:
    """Return whether a class shows a member, and not only its instances; or a package a module."""
    found = model.objects.get(path)
    if path.startswith("enum.") and path.endswith((".name", ".value")):
        return False
    if found is not None and found.kind == "module":
        return not any(part.startswith("_") or part in _LEFT_OUT for part in path.split("."))
    return found is None or "instance attribute" not in found.labels


def compare_call(compared: Compared, model: ApiModel, name: str, parameters: Any) -> None:
    """Count the signature of one function, class or method."""
    found = getattr(model.find(name), "object", None)
    if parameters is None or found is None or found.kind == "module":
        compared.signatures["unknown at run time" if parameters is None else "not in the model"] += 1
        return
    if not found.signatures:
        compared.signatures["unknown in the model"] += 1
        return
    expected = [(own, PARAMETER_KINDS[kind], bool(has_default)) for own, kind, has_default in parameters]
    if all(own in _PASSED_ON for own, _, _ in expected) and expected[-1:] and expected[-1][0] not in _FIRST:
        compared.signatures["(*args, **kwargs) at run time"] += 1
        return
    holder = model.objects.get(found.path.rpartition(".")[0])
    is_method = holder is not None and holder.kind == "class"
    ways = [listed(way) for way in (*found.signatures, *found.written)]
    wanted = [unnamed(expected), *([unnamed(expected[1:])] if is_method else [])]
    if any(unnamed(way) in wanted for way in ways):
        compared.signatures["agree"] += 1
        return
    if "stub" in found.labels:
        compared.signatures["differ, of a stub"] += 1
        return
    compared.signatures["differ"] += 1
    compared.differences.append(f"signature: {name} is {parameters}, read as {found.signatures[0]}")


def listed(way: Signature) -> list[tuple[str, str, bool]]:
    """Return what is compared of a signature."""
    return [(one.name, one.kind, one.default is not None) for one in way.parameters]


def unnamed(way: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    """Return parameters without the names of those that no call can name."""
    return [("" if kind == "positional only" else own, kind, given) for own, kind, given in way]


def main() -> None:
    """Print the tables."""
    parser = argument_parser(__doc__)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--only", action="append")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    for package in options.only or PACKAGES:
        start = process_time()
        model = read_python_api(package, python=str(options.python))
        seconds = process_time() - start
        compared = compare(model, shown_by(options.python, model))
        for kind, counts in sorted(compared.counts.items()):
            print("|", " | ".join([f"{package} {model.version}", kind, *counts.row()]), "|")
        found = compared.signatures
        agree = share(found["agree"], found["agree"] + found["differ"])
        print(
            f"| {package} {model.version} | signatures | {agree} | {dict(found)} | read in {seconds:.1f} s |"
        )
        if options.verbose:
            print("\n".join(compared.differences), file=sys.stderr)


if __name__ == "__main__":
    main()
