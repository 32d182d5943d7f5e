"""`rag.toml`: the index of a project and the corpora it is made of.

Example:
    [index]
    path = ".rag"            # relative to the manifest; this is the default
    encoder = "builtin"
    engine = "embedded"      # or "lance": what holds and searches the index
    workers = "local"        # or "ray": where files are read, at the address in RAY_ADDRESS if there is one

    [[corpus]]
    path = "src"             # a folder; for kind = "package" a wheel or .tar.gz, for "npm" a .tgz
    kind = "code"            # by default guessed from what lies there; a site has url = "https://..."
    name = "app"             # by default that of the folder or the distribution

    [[corpus]]
    package = "numpy"        # instead of a path: what is installed here, or at a version "numpy==1.26.4"
    runtime = true           # with consent, also what it says of itself when it runs, in the sandbox

    [[corpus]]
    changes = "pandas==1.5.3..2.2.3"    # what changed in its API from one version to another

    [[corpus]]
    stdlib = "python"        # the standard library of the running Python; or "python==3.12"

    [[corpus]]
    man = ["tar", "git"]     # installed manual pages; a list makes a corpus of each

    [generator]
    name = "openai:gpt-5-mini"    # what answers, with consent; all keys are in `corpora.manifest_tables`
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from corpora.decisions import check_library, decisions
from corpora.errors import CorpusError, ManifestError
from corpora.git.remote import Remote, fix_for, is_git_location, problem_with_remote
from corpora.kinds import KINDS, Kind, kind_named, kinds_with_prefix
from corpora.location import default_name, kind_at, problem_with_name, problem_with_path, problem_with_url
from corpora.manifest_tables import (
    FLAG,
    NAMES,
    NUMBER,
    SIZE,
    TEXT,
    TEXTS,
    check_keys,
    generator_table,
    parsed_manifest,
)
from corpora.redaction.credentials import without_credentials
from corpora.sources import environment_named_by, installed
from corpora.spec import CorpusSpec

# A key called as a kind names what is installed: package = "numpy".
_NAMED_KINDS: Final = tuple(kind.name for kind in kinds_with_prefix())


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a `rag.toml`.

    Attributes:
        path: of the file; absolute.
        index: of the index; absolute.
        encoder: its name.
        corpora: what the index is made of; none where only a generator is named.
        decisions: what was decided about folders without a `kind`, a line for each.
        generator: the table of the model that answers, as it was written; empty without one.
        workers: the name of the pool that reads the corpora; empty for the usual one.
        engine: the name of what holds and searches the index; empty for the usual one.
    """

    path: Path
    index: Path
    encoder: str
    corpora: tuple[CorpusSpec, ...]
    decisions: tuple[str, ...] = ()
    generator: Mapping[str, Any] = field(default_factory=dict)
    workers: str = ""
    engine: str = ""


_INDEX_KEYS: Final = {"path": TEXT, "encoder": TEXT, "workers": TEXT, "engine": TEXT}
_LOCATION_KEYS: Final = {"name": TEXT, "kind": TEXT, "path": TEXT} | dict.fromkeys(_NAMED_KINDS, NAMES)
# These keys are the fields of `CorpusSpec` and keep its defaults.
_OPTION_KEYS: Final = {
    "library": TEXT,
    "version": TEXT,
    "url": TEXT,
    "include": TEXTS,
    "exclude": TEXTS,
    "max_file_bytes": SIZE,
    "max_pages": NUMBER,
    "max_depth": NUMBER,
    "max_bytes": NUMBER,
    "allow_private": FLAG,
    "runtime": FLAG,
    "readers": TEXTS,
}


def load_manifest(path: Path) -> Manifest:
    """Read the manifest at `path`. Raises `ManifestError`, naming the key, for anything not understood."""
    path = Path(os.path.realpath(path))
    content = parsed_manifest(path)
    index = content.get("index", {})
    check_keys(path, "in [index]", index, _INDEX_KEYS)
    tables = content.get("corpus", [])
    if not tables and "generator" not in content:
        raise ManifestError(
            f"{path}: there is no [[corpus]]",
            why="an index has at least one corpus",
            fix='add two lines: [[corpus]] and path = "src"',
        )
    corpora = tuple(
        spec
        for number, table in enumerate(tables, 1)
        for spec in _corpora(path, table, f"in [[corpus]] number {number}")
    )
    named = Counter(corpus.name for corpus in corpora)
    if name := next((name for name, count in named.items() if count > 1), ""):
        raise ManifestError(
            f"{path}: name = {name!r} stands for {named[name]} corpora",
            why="results are filtered by this name",
            fix="give each [[corpus]] a name of its own",
        )
    folder = Path(os.path.realpath(path.parent / index.get("path", ".rag")))
    guessed = {os.path.realpath(path.parent / t["path"]) for t in tables if "kind" not in t and "path" in t}
    decided = decisions((spec for spec in corpora if spec.location in guessed), 'kind = "{}"')
    encoder = _encoder(path.parent, index.get("encoder", "builtin"))
    generator = generator_table(path, content)
    workers, engine = (_without_address(path, index, key) for key in ("workers", "engine"))
    return Manifest(path, folder, encoder, corpora, decided, generator, workers, engine)


_NAME_IT: Final = {
    "workers": 'write workers = "ray", and name the address yourself, in RAY_ADDRESS or with --workers',
    "engine": 'write engine = "lance", and name the address yourself, with --engine when the index is made',
}


def _without_address(path: Path, index: Mapping[str, Any], key: str) -> str:
    """Return a name in [index]. Raises `ManifestError` for an address, which may be that of a stranger."""
    name: str = index.get(key, "")
    if ":" in name:
        raise ManifestError(
            f"{path}: {key} = {name!r} names an address",
            why="what is indexed would be sent to a place that a file names, which may come from elsewhere",
            fix=_NAME_IT[key],
        )
    return name


def _encoder(folder: Path, name: str) -> str:
    """Return the name of the encoder; the folder of a table is relative to `folder`, like all paths."""
    prefix, colon, table = name.partition(":")
    return f"{prefix}:{folder / table}" if prefix == "table" and colon else name


def _corpora(path: Path, table: dict[str, Any], where: str) -> Iterator[CorpusSpec]:
    """Yield the corpus of a table; if it lists several names, one for each."""
    named = _named_kinds(table)
    check_keys(path, where, table, _LOCATION_KEYS | dict.fromkeys(named, NAMES) | _OPTION_KEYS)
    key = next((key for key in named if isinstance(table.get(key), list)), "")
    for single in [{**table, key: name} for name in dict.fromkeys(table[key])] if key else [table]:
        yield _corpus(path, single, where)


def _corpus(path: Path, table: dict[str, Any], where: str) -> CorpusSpec:
    name = table.get("kind") or _kind_of(path, table)
    if name not in KINDS:
        near = get_close_matches(name, KINDS, n=1) or KINDS.builtin
        raise ManifestError(
            f"{path}: kind = {name!r} {where} is unknown",
            why=f"kinds are: {', '.join(KINDS)}",
            fix=f'write: kind = "{near[0]}"',
        )
    kind = kind_named(name)
    location = _location(path, table, kind, where)
    name = table.get("name") or (table[kind.name] if kind.name == "npm" and "npm" in table else "")
    location = installed(location, kind, path.parent)
    environment = environment_named_by(location, kind, path.parent)
    options: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in table.items() if key in _OPTION_KEYS
    }
    if kind.place == "url":
        options.pop("url", None)
    elif "url" in options:  # it stands before the address of each page, in hits and in prompts
        options["url"] = without_credentials(options["url"])
    spec = CorpusSpec(
        name or default_name(location, kind.name), kind.name, location, environment=environment, **options
    )
    try:
        check_library(spec)
    except CorpusError as error:
        raise ManifestError(f"{path}: {error.what} {where}", why=error.why, fix=error.fix) from error
    return spec


def _named_kinds(table: dict[str, Any]) -> tuple[str, ...]:
    """Return the kinds that a key of `table` may name; those of other packages only where it does."""
    known = {*_LOCATION_KEYS, *_OPTION_KEYS}
    return (*_NAMED_KINDS, *(k for k in table if k not in known and k in KINDS and kind_named(k).prefix))


def _kind_of(path: Path, table: dict[str, Any]) -> str:
    """Return the kind of a corpus by the key that says where it is, or by what lies at its path."""
    if named := next((kind for kind in _named_kinds(table) if kind in table), ""):
        return named
    if "path" not in table:
        url = table.get("url")
        return "code" if url is None else "git" if is_git_location(url) else "site"
    return kind_at(Path(os.path.realpath(path.parent / table["path"])))


def _location(path: Path, table: dict[str, Any], kind: Kind, where: str) -> str:
    named = _named_kinds(table)
    key = kind.name if kind.prefix and kind.name in table else "url" if kind.place == "url" else "path"
    given = [name for name in ("path", *named) if name in table]
    if key not in table:
        keys = f"path or {kind.name}" if kind.prefix else key
        problem, fix = "the key is missing", f"say where the corpus lies with {keys} = ..."
    elif kind.name == "git":
        remote = Remote.of(table[key])
        problem = problem_with_remote(remote, allow_private=table.get("allow_private", False))
        fix = fix_for(problem)
    elif key == "url":
        problem = problem_with_url(table[key])
        fix = "write it as in a browser, with https://"
    elif len(given) > 1:
        problem, fix = f"both {' and '.join(given)} are given", "keep one of them"
    elif key != "path":
        problem = problem_with_name(str(table[key]), kind)
        fix = f"write the name as {kind.named_as_by or kind.name} takes it"
    else:
        problem = problem_with_path(Path(os.path.realpath(path.parent / table[key])), kind)
        archive = f" or a {kind.archive}" if kind.archive else ""
        fix = f"name a folder{archive}; relative paths begin at the folder of the manifest"
    if problem:
        raise ManifestError(f"{path}: {key!r} {where} cannot be used", why=problem, fix=fix)
    if kind.name == "git":
        return Remote.of(table[key]).location
    return os.path.realpath(path.parent / table[key]) if key == "path" else str(table[key])
