"""An audit hook that knows the ways from a program to the harness and ends a program that takes one.

It is the second line of defence. The first is that no name in Python leads to what has to stay hidden; the
hook stops programs that search for it by the operations that Python audits.
"""

from __future__ import annotations

import builtins
import gc
import inspect
import sys
import traceback
from _thread import get_ident
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from types import CodeType, FrameType, FunctionType, SimpleNamespace
from typing import Any

from .marked_code import CHECKING

# our own copy: a program that replaces `len` or `all` changes nothing here
globals()["__builtins__"] = dict(vars(builtins))

_CODE_OF = {
    "__code__": "__code__",
    "f_code": "f_code",
    "gi_code": "gi_code",
    "gi_frame": "gi_code",
    "cr_code": "cr_code",
    "cr_frame": "cr_code",
    "ag_code": "ag_code",
    "ag_frame": "ag_code",
}
_CLIMBING = ("f_back", "f_locals", "f_trace", "f_builtins", "f_trace_opcodes")
_GIVES_CODE_AWAY = ("_getmembers", "getmembers", "getmembers_static", "getattr_static")
_OF_THE_INTERPRETER = ("Py", "_Py", "mprotect", "ptrace", "prctl", "syscall")
_frame, _frozen = sys._getframe, gc.get_freeze_count
_LIBRARIES = (f"{sys.prefix}/lib", f"{sys.base_prefix}/lib")
REACHING = "ctypes.of_address"  # an event of our own, for calls that Python does not audit
_MEMORY = ("ctypes.string_at", "ctypes.wstring_at", "ctypes.cdata", "ctypes.PyObj_FromPtr")


def _codes_of(*holders: Mapping[str, Any]) -> Iterator[CodeType]:
    for value in (value for holder in holders for value in holder.values()):
        function = getattr(value, "__func__", value)
        if isinstance(function, FunctionType) and function.__name__ not in _GIVES_CODE_AWAY:
            yield function.__code__


def _readers() -> Iterator[CodeType]:
    """Yield code of the standard library that reads the code of frames but reveals only names from it."""
    for module in (inspect, traceback):
        classes = [vars(value) for value in vars(module).values() if isinstance(value, type)]
        yield from _codes_of(vars(module), *classes)


def _of_logging() -> Iterator[Any]:
    """Yield the same for `logging`, as instructions: importing it would slow every fork, by `threading`."""
    found = find_spec("logging")
    loader: Any = found.loader if found else None
    waiting: list[CodeType] = [loader.get_code("logging")] if loader else []
    while waiting:
        code = waiting.pop()
        yield _what_it_does(code)
        waiting += [item for item in code.co_consts if isinstance(item, CodeType)]


def _what_it_does(code: CodeType) -> Any:
    texts = (code.co_name, code.co_filename, *code.co_names)
    return (code.co_code, texts) if all(type(text) is str for text in texts) else None


def know_own(names: Mapping[str, Any]) -> None:
    """Allow these functions of the harness to read the code of tests, for tracebacks."""
    _READERS.update(map(id, _codes_of(names)))


_READERS = set(map(id, _readers()))
_OF_LOGGING = frozenset(_of_logging())


def _reads(code: CodeType) -> bool:
    return id(code) in _READERS or _what_it_does(code) in _OF_LOGGING


def watching(owned: dict[int, CodeType], forged: Callable[[str], object]) -> Callable[[str, Any], None]:
    """Return an audit hook, which can neither be removed nor seen, that watches the ways to the harness.

    Args:
        owned: code objects of the tests by their ids; empty until the tests begin.
        forged: reports what a program has done, and does not return.
    """
    act_on = _ACTS.get
    state = SimpleNamespace(owned=owned, forged=forged, main=get_ident())
    busy: set[int] = set()

    def watch(event: str, arguments: Any) -> None:
        act = act_on(event)
        if act and (thread := get_ident()) not in busy:
            busy.add(thread)
            try:
                act(state, *arguments)
            finally:
                busy.discard(thread)

    return watch


# `watch` calls the functions below; `_frame(2)` in them is the frame that did what is watched. They call no
# method of a program's objects: it could then see the frames of the harness.


def _getting(state: Any, value: Any, name: str) -> None:
    of = _CODE_OF.get(name)
    if of and state.owned and id(getattr(value, of)) in state.owned and not _reads(_frame(2).f_code):
        state.forged("it read the code of its tests")


def _setting(state: Any, value: Any, *_: Any) -> None:
    if isinstance(value, FunctionType):
        home = _name_of(value.__globals__)
        of_harness = home.partition(".")[0] in CHECKING or home.startswith("inside.")
        if of_harness or id(value.__code__) in state.owned:
            state.forged("it changed a function that is not its own")


def _tracing(state: Any, *_: Any) -> None:
    if state.owned and get_ident() == state.main:
        state.forged("it set a trace function while it was tested")


def _climbing(state: Any, *_: Any) -> None:
    if not state.owned:
        return
    frame = _frame(2)
    while frame.f_back and _reads(frame.f_code):
        frame = frame.f_back
    if not str.startswith(frame.f_code.co_filename, _LIBRARIES) and _mentions(frame.f_code, _CLIMBING):
        state.forged("it looked into the frames of its tests")


def _looking(state: Any, *_: Any) -> None:
    state.forged("it looked into the frames of its tests")


def _collecting(state: Any, *_: Any) -> None:
    if not _frozen():
        state.forged("it searched all objects for those of the harness")


def _referring(state: Any, values: Any) -> None:
    if state.owned and any(id(_code_of(value)) in state.owned for value in values):
        state.forged("it read the code of its tests")


def _hooking(*_: Any) -> None:
    raise RuntimeError  # keeps Python from adding the program's hook


def _opening(state: Any, path: Any, *_: Any) -> None:
    if isinstance(path, str):
        name = str.rpartition(path, "/")[2]
    else:
        name = bytes.rpartition(path, b"/")[2].decode("utf-8", "replace") if isinstance(path, bytes) else ""
    if name == "mem":
        state.forged("it opened the memory of a process")


def _reaching(state: Any, *_: Any) -> None:
    frame = _frame(2)
    while frame.f_back and _name_of(frame.f_globals) == "ctypes":
        frame = frame.f_back
    if not str.startswith(frame.f_code.co_filename, _LIBRARIES):
        state.forged("it reached into memory by its address")


def _reached(state: Any) -> None:
    state.forged("it reached into memory by its address")


def _linking(state: Any, _: Any, name: Any) -> None:
    if isinstance(name, str) and str.startswith(name, _OF_THE_INTERPRETER):
        state.forged("it loaded a C function that controls the interpreter")


def _code_of(value: Any) -> Any:
    """Return the code object of a function, frame or code object, without running a program's methods."""
    kind = type(value)
    if kind is FunctionType:
        return value.__code__
    return value.f_code if kind is FrameType else value if kind is CodeType else None


def _name_of(namespace: dict[str, Any]) -> str:
    name = dict.get(namespace, "__name__")
    return name if type(name) is str else ""


def _mentions(code: CodeType, names: tuple[str, ...]) -> bool:
    for found in (*code.co_names, *code.co_consts):
        if isinstance(found, str) and any(str.__contains__(found, name) for name in names):
            return True
        if isinstance(found, CodeType) and _mentions(found, names):
            return True
    return False


_ACTS: dict[str, Callable[..., None]] = {
    "object.__getattr__": _getting,
    "object.__setattr__": _setting,
    "sys.settrace": _tracing,
    "sys.setprofile": _tracing,
    "sys.monitoring.register_callback": _tracing,
    "sys._getframe": _climbing,
    "sys._current_frames": _looking,
    "sys._current_exceptions": _looking,
    "sys.addaudithook": _hooking,
    "gc.get_objects": _collecting,
    "gc.get_referrers": _collecting,
    "gc.get_referents": _referring,
    "open": _opening,
    "ctypes.dlsym": _linking,
    REACHING: _reached,
    **dict.fromkeys(_MEMORY, _reaching),
}
