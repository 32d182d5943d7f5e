r"""What imported names stand for in languages other than Python, read from their lines; nothing is parsed.

    import { Cart as C } from "../shop/cart"   C     ->  shop.cart.Cart    (in src/till/pay.ts)
    const tax = require("./tax")               tax   ->  till.tax
    use crate::shop::{Cart, tax};              Cart  ->  shop.Cart         Rust
    import com.shop.Cart;                      Cart  ->  com.shop.Cart     Java, Kotlin, Scala
    import "example.com/shop/cart"             cart  ->  cart              Go: called like its folder

Names are dotted as `definition_scope` dots the file that defines them. Of Python, see `python_imports`.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from corpora.syntax.module_name import definition_scope, module_name

_MAX_CHARS: Final = 200_000
_MAX_NAMES: Final = 500
_WORD: Final = re.compile(r"[\w$]+")
_SCRIPT: Final = re.compile(
    r"""\b(?:import|const|let|var)\b([\w$*{},:=\s]{1,2000}+)\(?["']([^"'\s]{1,200}+)["']"""
)
_FROM: Final = re.compile(r"(?:\bfrom|=\s*require|=\s*await\s+import)\s*$")
_RUST: Final = re.compile(
    r"^[ \t]{0,40}+(?:pub(?:\([^)\n]{0,40}+\))?[ \t]++)?use[ \t]++([^;]{1,2000}+);", re.MULTILINE
)
_JAVA: Final = re.compile(
    r"^[ \t]{0,8}+import[ \t]++(?:static[ \t]++)?([\w.]{1,200}+)"
    r"(?:[ \t]++as[ \t]++(\w{1,80}+)|\{([^}\n]{1,500}+)\})?[ \t;]*+$",
    re.MULTILINE,
)
_GO: Final = re.compile(
    r"""^[ \t]{0,40}+(?:import[ \t]++)?(?:([\w.]{1,80}+)[ \t]++)?"([\w.~/-]{1,200}+)"[ \t]*+$""", re.MULTILINE
)
_GO_VERSION: Final = re.compile(r"v\d{1,4}")
_GO_SUFFIX: Final = re.compile(r"\.v\d{1,4}$")
_MAX_TREE: Final = 6  # depth of braces in a `use`


def imported_symbols(text: str, language: str, path: str) -> dict[str, str]:
    """Return the dotted name that each imported name stands for, by its local name.

    Args:
        text: the source; only its first 200,000 characters are read.
        language: as `corpora.syntax.languages` names it; for one that is not known here, nothing is found.
        path: of the file in its repository, to which relative imports refer.
    """
    read = _READERS.get(language)
    found: dict[str, str] = {}
    for local, name in read(text[:_MAX_CHARS], path) if read else ():
        found.setdefault(local, name)
        if len(found) == _MAX_NAMES:
            break
    return found


def _of_script(text: str, path: str) -> Iterator[tuple[str, str]]:
    for clause, source in _SCRIPT.findall(text):
        if _FROM.search(clause):
            yield from _bound_by_clause(clause, _script_module(source, path))


def _bound_by_clause(clause: str, module: str) -> Iterator[tuple[str, str]]:
    """Yield what `Cart, { tax as t } from` or `{ tax } = require` binds, and what that stands for."""
    is_required = "=" in clause
    plain, _, listed = _FROM.sub("", clause).partition("{")
    for part in listed.partition("}")[0].split(","):
        if words := _words(part):
            yield words[-1], f"{module}.{words[0]}"
    if words := _words(plain):
        # A default export is mostly called as what it exports; `* as x` and `require` give the whole module.
        is_whole = "*" in plain or is_required
        yield words[-1], module if is_whole else f"{module}.{words[-1]}"


def _words(part: str) -> list[str]:
    return [word for word in _WORD.findall(part) if word not in {"as", "type"}]


def _script_module(source: str, path: str) -> str:
    """Return the dotted module that a path in an import stands for."""
    if not source.startswith("."):
        name = source.removeprefix("node:").removeprefix("@/").removeprefix("~/")
        return name.strip("/").replace("/", ".")
    parts = [*PurePosixPath(path).parts[:-1]]
    for part in PurePosixPath(source).parts if source != "." else ():
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    last = re.sub(r"\.[cm]?[jt]sx?$|\.vue$|\.svelte$", "", parts[-1]) if parts else ""
    return definition_scope("/".join([*parts[:-1], f"{last}.ts"])) if last else ""


def _of_rust(text: str, path: str) -> Iterator[tuple[str, str]]:
    own = module_name(path).split(".")
    for used in _RUST.findall(text):
        for name, alias in _rust_tree(re.sub(r"\s+", " ", used).strip(), _MAX_TREE):
            parts = [part for part in name.split("::") if part]
            parts = _rust_absolute(parts, own)
            if parts and parts[-1] != "*":
                yield alias or parts[-1], ".".join(parts)


def _rust_absolute(parts: list[str], own: list[str]) -> list[str]:
    if parts[:1] == ["crate"]:
        # In a workspace the crate has folders above it, which names of the same crate share.
        return parts[1:]
    if parts[:1] == ["self"]:
        return [*own, *parts[1:]]
    while parts[:1] == ["super"]:
        own, parts = own[:-1], parts[1:]
        if parts[:1] != ["super"]:
            return [*own, *parts]
    return parts


def _rust_tree(used: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield what a `use` names, with its alias: `a::{B, c::{self, D as E}}` is a::B, a::c and a::c::D."""
    head, brace, rest = used.partition("{")
    if not brace:
        name, _, alias = used.partition(" as ")
        name = name.strip()
        yield name.removesuffix("::self"), alias.strip()
        return
    level, start = 0, 0
    inner = rest.rsplit("}", maxsplit=1)[0]
    for at, char in enumerate(inner + ","):
        level += (char == "{") - (char == "}")
        if char == "," and level == 0:
            if (part := inner[start:at].strip()) and depth:
                yield from _rust_tree(head.strip() + part, depth - 1)
            start = at + 1


def _of_java(text: str, _: str) -> Iterator[tuple[str, str]]:
    for name, alias, listed in _JAVA.findall(text):
        for one in listed.split(",") if listed else ():
            words = _WORD.findall(one)
            if words:
                yield words[-1], f"{name}{words[0]}"
        if not listed and "." in name and not name.endswith("."):
            yield alias or name.rpartition(".")[2], name


def _of_go(text: str, _: str) -> Iterator[tuple[str, str]]:
    for alias, source in _GO.findall(text):
        parts = [part for part in source.split("/") if part and not _GO_VERSION.fullmatch(part)]
        if parts and alias not in {"_", "."}:
            package = _GO_SUFFIX.sub("", parts[-1])
            yield alias or package.replace("-", "_"), package


_READERS: Final[dict[str, Callable[[str, str], Iterator[tuple[str, str]]]]] = {
    "go": _of_go,
    "java": _of_java,
    "javascript": _of_script,
    "kotlin": _of_java,
    "rust": _of_rust,
    "scala": _of_java,
    "tsx": _of_script,
    "typescript": _of_script,
}
