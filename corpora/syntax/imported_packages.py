r"""Which packages a file of code imports, read from its lines; nothing is parsed, and nothing imported.

    import numpy.linalg as la, os         numpy, os            Python
    export { map } from "rxjs/operators"  rxjs                 JavaScript, TypeScript
    use serde::{Serialize, Deserialize};  serde                Rust
    "github.com/spf13/cobra"              cobra                Go
    require 'active_record/base'          active_record        Ruby
    use Symfony\Component\Console;        Symfony              PHP

What a file imports of its own project is left out where the import shows that (`./util`, `crate::`).
A line in a docstring or a comment that reads like an import counts too: what an example imports is used.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

MAX_PACKAGES: Final = 64
"""The most packages that are reported of one file."""

_MAX_CHARS: Final = 200_000  # imports stand at the head of a file
_NAME: Final = r"[A-Za-z_]\w{0,79}"
_PYTHON: Final = re.compile(
    rf"^[ \t]{{0,40}}+(?:from[ \t]++({_NAME})[\w.]{{0,200}}+[ \t]++import\b"
    rf"|import[ \t]++({_NAME}[\w., \t]{{0,400}}+))",
    re.MULTILINE,
)
_SCRIPT: Final = re.compile(
    r"""(?:\bfrom|\bimport|\brequire[ \t]*+\(|\bimport[ \t]*+\()[ \t]*+["']([^"'\s]{1,200}+)["']"""
)
_RUST: Final = re.compile(
    rf"^[ \t]{{0,40}}+(?:pub(?:\([^)\n]{{0,40}}+\))?[ \t]++)?(?:use|extern[ \t]++crate)[ \t]++"
    rf"(?:::)?({_NAME})",
    re.MULTILINE,
)
_GO: Final = re.compile(
    r"""^[ \t]{0,40}+(?:import[ \t]++)?(?:[\w.]{1,80}+[ \t]++)?"([\w.~/-]{1,200}+)"[ \t]*+$""", re.MULTILINE
)
_RUBY: Final = re.compile(r"""^[ \t]{0,40}+require[ \t(]++["']([\w/-]{1,200}+)["']""", re.MULTILINE)
_PHP: Final = re.compile(
    rf"^[ \t]{{0,40}}+use[ \t]++(?:function[ \t]++|const[ \t]++)?\\?({_NAME})\\", re.MULTILINE
)
_NOT_PACKAGES: Final = frozenset({"crate", "self", "super"})
_VERSION: Final = re.compile(r"v\d{1,4}")


def imported_packages(text: str, language: str) -> tuple[str, ...]:
    """Return the packages that code imports, sorted, each once; none for a language that is not known here.

    Args:
        text: the source; only its first 200,000 characters are read.
        language: as `corpora.syntax.languages` names it.
    """
    read = _READERS.get(language)
    if read is None:
        return ()
    found: set[str] = set()
    for package in read(text[:_MAX_CHARS]):
        found.add(package)
        if len(found) == MAX_PACKAGES:
            break
    return tuple(sorted(found - _NOT_PACKAGES))


def _of_python(text: str) -> Iterator[str]:
    for root, listed in _PYTHON.findall(text):
        if root:
            yield root
        for part in listed.split(","):
            if words := part.split():
                yield words[0].partition(".")[0]


def _of_script(text: str) -> Iterator[str]:
    for module in _SCRIPT.findall(text):
        scope, _, rest = module.removeprefix("node:").partition("/")
        if scope and not scope.startswith((".", "#", "~")) and ":" not in scope:
            yield f"{scope}/{rest.partition('/')[0]}" if scope.startswith("@") and rest else scope


def _of_rust(text: str) -> Iterator[str]:
    yield from _RUST.findall(text)


def _of_go(text: str) -> Iterator[str]:
    for path in _GO.findall(text):
        *before, last = [part for part in path.split("/") if part] or [""]
        yield before[-1] if before and _VERSION.fullmatch(last) else last


def _of_ruby(text: str) -> Iterator[str]:
    yield from (path.partition("/")[0] for path in _RUBY.findall(text))


def _of_php(text: str) -> Iterator[str]:
    yield from _PHP.findall(text)


_READERS: Final[dict[str, Callable[[str], Iterator[str]]]] = {
    "python": _of_python,
    "javascript": _of_script,
    "typescript": _of_script,
    "tsx": _of_script,
    "rust": _of_rust,
    "go": _of_go,
    "ruby": _of_ruby,
    "php": _of_php,
}
