"""Run a bash program in one shell and its tests in another, with the functions and variables of the first.

A shell protects nothing from what runs in it: a function may be called `[`, and a trap runs before each
command. So the program's shell has neither the tests nor a pipe to the harness. At its end it writes out its
state and waits. The shell of the tests gets that state as data: functions through the environment, from which
bash takes nothing else, and variables as quoted words. No trap, alias or job gets there, and no function that
is named like a builtin.
"""

from __future__ import annotations

import os
import signal
from typing import Any, NoReturn

from .guard import KEY_BYTES, received
from .shell_state import RESERVED, environment_of, preamble, read_state

_PROGRAM, _STATE, _WAIT = 20, 21, 22  # descriptors in the program's shell
_PREAMBLE, _TESTS, _ANSWER = 20, 21, 22  # descriptors in the shell of the tests
_MOST_STATE_BYTES = 1 << 24
_PIPE_BYTES = 65_536
_WITHOUT_TESTS = ". /proc/self/fd/20"
# One compound command, so that all of it is read before the program can define an alias. Each part of the
# state ends with a NUL.
_OF_PROGRAM = r"""
{
. /proc/self/fd/20
{
__ifs=${IFS-$' \t\n'} __flags=$-:$SHELLOPTS:$BASHOPTS
builtin set +efuvx
IFS=$' \t\n'
builtin printf 'begin\0%s\0%s\0%s\0' "$PWD" "$__flags" "$__ifs"
for __name in $(builtin compgen -A function); do
    builtin printf 'function\0%s\0%s\0' "$__name" "$(builtin declare -f "$__name")"
done
for __name in $(builtin compgen -v); do
    [[ $__name == __value ]] && continue
    [[ ! -v $__name && $(builtin declare -p "$__name") != 'declare -'[aA]* ]] && continue
    builtin declare -n __value=$__name
    case ${__value@a} in
    *[aA]*)
        builtin printf 'array\0%s\0%s\0' "$__name" "${__value@a}"
        for __key in "${!__value[@]}"; do builtin printf 'item\0%s\0%s\0' "$__key" "${__value[$__key]}"; done
        ;;
    *) builtin printf 'value\0%s\0%s\0%s\0' "$__name" "${__value@a}" "$__value" ;;
    esac
    builtin unset -n __value
done
builtin printf 'end\0'
} >&21 21>&- 2>/dev/null
builtin read -r __name <&22
}
"""
_OF_TESTS = ". /proc/self/fd/20; builtin set -e; . /proc/self/fd/21"
# what the shell of the tests reports at their end: the key, and the options and functions that it then has
_END = '\nbuiltin echo "{key}:$-:$BASHOPTS $(builtin declare -F; declare -F)" >&22\n'


def run_bash(request: dict[str, Any], tell: int, given: int) -> None:
    """Run the source in `request`, then the tests that come through `given`, and end this process."""
    if not request["tested"]:
        os.dup2(request["source_file"], _PROGRAM)
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-c", _WITHOUT_TESTS, "program.sh"])
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    key, cipher = os.urandom(KEY_BYTES).hex(), os.urandom(KEY_BYTES).hex().encode()
    os.write(tell, b"keys %s %s\n" % (key.encode(), cipher))
    from_shell, state = os.pipe()
    wait, let_go = os.pipe()
    arguments = ["--norc", "--noprofile", "-c", _OF_PROGRAM, "program.sh"]
    descriptors = {_PROGRAM: request["source_file"], _STATE: state, _WAIT: wait}
    shell = _start(arguments, descriptors, dict(os.environ))
    for descriptor in (state, wait, request["source_file"]):
        os.close(descriptor)
    found = read_state(_all_of(from_shell, _MOST_STATE_BYTES))
    if found is None:  # it ended before that, or wrote something else
        os.close(let_go)
        _end_as(os.waitpid(shell, 0)[1])
    os.write(tell, b"program\n")
    tests = received(given, cipher).decode("utf-8", "replace")
    status, answer = _run_tests(
        tests, key, preamble(found, tests), environment_of(found, request["entry_point"])
    )
    os.close(let_go)
    os.waitpid(shell, 0)  # including its traps on exit
    said, _, options = answer.partition(":")
    if status == 0 and said == key:
        if "extdebug" in options or ("e" not in options.partition(":")[0] and "set +" not in tests):
            os.write(tell, b"forged it switched off the option that stops at a failed test\n")
            os._exit(1)
        if not RESERVED.isdisjoint(set(options.split()) - {"declare", request["entry_point"]}):
            os.write(tell, b"forged it redefined a command of the tests\n")
            os._exit(1)
        os.write(tell, key.encode() + b"\n")
    _end_as(status)


def _run_tests(tests: str, key: str, before: str, environment: dict[str, str]) -> tuple[int, str]:
    """Run the tests; return the exit status of their shell and what it reported."""
    (start, to_start), (texts, to_texts), (answers, answer) = os.pipe(), os.pipe(), os.pipe()
    arguments = ["--norc", "--noprofile", "-O", "extglob", "-c", _OF_TESTS, "program.sh"]
    shell = _start(arguments, {_PREAMBLE: start, _TESTS: texts, _ANSWER: answer}, environment)
    for descriptor in (start, texts, answer):
        os.close(descriptor)
    for descriptor, text in ((to_start, before), (to_texts, tests + _END.format(key=key))):
        try:
            with open(descriptor, "wb", buffering=0) as pipe:
                rest = memoryview(text.encode("utf-8", "surrogateescape"))
                while rest:
                    rest = rest[pipe.write(rest) or 0 :]
        except BrokenPipeError:  # it has ended
            continue
    status = os.waitpid(shell, 0)[1]
    os.set_blocking(answers, False)  # a process that it left running may hold the other end
    try:
        said = os.read(answers, _PIPE_BYTES).decode("utf-8", "replace")
    except BlockingIOError:
        said = ""
    return status, said.rstrip("\n")


def _start(arguments: list[str], descriptors: dict[int, int], environment: dict[str, str]) -> int:
    """Start a shell that has only these descriptors; the keys of `descriptors` are their numbers in it."""
    process = os.fork()
    if process:
        return process
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        # first to numbers that are none of the final ones
        parked = {number: os.dup(descriptor) for number, descriptor in descriptors.items()}
        while any(descriptor in descriptors for descriptor in parked.values()):
            parked = {number: os.dup(descriptor) for number, descriptor in parked.items()}
        for number, descriptor in parked.items():
            os.dup2(descriptor, number)
        os.closerange(3, min(descriptors))
        os.closerange(max(descriptors) + 1, os.sysconf("SC_OPEN_MAX"))
        os.execvpe("bash", ["bash", *arguments], environment)
    finally:
        os._exit(70)


def _all_of(descriptor: int, most: int) -> bytes:
    """Read up to the end mark: a process that the program left running may hold the other end of the pipe."""
    data = bytearray()
    while len(data) <= most and not data.endswith(b"\0end\0"):
        part = os.read(descriptor, _PIPE_BYTES)
        if not part:
            break
        data += part
    return bytes(data)


def _end_as(status: int) -> NoReturn:
    """End this process with the wait status of another."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(status >> 8)
