"""The members of classes that Python itself has, which classes of a library inherit from."""

import builtins
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Final

_MODULES: Final = frozenset(
    {
        "abc", "argparse", "array", "ast", "asyncio", "builtins", "codecs", "collections", "collections.abc",
        "concurrent.futures", "configparser", "contextlib", "contextvars", "csv", "ctypes", "datetime",
        "decimal", "email.message", "enum", "fractions", "functools", "html.parser", "http.client",
        "http.cookiejar", "http.cookies", "http.server", "importlib.abc", "importlib.machinery", "inspect",
        "io", "ipaddress", "json", "json.decoder", "json.encoder", "logging", "logging.handlers",
        "multiprocessing", "numbers", "operator", "optparse", "os", "pathlib", "pickle", "queue", "random",
        "socket", "socketserver", "sqlite3", "ssl", "string", "subprocess", "tempfile", "textwrap",
        "threading", "tokenize", "types", "typing", "unittest", "urllib.parse", "urllib.request", "uuid",
        "warnings", "weakref", "xml.sax.handler", "zipfile",
    }
)  # fmt: skip
"""Modules of the standard library whose classes are asked; importing them does nothing but define things."""

_OF_MODULES: Final = {
    "__builtins__", "__cached__", "__doc__", "__file__", "__loader__", "__name__", "__package__", "__path__",
    "__spec__", "__annotations__",
}  # fmt: skip
_AS_IN: Final = {
    "typing_extensions": "typing",
    "asyncio.events": "asyncio",
    "_collections_abc": "collections.abc",
}


@lru_cache(maxsize=2048)
def builtin_members(path: str) -> Mapping[str, str] | None:
    """Return the members of a class of Python, with those of its bases but `object`; None for any other path.

    It is the Python that runs this program: other versions may have a few more or fewer.

    Args:
        path: `builtins.dict`, `collections.OrderedDict`.
    """
    module, _, name = path.rpartition(".")
    module = _AS_IN.get(module, module)
    if module not in _MODULES or module.partition(".")[0] not in sys.stdlib_module_names:
        return None
    try:
        found = getattr(builtins if module == "builtins" else import_module(module), name, None)
    except ImportError:  # a Python without sqlite3
        return None
    found = getattr(found, "__origin__", found)  # typing.Mapping
    return _members(path, found) if isinstance(found, type) else None


def kinds_of(kind: str, order: Sequence[str]) -> tuple[str, ...]:
    """Return the classes of Python whose members a module or a class has as an object of its own.

    Args:
        kind: of an object in a model.
        order: the object and its bases.
    """
    if kind == "module":
        return ("types.ModuleType",)
    return (
        ("enum.EnumMeta", "builtins.type")
        if any(one.startswith("enum.") for one in order)
        else ("builtins.type",)
    )


def _members(path: str, kind: type) -> Mapping[str, str]:
    kinds = [one for one in kind.__mro__ if one is not object] or [object]
    names = {name for one in kinds for name in vars(one)}
    names |= _OF_MODULES if kind is ModuleType else set()
    return MappingProxyType({name: f"{path}.{name}" for name in sorted(names)})
