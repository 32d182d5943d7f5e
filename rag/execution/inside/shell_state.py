"""Hand functions and variables from one shell to another, as data."""

from __future__ import annotations

import os
import re
import shutil
from shlex import quote
from typing import Any, NamedTuple

_BUILTINS = frozenset(
    ". : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare "  # noqa: SIM905
    "dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local "
    "logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt source suspend test "
    "times trap true type typeset ulimit umask unalias unset wait".split()
)
# programs that tests compare with: they do not mean a function or file of the program with such a name
_COMPARING = frozenset(
    "[ bash cmp comm diff egrep env expr fgrep grep jq sh test timeout".split()  # noqa: SIM905
)
RESERVED = _BUILTINS | _COMPARING
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_OWN = re.compile(
    r"__(name|value|key|ifs|flags)|BASH.*|COMP_.*|DIRSTACK|EPOCH.*|EUID|FUNCNAME|GROUPS|HIST.*|IFS|LINENO|MACHTYPE"
    r"|OPTERR|OPTIND|OLDPWD|PIPESTATUS|POSIXLY_CORRECT|PPID|PROMPT_COMMAND|PS[0-4]|PWD|RANDOM|REPLY|SECONDS|SHELLOPTS"
    r"|SHLVL|SRANDOM|UID|ENV|LD_.*|_"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FUNCTION_NAME = re.compile(r"[^\s=/\0$`'\"\\;&|<>(){}%]+")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_SET = ("nounset", "pipefail", "noglob", "noclobber", "allexport", "errtrace", "functrace")
_SHOPT = (
    *("dotglob", "extglob", "failglob", "globstar", "inherit_errexit", "lastpipe", "localvar_inherit"),
    *("nocaseglob", "nocasematch", "nullglob", "xpg_echo"),
)
_MOST_BYTES = 120_000  # size of one entry of the environment; Linux allows 131,072

Array = list[tuple[str, str]]


class State(NamedTuple):
    """What a program has left behind in its shell: variables with their attributes, and functions by name."""

    folder: str
    options: str
    separators: str
    functions: dict[str, str]
    values: dict[str, tuple[str, Any]]


def read_state(data: bytes) -> State | None:
    """Parse the state that a shell wrote; return None if it ended before that or wrote something else."""
    fields = data.decode("utf-8", "surrogateescape").split("\0")
    if fields[:1] != ["begin"] or fields[-2:] != ["end", ""] or len(fields) < 6:
        return None
    state = State(fields[1], fields[2], fields[3], {}, {})
    at, array = 4, []  # type: int, Array
    while at < len(fields) - 2:
        kind, name = fields[at], fields[at + 1]
        if kind == "value":
            state.values[name] = (fields[at + 2], fields[at + 3])
            at += 4
        elif kind == "array":
            array = []
            state.values[name] = (fields[at + 2], array)
            at += 3
        elif kind in ("item", "function"):
            if kind == "item":
                array.append((name, fields[at + 2]))
            else:
                state.functions[name] = fields[at + 2]
            at += 3
        else:
            return None
    return state


def environment_of(state: State, entry_point: str) -> dict[str, str]:
    """Return an environment with the functions, except those named like a builtin or a tool of tests.

    The entry point is kept whatever its name is.
    """
    found = {name: value for name, value in os.environ.items() if not name.startswith("BASH")}
    for name, text in state.functions.items():
        body = text[len(name) :].lstrip()
        if name != entry_point and name in RESERVED:
            continue
        if _FUNCTION_NAME.fullmatch(name) and body.startswith("()") and len(body) < _MOST_BYTES:
            found[f"BASH_FUNC_{name}%%"] = "() " + body[2:].lstrip()
    return found


def preamble(state: State, tests: str) -> str:
    """Return commands that restore the folder, the variables and the options of the program's shell."""
    lines = [f"builtin cd -- {quote(state.folder)}"]
    names = [name for name in state.functions if _FUNCTION_NAME.fullmatch(name)]
    lines += [f"builtin export -nf -- {quote(name)} 2>/dev/null" for name in names]
    for name, (attributes, value) in state.values.items():
        if _NAME.fullmatch(name) and not _OWN.fullmatch(name):
            lines.append(_declared(name, attributes, value))
    lines.append(f"IFS={quote(state.separators)}")
    for name in sorted(_COMPARING):
        path = shutil.which(name, path=_SYSTEM_PATH)
        if path and re.search(rf"\b{re.escape(name)}\b", tests):
            lines.append(f"builtin hash -p {path} {name}")
    _, _, options = state.options.partition(":")
    on = options.split(":")
    lines += [f"builtin shopt -{'s' if name in on else 'u'} {name}" for name in _SHOPT]
    lines += [f"builtin set -o {name}" for name in _SET if name in on]
    return "\n".join([*lines, ""])


def _declared(name: str, attributes: str, value: Any) -> str:
    flags = "".join(flag for flag in attributes if flag in "aAlurx")
    if isinstance(value, list):
        keyed = [(key, item) for key, item in value if "A" in flags or _NUMBER.fullmatch(key)]
        items = " ".join(f"[{quote(key)}]={quote(item)}" for key, item in keyed)
        # bash parses `x=(...)` as an array only after a plain `declare`, which nothing has redefined yet
        return f"declare -{flags or 'a'} {name}=({items})"
    # bash evaluates the value of an integer variable, and that can run commands
    flags += "i" if "i" in attributes and _NUMBER.fullmatch(value) else ""
    return f"builtin declare {'-' + flags if flags else ''} {name}={quote(value)}"
