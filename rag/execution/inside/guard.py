"""Protect the verdict from a program whose tests run in the same process.

All of it is created before the program starts. It is kept on the value stack of one frame, and in functions
that no name leads to: a program finds it in no frame, in no module and not through the garbage collector.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import builtins
import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import shake_256
from marshal import loads
from operator import is_, not_
from types import CodeType, FunctionType, SimpleNamespace
from typing import Any

from .audit import REACHING, watching
from .genuine import comparisons
from .marked_code import MARK, NAME, without_lines
from .untouched import see_untouched, snapshot, true_names

# our own copy: a program that replaces `len` or `all` changes nothing here
globals()["__builtins__"] = dict(vars(builtins))

KEY_BYTES = 16
_SIZE_BYTES = 8
_PRISTINE = dict(vars(builtins))
_KNOWN: list[tuple[Callable[[], Iterable[Any]], tuple[Any, ...]]] = []
_NOTHING = compile("", NAME, "exec")
_loaded, _handle, _enable = sys.modules, _signal.signal, gc.enable
_SIGNALS = [
    number for number in range(1, _signal.NSIG) if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33)
]
_read, _write, _leave, _getpid, _compile = os.read, os.write, os._exit, os.getpid, compile


def stopping() -> list[Callable[[], Any]]:
    """Return what to call once the program has ended, before any code of the harness; all of it is in C.

    Otherwise trace functions, signal handlers and finalizers of the program could see frames of the harness.
    """
    monitoring = getattr(sys, "monitoring", None)
    tools = [partial(monitoring.free_tool_id, tool) for tool in range(6)] if monitoring else []
    return [
        partial(sys.settrace, None),
        partial(sys.setprofile, None),
        *tools,
        gc.isenabled,
        gc.disable,
        *[partial(_handle, number, _signal.SIG_IGN) for number in _SIGNALS],
    ]


def harness(
    tell: int, given: int, request: dict[str, Any], namespace: dict[str, Any], kept: list[Any]
) -> list[Callable[..., Any]]:
    """Return three functions, to be called from the last to the first.

    The last returns the key that reports success. The second waits until the program has ended and returns
    the tests. The first checks that the tests have held. Both keys are sent to the supervisor now, before the
    program can know them.

    Args:
        tell: descriptor of the pipe to the supervisor.
        given: descriptor of the pipe that brings the tests, encrypted because a thread may read it too.
        request: from the supervisor: `tested`, `entry_point`, `checking`.
        namespace: of the program.
        kept: objects that have to live as long as these functions.
    """
    key, cipher = os.urandom(KEY_BYTES).hex().encode(), os.urandom(KEY_BYTES).hex().encode()
    _write(tell, b"keys %s %s\n" % (key, cipher))
    process = _getpid()
    if not request["tested"]:
        return [_untested(tell, process), partial(_anyway, kept), lambda: key]

    write, leave = _write, _leave

    def forged(what: str) -> None:
        write(tell, f"forged {what}\n".encode())
        leave(1)

    guard = _state(forged, process, request, namespace)
    guard.kept.append(kept)

    def tests(stopped: Sequence[Any]) -> CodeType:
        if _getpid() != process:  # it forked: only the first process reports
            _leave(0)
        _restore_builtins(guard)
        _write(tell, b"program\n")
        code = _ready(guard, received(given, cipher))
        _go_on(guard, stopped)
        return code

    sys.addaudithook(watching(guard.owned, forged))
    return [tests, partial(_held, guard), lambda: key]


def guard_memory() -> None:
    """Audit the functions of ctypes that take a bare address, which Python itself does not."""
    for name in ("memmove", "memset", "cast"):
        setattr(ctypes, name, _guarded(getattr(ctypes, name)))


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    audit, is_a, number = sys.audit, isinstance, int

    def called(*arguments: Any) -> Any:
        if is_a(arguments[0], number):
            audit(REACHING)
        return function(*arguments)

    # a program can find this function, so its globals must not be those of the harness
    return FunctionType(called.__code__, {"REACHING": REACHING}, called.__name__, None, called.__closure__)


def _untested(tell: int, process: int) -> Callable[[object], CodeType]:
    def nothing(_: object) -> CodeType:
        if _getpid() != process:
            _leave(0)
        _write(tell, b"program\n")
        return _NOTHING

    return nothing


def _anyway(*_: object) -> None:
    """Check nothing: there were no tests."""


def received(given: int, cipher: bytes) -> bytes:
    """Read what the keeper sends and decrypt it."""
    data = read_block(given)
    mask = int.from_bytes(shake_256(cipher).digest(len(data)), "big")
    return (int.from_bytes(data, "big") ^ mask).to_bytes(len(data), "big")


def encrypted(data: bytes, cipher: bytes) -> bytes:
    """Encrypt data for `received`, and put its size before it."""
    mask = int.from_bytes(shake_256(cipher).digest(len(data)), "big")
    masked = (int.from_bytes(data, "big") ^ mask).to_bytes(len(data), "big")
    return len(data).to_bytes(_SIZE_BYTES, "big") + masked


def read_block(descriptor: int) -> bytes:
    """Read a size, then return as many bytes; fewer if the pipe ends."""
    size = int.from_bytes(_exactly(descriptor, _SIZE_BYTES), "big")
    return _exactly(descriptor, size)


def _exactly(descriptor: int, size: int) -> bytes:
    parts = []
    while size > 0:
        part = _read(descriptor, size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _state(
    forged: Callable[[str], None], process: int, request: dict[str, Any], namespace: dict[str, Any]
) -> Any:
    """Return what is known of the tests while they run, in no class of ours: `object` leads to subclasses."""
    owned: dict[int, CodeType] = {}
    names: dict[str, Any] = {}
    trusted: dict[int, type] = {}
    failed: list[bool] = []
    met: list[bool] = []  # whether an object of the program may have seen frames of the harness
    uses: dict[str, str] = {}
    kept: list[Any] = []
    return SimpleNamespace(
        forged=forged,
        see_whole=_seeing_whole(forged),
        process=process,
        modules=snapshot(request["checking"]),
        entry_point=request["entry_point"],
        namespace=namespace,
        owned=owned,
        names=names,
        trusted=trusted,
        failed=failed,
        met=met,
        uses=uses,
        kept=kept,
    )


def know_names() -> None:
    """Record, once for all programs, the names of the harness and what its tables hold."""
    modules = ("audit", "genuine", "guard", "marked_code", "untouched")
    names = [vars(_loaded[f"inside.{module}"]) for module in modules]
    found = [table for one in names for table in (one, *one.values()) if type(table) is dict]
    tables = {id(table): table for table in found if table is not _loaded}
    _KNOWN.extend((table.values, tuple(table.values())) for table in tables.values())


def _seeing_whole(forged: Callable[[str], None]) -> Callable[[], None]:
    """Return a function that checks that the names and tables of the harness still hold what they held."""
    known, in_order, each, every, same, size = tuple(_KNOWN), tuple, map, all, is_, len

    def see_whole() -> None:
        for values, before in known:
            now = in_order(values())
            if size(now) != size(before) or not every(each(same, now, before)):
                forged("it changed what judges it")

    return see_whole


def _restore_builtins(guard: Any) -> None:
    """Undo what the program may have changed about the statements `import` and `class`."""
    for place, name, value in (
        (guard.namespace, "__builtins__", builtins),
        (vars(builtins), "__import__", _PRISTINE["__import__"]),
        (vars(builtins), "__build_class__", _PRISTINE["__build_class__"]),
    ):
        guard.kept.append(place.get(name))  # keeps it from being finalized here
        place[name] = value


def _go_on(guard: Any, stopped: Sequence[Any]) -> None:
    """Restore what was stopped, except trace functions."""
    guard.kept.append(stopped)
    handlers = list(stopped)[-len(_SIGNALS) :]
    for number, handler in zip(_SIGNALS, handlers):  # noqa: B905 (from Python 3.10 on)
        if handler is not None:
            _handle(number, handler)
    if list(stopped)[-len(_SIGNALS) - 2]:
        _enable()


def _ready(guard: Any, received: bytes) -> CodeType:
    """Return the tests as code, with functions of the harness in place of the marks."""
    guard.names = true_names(guard.namespace)
    if received[:1] != b"c":  # they do not compile: the line below raises the error that Python raises
        code = _compile(received[1:], NAME, "exec", dont_inherit=True)
        return _filled(guard, without_lines(code), {})
    prepared = loads(received[1:])
    if prepared["mocks"]:
        kind = type(getattr(true_names(_loaded).get("unittest.mock"), "ANY", None))
        guard.trusted[id(kind)] = kind
    guard.uses = prepared["uses"]
    see_untouched(guard.uses, guard.modules, guard.names, guard.forged)
    code = _filled(guard, prepared["code"], _table(guard))
    guard.names = {}  # keeps no object alive that the program deletes
    return code


def _held(guard: Any, *_: object) -> None:
    """Check that the tests, which have come to their end, have held."""
    if _getpid() != guard.process:
        _leave(0)
    if guard.met:
        guard.see_whole()
    if guard.failed:
        guard.forged("an assertion failed, and something kept the tests going")
    see_untouched(guard.uses, guard.modules, {}, guard.forged)


def _table(guard: Any) -> dict[str, Any]:
    bound: dict[str, Any] = {}
    failed, trusted, process, leave, getpid = guard.failed, guard.trusted, guard.process, _leave, _getpid

    def note(holds: bool) -> bool:
        if not holds:
            failed.append(True)
        return holds

    def alone(value: Any) -> Any:
        if getpid() != process:  # a forked child that tries an answer must not learn whether it is right
            leave(70)
        return value

    def bind(name: str, value: Any) -> None:
        bound[name] = value
        if isinstance(value, type) and value.__module__ == "__main__":
            trusted[id(value)] = value

    table = {"note": note, "not": not_, "alone": alone, "bind": bind, "fetch": bound.__getitem__}
    table.update(comparisons(guard.forged, trusted, guard.see_whole, guard.met))
    return table


def _builtin(guard: Any, name: str) -> Any:
    of_program = guard.names if guard.entry_point in ("", name) else {}
    return of_program.get(name, _PRISTINE[name])


def _filled(guard: Any, code: CodeType, table: dict[str, Any]) -> CodeType:
    def filled(constant: Any) -> Any:
        if isinstance(constant, CodeType):
            return _filled(guard, constant, table)
        if isinstance(constant, (tuple, frozenset)):
            return type(constant)(map(filled, constant))
        if isinstance(constant, str) and constant.startswith(MARK):
            what, _, name = constant[len(MARK) :].partition("builtin ")
            return _builtin(guard, name) if name else table.get(what, constant)
        return constant

    made = code.replace(co_consts=tuple(map(filled, code.co_consts)))
    guard.owned[id(made)] = made
    return made
