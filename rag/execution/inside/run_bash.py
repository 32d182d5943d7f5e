"""Run a bash program and its tests in one shell, so that the tests can call the program's functions.

The same lines are told as for Python. Both texts lie in sealed memory files, out of the program's reach.
"""

from __future__ import annotations

import os
from typing import Any

_PROGRAM, _TESTS, _TELL, _TOKEN = 20, 21, 22, 23  # descriptors, by number in the shell text below
_WITHOUT_TESTS = ". /proc/self/fd/20"
_WITH_TESTS = """
. /proc/self/fd/20
builtin echo program >&22
builtin set -e
. /proc/self/fd/21
IFS= builtin read -r token <&23
builtin echo "$token" >&22
"""


def run_bash(request: dict[str, Any], tell: int, token: int) -> None:
    """Run `request["source"]`, then `request["tests"]`; this process becomes the shell."""
    has_tests = bool(request["tests"].strip())
    descriptors = (request["source_file"], request["tests_file"], tell, token)
    for number, descriptor in zip((_PROGRAM, _TESTS, _TELL, _TOKEN), descriptors):  # noqa: B905 (from Python 3.10 on)
        os.dup2(descriptor, number)
    script = _WITH_TESTS if has_tests else _WITHOUT_TESTS
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-c", script, "program.sh"])
