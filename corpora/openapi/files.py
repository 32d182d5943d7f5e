"""Follow the references of an API description, also into other files of its folder."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from corpora.outside.file_text import decode_text
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from corpora.outside.yaml_documents import parsed_yaml

API_SUFFIXES: Final = (".json", ".yaml", ".yml")

MAX_FILES: Final = 5_000  # of a description
_MAX_BYTES: Final = 64_000_000  # of all files beside the first
_MAX_FILE_BYTES: Final = 32_000_000
_MAX_REFERENCE_CHARS: Final = 1_000
_MAX_UNRESOLVED: Final = 1_000
_MAX_SHOWN: Final = 200  # of a reference or a pointer, in characters
ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|[/\\]")  # a URL, or an absolute path


class Referent(NamedTuple):
    """A place in a description: the path of a file, empty for the first, and a JSON pointer without `#`."""

    file: str
    pointer: str

    @property
    def name(self) -> str:
        """The last part of the pointer, else of the file: `User` in `#/schemas/User` and in `User.yaml`."""
        last = self.pointer.rpartition("/")[2]
        return _unescaped(last) if last else posixpath.splitext(posixpath.basename(self.file))[0]

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"


def parsed_api(text: str, *, is_yaml: bool) -> Any:
    """Parse a file of JSON or YAML; raises `ValueError` with the reason."""
    if is_yaml:
        return parsed_yaml(text)
    try:
        return parsed_json(text)
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from error


class _Reference(str):
    """A reference in a file that is not the first: what it stands for depends on that file."""

    base: str

    def __new__(cls, text: str, base: str) -> "_Reference":
        reference = super().__new__(cls, text)
        reference.base = base
        return reference


def _base_of(reference: str) -> str:
    """Return the path of the file that a reference is in; empty for the first file."""
    return reference.base if isinstance(reference, _Reference) else ""


class ApiFiles:
    """The content of a description, and of the files in its folder that it refers to.

    Nothing is fetched, and no file outside of the folder is read.

    Args:
        content: of the first file.
        folder: that of the first file and of all others; None if there is none.
        path: of the first file in that folder.
    """

    def __init__(self, content: Any, folder: Path | None = None, path: str = "") -> None:
        self._folder, self._path = folder, path
        self._contents: dict[str, Any] = {"": content}
        self.content = content
        self._problems: dict[str, str] = {}  # why a file cannot be read
        self._bytes = 0
        self._dead: dict[tuple[str, str], str] = {}  # why a reference leads nowhere, by its file and itself

    def place_of(self, reference: str) -> Referent:
        """Return the place that a reference stands for, which need not exist."""
        base = _base_of(reference)
        file, _, pointer = reference[:_MAX_REFERENCE_CHARS].partition("#")
        if not file:
            return Referent(base, pointer.rstrip("/"))
        if ELSEWHERE.match(file) is None:
            start = posixpath.dirname(base or self._path)
            file = posixpath.normpath(posixpath.join(start, unquote(file)))
            file = "" if file == self._path else file
        return Referent(file, pointer.rstrip("/"))

    def at(self, reference: str) -> Any:
        """Return what a reference stands for; None if there is nothing, and `unresolved` tells why."""
        place = self.place_of(reference)
        problem = "it is too long" if len(reference) > _MAX_REFERENCE_CHARS else self._load(place.file)
        found = None if problem else self._contents[place.file]
        if not problem and place.pointer:
            if not place.pointer.startswith("/"):
                problem, found = "it is no JSON pointer", None
            for key in place.pointer.split("/")[1:] if not problem else ():
                found = _child(found, _unescaped(key))
        if found is None and len(self._dead) < _MAX_UNRESOLVED:
            self._dead.setdefault(
                (_base_of(reference), reference), problem or "there is nothing at this place"
            )
        return found

    def unresolved(self) -> Iterator[str]:
        """Yield each reference that led nowhere, with its file, its place there and the reason."""
        for base in dict.fromkeys(base for base, _ in self._dead):
            wanted = {reference: why for (file, reference), why in self._dead.items() if file == base}
            pointers = _pointers_to(self._contents[base], wanted)
            for reference, why in wanted.items():
                where = f"{base or self._path}#{pointers.get(reference, '')}"
                yield f"{where[:_MAX_SHOWN]} refers to {reference[:_MAX_SHOWN]}: {why}"

    def _load(self, file: str) -> str:
        """Read a file unless it has been read; return why it cannot be, or an empty text."""
        if file in self._contents:
            return ""
        if file not in self._problems:
            self._problems[file] = self._read(file)
        return self._problems[file]

    def _read(self, file: str) -> str:
        if problem := self._refusal(file):
            return problem
        assert self._folder is not None
        try:
            limit = min(_MAX_FILE_BYTES, _MAX_BYTES - self._bytes)
            data = read_outside(self._folder / file, max_bytes=limit, root=self._folder)
            self._bytes += len(data)
            decoded = decode_text(data)
            if isinstance(decoded, str):
                return f"its file is {decoded}"
            content = parsed_api(decoded[0], is_yaml=not file.lower().endswith(".json"))
        except FileNotFoundError:
            return "there is no such file"
        except (OSError, ValueError) as error:
            return str(getattr(error, "strerror", None) or error)
        for entry, reference, _ in _references(content):
            entry["$ref"] = _Reference(reference, file)
        self._contents[file] = content
        return ""

    def _refusal(self, file: str) -> str:
        """Return why a file is not even looked at; an empty text if it is."""
        if "://" in file[:20] or file.startswith("//"):
            return "it is in the network, and nothing is fetched"
        if self._folder is None or ELSEWHERE.match(file) or file == ".." or file.startswith("../"):
            return "it is outside of the folder of the description"
        if not file.lower().endswith(API_SUFFIXES):
            return f"its file is none of {', '.join(API_SUFFIXES)}"
        return f"it has more than {MAX_FILES} files" if len(self._contents) >= MAX_FILES else ""


def _unescaped(key: str) -> str:
    """Return a part of a JSON pointer as the key it stands for.

    `~1users~1%7Bid%7D` is `/users/{id}`: `~1` is a slash, `~0` a tilde, and URLs escape braces.
    """
    return (unquote(key) if "%" in key else key).replace("~1", "/").replace("~0", "~")


def _child(holder: Any, key: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(key)
    if isinstance(holder, list) and key.isascii() and key.isdigit() and int(key[:9]) < len(holder):
        return holder[int(key[:9])]
    return None


def _pointers_to(content: Any, wanted: dict[str, str]) -> dict[str, str]:
    """Return the JSON pointer of the first use of each reference."""
    found: dict[str, str] = {}
    for _, reference, pointer in _references(content):
        if reference in wanted:
            found.setdefault(reference, pointer)
    return found


def _references(content: Any) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield each object with a reference, that reference, and the JSON pointer of the object."""
    seen: set[int] = set()
    left: list[tuple[Any, str]] = [(content, "")]
    while left:
        value, pointer = left.pop()
        if not isinstance(value, dict | list) or id(value) in seen:  # in YAML, parts may be shared
            continue
        seen.add(id(value))
        if isinstance(value, dict) and isinstance(reference := value.get("$ref"), str):
            yield value, reference, pointer
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
        left += [(one, f"{pointer}/{_escaped(str(key))}"[: 2 * _MAX_SHOWN]) for key, one in reversed(pairs)]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
