"""Docstrings that a module adds to compiled objects by calls, read from its source, which is not run.

numpy writes `add_newdoc("numpy._core.multiarray", "zeros", "...")`, torch `add_docstr(torch.abs, "...")` or
`det = _add_docstr(_linalg.linalg_det, "...")`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path

from corpora.outside.files import read_outside
from corpora.spec import MAX_FILE_BYTES
from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.parse_python import parse_python

_CALLS = re.compile(rb"\b_?add_(?:newdoc|docstr)")
_NAME = re.compile(r"_?add_(?:newdoc|docstr)\w*")
_MAX_DEPTH = 50  # of expressions: a docstring is put together from a few parts


@dataclass(frozen=True, slots=True)
class AddedDocstring:
    """A docstring for the object `name` in the module `place`, or for its attribute `attribute`, if any."""

    place: str
    name: str
    attribute: str
    text: str
    line: int


def added_docstrings_in(root: Path, path: str) -> list[AddedDocstring]:
    """Return the docstrings that the module at `path`, relative to `root`, adds; none if it is broken."""
    try:
        data = read_outside(root / path, max_bytes=MAX_FILE_BYTES)
    except OSError:
        return []
    if not _CALLS.search(data):
        return []
    tree = parse_python(data)
    if tree is None:
        return []  # reading the module itself reports why
    here = ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")
    texts = {
        target.id: text
        for node in tree.body
        if isinstance(node, ast.Assign) and (text := _text(node.value, {})) is not None
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    helpers = {
        node.name: target
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and (target := _attributes_of(node)) is not None
    }
    return [
        doc
        for statement in tree.body
        if isinstance(statement, ast.Expr | ast.Assign) and isinstance(call := statement.value, ast.Call)
        for place, name, node in (
            _documented_objects(call, here, helpers)
            if isinstance(statement, ast.Expr)
            else _documented_result(statement.targets, call, here)
        )
        for doc in _docs(place, name, node, call.lineno, texts)
    ]


def _documented_result(
    targets: list[ast.expr], call: ast.Call, here: str
) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield module, name and docstring where a call documents an object and returns it to be named here."""
    function = dotted_name(call.func).rpartition(".")[2]
    if _NAME.fullmatch(function) and len(call.args) == 2 and dotted_name(call.args[0]):
        yield from ((here, one.id, call.args[1]) for one in targets if isinstance(one, ast.Name))


def _documented_objects(
    call: ast.Call, here: str, helpers: dict[str, tuple[str, str, int]]
) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield module, name and docstring of the object that a call documents; nothing for other calls."""
    function = dotted_name(call.func).rpartition(".")[2]
    constants = [_constant(argument) for argument in call.args]
    if function in helpers:
        place, name, index = helpers[function]
        if len(call.args) > index + 1:
            yield place, name, ast.Tuple([call.args[index], call.args[-1]], ast.Load())
    elif not _NAME.fullmatch(function) or len(constants) < 2:
        return
    elif dotted := dotted_name(call.args[0]):
        place, _, name = dotted.rpartition(".")
        yield place, name, call.args[1]
    elif function == "add_newdoc" and len(constants) > 2:
        where, what = constants[:2]
        if isinstance(where, str) and isinstance(what, str):
            yield where, what, call.args[2]
    elif function != "add_newdoc" and isinstance(own := constants[0], str):
        yield here, own, call.args[-1]  # by a function of this module: (name, ..., doc)


def _attributes_of(function: ast.FunctionDef) -> tuple[str, str, int] | None:
    """Return the object whose attributes `function` documents, and the index of the argument for the name.

    It calls `add_newdoc("place", "name", (attribute, text))` or `add_docstr(getattr(place.name, attribute),
    text)`.
    """
    parameters = [argument.arg for argument in function.args.args]
    for statement in function.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not _NAME.fullmatch(dotted_name(call.func)):
            continue
        place, name, attribute = _attribute_documented(call)
        if place and name and attribute in parameters:
            return place, name, parameters.index(attribute)
    return None


def _attribute_documented(call: ast.Call) -> tuple[str, str, str]:
    """Return module and name of an object, and the variable that names the attribute of it documented here.

    They are empty for a call that documents something else.
    """
    match call.args:
        case [ast.Constant(value=str(place)), ast.Constant(value=str(name)), ast.Tuple(elts=[named, *_]), *_]:
            return place, name, dotted_name(named)
        case [ast.Call(func=ast.Name(id="getattr"), args=[holder, named]), _]:
            place, _, name = dotted_name(holder).rpartition(".")
            return place, name, dotted_name(named)
        case _:
            return "", "", ""


def _docs(place: str, name: str, doc: ast.expr, line: int, texts: dict[str, str]) -> Iterator[AddedDocstring]:
    for attribute, node in _parts(doc):
        text = cleandoc(_text(node, texts) or "").strip()
        if place and name and text:
            yield AddedDocstring(place, name, attribute, text, line)


def _parts(doc: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield attributes with their docstrings: the object itself (empty), one attribute, or a list of them."""
    pairs = doc.elts if isinstance(doc, ast.List) else [doc]
    for pair in pairs:
        if not isinstance(pair, ast.Tuple):
            yield "", pair
        elif len(pair.elts) == 2 and isinstance(attribute := _constant(pair.elts[0]), str):
            yield attribute, pair.elts[1]


def _text(node: ast.expr, texts: dict[str, str], depth: int = 0) -> str | None:
    """Return the string that an expression makes, as far as its source tells; None if it makes none.

    Parts that only running the code can tell are left out.
    """
    if depth > _MAX_DEPTH:
        return None
    if isinstance(node, ast.Name):
        return texts.get(node.id)
    if isinstance(node, ast.BinOp):
        left, right = (_text(side, texts, depth + 1) for side in (node.left, node.right))
        return left if isinstance(node.op, ast.Mod) or left is None else left + (right or "")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        text = _text(node.func.value, texts, depth + 1)
        if text is not None and node.func.attr == "replace" and len(node.args) == 2:
            old, new = (_text(part, texts, depth + 1) for part in node.args)
            text = text.replace(old, new or "") if old else text
        return text
    value = _constant(node)
    return value if isinstance(value, str) else None


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None
