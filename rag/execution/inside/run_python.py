"""Run a Python program and its tests in this process, and tell how far they came.

What is told goes through a pipe of its own, as lines: `program` when the program has ended and its
tests begin; `raised {...}`; and, when the last statement of the tests was reached, the token that the
server hands out only after `program`. Nothing printed, no exit code and no patched module passes a
program. A program written against this very file, that walks the interpreter's frames and descriptors,
could: it shares a process with its tests. What holds it in does not depend on that.
"""

from __future__ import annotations

import json
import linecache
import os
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

_DETAIL_CHARS = 500
_TOKEN_BYTES = 64


def run_python(request: dict[str, Any], tell: int, token: int) -> None:
    """Run `request["source"]`, then `request["tests"]`; ends this process."""
    # bound here, so that a program that patches os or builtins changes nothing below
    write, read, getpid, leave, run = os.write, os.read, os.getpid, os._exit, exec
    report, flush, this_process, end_of_program = _report, _flush, getpid(), SystemExit
    module = _fresh_main()
    has_tests = bool(request["tests"].strip())
    tests = request["tests"]
    try:
        try:
            run(_compiled(request["source"], "program.py"), module.__dict__)
        except end_of_program as error:
            if has_tests or error.code not in (None, 0):
                raise
        if getpid() != this_process:  # it forked: only the first process speaks
            leave(0)
        write(tell, b"program\n")
        secret = read(token, _TOKEN_BYTES)
        if has_tests:
            run(_compiled(tests, "tests.py"), module.__dict__)
    except BaseException as error:  # a SystemExit or KeyboardInterrupt too is a way not to pass
        report(error, write, tell)
        flush()
        leave(1)
    flush()
    if getpid() == this_process:
        write(tell, secret)
    leave(0)


def _fresh_main() -> ModuleType:
    """A `__main__` without a trace of the server, and streams on the descriptors of this sample."""
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
    except (RecursionError, MemoryError):  # both are how the compiler says it
        raise SyntaxError("it is nested too deep to be compiled") from None


def _report(error: BaseException, write: Callable[[int, bytes], int], tell: int) -> None:
    """Tell the exception in one line, and print its traceback as Python would."""
    try:
        line = traceback.format_exception_only(type(error), error)[-1].strip()
        of_program = error.__traceback__
        while of_program and of_program.tb_frame.f_code.co_filename == _report.__code__.co_filename:
            of_program = of_program.tb_next  # none is left of what does not compile
        traceback.print_exception(type(error), error, of_program)
    except BaseException:  # its __str__ raises, or the stack is still full
        line = type(error).__name__
    told = {"memory": isinstance(error, MemoryError), "detail": line[:_DETAIL_CHARS]}
    write(tell, b"raised " + json.dumps(told).encode() + b"\n")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # replaced or closed by the program, which is its affair
            continue
