"""The changes of an API as text, Markdown or JSON."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final

from corpora.api.changes import ApiChange, ApiDiff
from corpora.counted import counted
from rag.prompting.fence import safe_line
from rag.rendering.json_text import json_text
from rag.rendering.markdown_text import code_span, escaped_markdown

_COLUMNS: Final = 80
_NAMES: Final = 3  # other names of an object that are shown
_MAX_SAID: Final = 240  # characters of a message that are shown
_TITLES: Final = ("Breaking", "May be breaking", "Other changes")
_ROLES: Final = re.compile(r":[\w+.-]{1,30}:`~?([^`<>]{1,200})`")
"""Of Sphinx: :meth:`~Cart.pay` is Cart.pay."""
_USUAL: Final = frozenset({"added", "parameter added", "behaviour note"})


def changes_as_json(diff: ApiDiff) -> str:
    """Render all that is known of all changes; empty fields are left out."""
    changes = [
        {name: value for name, value in asdict(one).items() if value not in ("", (), 0)}
        for one in diff.changes
    ]
    summary: dict[str, Any] = {"library": diff.library, "old": diff.old, "new": diff.new}
    counts = dict(diff.counts())
    return json_text({**summary, "breaking": len(diff.breaking), "counts": counts, "changes": changes})


def changes_as_text(diff: ApiDiff) -> str:
    """Render changes for a terminal of 80 columns: breaking ones first, by kind, with counts."""
    lines = [_headline(diff)]
    for title, changes in _sections(diff):
        lines += ["", f"{title} ({len(changes)})"]
        for kind, found in groupby(changes, key=lambda one: one.kind):
            alike = list(found)
            lines.append(f"  {kind} ({len(alike)})")
            for change in _folded(alike):
                lines += _lines(change, alike)
    return "\n".join(lines)


def changes_as_markdown(diff: ApiDiff) -> str:
    """Render changes as a page: headings by what breaks and by kind, an item for each change."""
    lines = [f"# {escaped_markdown(_headline(diff))}"]
    for title, changes in _sections(diff):
        lines += ["", f"## {title} ({len(changes)})"]
        for kind, found in groupby(changes, key=lambda one: one.kind):
            alike = list(found)
            lines += ["", f"### {kind} ({len(alike)})", ""]
            lines += [_item(change, alike) for change in _folded(alike)]
    return "\n".join(lines)


def _headline(diff: ApiDiff) -> str:
    old, new = diff.old or "old", diff.new or "new"
    others = len(diff.changes) - len(diff.breaking)
    more = f", {counted(others, 'other')}" if others else ""
    counts = counted(len(diff.breaking), "breaking change") + more
    return safe_line(f"{diff.library} {old} -> {new}: {counts if diff.changes else 'no changes'}")


def _sections(diff: ApiDiff) -> Iterator[tuple[str, list[ApiChange]]]:
    parts: tuple[list[ApiChange], ...] = ([], [], [])
    for one in diff.changes:
        parts[(0 if one.is_certain else 1) if one.is_breaking else 2].append(one)
    return ((title, part) for title, part in zip(_TITLES, parts, strict=True) if part)


def _folded(changes: Sequence[ApiChange]) -> Iterator[ApiChange]:
    """Yield changes without those in a module that changed so itself, unless there is more to say of them."""
    whole = {name for one in changes for name in one.all_names if one.object_kind == "module"}
    for one in changes:
        if not (one.within in whole and one.name not in whole) or one.replacement:
            yield one


def _inside(change: ApiChange, changes: Sequence[ApiChange]) -> int:
    if change.object_kind != "module":
        return 0
    return sum(one.within in change.all_names for one in changes if one is not change)


def _title(change: ApiChange) -> str:
    called = change.kind in {"removed", "moved", "renamed", "added"} and change.object_kind == "function"
    name = f"{change.name}{'()' if called else ''}"
    return f"{name}: {change.parameter}" if change.parameter else name


def _what(change: ApiChange, changes: Sequence[ApiChange]) -> str:
    """Return what happened, beside the kind, in a few words."""
    inside = _inside(change, changes)
    parts = [change.detail, f"module, {counted(inside, 'name')} in it" if inside else ""]
    match change.kind:
        case "moved" | "renamed":
            parts.append(f"now {change.new}")
        case "default changed" | "kind changed" | "no longer callable" | "parameter kind changed":
            parts.insert(0, f"{change.old} -> {change.new}")
        case "bases changed":
            parts = [f"{change.detail} of {change.old}"]
        case "behaviour note":
            parts = [
                change.detail if change.detail != "changed" else "",
                f"in {change.new}" if change.new else "",
            ]
    if change.version and change.kind != "behaviour note":
        parts.append(f"in {change.version}")
    if change.replacement and change.replacement != change.new:
        parts.append(f"use {change.replacement}")
    return "; ".join(filter(None, parts))


def _lines(change: ApiChange, changes: Sequence[ApiChange]) -> Iterator[str]:
    what = _what(change, changes)
    yield from _wrapped(safe_line(_title(change) + (f"  ({what})" if what else "")), 4, 8)
    if change.names and change.kind not in _USUAL:
        more = len(change.names) - _NAMES
        names = ", ".join(change.names[:_NAMES]) + (f" and {more} more" if more > 0 else "")
        yield from _wrapped(safe_line(f"also {names}"), 8, 8)
    if change.evidence and not change.evidence.startswith("same "):
        yield from _wrapped(f'"{_cut(change.evidence)}"', 8, 8)


def _wrapped(text: str, first: int, rest: int) -> list[str]:
    return textwrap.wrap(
        text,
        _COLUMNS,
        initial_indent=" " * first,
        subsequent_indent=" " * rest,
        break_on_hyphens=False,
    )


def _cut(text: str) -> str:
    line = safe_line(_ROLES.sub(r"\1", text))
    return line if len(line) <= _MAX_SAID else f"{line[: _MAX_SAID - 1].rstrip()}…"


def _item(change: ApiChange, changes: Sequence[ApiChange]) -> str:
    what = _what(change, changes)
    item = f"- {code_span(_title(change))}{f': {escaped_markdown(what)}' if what else ''}"
    if change.names and change.kind not in _USUAL:
        item += f" (also {', '.join(map(code_span, change.names[:_NAMES]))}"
        item += f" and {len(change.names) - _NAMES} more)" if len(change.names) > _NAMES else ")"
    if change.evidence and not change.evidence.startswith("same "):
        item += f"  \n  {escaped_markdown(_cut(change.evidence))}"
    return item
