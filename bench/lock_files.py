"""Compare what is read from lock files with what the tools that wrote them say.

    python -m bench.lock_files FOLDER...

Each folder holds a lock file and what its tool needs (`pyproject.toml`, `package.json`). The tools have to
be on the PATH: uv, poetry with its export plugin, pdm, pipenv, npm, pnpm. Packages of a registry are compared
by name and version, those for the target of the folder. npm and pnpm list what is for other machines as well,
so there the packages that were left out for that reason count as read.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from corpora.dependencies.lock_file import Lock, find_locks, read_lock
from corpora.dependencies.package_name import exact_version, normalized_name, required
from corpora.dependencies.target import Target, target_of
from corpora.outside.child_process import clean_environment

_SECONDS: Final = 600
Pin = tuple[str, str]


class Truth(NamedTuple):
    """How the tool of a lock file is asked, and how its answer is read."""

    command: tuple[str, ...]
    parse: Callable[[str, Target], Iterator[Pin]]
    names_other_machines: bool = False


class Comparison(NamedTuple):
    """The packages of one lock file: read, and as its tool has them."""

    lock: Path
    read: frozenset[Pin]
    truth: frozenset[Pin]

    def line(self) -> str:
        """Return a line of the table, with the differences behind it."""
        missing, extra = sorted(self.truth - self.read), sorted(self.read - self.truth)
        both = len(self.truth & self.read)
        shown = "; ".join(
            f"{title}: {', '.join('@'.join(pin) for pin in pins[:5])}{' ...' if len(pins) > 5 else ''}"
            for title, pins in (("missing", missing), ("more", extra))
            if pins
        )
        name = f"{self.lock.parent.name}/{self.lock.name}"
        return f"| {name} | {len(self.truth)} | {both} | {len(missing)} | {len(extra)} | {shown} |"


def requirements(text: str, target: Target) -> Iterator[Pin]:
    """Yield the packages of exported requirements that are for the target."""
    for line in text.splitlines():
        requirement = required(line.partition(" #")[0].partition(" \\")[0].strip())
        if requirement and not requirement.url and target.applies(str(requirement.marker or "")):
            yield normalized_name(requirement.name), exact_version(requirement)


def npm_tree(text: str, _: Target) -> Iterator[Pin]:
    """Yield the packages of the tree that `npm ls --json` prints."""
    todo: list[dict[str, Any]] = [json.loads(text)]
    while todo:
        for known, facts in todo.pop().get("dependencies", {}).items():
            todo.append(facts)
            url = str(facts.get("resolved", ""))
            if "version" in facts and not facts.get("missing") and not url.startswith(("file:", "git")):
                found = re.search(r"://[^/]+/((?:@[^/]+/)?[^/]+)/-/", url)  # an alias has another name here
                yield found[1] if found else known, facts["version"]


def pnpm_trees(text: str, _: Target) -> Iterator[Pin]:
    """Yield the packages of the trees that `pnpm ls --json` prints."""
    todo: list[dict[str, Any]] = json.loads(text)
    while todo:
        tree = todo.pop()
        for group in ("dependencies", "devDependencies", "optionalDependencies"):
            for known, facts in tree.get(group, {}).items():
                todo.append(facts)
                if re.match(r"\d", facts["version"]):
                    yield facts.get("from", known), facts["version"].partition("(")[0]


_EXPORT = ("--without-hashes",)
TRUTH: Final = {
    "uv.lock": Truth(
        ("uv", "export", "--frozen", "--all-extras", "--all-groups", "--all-packages", "--no-hashes"),
        requirements,
    ),
    "poetry.lock": Truth(("poetry", "export", "--all-extras", "--all-groups", *_EXPORT), requirements),
    "pdm.lock": Truth(("pdm", "export", "-G", ":all", *_EXPORT), requirements),
    "Pipfile.lock": Truth(("pipenv", "requirements", "--dev"), requirements),
    "package-lock.json": Truth(("npm", "ls", "--package-lock-only", "--all", "--json"), npm_tree, True),
    "pnpm-lock.yaml": Truth(
        ("pnpm", "ls", "-r", "--depth", "Infinity", "--json", "--lockfile-only"), pnpm_trees, True
    ),
}


def compare(path: Path) -> Comparison:
    """Read a lock file, and ask its tool. Raises `OSError` or `ValueError` if that does not answer."""
    truth = TRUTH[path.name]
    done = subprocess.run(
        truth.command,
        cwd=path.parent,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    lock = read_lock(path)
    target = target_of(path.parent)
    answer = frozenset(truth.parse(done.stdout, target))
    if not answer:
        raise ValueError(done.stderr[-300:])
    return Comparison(path, _pins(lock, with_others=truth.names_other_machines), answer)


def _pins(lock: Lock, *, with_others: bool) -> frozenset[Pin]:
    here = [(one.name, one.version) for one in lock.packages if not (one.location and one.not_fetched)]
    others = [tuple(other.rpartition(" ")[::2]) for other in lock.others] if with_others else []
    return frozenset([*here, *others])  # type: ignore[list-item]


def main() -> None:
    """Print a line for each lock file whose tool answers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    print("| lock file | packages | read alike | missing | more | differences |\n|---|---|---|---|---|---|")
    for folder in parser.parse_args().folders:
        for path in find_locks(folder):
            if path.name in TRUTH:
                try:
                    print(compare(path).line(), flush=True)
                except (OSError, ValueError) as error:
                    print(f"{path}: no answer: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
