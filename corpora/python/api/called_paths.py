"""The calls that get the keywords of a function, or whose result it returns, with the paths of these."""

import ast
from collections.abc import Sequence
from typing import Final

import griffe

from corpora.api.signature import CallWay, KeywordUse, PassedOn, ReturnedCall
from corpora.python.api.bodies.documented_returns import documented_returns
from corpora.python.api.bodies.keyword_flow import FlowCall
from corpora.python.api.bodies.local_names import Called
from corpora.python.api.facts import fields_of, function_facts, methods_of
from corpora.python.api.resolving import Paths

_MAX_VALUES: Final = 6  # of one attribute
_RETURNING: Final = frozenset({"classmethod", "staticmethod"})
"""Labels of functions whose result is what they return; no other decorator is looked through."""


def keyword_use(function: griffe.Function, paths: Paths) -> KeywordUse | None:
    """Return what a function does with the keywords that `**kwargs` take; None if it may do anything."""
    flow = function_facts(function).keywords
    if flow is None:
        return None
    calls = [_passed_on(call, function, paths) for call in flow.calls]
    known = [one for one in calls if one is not None]
    return KeywordUse(tuple(flow.taken), tuple(known)) if len(known) == len(calls) else None


def returned_calls(function: griffe.Function, paths: Paths) -> tuple[ReturnedCall, ...]:
    """Return what a function returns besides None, by its body or its docstring; nothing if not known."""
    if function.returns is not None or not _RETURNING.issuperset(function.labels):
        return ()
    found = _places(function_facts(function).returned, function, paths)
    names = documented_returns(function.docstring.value) if function.docstring else ()
    known = [paths.named_in(function.module, name) or (name if "." in name else "") for name in names]
    return (*found, *(ReturnedCall("object", path) for path in known)) if all(known) else found


def held_calls(member: griffe.Object, paths: Paths) -> tuple[ReturnedCall, ...]:
    """Return what a property without annotation gives, or what methods set an attribute to, besides None."""
    holder = member.parent
    if getattr(member, "annotation", None) is not None or not isinstance(holder, griffe.Class):
        return ()
    if "property" in member.labels:
        return _places(function_facts(member).returned, member, paths)
    if any(one.name == member.name and not _is_none(one.value) for one in fields_of(holder)):
        return ()
    values = [one for _, facts in methods_of(holder) for one in facts.values.get(member.name, ())]
    known = [one for one in dict.fromkeys(values) if one is not None]
    return _places(known, member, paths) if None not in values and len(known) <= _MAX_VALUES else ()


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _places(found: Sequence[Called], within: griffe.Object, paths: Paths) -> tuple[ReturnedCall, ...]:
    """Return where each of some calls is found; nothing if any is not told."""
    places = [_place(one, within, paths) for one in found]
    known = [ReturnedCall(*place) for place in places if place is not None]
    return tuple(known) if len(known) == len(places) else ()


def _passed_on(call: FlowCall, function: griffe.Function, paths: Paths) -> PassedOn | None:
    place = _place(call.called, function, paths)
    return None if place is None else PassedOn(*place, call.given, call.places)


def _place(called: Called, function: griffe.Object, paths: Paths) -> tuple[CallWay, str] | None:
    """Return how what a function calls is found, and its name or path; None if it is not told."""
    if called.way != "path":
        is_method = isinstance(function.parent, griffe.Class) and "staticmethod" not in function.labels
        return (called.way, called.name) if is_method else None
    module = function.module
    path = (
        _absolute(called.name, module, paths) if called.is_imported else paths.named_in(module, called.name)
    )
    if not path:
        return None
    return "path", f"{path}.{called.method}" if called.method else path


def _absolute(written: str, module: griffe.Module, paths: Paths) -> str:
    """Return the path of what a function imports: `..plots.draw` in `shop.a.b` is `shop.plots.draw`."""
    name = written.lstrip(".")
    dots = len(written) - len(name)
    if not dots:
        return paths.final(name)
    place = module.path if module.is_init_module else module.path.rpartition(".")[0]
    for _ in range(dots - 1):
        place = place.rpartition(".")[0]
    return paths.final(f"{place}.{name}") if place else ""
