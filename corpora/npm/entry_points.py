"""Find the modules of an npm package that users can import, by its package.json."""

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Any, Final, NamedTuple

from corpora.npm.modules import ModuleGraph

# The conditions of an `exports` map, in the order in which they are tried for declarations.
_CONDITIONS: Final = ("types", "import", "module", "node", "default", "require", "browser")
_MAX_DEPTH: Final = 10
_MAX_ENTRIES: Final = 20_000
_MAX_PATTERNS: Final = 1_000
_SUFFIX = re.compile(r"\.d\.[cm]?ts\Z")


class EntryPoint(NamedTuple):
    """A module that users can import.

    Attributes:
        subpath: behind the name of the package (`operators` for `rxjs/operators`); empty for the package.
        file: that declares it.
        is_pattern: whether a pattern (`./*`) makes it available, not its name.
    """

    subpath: str
    file: str
    is_pattern: bool = False


def entry_points(facts: dict[str, Any], files: frozenset[str], graph: ModuleGraph) -> list[EntryPoint]:
    """Return the modules of a package, that of the package as a whole first.

    Args:
        facts: its package.json.
        files: paths of all declaration files.
        graph: finds the file that declares a script.
    """
    exports = facts.get("exports")
    found = list(islice(_exported(exports, files, graph), _MAX_ENTRIES)) if exports else []
    if not any(entry.subpath == "" for entry in found) and (main := _main(facts, graph)):
        found.insert(0, EntryPoint("", main))
    if not exports:
        by_path = _by_path(files, is_types=str(facts.get("name")).startswith("@types/"))
        found += islice(by_path, _MAX_ENTRIES)
    known: dict[str, EntryPoint] = {}
    for entry in sorted(found, key=_rank):
        known.setdefault(entry.subpath, entry._replace(file=graph.kept(entry.file)))
    return list(known.values())


def _rank(entry: EntryPoint) -> tuple[bool, bool, int]:
    """Order modules: the package, then those that it names, then those of patterns, the shortest first."""
    return entry.subpath != "", entry.is_pattern, len(entry.subpath) if entry.is_pattern else 0


def _main(facts: dict[str, Any], graph: ModuleGraph) -> str | None:
    """Return the main declaration file: `types`, as `typesVersions` has it, else that of the main script."""
    versions = facts.get("typesVersions")
    for paths in versions.values() if isinstance(versions, dict) else ():
        for pattern, targets in paths.items() if isinstance(paths, dict) else ():
            for target in targets if isinstance(targets, list) else ():
                entry = str(facts.get("types") or facts.get("typings") or "index.d.ts").removeprefix("./")
                if pattern == "*" and (file := graph.declaring(str(target).replace("*", entry, 1))):
                    return file
    for key in ("types", "typings", "main"):
        if isinstance(name := facts.get(key), str) and name and (file := graph.declaring(_clean(name))):
            return file
    return graph.declaring("index")


def _exported(exports: Any, files: frozenset[str], graph: ModuleGraph) -> Iterator[EntryPoint]:
    """Yield the modules of an `exports` map: `{".": ..., "./fp": {"types": ...}, "./*": ...}`."""
    is_map = isinstance(exports, dict) and all(str(key).startswith(".") for key in exports)
    ordered = sorted(files)
    patterns = 0
    for key, value in (exports if is_map else {".": exports}).items():
        subpath = str(key).removeprefix("./").removeprefix(".")
        patterns += "*" in subpath
        if patterns > _MAX_PATTERNS:
            return
        for target in _targets(value, 0):
            if "*" not in subpath:
                if file := graph.declaring(_clean(target)):
                    yield EntryPoint(subpath, file)
                    break
            elif entries := list(_matching(subpath, _clean(target), ordered)):
                yield from entries
                break


def _targets(value: Any, depth: int) -> Iterator[str]:
    """Yield the files that a value of an `exports` map names, those with declarations first."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < _MAX_DEPTH:
        for one in value[:_MAX_DEPTH]:
            yield from _targets(one, depth + 1)
    elif isinstance(value, dict) and depth < _MAX_DEPTH:
        named = [value[condition] for condition in _CONDITIONS if condition in value]
        for one in named or list(value.values())[:_MAX_DEPTH]:
            yield from _targets(one, depth + 1)


def _matching(subpath: str, target: str, files: list[str]) -> Iterator[EntryPoint]:
    """Yield what a pattern makes available: `./*` for `./dist/*.js` makes `a` of `dist/a.d.ts`.

    `files` are sorted.
    """
    head, _, tail = target.partition("*")
    script = re.search(r"\.(?:d\.)?[cm]?[jt]sx?\Z", tail)
    start = bisect_left(files, head)
    for file in takewhile(lambda file: file.startswith(head), islice(files, start, None)):
        inner = file[len(head) :]
        stem = _SUFFIX.sub("", inner)
        if script:  # `*.js` matches the name without it
            if stem.endswith(tail[: script.start()]) or not tail[: script.start()]:
                name = stem[: len(stem) - len(tail[: script.start()])]
                yield EntryPoint(subpath.replace("*", name, 1), file, is_pattern=True)
        elif not tail:  # `*` matches the whole path, as users write it: `three/addons/math/A.js`
            yield EntryPoint(subpath.replace("*", f"{stem}.js", 1), file, is_pattern=True)


def _by_path(files: frozenset[str], *, is_types: bool) -> Iterator[EntryPoint]:
    """Yield the modules of a package without `exports`, each by its path.

    All paths can be imported; but outside of `@types` a deep one is rarely meant for it.
    """
    for file in sorted(files):
        stem = _SUFFIX.sub("", file)
        folder, _, name = stem.rpartition("/")
        subpath = folder if name == "index" else stem
        if subpath and (is_types or "/" not in subpath):
            yield EntryPoint(subpath, file)


def _clean(path: str) -> str:
    return posixpath.normpath(path).removeprefix("./")
