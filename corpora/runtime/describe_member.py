"""Describe one object as `ask_members.py` prints it: its names, docstring, signature and place.

It runs where that program runs, on Python 3.8 and newer, with nothing but the standard library.
"""

from __future__ import annotations

import inspect
import re
import sys
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

_MAX_DOC_CHARS, _MAX_SIGNATURE_CHARS = 40_000, 1_000
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
ROUTINES = (FunctionType, BuiltinFunctionType, MethodType, MethodDescriptorType, WrapperDescriptorType)
_VALUES = (GetSetDescriptorType, MemberDescriptorType, property)


class KnownObject:
    """An object, and the names that lead to it: its own, and those of the classes it is a member of."""

    def __init__(self, number: int, value: Any, raw: Any, owner: Any) -> None:
        self.number, self.value, self.raw, self.owner = number, value, raw, owner
        self.names: list[str] = []
        self.imported_as: list[str] = []  # names in modules that only use it
        self.of: list[tuple[int, str]] = []
        self.inherited: list[Any] = []  # the same member in the bases of its class, for its docstring


def member_record(known: KnownObject) -> dict[str, Any]:
    """Return an object as a record; raises whatever the code of a stranger's object raises."""
    value, raw = known.value, known.raw
    inner = (
        getattr(raw, "__func__", None) or getattr(raw, "fget", None) or getattr(raw, "func", None) or value
    )
    module = getattr(known.owner, "__module__", None) if known.of and not known.names else None
    module = module or getattr(inner, "__module__", None)
    if isinstance(value, ModuleType):
        module = value.__name__
    elif not isinstance(module, str):
        module = type(value).__module__ if not known.names else known.names[0].rpartition(".")[0]
    code: Any = getattr(inspect.unwrap(inner) if callable(inner) else inner, "__code__", None)
    home = sys.modules.get(module)
    is_here = code is not None and code.co_filename == getattr(home, "__file__", None)
    return {
        "id": known.number,
        "names": known.names or known.imported_as,
        "of": known.of,
        "kind": _kind(value, raw, bool(known.of)),
        "doc": _doc(known),
        "signature": _signature(value, raw, bool(known.of and not known.names)),
        "own": str(getattr(inner, "__name__", "")),
        "module": module,
        "line": code.co_firstlineno if is_here else 0,
        "package": hasattr(home, "__path__"),
    }


def _kind(value: Any, raw: Any, in_class: bool) -> str:
    if isinstance(value, ModuleType):
        return "module"
    if isinstance(value, type):
        return "class"
    if isinstance(value, _VALUES) or isinstance(raw, _VALUES):
        return "property"
    if callable(value):
        return "method" if in_class else "function"
    return "value"


def _doc(known: KnownObject) -> str:
    for one in (known.raw, known.value, getattr(known.raw, "__func__", None), *known.inherited):
        text = _own_doc(one)
        if text:
            return inspect.cleandoc(text)[:_MAX_DOC_CHARS]
    return ""


def _own_doc(value: Any) -> str:
    """Return the docstring of an object; empty if it is only that of its class, as that of a number is."""
    if isinstance(value, type):
        text = _class_doc(value)
    else:
        text = getattr(value, "__doc__", None)
        if not isinstance(value, (*ROUTINES, *_VALUES, ModuleType)) and text == type(value).__doc__:
            return ""
    return text if isinstance(text, str) else ""


def _class_doc(kind: type) -> Any:
    """Return the docstring of a class, or of the nearest base that is of the same package."""
    package = str(kind.__module__).partition(".")[0]
    for base in type.__getattribute__(kind, "__mro__"):
        text = vars(base).get("__doc__")
        if isinstance(text, str) and str(base.__module__).partition(".")[0] == package:
            return text
    return getattr(kind, "__doc__", None)


class _Bare(str):
    """An annotation that is shown as it was written: `int | None`, not `'int | None'`."""

    def __repr__(self) -> str:
        return str(self)


def _signature(value: Any, raw: Any, bound: bool) -> str:
    if not callable(value) or isinstance(raw, _VALUES):
        return ""
    try:
        found = inspect.signature(value)
    except (ValueError, TypeError, AttributeError, NameError, RecursionError):
        return ""
    parameters = [_plain(one) for one in found.parameters.values()]
    if bound and not isinstance(value, type) and not isinstance(raw, (staticmethod, classmethod)):
        parameters = parameters[1:] if parameters and parameters[0].kind in (0, 1) else parameters
    returned = found.return_annotation
    returned = _Bare(returned) if isinstance(returned, str) else returned
    shown = str(found.replace(parameters=parameters, return_annotation=returned))
    return _ADDRESS.sub("", shown)[:_MAX_SIGNATURE_CHARS]


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    noted = parameter.annotation
    return parameter.replace(annotation=_Bare(noted)) if isinstance(noted, str) else parameter
