"""Print what modules and classes have when they are imported, and how they are called; runs in a sandbox.

It is started by `bench.api_names` with another interpreter, and uses nothing but the standard library.
"""

import importlib
import inspect
import json
import sys
import warnings
from typing import Any


def signature_of(value: Any) -> Any:
    """Return the parameters of a call, as lists of name, kind and whether there is a default; or None."""
    try:
        found = inspect.signature(value)
    except (ValueError, TypeError, AttributeError, NameError, RecursionError):
        return None
    return [[one.name, int(one.kind), one.default is not one.empty] for one in found.parameters.values()]


def names_of(holder: Any) -> list[str]:
    """Return the public names of a module or class that can be asked for."""
    try:
        listed = dir(holder)
    except Exception:
        listed = list(vars(holder))
    return [name for name in listed if isinstance(name, str) and not name.startswith("_")]


def get(holder: Any, name: str) -> Any:
    """Return a member; None if asking for it fails."""
    try:
        return getattr(holder, name)
    except Exception:
        return None


def main(modules: list[str], tops: list[str]) -> None:
    """Print a line of JSON for each module and each class."""
    loaded = []
    for name in modules:
        try:
            loaded.append((name, importlib.import_module(name)))
        except BaseException as error:
            print(json.dumps({"failed": name, "why": type(error).__name__}))
    seen: set[int] = set()
    for name, module in loaded:
        names = names_of(module)
        calls = {}
        classes = []
        for own in names:
            value = get(module, own)
            if callable(value) and str(getattr(value, "__module__", "")).split(".")[0] in tops:
                calls[own] = signature_of(value)
            if isinstance(value, type) and value.__module__.split(".")[0] in tops and id(value) not in seen:
                seen.add(id(value))
                classes.append((f"{name}.{own}", value))
        print(json.dumps({"module": name, "names": names, "calls": calls}))
        while classes:
            path, cls = classes.pop()
            held = names_of(cls)
            methods = {one: signature_of(get(cls, one)) for one in held if inspect.isroutine(get(cls, one))}
            print(json.dumps({"class": path, "names": held, "calls": methods}))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(json.loads(sys.argv[1]), json.loads(sys.argv[2]))
