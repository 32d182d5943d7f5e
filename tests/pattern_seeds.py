"""Find every regular expression of the packages, and make texts that a careless one takes too long for."""

import ast
import faulthandler
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as sre_parser  # type: ignore[import-not-found]
import sys
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from tests import ROOT

_WINDOW = "search of a window"
_WINDOW_CHARS = 400
_OF_AN_OBJECT = ".pattern"
_FUNCTIONS = frozenset({"search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"})
# units that are bad for some pattern, whatever it looks like
_COMMON = (
    *"aA0_.,;:-=+*/\\|&!?#@$%^~'\"`()[]{}<>é",
    *(
        " ",
        "\t",
        "\n",
        "\r\n",
        " \n",
        "\n ",
        "\t\n",
        "a ",
        "a\n",
        "a.",
        "a-",
        "a_a ",
        "a1",
        "aA",
        "A a",
        "x=1;",
    ),
    *(
        '<a style="',
        "a<b<",
        "\\[",
        "\\(",
        "\\\n",
        "\\*(",
        "<!--",
        "-->",
        "/*",
        "*/",
        "//",
        "```",
        "~~~",
        '"""',
        "'''",
    ),
    *(
        "![",
        "](",
        "[a](",
        "{@link ",
        "{#",
        "<a ",
        "</",
        "&a;",
        "%%",
        ">>> ",
        "# ",
        "- ",
        "#\n",
        "a: ",
        "@a\n",
        "*\n",
    ),
)


class Seed(NamedTuple):
    """A text that repeats a part."""

    unit: str
    head: str = ""
    tail: str = ""

    def text(self, chars: int) -> str:
        """Return the text with this many characters."""
        room = chars - len(self.head) - len(self.tail)
        return self.head + (self.unit * (room // len(self.unit) + 1))[:room] + self.tail


class Pattern(NamedTuple):
    """A pattern, its flags, and the methods that the code calls on it."""

    place: str
    source: str | bytes
    flags: int
    methods: frozenset[str]


def all_patterns() -> list[Pattern]:
    """Return every pattern in the code of the packages, wherever it stands."""
    found: list[Pattern] = []
    for package in ("corpora", "indexers", "rag"):
        for path in sorted((ROOT / package).rglob("*.py")):
            found += _patterns_of(path)
    return found


def _patterns_of(path: Path) -> Iterator[Pattern]:
    text = path.read_text()
    if "re." not in text:  # most modules have no pattern, and parsing takes long
        return
    tree = ast.parse(text)
    names, used = _string_constants(tree), _methods(tree)
    owners = {
        id(node.value): target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _is_re(node.func) and node.args):
            continue
        function = node.func.attr  # type: ignore[attr-defined]
        if function not in _FUNCTIONS | {"compile"} or (source := _constant(node.args[0], names)) is None:
            continue
        flags = _flags([*node.args[1:], *(k.value for k in node.keywords if k.arg == "flags")])
        methods = frozenset({function})
        if function == "compile":
            default = used.get(_OF_AN_OBJECT, frozenset({"search", "finditer", "fullmatch"}))
            methods = used.get(owners.get(id(node), ""), default)
        yield Pattern(f"{path.relative_to(ROOT)}:{node.lineno}", source, flags, methods)


def _is_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
    )


def _string_constants(tree: ast.Module) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            value = _constant(node.value, names)
            if isinstance(target, ast.Name) and value is not None:
                names[target.id] = value
    return names


def _constant(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return the string value of an expression, with `a` for what is only known at run time."""
    match node:
        case ast.Constant(value=str() | bytes() as value):
            return value
        case ast.Name(id=name):
            return names.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            a, b = _constant(left, names), _constant(right, names)
            return a + b if a is not None and b is not None else None
        case ast.JoinedStr(values=values):
            parts = [
                _constant(v, names) if isinstance(v, ast.Constant) else (_constant(v.value, names) or "a")
                for v in values
                if isinstance(v, ast.Constant | ast.FormattedValue)
            ]
            return "".join(parts)
    return None


def _flags(nodes: list[ast.expr]) -> int:
    flags = 0
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and part.attr.isupper():
                flags |= int(getattr(re, part.attr, 0))
    return flags


def _methods(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return the methods called on the patterns of a module, by name; all methods if a pattern is passed on.

    Methods called on an attribute that holds a pattern are listed under `_OF_AN_OBJECT`.
    """
    found: dict[str, set[str]] = {}
    called = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        method, owner = node.func.attr, node.func.value
        if isinstance(owner, ast.Name) and method in _FUNCTIONS:
            found.setdefault(owner.id, set()).add(_WINDOW if _begins_near(node) else method)
            called.add(id(owner))
        elif isinstance(owner, ast.Attribute) and owner.attr == "pattern" and method in _FUNCTIONS:
            found.setdefault(_OF_AN_OBJECT, set()).add(method)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called:
            found.pop(node.id, None)
    return {name: frozenset(methods) for name, methods in found.items()}


def _begins_near(call: ast.Call) -> bool:
    """Return whether a call searches only the few characters before a position, from `max(0, ...)` on."""
    start = call.args[1] if len(call.args) == 3 else None
    return isinstance(start, ast.Call) and isinstance(start.func, ast.Name) and start.func.id == "max"


def seeds(pattern: Pattern) -> Iterator[Seed]:
    """Yield seeds of texts: near misses made of the pattern's own parts, then those common to all."""
    source = pattern.source if isinstance(pattern.source, str) else pattern.source.decode("latin-1")
    units = list(dict.fromkeys(filter(None, _units(sre_parser.parse(source, pattern.flags & ~re.ASCII)))))
    whole = "".join(_samples(sre_parser.parse(source, pattern.flags & ~re.ASCII)))
    heads = list(
        dict.fromkeys(whole[:end] for end in (1, 2, 3, 4, 6, 9, 13, 20, len(whole) // 2, len(whole) - 1))
    )
    for unit in dict.fromkeys((*units[:24], *filter(None, heads), *_COMMON)):
        yield Seed(unit)
    for unit in units[:12]:
        yield Seed(unit, whole[: max(whole.find(unit[:1]), 0)], "\x00")
        yield Seed(whole + unit)
        yield Seed(unit, whole[: len(whole) // 2], "!")


def _units(parsed: Any) -> Iterator[str]:
    """Yield texts that match pairs of neighbouring parts, and inner parts alone and with a newline."""
    samples = _samples(parsed)
    for first, second in pairwise(samples):
        yield first + second
        yield second
    for operation, argument in parsed:
        for inner in _inner(operation, argument):
            yield from _units(inner)
            sample = "".join(_samples(inner))
            yield sample
            yield sample + "\n"


def _inner(operation: Any, argument: Any) -> list[Any]:
    if operation in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        return [argument[2]]
    if operation is sre.SUBPATTERN:
        return [argument[3]]
    if operation is sre.BRANCH:
        return list(argument[1])
    if operation is sre.ATOMIC_GROUP:
        return [argument]
    return []


def _samples(parsed: Any) -> list[str]:
    return [_sample(*part) for part in parsed]


def _sample(operation: Any, argument: Any) -> str:
    """Return a text that one part of a pattern matches."""
    if operation is sre.LITERAL:
        return chr(argument)
    if operation is sre.NOT_LITERAL:
        return "a" if argument != ord("a") else "b"
    if operation is sre.ANY:
        return "a"
    if operation is sre.IN:
        return _member(argument)
    if operation in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        return "".join(_samples(argument[2])) * max(int(argument[0]), 1)
    inner = _inner(operation, argument)
    return "".join(_samples(inner[0])) if inner else ""


_OF_CATEGORY = {
    sre.CATEGORY_DIGIT: "0", sre.CATEGORY_SPACE: " ", sre.CATEGORY_WORD: "a",
    sre.CATEGORY_NOT_DIGIT: "a", sre.CATEGORY_NOT_SPACE: "a", sre.CATEGORY_NOT_WORD: "-",
}  # fmt: skip


def _member(members: Any) -> str:
    if members[0][0] is sre.NEGATE:
        taken = re.compile("[" + "".join(re.escape(m) for m in map(_one, members[1:])) + "]")
        return next(c for c in "a b0-.\n\t\x00" if not taken.match(c))
    return _one(members[0])


def _one(member: Any) -> str:
    operation, argument = member
    if operation is sre.LITERAL:
        return chr(argument)
    return chr(argument[0]) if operation is sre.RANGE else _OF_CATEGORY[argument]


FULL_CHARS = 100_000
_SHORT_CHARS = 1_000
_LONGER_CHARS = (4 * _SHORT_CHARS, 16 * _SHORT_CHARS)
_LINEAR_GROWTH = 7  # for four times as long a text: 4 is linear, 16 is quadratic
MAX_SECONDS = 2.0


def slow_runs(pattern: Pattern, chars: int = FULL_CHARS, max_seconds: float = MAX_SECONDS) -> Iterator[str]:
    """Yield the seeds for which `pattern` takes longer than `max_seconds` at so many characters.

    Most are not run at that length. A seed is fine if it takes so little at 1,000 characters that even
    quadratic growth would be acceptable, or if the time grows no faster than the text.
    """
    compiled = re.compile(pattern.source, pattern.flags)
    for seed in seeds(pattern):
        for method in sorted(pattern.methods):
            if why := _slowness(compiled, method, seed, chars, max_seconds):
                yield f"{pattern.place}: .{method} takes {why} of {seed}"


def _slowness(compiled: Any, method: str, seed: Seed, full: int, max_seconds: float) -> str:
    """Return how long a seed takes and at how many characters; empty if that is not too long."""
    short = seed.text(_SHORT_CHARS)
    acceptable = max_seconds * (_SHORT_CHARS / full) ** 2
    if (taken := _seconds(compiled, method, short)) < acceptable:
        return ""
    taken = min(taken, _seconds(compiled, method, short))
    for chars in (*_LONGER_CHARS, full):
        before, taken = taken, _seconds(compiled, method, seed.text(chars))
        if taken > max_seconds * chars / full:
            return f"{taken:.1f} s for {chars} characters"
        if taken < _LINEAR_GROWTH * before:
            return ""
    return ""


def _seconds(compiled: Any, method: str, text: str) -> float:
    subject = text if isinstance(compiled.pattern, str) else text.encode()
    start = time.process_time()
    if method == _WINDOW:
        for end in range(0, len(subject), _WINDOW_CHARS):
            compiled.search(subject, max(0, end - _WINDOW_CHARS), end)
    elif method in {"sub", "subn"}:
        getattr(compiled, method)(subject[:0], subject)
    elif method == "finditer":
        list(compiled.finditer(subject))
    else:
        getattr(compiled, method)(subject)
    return time.process_time() - start


def main() -> None:
    """Run every pattern, printing its name first; one that takes very long ends the process."""
    for pattern in all_patterns():
        sys.stdout.write(f"{pattern.place}\n")
        sys.stdout.flush()
        faulthandler.dump_traceback_later(60, exit=True)
        for slow in islice(slow_runs(pattern), 1):
            sys.stdout.write(f"slow: {slow}\n")
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()
