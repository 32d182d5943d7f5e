"""List the public members of an imported package as JSON: the truth for `bench.python_coverage`.

    python -I python_members.py PACKAGE > members.json

This runs alone, in an interpreter that has the package, and uses nothing but the standard library. A member
is an object that a public module offers, or an attribute of a class that one offers:

- Public modules are those that import and have no part of their name that begins with an underscore, names
  a test or names vendored code.
- A module offers the names in its `__all__`; without one, the names without an underscore whose object says
  by `__module__` that it belongs to the package.
- A class has the public names in `dir()` that a class of the package defines: what `dict` or `Exception`
  gives to a subclass does not count.
- Documentation is that of `inspect.getdoc`, which looks at base classes, too. It counts where a class,
  function, method or descriptor of the package has it: not the description of the type `int` for a number,
  that of `ValueError` for an exception, or what `dataclass` and `namedtuple` make up where nobody
  wrote a docstring.
"""

import importlib
import inspect
import json
import os
import pkgutil
import sys
import types
import warnings
from collections.abc import Iterator

_LEFT_OUT = {"tests", "test", "testing", "conftest", "_vendor", "vendor", "vendored", "externals", "extern"}
_MADE_BY_A_CLASS_STATEMENT = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_COMPILED_TYPES = {
    "builtin_function_or_method", "method_descriptor", "getset_descriptor", "member_descriptor",
    "wrapper_descriptor", "classmethod_descriptor", "cython_function_or_method", "_cyfunction", "ufunc",
}  # fmt: skip
_ROUTINES = (classmethod, staticmethod, property, types.FunctionType)


def public_modules(package: types.ModuleType) -> Iterator[types.ModuleType]:
    """Yield the package and all public modules below it that can be imported."""
    yield package
    for found in pkgutil.iter_modules(getattr(package, "__path__", ()), f"{package.__name__}."):
        last = found.name.rpartition(".")[2]
        if last.startswith(("_", "test_")) or last in _LEFT_OUT:
            continue
        try:
            module = importlib.import_module(found.name)
        except BaseException as error:
            print(f"{found.name}: {type(error).__name__}", file=sys.stderr)
            continue
        yield from public_modules(module)


def is_compiled(value: object) -> bool:
    """Return whether a function, method or class is compiled code: no Python source defines it."""
    raw = getattr(value, "__func__", value)
    if isinstance(raw, type):
        return not raw.__flags__ & _MADE_BY_A_CLASS_STATEMENT
    return type(raw).__name__ in _COMPILED_TYPES


class Members:
    """The members of one package, by what they are and with all names by which they are reached."""

    def __init__(self, top: str) -> None:
        self._top = top
        self._names: dict[str, list[str]] = {}
        self._docs: dict[str, str] = {}
        self._objects: dict[str, str] = {}
        self._classes: dict[type, list[str]] = {}
        self._compiled: dict[str, bool] = {}
        self._kept: list[object] = []  # an id stays that of one object while it lives

    def is_own(self, value: object) -> bool:
        """Return whether an object says that it belongs to the package."""
        module = getattr(value, "__module__", None)
        return isinstance(module, str) and module.split(".")[0] == self._top

    def add_module(self, module: types.ModuleType) -> None:
        """Add what a module offers."""
        listed = getattr(module, "__all__", None)
        for name in list(vars(module)) if listed is None else listed:
            if not isinstance(name, str) or (listed is None and name.startswith("_")):
                continue
            try:
                value = getattr(module, name)
            except Exception:
                continue
            if isinstance(value, types.ModuleType) or (listed is None and not self.is_own(value)):
                continue
            full = f"{module.__name__}.{name}"
            if isinstance(value, type):
                if self.is_own(value):
                    self._classes.setdefault(value, []).append(full)
                continue
            if not self.is_own(value) and callable(value):
                continue  # it is offered, but belongs to another package
            own = callable(value) or self.is_own(value)
            key = f"object {id(value)}" if own else f"value {name} {id(value)}"
            self._kept.append(value)
            self._add(key, key, full, self._doc_of_value(value), value)

    def add_classes(self) -> None:
        """Add the classes that were found, and their attributes."""
        for cls, names in self._classes.items():
            key = f"class {id(cls)}"
            doc = next((base for base in cls.__mro__ if base.__dict__.get("__doc__")), None)
            text = (inspect.getdoc(cls) or "") if doc is not None and self.is_own(doc) else ""
            if hasattr(cls, "__dataclass_fields__") and text.startswith(f"{(doc or cls).__name__}("):
                text = ""
            for name in names:
                self._add(key, key, name, text, cls)
            for attribute in dir(cls):
                owner = next((base for base in cls.__mro__ if attribute in base.__dict__), None)
                if attribute.startswith("_") or owner is None or not self.is_own(owner):
                    continue
                raw = owner.__dict__[attribute]
                of_object = (
                    f"{id(raw)}" if isinstance(raw, (*_ROUTINES, type)) else f"{id(owner)} {attribute}"
                )
                text = self._doc_of_attribute(cls, attribute)
                for name in names:
                    self._add(f"{key} {attribute}", f"object {of_object}", f"{name}.{attribute}", text, raw)

    def _doc_of_attribute(self, cls: type, name: str) -> str:
        try:
            value = inspect.getattr_static(cls, name)
            if not isinstance(value, (*_ROUTINES, type)):
                value = getattr(cls, name)
        except Exception:
            return ""
        raw = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        if isinstance(raw, type):
            return (inspect.getdoc(raw) or "") if self.is_own(raw) else ""
        if own := self._doc_of_value(raw):
            return own
        if not (inspect.isroutine(raw) or isinstance(raw, property)):
            return ""
        for base in cls.__mro__:
            if self.is_own(base) and name in base.__dict__:
                inherited = base.__dict__[name]
                inherited = getattr(inherited, "__func__", inherited)
                if doc := self._doc_of_value(inherited):
                    return doc
        return ""

    def _doc_of_value(self, value: object) -> str:
        doc = getattr(value, "__doc__", None)
        of_type = doc == type(value).__doc__ and not isinstance(value, type)
        if not isinstance(doc, str) or of_type or doc.startswith("Alias for field number"):
            return ""
        return inspect.cleandoc(doc)

    def _add(self, key: str, of_object: str, name: str, doc: str, value: object) -> None:
        names = self._names.setdefault(key, [])
        if name not in names:
            names.append(name)
        self._objects[key] = of_object
        self._compiled[key] = is_compiled(value)
        self._docs[key] = self._docs.get(key) or doc

    def rows(self) -> list[dict[str, object]]:
        """Return a row for each member: all its names, the object that it is, and its documentation."""
        return [
            {"names": sorted(names, key=lambda name: (name.count("."), name)), "object": self._objects[key],
             "doc": self._docs[key], "compiled": self._compiled[key]}
            for key, names in self._names.items()
        ]  # fmt: skip


def _prepare(package: str) -> None:
    """Make the modules of a package importable that ask for a configuration first."""
    if package == "django":
        settings = importlib.import_module("django.conf").settings
        apps = ["admin", "auth", "contenttypes", "flatpages", "messages", "redirects", "sessions", "sites"]
        apps += ["sitemaps", "staticfiles", "syndication", "humanize", "admindocs"]
        settings.configure(
            INSTALLED_APPS=[f"django.contrib.{app}" for app in apps], SITE_ID=1, STATIC_URL="/static/"
        )
        importlib.import_module("django").setup()
    os.environ.setdefault("MPLBACKEND", "agg")


def main() -> None:
    warnings.simplefilter("ignore")
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # modules that print
    name = sys.argv[1]
    _prepare(name)
    members = Members(name)
    for module in list(public_modules(importlib.import_module(name))):
        members.add_module(module)
    members.add_classes()
    with output:
        json.dump(members.rows(), output)


if __name__ == "__main__":
    main()
