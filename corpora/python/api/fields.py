"""The constructors that are made from fields: of dataclasses, attrs, pydantic and named tuples."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import griffe

from corpora.api.signature import MAX_DEFAULT_CHARS, Parameter, ParameterKind, Signature
from corpora.python.api.decorations import decorator_paths
from corpora.python.api.facts import fields_of
from corpora.python.api.resolving import Paths
from corpora.python.api.signatures import unparsed
from corpora.syntax.dotted_name import dotted_name

_MAKERS: Final = frozenset({"dataclasses", "attr", "attrs", "pydantic"})
_ALWAYS_ANNOTATED: Final = frozenset({"define", "frozen", "mutable", "dataclass"})
_ATTRS: Final = frozenset({"s", "attrs", "attributes", *_ALWAYS_ANNOTATED})
_FIELD_CALLS: Final = frozenset({"field", "ib", "attrib", "attr", "Field"})
_DEFAULTS: Final = ("default", "default_factory", "factory")
_MAX_FIELDS: Final = 200

_Fields = dict[str, Parameter]


def field_maker(cls: griffe.Class, paths: Paths) -> tuple[str, dict[str, ast.expr]] | None:
    """Return the decorator that makes a constructor of the fields of a class, with its keywords; or None."""
    for path, node in decorator_paths(cls, paths):
        top, name = path.partition(".")[0], path.rpartition(".")[2]
        if (top in _MAKERS and name in _ATTRS) or path.endswith("dataclasses.dataclass"):
            given = node.keywords if isinstance(node, ast.Call) else []
            return path, {one.arg: one.value for one in given if one.arg}
    return None


def fields_of_decorated(cls: griffe.Class, order: Sequence[griffe.Class], paths: Paths) -> Signature | None:
    """Return the constructor of a dataclass or a class of attrs; None if it is none or makes none."""
    made = field_maker(cls, paths)
    if made is None or _is_false(made[1].get("init")):
        return None
    fields: _Fields = {}
    for base in reversed(order):
        if (known := field_maker(base, paths)) is not None:
            fields.update(_decorated_fields(base, *known))
    return Signature(_in_order(fields.values()), "None")


def _decorated_fields(
    cls: griffe.Class, maker: str, keywords: dict[str, ast.expr]
) -> Iterator[tuple[str, Parameter]]:
    is_attrs = maker.partition(".")[0] in {"attr", "attrs"}
    all_keyword = _is_true(keywords.get("kw_only"))
    name = maker.rpartition(".")[2]
    annotated = not is_attrs or name in _ALWAYS_ANNOTATED or _is_true(keywords.get("auto_attribs"))
    if is_attrs and name != "dataclass" and not _is_true(keywords.get("auto_attribs")):
        # attrs decides by the fields: `x = field()` without annotations means that these alone count.
        bare = any(one.annotation is None and _field_call(one.value) is not None for one in fields_of(cls))
        annotated = annotated and not bare
    for one in fields_of(cls)[:_MAX_FIELDS]:
        if one.annotation is not None and _is_named(one.annotation, "KW_ONLY"):
            all_keyword = True
            continue
        call = _field_call(one.value)
        if (
            (one.annotation is None or not annotated)
            if call is None
            else (not is_attrs and one.annotation is None)
        ):
            continue
        if one.annotation is not None and _is_named(one.annotation, "ClassVar"):
            continue
        options = {key.arg: key.value for key in call.keywords if key.arg} if call else {}
        if _is_false(options.get("init")):
            continue
        is_keyword = all_keyword or _is_true(options.get("kw_only"))
        if "kw_only" in options and _is_false(options["kw_only"]):
            is_keyword = False
        kind: ParameterKind = "keyword only" if is_keyword else "positional or keyword"
        shown = one.name.lstrip("_") if is_attrs else one.name
        alias = options.get("alias") if is_attrs else None
        if isinstance(alias, ast.Constant) and isinstance(alias.value, str):
            shown = alias.value
        default = _default(one.value, call, options, positional=is_attrs and call is not None)
        yield one.name, Parameter(shown or one.name, kind, default, unparsed(one.annotation))


def fields_of_named_tuple(cls: griffe.Class) -> Signature:
    """Return the constructor of a class that inherits from `NamedTuple`."""
    found = [
        Parameter(one.name, "positional or keyword", _shown(one.value), unparsed(one.annotation))
        for one in fields_of(cls)[:_MAX_FIELDS]
        if one.annotation is not None
    ]
    return Signature(tuple(found))


def fields_of_model(order: Sequence[griffe.Class]) -> Signature | None:
    """Return the constructor of a model of pydantic; None where a field has another name in a call."""
    fields: _Fields = {}
    for cls in reversed(order):
        for one in fields_of(cls)[:_MAX_FIELDS]:
            if one.annotation is None or one.name.startswith("_") or one.name == "model_config":
                continue
            if _is_named(one.annotation, "ClassVar") or _is_named(one.annotation, "PrivateAttr"):
                continue
            call = _field_call(one.value)
            options = {key.arg: key.value for key in call.keywords if key.arg} if call else {}
            if {"alias", "validation_alias"} & options.keys() or _has_alias(one.annotation):
                return None
            default = _default(one.value, call, options, positional=True)
            if default is None and _is_named(one.annotation, "Optional"):
                default = "None"  # in pydantic 1
            fields[one.name] = Parameter(one.name, "keyword only", default, unparsed(one.annotation))
    return Signature(tuple(fields.values()), "None")


def _in_order(parameters: Iterable[Parameter]) -> tuple[Parameter, ...]:
    return tuple(sorted(parameters, key=lambda one: one.kind == "keyword only"))


def is_field_call(value: ast.expr) -> bool:
    """Return whether a value describes a field, and is not itself what the class has: `field(default=1)`."""
    return _field_call(value) is not None


def _field_call(value: ast.expr | None) -> ast.Call | None:
    """Return the call in `x: int = field(default=1)`; None for any other value."""
    if isinstance(value, ast.Call) and dotted_name(value.func).rpartition(".")[2] in _FIELD_CALLS:
        return value
    return None


def _default(
    value: ast.expr | None, call: ast.Call | None, options: dict[str, ast.expr], *, positional: bool
) -> str | None:
    if call is None:
        return _shown(value)
    for name in _DEFAULTS:
        if (given := options.get(name)) is not None:
            shown = _shown(given)
            return (
                f"{shown}()" if name != "default" and isinstance(given, ast.Name | ast.Attribute) else shown
            )
    if positional and call.args:
        first = call.args[0]
        return None if isinstance(first, ast.Constant) and first.value is ... else _shown(first)
    return None


def _shown(value: ast.expr | None) -> str | None:
    return None if value is None else unparsed(value, MAX_DEFAULT_CHARS)


def _is_named(annotation: ast.expr, name: str) -> bool:
    """Return whether an annotation is `name`, or `name[...]`, also as a string."""
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value.partition("[")[0].rpartition(".")[2] == name
    return dotted_name(annotation).rpartition(".")[2] == name


def _has_alias(annotation: ast.expr) -> bool:
    """Return whether `Annotated[int, Field(alias="x")]` gives a field another name."""
    return any(isinstance(one, ast.keyword) and "alias" in str(one.arg) for one in ast.walk(annotation))


def _is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


def _is_false(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is False
