"""Choose one branch of `#if` where the branches do not parse together, as a preprocessor would.

A grammar sees all branches at once. That works for branches that are whole statements or definitions:

    #ifdef WIN32                #ifdef WIN32
    int f(void) { ... }         int f(HANDLE h) {       two heads, one body: the braces
    #else                       #else                   never match, and everything below
    int f(void) { ... }         int f(int h) {          is one error
    #endif                      #endif
                                  return 0; }

Nothing is removed: what is not chosen becomes blanks, so that every byte stays where it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

# Comments are closed by hand: a pattern would scan to the end of the text from each one that is never closed.
_TOKEN: Final = re.compile(
    rb"""(?P<comment>/\*)
      | //[^\n]*+
      | "(?:\\.|[^"\\\n])*+"?
      | '(?:\\.|[^'\\\n])*+'?
      | ^[ \t]*+\#[ \t]*+(?P<directive>\w*+)(?P<rest>(?:\\\r?\n|/(?!\*)|[^\n/])*+)
      | (?P<open>[{(\[])
      | (?P<close>[})\]])""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_NEVER: Final = re.compile(rb"[ \t]*(?:0|false|FALSE)[ \t\r]*\Z")
BLANKS: Final = bytes(byte if byte in b" \t\r\n\f\v" else ord(" ") for byte in range(256))
"""A table for `bytes.translate` that makes blanks of everything but white space."""


@dataclass(slots=True)
class _Branch:
    start: int
    end: int = 0
    depth: int = 0
    lowest: int = 0

    def add(self, depth: int, lowest: int) -> None:
        self.lowest = min(self.lowest, self.depth + lowest)
        self.depth += depth


@dataclass(slots=True)
class _Group:
    """The branches from `#if` to `#endif`, and the spans of these lines.

    `depth` is the number of brackets that are open before it; `kept` is the index of the branch to choose.
    """

    lines: list[tuple[int, int]]
    branches: list[_Branch]
    kept: int = 0
    depth: int = 0
    must_choose: bool = False
    inner: list["_Group"] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Where the line of its `#if` begins."""
        return self.lines[0][0]


def choose_branches(data: bytes, *, inside: bool = False) -> bytes:
    """Return C-like source code with one branch of each `#if` whose branches do not have matching brackets.

    The first branch is chosen, or the second for `#if 0`. Everything else is as long as it was.

    Args:
        data: source code.
        inside: choose a branch of every `#if` that stands within brackets, too, as in a function.
    """
    chosen = bytearray(data)
    for start, end in dropped_spans(data, inside=inside):
        chosen[start:end] = data[start:end].translate(BLANKS)
    return bytes(chosen)


def dropped_spans(data: bytes, *, inside: bool) -> Iterator[tuple[int, int]]:
    """Yield the spans that `choose_branches` makes blanks of; no two overlap, however deep branches nest."""
    pending = _groups(data)
    while pending:
        group = pending.pop()
        if group.must_choose or (inside and group.depth > 0):
            kept = group.branches[group.kept] if group.kept < len(group.branches) else None
            for branch in group.branches:
                if branch is not kept:
                    yield branch.start, branch.end
            yield from group.lines
            # What lies in another branch is dropped with it.
            pending.extend(inner for inner in group.inner if kept and kept.start <= inner.start < kept.end)
        else:
            pending.extend(group.inner)


def _groups(data: bytes) -> list[_Group]:
    """Return the outermost groups of `data`; one that is never closed is left out."""
    top = _Group([], [_Branch(0)])
    stack = [top]
    at = 0
    while found := _TOKEN.search(data, at):
        at = found.end()
        branch = stack[-1].branches[-1]
        if found["comment"]:
            at = data.find(b"*/", at) + 2
            if at < 2:
                break
        elif found["open"]:
            branch.add(1, 0)
        elif found["close"]:
            branch.add(-1, -1)
        elif found["directive"]:
            _take_directive(stack, found)
    return top.inner


def _take_directive(stack: list[_Group], found: re.Match[bytes]) -> None:
    word, start, end = found["directive"], found.start(), found.end()
    if word in (b"if", b"ifdef", b"ifndef"):
        never = word == b"if" and _NEVER.match(found["rest"])
        depth = stack[-1].depth + stack[-1].branches[-1].depth
        stack.append(_Group([(start, end)], [_Branch(end)], 1 if never else 0, depth))
    elif len(stack) == 1:
        return
    elif word.startswith(b"el"):
        group = stack[-1]
        group.lines.append((start, end))
        group.branches[-1].end = start
        group.branches.append(_Branch(end))
    elif word == b"endif":
        group = stack.pop()
        group.lines.append((start, end))
        group.branches[-1].end = start
        group.must_choose = any(branch.depth or branch.lowest < 0 for branch in group.branches)
        stack[-1].inner.append(group)
        if group.kept < len(group.branches):
            kept = group.branches[group.kept]
            stack[-1].branches[-1].add(kept.depth, kept.lowest)
