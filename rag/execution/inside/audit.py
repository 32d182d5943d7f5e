"""An audit hook that knows the ways from a program to the harness, and ends the program on one of them.

It is a trap beside the wall: what is to stay hidden is reached by none of the names that Python has, and the
hook stops those who go on by the doors that Python audits.
"""

from __future__ import annotations

import builtins
import gc
import inspect
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from os import fsdecode
from types import CodeType, FrameType, FunctionType
from typing import Any

from .prepare_tests import CHECKING

globals()["__builtins__"] = dict(
    vars(builtins)
)  # a program that replaces `len` or `all` changes nothing here

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
_loaded = sys.modules
_LIBRARIES = (f"{sys.prefix}/lib", f"{sys.base_prefix}/lib")
_MEMORY = ("ctypes.string_at", "ctypes.wstring_at", "ctypes.cdata", "ctypes.PyObj_FromPtr")


class _Stop(RuntimeError):
    """Raised in an audit hook, it keeps another hook from being added."""


def _codes_of(holder: Mapping[str, Any]) -> Iterator[CodeType]:
    for value in holder.values():
        function = getattr(value, "__func__", value)
        if isinstance(function, FunctionType) and function.__name__ not in _GIVES_CODE_AWAY:
            yield function.__code__


def _readers() -> frozenset[CodeType]:
    """Code of the standard library that reads the code of frames, and gives no more than names of it away."""
    modules = [vars(module) for module in (inspect, traceback, logging)]
    classes = [vars(value) for module in modules for value in module.values() if isinstance(value, type)]
    return frozenset(code for holder in (*modules, *classes) for code in _codes_of(holder))


_READERS = frozenset(map(id, _readers()))


def watching(  # noqa: C901, PLR0915 (a table of short functions)
    owned: dict[int, CodeType], forged: Callable[[str], object]
) -> Callable[[str, Any], None]:
    """An audit hook, which can neither be removed nor seen, that knows the ways to the harness."""
    frame_of, get_ident, main, frozen = (
        sys._getframe,
        threading.get_ident,
        threading.get_ident(),
        gc.get_freeze_count,
    )
    own = frozenset(map(id, _codes_of(vars(_loaded["inside.run_python"]))))
    busy: set[int] = set()

    def code_of(value: Any) -> CodeType | None:
        name = (
            "__code__"
            if isinstance(value, FunctionType)
            else "f_code"
            if isinstance(value, FrameType)
            else ""
        )
        return getattr(value, name) if name else value if isinstance(value, CodeType) else None

    def asking() -> CodeType:
        frame = frame_of(3)
        while frame.f_back and id(frame.f_code) in _READERS:
            frame = frame.f_back
        return frame.f_code

    def getting(value: Any, name: str) -> None:
        of = _CODE_OF.get(name)
        if of and owned and id(getattr(value, of)) in owned:
            reader = id(frame_of(2).f_code)
            if reader not in _READERS and reader not in own:
                forged("it read the code of its tests")

    def setting(value: Any, name: str, *_: Any) -> None:
        if not isinstance(value, FunctionType):
            return
        home = str(value.__globals__.get("__name__"))
        if id(value.__code__) in owned or home.partition(".")[0] in CHECKING or home.startswith("inside."):
            forged("it changed a function that is not its own")

    def tracing(*_: Any) -> None:
        if owned and get_ident() == main:
            forged("it set a trace function while it was tested")

    def climbing(*_: Any) -> None:
        if not owned:
            return
        code = asking()
        if not code.co_filename.startswith(_LIBRARIES) and _mentions(code, _CLIMBING):
            forged("it looked into the frames of its tests")

    def collecting(*_: Any) -> None:
        if not frozen():
            forged("it searched all objects for those of the harness")

    def referring(*values: Any) -> None:
        if owned and any(id(code_of(value)) in owned for value in values[0]):
            forged("it read the code of its tests")

    def looking(*_: Any) -> None:
        forged("it looked into the frames of its tests")

    def hooking(*_: Any) -> None:
        raise _Stop

    def opening(path: Any, *_: Any) -> None:
        if isinstance(path, (str, bytes)) and fsdecode(path).rpartition("/")[2] == "mem":
            forged("it opened the memory of a process")

    def reaching(*_: Any) -> None:
        frame = frame_of(2)
        while frame.f_back and frame.f_globals.get("__name__") == "ctypes":
            frame = frame.f_back
        if not frame.f_code.co_filename.startswith(_LIBRARIES):
            forged("it reached into memory by its address")

    def linking(_: Any, name: Any) -> None:
        if isinstance(name, str) and name.startswith(("Py", "_Py", "mprotect", "ptrace", "prctl", "syscall")):
            forged("it called the interpreter behind its back")

    acts: dict[str, Callable[..., None]] = {
        "object.__getattr__": getting,
        "object.__setattr__": setting,
        "sys.settrace": tracing,
        "sys.setprofile": tracing,
        "sys.monitoring.register_callback": tracing,
        "sys._getframe": climbing,
        "sys._current_frames": looking,
        "sys._current_exceptions": looking,
        "sys.addaudithook": hooking,
        "gc.get_objects": collecting,
        "gc.get_referrers": collecting,
        "gc.get_referents": referring,
        "open": opening,
        "ctypes.dlsym": linking,
        **dict.fromkeys(_MEMORY, reaching),
    }

    def watch(event: str, arguments: Any) -> None:
        act = acts.get(event)
        if act and (thread := get_ident()) not in busy:
            busy.add(thread)
            try:
                act(*arguments)
            finally:
                busy.discard(thread)

    return watch


def _mentions(code: CodeType, names: tuple[str, ...]) -> bool:
    for found in (*code.co_names, *code.co_consts):
        if isinstance(found, str) and any(name in found for name in names):
            return True
        if isinstance(found, CodeType) and _mentions(found, names):
            return True
    return False
