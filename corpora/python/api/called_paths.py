"""The calls that get the keywords of a function, or whose result it returns, with the paths of these."""

from typing import Final

import griffe

from corpora.api.signature import CallWay, KeywordUse, PassedOn, ReturnedCall
from corpora.python.api.bodies.keyword_flow import FlowCall
from corpora.python.api.bodies.local_names import Called
from corpora.python.api.facts import function_facts
from corpora.python.api.resolving import Paths

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
    """Return what a function returns besides None; nothing if that is not known."""
    found = function_facts(function).returned
    if not found or function.returns is not None or not _RETURNING.issuperset(function.labels):
        return ()
    places = [_place(one, function, paths) for one in found]
    known = [ReturnedCall(*place) for place in places if place is not None]
    return tuple(known) if len(known) == len(places) else ()


def _passed_on(call: FlowCall, function: griffe.Function, paths: Paths) -> PassedOn | None:
    place = _place(call.called, function, paths)
    return None if place is None else PassedOn(*place, call.given, call.places)


def _place(called: Called, function: griffe.Function, paths: Paths) -> tuple[CallWay, str] | None:
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
