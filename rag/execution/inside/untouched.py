"""Check that the modules tests check with are still what they were before the program started."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any

# our own copy: a program that replaces `len` or `all` changes nothing here
globals()["__builtins__"] = dict(vars(builtins))

_ALIASES = ("np", "pd")
_loaded = sys.modules

Snapshot = dict[str, tuple[ModuleType, dict[str, Any]]]  # name -> the module and a copy of its names


def snapshot(checking: list[str]) -> Snapshot:
    """Record the modules that tests check with, and what they hold, before the program starts."""
    if not checking:
        return {}
    for name in checking:
        try:
            __import__(name)
        except BaseException:  # the tests will report it
            continue
    found = {}
    for name, module in list(_loaded.items()):
        if name.partition(".")[0] in checking and isinstance(module, ModuleType):
            content = dict(vars(module))
            content.update(
                {f"{key}.": dict(vars(value)) for key, value in content.items() if _is_case(value)}
            )
            found[name] = (module, content)
    return found


def true_names(namespace: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the entries whose keys are plain strings: a lookup of other keys may run code of a program."""
    return {name: value for name, value in list(namespace.items()) if type(name) is str}


def _is_case(value: Any) -> bool:
    return isinstance(value, type) and value.__module__.startswith("unittest")


def see_untouched(
    uses: dict[str, str], modules: Snapshot, namespace: dict[str, Any], forged: Callable[[str], object]
) -> None:
    """Report anything that the tests check with and that the program has changed."""
    loaded = true_names(_loaded) if uses else {}
    for name, use in uses.items():
        module_name = use
        while module_name and module_name not in modules:
            module_name = module_name.rpartition(".")[0]
        if not module_name:
            continue
        module, content = modules[module_name]
        root = use.partition(".")[0]
        if loaded.get(root) is not modules[root][0] or loaded.get(module_name) is not module:
            forged(f"it replaced the module {module_name}")
        alias = name.partition(".")[0]
        if alias in (root, *_ALIASES) and namespace.get(alias, modules[root][0]) is not modules[root][0]:
            forged(f"{alias} is not the module {root}")
        attribute = use[len(module_name) + 1 :].partition(".")[0]
        if attribute in content and true_names(vars(module)).get(attribute) is not content[attribute]:
            forged(f"it replaced {module_name}.{attribute}")
        _see_parts(content.get(attribute), modules, forged)


def _see_parts(value: Any, modules: Snapshot, forged: Callable[[str], object]) -> None:
    """Do the same for what a function or test case relies on: the rest of its module, and its methods."""
    function = getattr(value, "__wrapped__", value)
    if isinstance(function, FunctionType):
        home = str(function.__globals__.get("__name__"))
        now = true_names(function.__globals__) if home in modules else {}
        for key, was in modules[home][1].items() if home in modules else ():
            if callable(was) and key[:2] != "__" and now.get(key) is not was:
                forged(f"it replaced {home}.{key}")
    if _is_case(value):
        for kind in value.__mro__:
            content = modules.get(kind.__module__, (None, {}))[1]
            for key, method in content.get(f"{kind.__name__}.", {}).items():
                if key[:2] != "__" and vars(kind).get(key) is not method:
                    forged(f"it replaced {kind.__name__}.{key}")
