"""`rag.toml`: the index of a project and the corpora it is made of.

Example:
    [index]
    path = ".rag"            # relative to the manifest; this is the default
    encoder = "builtin"

    [[corpus]]
    path = "src"             # a folder; for kind = "package" a wheel or .tar.gz, for "npm" a .tgz
    kind = "code"            # code, comments, docs, openapi, ...; for a site url = "https://..." instead
    name = "app"             # by default that of the folder or the distribution

    [[corpus]]
    package = "numpy"        # instead of a path: what is installed here, or at a version "numpy==1.26.4"

    [[corpus]]
    man = ["tar", "git"]     # installed manual pages; a list makes a corpus of each
"""

import os
import stat
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from corpora.errors import CorpusError, ManifestError, UnknownName
from corpora.location import (
    ARCHIVES,
    default_name,
    is_url,
    kind_at,
    problem_with_name,
    problem_with_path,
    problem_with_url,
)
from corpora.npm.source import installed_folder, split_pin
from corpora.outside.files import read_outside
from corpora.redaction.credentials import without_credentials
from corpora.spec import KINDS, MAX_FILE_BYTES, CorpusSpec

MANIFEST_NAME: Final = "rag.toml"
_MAX_BYTES: Final = 250_000
_MAX_DOTS: Final = 400  # in one line
_MAX_DEPTH: Final = 10

_PREFIXES: Final = {"pkg:": "package", "man:": "man", "npm:": "npm"}  # what is installed goes by its name
_TAKEN_BY: Final = {"package": "pip install", "man": "man", "npm": "npm install"}
_NAMED_KINDS: Final = tuple(_PREFIXES.values())  # in a manifest, a key is called as the kind that it names


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a `rag.toml` says. `path` is that of the file, `index` that of the index; both are absolute."""

    path: Path
    index: Path
    encoder: str
    corpora: tuple[CorpusSpec, ...]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


# What a value may be, in the words of the error, and how that is told.
_TYPES: Final[dict[str, Callable[[object], bool]]] = {
    "a string in quotes, not empty": _is_text,
    "a list of strings": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "a name in quotes, or a list of names": lambda value: (
        _is_text(value) or (isinstance(value, list) and bool(value) and all(map(_is_text, value)))
    ),
    "a whole number above zero": lambda value: type(value) is int and value > 0,
    f"a whole number above zero, at most {MAX_FILE_BYTES}": lambda value: (
        type(value) is int and 0 < value <= MAX_FILE_BYTES
    ),
    "true or false": lambda value: isinstance(value, bool),
    "a table: write [index]": lambda value: isinstance(value, dict),
    "a list of tables: write [[corpus]]": lambda value: (
        isinstance(value, list) and all(isinstance(table, dict) for table in value)
    ),
}
_TEXT, _TEXTS, _NAMES, _NUMBER, _SIZE, _FLAG, _TABLE, _TABLES = _TYPES

_MANIFEST_KEYS: Final = {"index": _TABLE, "corpus": _TABLES}
_INDEX_KEYS: Final = {"path": _TEXT, "encoder": _TEXT}
_LOCATION_KEYS: Final = {"name": _TEXT, "kind": _TEXT, "path": _TEXT} | dict.fromkeys(_NAMED_KINDS, _NAMES)
# These keys are the fields of `CorpusSpec` and keep its defaults.
_OPTION_KEYS: Final = {
    "library": _TEXT,
    "version": _TEXT,
    "url": _TEXT,
    "include": _TEXTS,
    "exclude": _TEXTS,
    "max_file_bytes": _SIZE,
    "max_pages": _NUMBER,
    "max_depth": _NUMBER,
    "max_bytes": _NUMBER,
    "allow_private": _FLAG,
}


def find_manifest(start: Path) -> Path | None:
    """The nearest `rag.toml` in `start` or a folder above it, not beyond the git repository it is in."""
    for folder in own_folders(Path(os.path.realpath(start))):
        if (folder / MANIFEST_NAME).is_file():
            return folder / MANIFEST_NAME
        if (folder / ".git").exists():
            return None
    return None


def own_folders(start: Path) -> Iterator[Path]:
    """Yield `start` and the folders above it, up to one that anybody may write to, such as /tmp."""
    yield start
    for folder in start.parents:
        try:
            if folder.stat().st_mode & stat.S_IWOTH:
                return
        except OSError:
            return
        yield folder


def load_manifest(path: Path) -> Manifest:
    """The manifest at `path`. Raises `ManifestError` for whatever is not understood, naming the key."""
    path = Path(os.path.realpath(path))
    content = _parsed(path)
    _check_keys(path, "at the top", content, _MANIFEST_KEYS)
    index = content.get("index", {})
    _check_keys(path, "in [index]", index, _INDEX_KEYS)
    tables = content.get("corpus", [])
    if not tables:
        raise ManifestError(
            f"{path}: there is no [[corpus]]",
            why="an index is made of at least one corpus",
            fix='add two lines: [[corpus]] and path = "src"',
        )
    corpora = tuple(
        spec
        for number, table in enumerate(tables, 1)
        for spec in _corpora(path, table, f"in [[corpus]] number {number}")
    )
    name, count = Counter(corpus.name for corpus in corpora).most_common(1)[0]
    if count > 1:
        raise ManifestError(
            f"{path}: name = {name!r} stands for {count} corpora",
            why="results are told apart and filtered by this name",
            fix="give each [[corpus]] a name of its own",
        )
    folder = Path(os.path.realpath(path.parent / index.get("path", ".rag")))
    return Manifest(path, folder, _encoder(path.parent, index.get("encoder", "builtin")), corpora)


def _encoder(folder: Path, name: str) -> str:
    """The name of the encoder; the folder of a table is meant from where the manifest is, like all paths."""
    prefix, colon, table = name.partition(":")
    return f"{prefix}:{folder / table}" if prefix == "table" and colon else name


def spec_for(location: str, *, name: str = "", kind: str = "", allow_private: bool = False) -> CorpusSpec:
    """The corpus that a command line names: a folder, a wheel, a URL, `pkg:NAME`, `man:NAME` or `npm:NAME`.

    The last three stand for an installed package or manual page.
    The kind of a folder is guessed from what it holds unless `kind` says it; the host of a URL may have
    a private address only with `allow_private`. Raises `CorpusError`
    where there is nothing of the kind and `UnknownName` for a kind that is not in `KINDS`.
    """
    if kind and kind not in KINDS:
        raise UnknownName("corpus kind", kind, KINDS)
    prefix = next((prefix for prefix in _PREFIXES if location.startswith(prefix)), "")
    if is_url(location):
        kind, place = kind or "site", location
        problem = problem_with_url(location) if kind == "site" else "it is a URL"
    elif prefix or (kind in _PREFIXES.values() and not Path(location).exists()):
        kind, place = kind or _PREFIXES[prefix], location.removeprefix(prefix)
        wrong = prefix and kind != _PREFIXES[prefix]
        problem = f"{prefix} stands before another kind" if wrong else problem_with_name(place, kind)
        name = name or place
        place = _installed(place, kind, Path.cwd())
    else:
        path = Path(os.path.realpath(location))
        kind, place = kind or kind_at(path), str(path)
        problem = problem_with_path(path, kind) if location else "it is empty"
    if problem:
        raise CorpusError(
            f"cannot use {location!r} as a corpus of the kind {kind!r}",
            why=problem,
            fix="name a folder, a .whl, .tar.gz or .tgz file, pkg:NAME, npm:NAME, man:NAME, "
            "or a URL with https://",
        )
    return CorpusSpec(name or default_name(place), kind, place, allow_private=allow_private)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = read_outside(path, max_bytes=_MAX_BYTES).decode("utf-8")
        if any(line.count(".") > _MAX_DOTS for line in text.split("\n")):
            raise RecursionError  # (the library takes minutes for a key with thousands of parts)
        content = tomllib.loads(text)
        if _depth_exceeds(content, _MAX_DEPTH):
            raise RecursionError
        return content
    except OSError as error:
        why, fix = error.strerror or str(error), "name a rag.toml that exists and can be read"
    except UnicodeDecodeError as error:
        why, fix = f"byte {error.start} is not UTF-8", "save the file as UTF-8"
    except ValueError as error:  # no TOML, or a number of thousands of digits
        why, fix = str(error), "mend the line named above; the format is that of https://toml.io"
    except RecursionError:
        why, fix = "it is nested too deep", "write tables and values as the documentation shows them"
    raise ManifestError(f"cannot read the manifest {path}", why=why, fix=fix)


def _depth_exceeds(value: object, depth: int) -> bool:
    """Whether tables or lists lie in one another more than `depth` times."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (
                outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
            )
        ]
    return bool(level)


def _check_keys(path: Path, where: str, table: dict[str, Any], keys: dict[str, str]) -> None:
    for key, value in table.items():
        if key not in keys:
            near = get_close_matches(key, keys, n=1)
            raise ManifestError(
                f"{path}: unknown key {key!r} {where}",
                why=f"known are: {', '.join(keys)}",
                fix=f"did you mean {near[0]!r}?" if near else "remove it",
            )
        if not _TYPES[keys[key]](value):
            raise ManifestError(
                f"{path}: {key!r} {where} is not understood",
                why=f"its value is {value!r}",
                fix=f"it has to be {keys[key]}",
            )


def _corpora(path: Path, table: dict[str, Any], where: str) -> Iterator[CorpusSpec]:
    """The corpus of a table; where it lists several names, one for each."""
    _check_keys(path, where, table, _LOCATION_KEYS | _OPTION_KEYS)
    key = next((key for key in _NAMED_KINDS if isinstance(table.get(key), list)), "")
    for single in [{**table, key: name} for name in dict.fromkeys(table[key])] if key else [table]:
        yield _corpus(path, single, where)


def _corpus(path: Path, table: dict[str, Any], where: str) -> CorpusSpec:
    kind = table.get("kind") or _kind_of(table)
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, n=1) or list(KINDS)
        raise ManifestError(
            f"{path}: kind = {kind!r} {where} is unknown",
            why=f"kinds are: {', '.join(KINDS)}",
            fix=f'write: kind = "{near[0]}"',
        )
    location = _location(path, table, kind, where)
    name = table.get("name") or (table[kind] if kind == "npm" and kind in table else "")
    location = _installed(location, kind, path.parent)
    options: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in table.items() if key in _OPTION_KEYS
    }
    if kind == "site":
        options.pop("url")
    elif "url" in options:  # it stands before the address of each page, in hits and in prompts
        options["url"] = without_credentials(options["url"])
    return CorpusSpec(name or default_name(location), kind, location, **options)


def _installed(location: str, kind: str, folder: Path) -> str:
    """The folder in `node_modules` of a package named without a version, to be found from anywhere."""
    pin = split_pin(location) if kind == "npm" else None
    found = installed_folder(pin[0], folder) if pin and not pin[1] else None
    return str(found or location)


def _kind_of(table: dict[str, Any]) -> str:
    """The kind of a corpus by the key that says where it is."""
    if named := next((kind for kind in _NAMED_KINDS if kind in table), ""):
        return named
    return "site" if "url" in table and "path" not in table else "code"


def _location(path: Path, table: dict[str, Any], kind: str, where: str) -> str:
    key = kind if kind in _NAMED_KINDS and kind in table else "url" if kind == "site" else "path"
    given = [name for name in ("path", *_NAMED_KINDS) if name in table]
    if key not in table:
        keys = f"path or {kind}" if kind in _NAMED_KINDS else key
        problem, fix = "the key is missing", f"say where the corpus lies with {keys} = ..."
    elif key == "url":
        problem = problem_with_url(table[key])
        fix = "write it as in a browser, with https://"
    elif len(given) > 1:
        problem, fix = f"both {' and '.join(given)} are given", "keep one of them"
    elif key in _NAMED_KINDS:
        problem = problem_with_name(str(table[key]), kind)
        fix = f"write the name as {_TAKEN_BY[kind]} takes it"
    else:
        problem = problem_with_path(Path(os.path.realpath(path.parent / table[key])), kind)
        archive = f" or a {ARCHIVES[kind]}" if kind in ARCHIVES else ""
        fix = f"name a folder{archive}; relative paths begin at the folder of the manifest"
    if problem:
        raise ManifestError(f"{path}: {key!r} {where} cannot be used", why=problem, fix=fix)
    return os.path.realpath(path.parent / table[key]) if key == "path" else str(table[key])
