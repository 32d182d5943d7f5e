"""Run a Python program and its tests in this process, and report how far they get.

Reports go through a pipe of their own, as lines: two keys, before the program starts; `program` when it has
ended and its tests begin; `forged ...` or `raised {...}`; and the first key again when the tests have held.
The tests only arrive when the program has ended. Until then the key is on the value stack of a frame, where
no name in Python leads. Native code can find it there; the walls of the sandbox do not depend on the key.
"""

from __future__ import annotations

import atexit
import gc
import linecache
import os
import sys
import traceback
from collections import deque
from dis import findlinestarts
from json import dumps
from marshal import loads
from operator import methodcaller
from os import write
from types import CodeType, ModuleType, TracebackType
from typing import Any

from .audit import know_own
from .guard import harness, stopping

_DETAIL_CHARS = 500
_PROGRAM, _TESTS = "program.py", "tests.py"
_HERE = os.path.dirname(__file__)


def run_python(request: dict[str, Any], tell: int, given: int) -> None:
    """Run the source in `request`, then the tests that come through `given`, and end this process."""
    # local names, so that a program that patches `os` or `builtins` changes nothing below
    write, leave, run, flush, report, program = os.write, os._exit, exec, _flush, _report, _run_program
    namespace, source, tested = _fresh_main().__dict__, request["source"], request["tested"]
    kept: list[Any] = []
    of_harness = harness(tell, given, request, namespace, kept)
    parts: list[Any] = [map(methodcaller("__call__"), stopping()), *of_harness]
    _forget_harness(kept)
    del kept, of_harness
    gc.freeze()  # hides what exists by now from the functions of `gc`
    try:
        # The key is taken from `parts` first and written last. All that is called later is taken from `parts`
        # before the program starts: by then it is on the value stack, and `parts` is empty. Once the program
        # has ended, `deque` calls what stops its trace functions, signal handlers and so on, before any new
        # frame begins.
        write(
            tell,
            (
                parts.pop()(),
                parts.pop()(
                    run(parts.pop()(deque(parts.pop(), program(source, namespace, tested))), namespace),
                    flush(),
                ),
            )[0],
        )
    except BaseException as error:  # SystemExit and KeyboardInterrupt, too, mean that it did not pass
        try:
            report(error, tell, given)
            flush()
        finally:
            leave(1)
    leave(0)


def _run_program(source: str, namespace: dict[str, Any], tested: bool) -> None:
    """Run the program; if no tests follow, a SystemExit with status 0 counts as its normal end.

    Without tests, what it prints counts, also from threads, at exit, or when its objects are freed. Tests
    begin when its last statement has ended, and none of that may see them.
    """
    end_of_program = SystemExit
    try:
        exec(_compiled(source, _PROGRAM), namespace)
    except end_of_program as error:
        if tested or error.code not in (None, 0):
            raise
    if not tested:
        _end_as_python(namespace)


def _end_as_python(namespace: dict[str, Any]) -> None:
    """Do what Python does at its end: join threads, call what was registered, flush, free the names."""
    wait_for_threads = getattr(sys.modules.get("threading"), "_shutdown", None)
    for end in (wait_for_threads, _flush, atexit._run_exitfuncs, _flush, namespace.clear, _flush):
        try:
            if end:
                end()
        except BaseException:  # Python reports it and goes on
            continue


def _forget_harness(kept: list[Any]) -> None:
    """Remove every way by names, from the frames below or from classes, to the code that judges the program.

    The objects stay alive in `kept`, where nothing leads to: freeing them would copy many shared pages.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == "inside"]:
        module = sys.modules.pop(name)
        kept.append(module)
        if name[len("inside.") :] in _WITH_FRAMES_OR_CLASSES:
            names = vars(module)
            kept += names.values()
            names.clear()
    del globals()["harness"], globals()["stopping"], globals()["know_own"]


_WITH_FRAMES_OR_CLASSES = ("server", "supervise", "sample", "kernel_memory", "shell_state")


def _fresh_main() -> ModuleType:
    """Return a `__main__` without traces of the server, and open the standard streams of this sample."""
    module = ModuleType("__main__")
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    sys.argv = ["program.py"]
    sys.path[:] = [folder for folder in sys.path if folder != os.environ.get("RAG_SANDBOX_CODE")]
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", errors="replace", closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]
        2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1
    )
    return module


def _compiled(source: str, name: str) -> Any:
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)  # for tracebacks
    try:
        return compile(source, name, "exec", dont_inherit=True)
    except (RecursionError, MemoryError):  # the compiler raises either
        raise SyntaxError("it is nested too deeply to be compiled") from None


def _report(error: BaseException, tell: int, given: int) -> None:
    """Report the exception in one line, and print its traceback as Python would."""
    try:
        line = traceback.format_exception_only(type(error), error)[-1].strip()
        below = error.__traceback__ and error.__traceback__.tb_next
        in_program = below and below.tb_frame.f_code is _run_program.__code__
    except BaseException:  # its __str__ raises, or the stack is still full
        line, in_program = type(error).__name__, True
    told = {"memory": isinstance(error, MemoryError), "detail": line[:_DETAIL_CHARS]}
    write(tell, b"raised " + dumps(told).encode() + b"\n")
    try:
        shown = traceback.TracebackException(type(error), error, _of_program(error.__traceback__))
        if not in_program:  # the program cannot pass any more: now it may know the text of the tests
            with open(given, "rb", closefd=False) as pipe:
                _show_lines(shown, error, _codes(pipe.read()))
        sys.stderr.write("".join(shown.format()))
    except BaseException:  # as above
        return


def _of_program(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of the harness at its beginning."""
    while trace and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next  # if the program does not compile, none is left
    return trace


def _codes(of_tests: bytes) -> dict[bytes, CodeType]:
    """Return the code objects of the tests with line numbers, by name and instructions."""
    source, code = loads(of_tests)
    linecache.cache[_TESTS] = (len(source), None, source.splitlines(True), _TESTS)
    found: dict[bytes, CodeType] = {}
    waiting = [code] if code else []
    while waiting:
        code = waiting.pop()
        found.setdefault(code.co_name.encode() + code.co_code, code)
        waiting += [item for item in code.co_consts if isinstance(item, CodeType)]
    return found


def _show_lines(
    shown: traceback.TracebackException | None, error: BaseException | None, codes: dict[bytes, CodeType]
) -> None:
    """Give frames of tests their true lines and drop frames of the harness, also in chained tracebacks."""
    if shown is None or error is None:
        return
    trace, stack = _of_program(error.__traceback__), []
    for summary in list(shown.stack):
        if trace is None:
            break
        ran = trace.tb_frame.f_code
        of_tests = codes.get(ran.co_name.encode() + ran.co_code) if ran.co_filename == _TESTS else None
        if os.path.dirname(ran.co_filename) != _HERE:
            stack.append(_summary(of_tests, trace.tb_lasti) if of_tests else summary)
        trace = trace.tb_next
    shown.stack[:] = stack
    _show_lines(shown.__cause__, error.__cause__, codes)
    _show_lines(shown.__context__, error.__context__, codes)


def _summary(code: CodeType, offset: int) -> traceback.FrameSummary:
    if sys.version_info >= (3, 11):  # noqa: UP036 (a sandbox may be older)
        first, last, start, end = list(code.co_positions())[offset // 2]
        return traceback.FrameSummary(
            _TESTS, first, code.co_name, end_lineno=last, colno=start, end_colno=end
        )
    lines = [line for start, line in findlinestarts(code) if start <= offset]
    return traceback.FrameSummary(_TESTS, lines[-1] if lines else None, code.co_name)


def _flush() -> None:
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    for stream in streams:
        try:
            stream.flush()
        except BaseException:  # the program may have replaced or closed it
            continue


know_own(vars(sys.modules[__name__]))
