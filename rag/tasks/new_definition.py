"""The new form of a definition, as a model answered it, put in the place of the old one."""

import ast
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from corpora.errors import GeneratorError
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names
from rag.generators.extraction.extract_code import extract_code
from rag.prompting.fence import safe_line
from rag.tasks.edited_file import EditedFile
from rag.tasks.import_lines import import_lines
from rag.tasks.source_definitions import SourceDefinition, parse_definitions

_PYTHON: Final = "python"


@dataclass(frozen=True, slots=True)
class NewText:
    """The text of a file with a definition replaced.

    Attributes:
        text: all of it.
        imports: lines of imports that it has in addition.
        left_out: names of definitions in the answer that were not asked for.
    """

    text: str
    imports: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def replaced(file: EditedFile, old: SourceDefinition, answer: str) -> NewText:
    """Return a file with the definition in an answer in the place of an old one.

    The indentation, line ends and tabs are those of the file. Imports of Python that the new code uses and
    the file lacks are added below its imports.

    Raises:
        GeneratorError: the answer does not hold the definition, or the file could not be parsed with it.
    """
    last = old.name.rpartition(".")[2]
    code = extract_code(answer, _PYTHON if file.language == _PYTHON else "", last)
    data = code.encode("utf-8", "replace")
    parsed = parse_definitions(data, file.language)
    found = parsed.definitions if parsed else ()
    new = _meant(found, old)
    fragment = _fitting(data, new, file, old)
    if fragment is None:
        why = (
            "the file could not be parsed with it" if new else f"it holds no definition of {safe_line(last)}"
        )
        raise _unfit(old, why)
    text = _spliced(file, old, fragment)
    imports = _missing_imports(file, code, fragment) if file.language == _PYTHON else ()
    if imports:
        text = _with_imports(text, imports, file.line_end)
        if parse_python(file.text) is not None and parse_python(text) is None:
            raise _unfit(old, "the file could not be parsed with the imports in it")
    others = [one.name for one in found if "." not in one.name and not (new and _is_around(one, new))]
    return NewText(text, imports, tuple(others) if new else ())


def _fitting(
    data: bytes, new: SourceDefinition | None, file: EditedFile, old: SourceDefinition
) -> str | None:
    """Return what of an answer is to stand in the place of the old definition; None if nothing fits.

    Some definitions mean nothing by themselves, such as `get() {}` of an object in JavaScript: then all of
    the answer is taken, if the definition is just that once it is in its place.
    """
    if new is not None:
        fragment = _fragment(data, new.start, new.end, file, old)
        if _fits(file, old, fragment):
            return fragment
    begin = len(data) - len(data.lstrip())
    whole = _fragment(data, begin, len(data.rstrip()), file, old) if begin < len(data) else ""
    return whole if whole and _fits(file, old, whole, named=True) else None


def _fits(file: EditedFile, old: SourceDefinition, fragment: str, *, named: bool = False) -> bool:
    """Return whether a file has no more mistakes in its syntax with new code in the place of a definition.

    With `named`, the code has to be the definition of the old name there, and nothing else.
    """
    text = _spliced(file, old, fragment)
    parsed = parse_definitions(text.encode("utf-8"), file.language)
    if parsed is None or parsed.error_bytes > file.parsed.error_bytes:
        return False
    if file.language == _PYTHON and parse_python(file.text) is not None and parse_python(text) is None:
        return False
    end = old.start + len(_with_ends(fragment, file).encode("utf-8"))
    return not named or any(
        (one.name, one.start, one.end) == (old.name, old.start, end) for one in parsed.definitions
    )


def _spliced(file: EditedFile, old: SourceDefinition, fragment: str) -> str:
    source = file.text.encode("utf-8")
    made = _with_ends(fragment, file).encode("utf-8")
    return (source[: old.start] + made + source[old.end :]).decode("utf-8")


def _meant(found: tuple[SourceDefinition, ...], old: SourceDefinition) -> SourceDefinition | None:
    """Return which definition of an answer is meant: the one of the same name, else the only one."""
    last = old.name.rpartition(".")[2]
    named = [one for one in found if one.name == old.name] or [
        one for one in found if one.name.rpartition(".")[2] == last
    ]
    if named:  # a constructor has the name of its class; an answer may quote the old code before the new
        return min(named, key=lambda one: (one.opens != old.opens, one.name.count("."), -one.start))
    outer = [one for one in found if "." not in one.name]
    return outer[0] if len(outer) == 1 and outer[0].opens == old.opens else None


def _is_around(one: SourceDefinition, new: SourceDefinition) -> bool:
    return one.start <= new.start and new.end <= one.end


def _fragment(data: bytes, start: int, end: int, file: EditedFile, old: SourceDefinition) -> str:
    """Return a part of an answer as it is written at the place of the old definition, behind its margin."""
    lines = data[start:end].decode("utf-8").rstrip().split("\n")
    own = _margin(data, start)
    source = file.text.encode("utf-8")
    target = _margin(source, old.start)
    before = source[old.start : old.end].decode("utf-8").split("\n")[1:]
    if any(line.startswith("\t") for line in before) and not any(line.startswith("\t") for line in lines):
        lines, own = _with_tabs([lines[0], *(line.removeprefix(own) for line in lines[1:])]), ""
    fixed = _lines_in_strings("\n".join(lines), own) if file.language == _PYTHON else frozenset()
    fitted = [lines[0]]
    for number, line in enumerate(lines[1:], start=2):
        if number in fixed or own == target:
            fitted.append(line)
        else:
            fitted.append(f"{target}{line.removeprefix(own)}" if line.strip() else "")
    return "\n".join(fitted)


def _margin(data: bytes, start: int) -> str:
    """Return the white space in front of a definition on its line; empty if there is other code."""
    begin = data.rfind(b"\n", 0, start) + 1
    before = data[begin:start].decode("utf-8", "replace")
    return before if not before.strip() else ""


def _with_tabs(lines: list[str]) -> list[str]:
    """Return lines that are indented by spaces, indented by tabs: one for as many as the first step has."""
    depths = [len(line) - len(line.lstrip(" ")) for line in lines]
    step = min((depth for depth in depths if depth), default=4)
    pairs = zip(depths, lines, strict=True)
    return ["\t" * (depth // step) + " " * (depth % step) + line.lstrip(" ") for depth, line in pairs]


def _lines_in_strings(code: str, own: str) -> frozenset[int]:
    """Return the numbers of lines that begin in a string of several lines, which is no docstring."""
    tree = parse_python(f"if True:\n{own}{code}" if own else code)
    if tree is None:
        return frozenset()
    shift = 1 if own else 0
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
    ]
    return frozenset(
        line - shift
        for node in texts
        if id(node) not in docs and node.end_lineno
        for line in range(node.lineno + 1, node.end_lineno + 1)
    )


def _with_ends(fragment: str, file: EditedFile) -> str:
    return fragment.replace("\n", file.line_end) if file.line_end != "\n" else fragment


def _missing_imports(file: EditedFile, answer: str, fragment: str) -> tuple[str, ...]:
    """Return the imports in an answer that the new code uses and the file does not have."""
    known = parse_python(file.text)
    bound = set(imported_names(known)) if known else set()
    found = []
    for line in import_lines(answer):
        tree = parse_python(line)
        names = set(imported_names(tree)) if tree else set()
        if names - bound and any(_uses(fragment, name) for name in names - bound):
            found.append(line)
    return tuple(found)


def _uses(code: str, name: str) -> bool:
    first = name.partition(".")[0]
    tree = parse_python(code)
    if tree is None:
        return first in code
    return any(isinstance(node, ast.Name) and node.id == first for node in ast.walk(tree))


def _with_imports(text: str, imports: tuple[str, ...], line_end: str) -> str:
    """Return a text with imports below its own, or below its docstring and comments at the top."""
    tree = parse_python(text)
    lines = text.split("\n")
    at = 0
    if tree is not None:
        defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        head = takewhile(lambda node: not isinstance(node, defined), tree.body)
        held = [node for node in head if isinstance(node, ast.Import | ast.ImportFrom)]
        is_doc = (
            bool(tree.body) and isinstance(tree.body[0], ast.Expr) and ast.get_docstring(tree) is not None
        )
        last = held[-1] if held else (tree.body[0] if is_doc else None)
        at = (last.end_lineno or 0) if last else _comments_at_top(lines)
    added = [one for line in imports for one in line.split("\n")]
    ends = "\r" if line_end == "\r\n" else ""
    return "\n".join([*lines[:at], *(f"{one}{ends}" for one in added), *lines[at:]])


def _comments_at_top(lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))


def _unfit(old: SourceDefinition, why: str) -> GeneratorError:
    return GeneratorError(
        f"the answer cannot take the place of {safe_line(old.name)}",
        why=why,
        fix="ask in other words or another model, or allow a longer answer with --max-output-tokens",
    )
