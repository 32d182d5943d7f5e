"""The signature of an object of a package on one line, as griffe reads it."""

import re
from collections.abc import Sequence
from pathlib import Path

import griffe

_MAX_VALUE_CHARS = 80
_MAX_SIGNATURE_CHARS = 1000
_MAX_OVERLOADS = 4
_MAX_FIELDS = 60
_MAKERS = frozenset({"dataclasses", "attr", "attrs", "pydantic"})
_MAKING = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s"})
_MODELS = ("BaseModel", "BaseSettings")
_FIELD_CALL = re.compile(r"(?:\w{1,40}\.)?(?:field|ib|attrib|Field)\(")
_FIELD_FACTORY = re.compile(r"\b(?:default_)?factory=([\w.]{1,80})")
_FIELD_DEFAULT = re.compile(r"(?:\bdefault=|\bField\()([^,()=]{1,80})(?=[,)])")
_PROPERTY_ENDINGS = ("property", "cache_readonly", "reify", "memoized_attribute")


def signature_of(member: griffe.Object, order: Sequence[griffe.Class] = ()) -> str:
    """Return the declaration of an object on one line, with annotations and defaults; all its overloads.

    `order` are a class and its bases, where those are known: its constructor may be that of a base.
    """
    shown = noted_call(member)
    if shown:
        pass  # it is compiled code, which has no declaration
    elif isinstance(member, griffe.Function) and is_property(member):
        shown = f"{member.name}: {member.returns}" if member.returns is not None else member.name
    elif isinstance(member, griffe.Function):
        # The implementation in a module shows the general call; only a stub has nothing but overloads.
        stub = isinstance(member.filepath, Path) and member.filepath.suffix == ".pyi"
        overloads = (member.overloads if stub else None) or [member]
        shown = "; ".join(call_of(overload) for overload in overloads[:_MAX_OVERLOADS])
    elif isinstance(member, griffe.Class):
        shown = _constructor(member, order)
    elif isinstance(member, griffe.Attribute):
        shown = member.name
        if member.annotation is not None:
            shown += f": {member.annotation}"
        if member.value is not None and len(str(member.value)) <= _MAX_VALUE_CHARS:
            shown += f" = {member.value}"
    shown = " ".join(shown.split())
    return shown if len(shown) <= _MAX_SIGNATURE_CHARS else shown[: _MAX_SIGNATURE_CHARS - 3] + "..."


def note_call(member: griffe.Object, call: str) -> None:
    """Note how an object is called that compiled code defines, as in `sqrt(x, /)`."""
    member.extra["docprompting"]["call"] = call


def mark_compiled(module: griffe.Module) -> None:
    """Note that nothing but the tables of its compiled file tells of a module."""
    module.extra["docprompting"]["compiled"] = True


def is_marked_compiled(module: griffe.Object) -> bool:
    """Return whether `mark_compiled` was called for a module."""
    return "docprompting" in module.extra and bool(module.extra["docprompting"].get("compiled"))


def noted_call(member: griffe.Object) -> str:
    """Return the call that `note_call` noted; empty for most."""
    return str(member.extra["docprompting"].get("call", "")) if "docprompting" in member.extra else ""


def is_property(function: griffe.Function) -> bool:
    """Return whether a decorator that griffe does not know makes an attribute of a method."""
    names = (decorator.callable_path.rpartition(".")[2] for decorator in function.decorators)
    return any(name.lower().endswith(_PROPERTY_ENDINGS) for name in names)


def _constructor(member: griffe.Class, order: Sequence[griffe.Class]) -> str:
    for cls in order or (member,):
        init = cls.members.get("__init__") or cls.members.get("__new__")
        if isinstance(init, griffe.Function):
            call = call_of(init, member.name)
            return f"class {call.rpartition(' -> ')[0] or call}"
    if (fields := _fields_of(member, order or (member,))) is not None:
        return f"class {member.name}({', '.join(fields)})"
    bases = ", ".join(str(base) for base in member.bases)
    return f"class {member.name}({bases})" if bases else f"class {member.name}"


def _fields_of(member: griffe.Class, order: Sequence[griffe.Class]) -> list[str] | None:
    """Return the parameters of a constructor that is made from the fields of a class; None if none is."""
    is_model = any(_named(base).startswith(_MODELS) for cls in order for base in cls.bases)
    if not is_model and not _is_made_from_fields(member):
        return None
    fields: dict[str, tuple[bool, str]] = {}
    for cls in reversed(order):
        if not is_model and not _is_made_from_fields(cls):
            continue
        is_keyword = is_model or any("kw_only=True" in str(one.value) for one in cls.decorators)
        for name, field in cls.members.items():
            shown = _field(field) if isinstance(field, griffe.Attribute) else ""
            is_keyword = is_keyword or (
                isinstance(field, griffe.Attribute) and _named(field.annotation) == "KW_ONLY"
            )
            if shown and not (is_model and (name.startswith("_") or name == "model_config")):
                fields[name] = is_keyword, shown
    positional = [shown for is_keyword, shown in fields.values() if not is_keyword]
    keywords = [shown for is_keyword, shown in fields.values() if is_keyword]
    return [*positional, *(["*"] if keywords else []), *keywords][:_MAX_FIELDS]


def _is_made_from_fields(cls: griffe.Class) -> bool:
    paths = (one.callable_path for one in cls.decorators)
    return any(
        path.partition(".")[0] in _MAKERS and path.rpartition(".")[2] in _MAKING for path in paths
    ) or any(_named(base) == "NamedTuple" for base in cls.bases)


def _named(base: object) -> str:
    return str(base).partition("[")[0].rpartition(".")[2]


def _field(field: griffe.Attribute) -> str:
    """Return a parameter for a field, as `x: int = 3`; empty if the constructor does not take it."""
    annotation, value = str(field.annotation or ""), str(field.value or "")
    if not annotation or _named(annotation) == "KW_ONLY" or "instance-attribute" not in field.labels:
        return ""  # of a ClassVar, griffe keeps what it is of, and says that instances have none
    call = _FIELD_CALL.match(value)
    if call is None:
        default = value
    elif "init=False" in value:
        return ""
    elif made := _FIELD_FACTORY.search(value):
        default = f"{made[1]}()"
    else:
        given = _FIELD_DEFAULT.search(value)
        default = given[1].strip() if given and given[1].strip() != "..." else ""
    if len(default) > _MAX_VALUE_CHARS:
        default = "..."
    return f"{field.name}: {annotation} = {default}" if default else f"{field.name}: {annotation}"


def call_of(function: griffe.Function, name: str = "") -> str:
    """Return the signature of a function, under `name` if given, without `self` and `cls`."""
    written = [parameter.annotation for parameter in function.parameters]
    for parameter in function.parameters:
        parameter.annotation = _bare(parameter.annotation)
    shown = function.signature(return_type=True, name=name or function.name)
    for parameter, annotation in zip(function.parameters, written, strict=True):
        parameter.annotation = annotation
    for first in ("self", "cls"):
        shown = shown.replace(f"({first}, ", "(", 1).replace(f"({first})", "()", 1)
    return shown


def _bare(annotation: griffe.Expr | str | None) -> griffe.Expr | str | None:
    """Return `int` for `Annotated[int, Doc("...")]`, any other annotation as it is."""
    if isinstance(annotation, griffe.ExprSubscript) and str(annotation.left).endswith("Annotated"):
        inside = annotation.slice
        return inside.elements[0] if isinstance(inside, griffe.ExprTuple) else inside
    return annotation
