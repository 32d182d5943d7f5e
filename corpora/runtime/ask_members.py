"""Import packages and print what they say of their public members when they run.

With `describe_member.py`, this is the program that runs in the sandbox, or in a child of the interpreter
whose standard library is asked. It runs on Python 3.8 and newer with nothing but the standard library. It
prints one JSON object a line, so that what was printed before a crash is not lost:

    {"version": "3.11.7"}                          of the interpreter, on the first line
    {"import": "numpy.linalg"}                     before each import: a crash is that of the last one
    {"failed": "numpy.x", "why": "ImportError: ..."}
    {"id": 3, "names": ["numpy.ndarray"], "of": [], "kind": "class", "doc": "...",
     "signature": "(shape, ...)", "own": "ndarray", "module": "numpy", "line": 12, "package": true}
    {"id": 9, "names": [], "of": [[3, "sort"]], "kind": "method", ...}      member `sort` of the class 3
    {"end": 2}                                     the number of objects, on the last line
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
import warnings
from types import ModuleType
from typing import Any, Iterator  # noqa: UP035 (Python 3.8)

from corpora.runtime.describe_member import ROUTINES, KnownObject, member_record

_IMPORT_SECONDS = 30
_MAX_MODULES, _MAX_OBJECTS, _MAX_DEPTH = 5_000, 200_000, 4
_MAX_NAMES = 2_000
_NOT_FOR_USERS = frozenset(
    """
    test tests testsuite conftest __main__ setup vendor vendored extern third_party idlelib lib2to3
    turtledemo pydoc_data antigravity this tix
    """.split()  # noqa: SIM905 (a list to read)
)
# Modules of the standard library that users reach by another (os.path, re, xml.parsers.expat), and one that
# only installers used, until Python 3.12.
_PARTS = frozenset(
    """
    builtins genericpath nt ntpath nturl2path opcode posix posixpath pyexpat sre_compile sre_constants
    sre_parse xxlimited xxlimited_35 xxsubtype distutils
    """.split()  # noqa: SIM905 (a list to read)
)


class _Walk:
    """The walk over modules and classes; `say` prints one record."""

    def __init__(self, tops: dict[str, str], own: list[str], skip: list[str], say: Any) -> None:
        self.tops, self.own = frozenset(tops), frozenset(own) | frozenset(tops)
        self.skip, self.say = frozenset(skip), say
        self.todo: list[tuple[str, str]] = list(tops.items())
        self.known: dict[int, KnownObject] = {}
        self.parts: dict[str, list[str]] = {}
        self.looked_into: set[int] = set()
        self.modules: dict[str, str] = {}

    def run(self) -> None:
        while self.todo and len(self.modules) < _MAX_MODULES:
            name, shown = self.todo.pop(0)
            if name in self.modules or name in self.skip:
                continue
            self.modules[name] = shown
            self.say({"import": name})
            try:
                module = _within(_IMPORT_SECONDS, lambda name=name: importlib.import_module(name))
            except BaseException as error:  # SystemExit and KeyboardInterrupt, too: it is a stranger's code
                self.say({"failed": name, "why": _brief(error)})
                continue
            try:
                _within(_IMPORT_SECONDS, lambda module=module, shown=shown: self.look_into(module, shown))
            except BaseException as error:
                self.say({"failed": name, "why": _brief(error)})

    def look_into(self, module: Any, shown: str) -> None:
        """Note the public names of a module and the modules below it."""
        if shown:
            self.note(module, module, None, shown)
        below = []
        for info in pkgutil.iter_modules(getattr(module, "__path__", None) or ()):
            if not _is_hidden(info.name) and info.name in self.parts.get(module.__name__, [info.name]):
                below.append(info.name)
                self.todo.append((f"{module.__name__}.{info.name}", _joined(shown, info.name)))
        for name in _public_names(module):
            try:
                value = getattr(module, name)
            except BaseException:  # noqa: S112 (an attribute that is made when it is asked for, and fails)
                continue
            listed = name in _exports(module)
            if isinstance(value, ModuleType):
                if name not in below and listed and self.is_alias(value.__name__):
                    self.todo.insert(0, (value.__name__, _joined(shown, name)))  # os.path
            elif listed or self.is_shown(module, value):
                self.note_whole(value, _joined(shown, name))
            elif self.is_used(module, value) and (known := self.note_whole(value, "")) is not None:
                known.imported_as = known.imported_as or [_joined(shown, name)]

    def note_whole(self, value: Any, name: str) -> KnownObject | None:
        """Note an object of a module, and if it is a class its members."""
        known = self.note(value, value, None, name)
        if known is not None and isinstance(value, type):
            self.look_into_class(value, 0)
        return known

    def is_own(self, module: Any) -> bool:
        return isinstance(module, str) and module.partition(".")[0] in self.own

    def is_alias(self, module: str) -> bool:
        """Return whether a module is one of ours that the walk does not come to by its own name."""
        parts = module.split(".")
        is_walked = parts[0] in self.tops and not any(_is_hidden(part) for part in parts)
        return self.is_own(module) and not is_walked

    def is_used(self, module: Any, value: Any) -> bool:
        """Return whether an object is one of ours that a module without `__all__` imports."""
        if self.parts:  # the standard library, of which only what is documented counts
            return False
        is_named = callable(value) and isinstance(getattr(value, "__name__", None), str)
        return is_named and not _exports(module) and self.is_own(getattr(value, "__module__", None))

    def is_shown(self, module: Any, value: Any) -> bool:
        """Return whether a module without `__all__` offers the object: it made it, or is a package's face."""
        if _exports(module):
            return False
        home = getattr(value, "__module__", None)
        if not isinstance(value, (type, *ROUTINES)):
            home = home if isinstance(home, str) else type(value).__module__
        return home == module.__name__ or (hasattr(module, "__path__") and self.is_own(home))

    def note(self, value: Any, raw: Any, owner: Any, name: str) -> KnownObject | None:
        known = self.known.get(id(raw))
        if known is None:
            if len(self.known) >= _MAX_OBJECTS:
                return None
            known = self.known[id(raw)] = KnownObject(len(self.known), value, raw, owner)
        if name and name not in known.names and len(known.names) < _MAX_NAMES:
            known.names.append(name)
        return known

    def look_into_class(self, kind: type, depth: int) -> None:
        """Note the public members of a class, inherited ones under each class that has them."""
        holder = self.known[id(kind)]
        if depth > _MAX_DEPTH or id(kind) in self.looked_into:
            return
        self.looked_into.add(id(kind))
        lines = _mro(kind)
        for name in _member_names(kind):
            places = [(base, vars(base)[name]) for base in lines if name in vars(base)]
            if not places:
                self.note_dynamic(kind, name, holder, depth)
                continue
            owner, raw = places[0]
            if not self.is_own(getattr(owner, "__module__", None)):
                continue
            try:
                value = getattr(kind, name)
            except BaseException:
                value = raw
            if isinstance(value, type):  # a class in a class, or an accessor, as pandas.Series.str
                raw = value
            known = self.note(value, raw, owner, "")
            if known is None:
                return
            if (holder.number, name) not in known.of and len(known.of) < _MAX_NAMES:
                known.of.append((holder.number, name))
            known.inherited = [above for _, above in places[1:]] or known.inherited
            if isinstance(value, type) and self.is_own(value.__module__):
                self.look_into_class(value, depth + 1)

    def note_dynamic(self, kind: type, name: str, holder: KnownObject, depth: int) -> None:
        """Note a member that no class of the line defines: a metaclass or `__dir__` names it."""
        try:
            value = getattr(kind, name)
        except BaseException:
            return
        if isinstance(value, (type, *ROUTINES)) and self.is_own(getattr(value, "__module__", None)):
            known = self.note(value, value, kind, "")
            if known is not None and len(known.of) < _MAX_NAMES:
                known.of.append((holder.number, name))

    def print_all(self) -> None:
        count = 0
        for known in list(self.known.values()):
            try:
                record = member_record(known)
            except BaseException:  # noqa: S112 (a property of a stranger's object raised)
                continue
            if record["doc"] or record["signature"] or record["kind"] not in ("value", "module"):
                self.say(record)
                count += 1
        self.say({"end": count})


def _is_hidden(module: str) -> bool:
    return module.startswith("_") or module in _NOT_FOR_USERS


def _joined(module: str, name: str) -> str:
    return f"{module}.{name}" if module else name


def _mro(kind: type) -> list[Any]:
    return list(type.__getattribute__(kind, "__mro__"))


def _exports(module: Any) -> frozenset[str]:
    listed: Any = getattr(module, "__all__", None)
    if not isinstance(listed, (list, tuple, set, frozenset)):
        return frozenset()
    return frozenset(name for name in listed if isinstance(name, str))


def _public_names(module: Any) -> list[str]:
    exports = _exports(module)
    try:
        found = dir(module)
    except BaseException:
        found = list(vars(module))
    return sorted(exports | {name for name in found if isinstance(name, str) and not name.startswith("_")})


def _member_names(kind: type) -> Iterator[str]:
    try:
        found = dir(kind)
    except BaseException:
        found = sorted({name for base in _mro(kind) for name in vars(base)})
    return (name for name in found if isinstance(name, str) and not name.startswith("_"))


def _brief(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:300]
    except BaseException:
        return type(error).__name__


class _TookTooLong(BaseException):
    """An import did not end in time."""


def _within(seconds: int, call: Any) -> Any:
    if not hasattr(signal, "SIGALRM"):
        return call()

    def stop(*_: object) -> None:
        raise _TookTooLong(f"it did not end within {seconds} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return call()
    finally:
        signal.alarm(0)


def ask_standard_library(parts: dict[str, list[str]]) -> None:
    """Print the facts of the interpreter's own standard library; builtins have names without a module.

    Args:
        parts: by the name of a package, the modules below it that are documented.
    """
    names = sorted(name for name in sys.stdlib_module_names if not _is_hidden(name) and name not in _PARTS)
    ask({"builtins": "", **{name: name for name in names}}, sorted(sys.stdlib_module_names), [], parts)


def _prepare() -> None:
    """Give Django, if it is installed, the settings that its modules and those built on it ask for."""
    os.environ.setdefault("MPLBACKEND", "agg")
    parts = (
        "admin auth contenttypes flatpages messages redirects sessions sites sitemaps staticfiles syndication"
    )
    try:
        settings = importlib.import_module("django.conf").settings
        applications = [f"django.contrib.{part}" for part in parts.split()]
        settings.configure(INSTALLED_APPS=applications, SITE_ID=1, STATIC_URL="/static/")
        importlib.import_module("django").setup()
    except BaseException:
        return  # there is none, or its modules are asked as they are


def ask(tops: dict[str, str], own: list[str], skip: list[str], parts: dict[str, list[str]]) -> None:
    """Import the packages `tops` and print the facts; what they print themselves goes nowhere.

    Args:
        tops: the modules to import, each with the name to show; all public modules below are imported, too.
        own: further top-level names whose objects belong to them.
        skip: modules not to import.
        parts: by the name of a package, the modules below it to import; all for a package that is not there.
    """
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    warnings.simplefilter("ignore")

    def say(record: dict[str, Any], dumps: Any = json.dumps) -> None:
        answer.write(dumps(record) + "\n")
        answer.flush()

    say({"version": "{}.{}.{}".format(*sys.version_info[:3])})
    _prepare()
    walk = _Walk(tops, own, skip, say)
    walk.parts = parts
    walk.run()
    walk.print_all()
    answer.flush()
    os._exit(0)  # no code of a package runs after this, and its threads hold up nothing
