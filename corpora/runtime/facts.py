"""What the program `ask_members.py` printed about a package, read as anybody's output: within bounds.

The package ran in the same process and may have printed anything. It can lie about its own documentation, as
it can in its source; it cannot name what is not its own, nor bring in more than the bounds allow.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from corpora.dependencies.package_name import check_pin, normalized_name
from corpora.network.cache import cache_folder
from corpora.outside.characters import without_invisible
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json

_PROGRAM: Final = ("describe_member", "ask_members")  # the second imports the first
MAX_FACTS_BYTES: Final = 64_000_000
"""The most that the program may print; numpy and matplotlib print 3 MB each, django 4 MB."""

FACTS_FORMAT: Final = 1  # of what the program prints: facts of another are asked for again
_MAX_LINES: Final = 250_000
_MAX_LINE_BYTES: Final = 400_000
_MAX_NAME_CHARS, _MAX_NAMES, _MAX_DEPTH = 300, 2_000, 6
_MAX_ALL_NAMES: Final = 1_000_000  # of all objects; SQLAlchemy, which inherits most, has 46,000
_MAX_DOC_CHARS, _MAX_SIGNATURE_CHARS, _MAX_WHY_CHARS = 40_000, 1_000, 300
_MAX_VERSION_CHARS: Final = 40
_KINDS: Final = frozenset({"module", "class", "function", "method", "property", "value"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DOTTED: Final = re.compile(r"[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+")


@dataclass(frozen=True, slots=True)
class Fact:
    """A public object as it is when the package runs.

    Attributes:
        names: the names by which users reach it, the best one first; at least one.
        kind: "module", "class", "function", "method", "property" or "value".
        doc: its docstring, its own or an inherited one; empty if there is none.
        signature: its call without its name, as in `(a, b=1)`; empty if it has none.
        module: the module that defines it, as far as it says so.
        line: of its definition in that module, 1-based; 0 if that is not known.
        is_package: whether that module is the `__init__` of a folder.
    """

    names: tuple[str, ...]
    kind: str
    doc: str
    signature: str
    module: str
    line: int
    is_package: bool


@dataclass(frozen=True)
class Facts:
    """All that was printed.

    Attributes:
        version: of the interpreter that ran.
        objects: sorted by their first names.
        failed: modules that could not be imported, each with the reason.
        last_import: the module that was imported last; the cause, if `is_complete` is False.
        is_complete: whether the program came to its end.
    """

    version: str = ""
    objects: tuple[Fact, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    last_import: str = ""
    is_complete: bool = False

    @cached_property
    def by_name(self) -> dict[str, Fact]:
        """Return the objects by each of their names."""
        return {name: fact for fact in reversed(self.objects) for name in fact.names}


@dataclass(slots=True)
class _Read:
    """An object before its names are put together from those of its classes."""

    names: list[str]
    of: list[tuple[int, str]]
    own: str
    fields: dict[str, Any]
    whole: tuple[str, ...] | None = field(default=None)


def asking_program(call: str) -> str:
    """Return the program that prints the facts, as one text: no file of ours is where it runs.

    Args:
        call: the call of a function of `ask_members.py` that starts it.
    """
    program = ["import sys", "from types import ModuleType"]
    for name in _PROGRAM:
        text = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        program += [
            f"sys.modules['corpora.runtime.{name}'] = module = ModuleType('corpora.runtime.{name}')",
            f"exec(compile({text!r}, '{name}.py', 'exec'), vars(module))",
        ]
    return "\n".join([*program, f"module.{call}", ""])


def parse_facts(data: bytes, tops: Iterable[str] | None) -> Facts:
    """Return what the program printed; lines that it would not print are left out.

    Args:
        data: its output.
        tops: top-level names; an object that only has names below others is left out. None for the standard
            library, in which any name is good.
    """
    own = None if tops is None else frozenset(tops)
    read: dict[int, _Read] = {}
    failed: list[tuple[str, str]] = []
    version, last, is_complete = "", "", False
    for record in _records(data[:MAX_FACTS_BYTES]):
        if "id" in record:
            if found := _object(record, own):
                read[record["id"]] = found
        elif _is_name(record.get("failed")):
            failed.append((record["failed"], _line(record.get("why"))[:_MAX_WHY_CHARS]))
        elif _is_name(record.get("import")):
            last = record["import"]
        elif isinstance(record.get("version"), str):
            version = _line(record["version"])[:_MAX_VERSION_CHARS]
        elif "end" in record:
            is_complete = True
    naming = _Naming(read)
    facts = [Fact(names, **one.fields) for one in read.values() if (names := naming.names_of(one))]
    return Facts(version, tuple(sorted(facts, key=lambda fact: fact.names)), tuple(failed), last, is_complete)


def facts_file(library: str, version: str, stamp: str = "") -> Path:
    """Return where the facts of a distribution are kept, whether they are there or not.

    Args:
        library: its name.
        version: its exact version.
        stamp: of the archive that it was read from; empty for what the package index has.

    Raises:
        CorpusError: the name or the version is none, or there is no folder for caches.
    """
    check_pin(library, version)
    digest = hashlib.blake2b(f"{FACTS_FORMAT}\0{stamp}".encode(), digest_size=8).hexdigest()
    return cache_folder("runtime") / f"{normalized_name(library)}-{version}-{digest}.jsonl"


def keep_facts(path: Path, data: bytes) -> None:
    """Write what the program printed to the file of `facts_file`, as a whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data[:MAX_FACTS_BYTES])
    Path(file.name).replace(path)


def read_facts(path: Path, tops: Iterable[str] | None) -> Facts:
    """Return the facts that were kept in a file. Raises `OSError` if it cannot be read."""
    return parse_facts(read_outside(path, max_bytes=MAX_FACTS_BYTES), tops)


def _records(data: bytes) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(data.split(b"\n")):
        if number > _MAX_LINES:
            return
        if not line.startswith(b"{") or len(line) > _MAX_LINE_BYTES:
            continue
        try:
            record = parsed_json(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _object(record: dict[str, Any], own: frozenset[str] | None) -> _Read | None:
    """Return the object of a record; None if a value is not of its type."""
    names, of, line = record.get("names"), record.get("of"), record.get("line")
    if type(record["id"]) is not int or not isinstance(names, list) or not isinstance(of, list):
        return None
    if record.get("kind") not in _KINDS or type(line) is not int:
        return None
    pairs = [(one[0], one[1]) for one in of if isinstance(one, list) and len(one) == 2]
    module = record.get("module")
    return _Read(
        [name for name in names if _is_name(name) and (own is None or name.partition(".")[0] in own)],
        [(number, name) for number, name in pairs if type(number) is int and _is_part(name)],
        _line(record.get("own"))[:_MAX_NAME_CHARS],
        {
            "kind": record["kind"],
            "doc": _text(record.get("doc"))[:_MAX_DOC_CHARS].strip(),
            "signature": _line(record.get("signature"))[:_MAX_SIGNATURE_CHARS],
            "module": module if _is_name(module) else "",
            "line": line if 0 < line < 10_000_000 else 0,
            "is_package": record.get("package") is True,
        },
    )


class _Naming:
    """Puts the names of objects together from those of the classes that they are members of."""

    def __init__(self, read: dict[int, _Read]) -> None:
        self._read = read
        self._left = _MAX_ALL_NAMES

    def names_of(self, one: _Read, depth: int = 0) -> tuple[str, ...]:
        """Return all names of an object, the best first: its own, and as a member of each class."""
        if one.whole is None:
            one.whole = ()  # (a class that is a member of itself has no names by that)
            found = self._found(one, depth)

            def rank(name: str) -> tuple[int, int, bool, int, str]:
                # Of two as short, the one that the object has itself: OSError and OSError.errno, not IOError.
                return name.count("."), found[name], name.rpartition(".")[2] != one.own, len(name), name

            one.whole = tuple(sorted(found, key=rank))
        return one.whole

    def _found(self, one: _Read, depth: int) -> dict[str, int]:
        """Return the names of an object, each with its place among the names of its class."""
        found = dict.fromkeys(one.names[:_MAX_NAMES], 0)
        for number, name in one.of if depth < _MAX_DEPTH else ():
            holder = self._read.get(number)
            for place, above in enumerate(self.names_of(holder, depth + 1) if holder else ()):
                self._left -= 1
                if self._left < 0 or len(found) >= _MAX_NAMES:
                    return found
                if len(above) + len(name) < _MAX_NAME_CHARS:
                    found.setdefault(f"{above}.{name}", place)
        return found


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_NAME_CHARS and bool(_DOTTED.fullmatch(value))


def _is_part(value: object) -> bool:
    return _is_name(value) and "." not in str(value)


def _text(value: object) -> str:
    """Return a text without what no reader of it sees; empty for anything else."""
    if not isinstance(value, str):
        return ""
    text = value[: 2 * _MAX_DOC_CHARS]
    # The check of ASCII alone takes a tenth of the time, and most docstrings are nothing else.
    return text if text.isascii() and not _CONTROL.search(text) else without_invisible(text)


def _line(value: object) -> str:
    return " ".join(_text(value).split())
