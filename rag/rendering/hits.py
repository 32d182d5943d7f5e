"""Hits as plain lines for people and programs, or as JSON."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from corpora.document import fragment_of, is_from_run
from corpora.outside.characters import escape_for_terminal
from rag.prompting.fence import safe_line
from rag.rendering.excerpt import excerpt_of, first_shown
from rag.rendering.json_text import json_text
from rag.retrieval.hit import Hit, Signal
from rag.retrieval.source_files import seen_from, source_file

if TYPE_CHECKING:
    from indexers.search.expression import Expression

_LINE_ANCHOR: Final = re.compile(r"L(\d{1,9})")
_PATHS_SHOWN: Final = 3
_LINE_WIDTH: Final = 200  # of a line in output that is no terminal, where no screen says how wide
_GAP_FILLED: Final = 2  # lines that are shown rather than a line that says that they are left out


@dataclass(frozen=True, slots=True)
class HitView:
    """How hits are shown.

    Args:
        folders: folder of each corpus whose documents are files (see `source_folders`).
        here: folder that paths are relative to.
        words: tokens of the question, which are marked.
        expressions: regular expressions of the question, whose matches are marked.
        lines: number of lines shown of each hit; None for all.
        explain: whether the parts of each score are shown.
    """

    folders: Mapping[str, Path] = field(default_factory=dict)
    here: Path = Path("/")
    words: Set[str] = frozenset()
    expressions: tuple["Expression", ...] = ()
    lines: int | None = None
    explain: bool = False


def plain_hits(found: Sequence[Hit], view: HitView) -> str:
    """Render hits as text whose first line for each begins with `path:line:`, as grep prints it."""
    return "\n\n".join(_plain_hit(hit, view) for hit in found)


def json_hits(found: Sequence[Hit], folders: Mapping[str, Path]) -> str:
    """Render hits as JSON."""
    return json_text([hit_record(hit, folders) for hit in found])


def paths(found: Sequence[Hit], view: HitView) -> list[str]:
    """Return the path of each file that has hits, once, in the order of its best hit."""
    return list(dict.fromkeys(shown_path(hit, view) for hit in found))


def hit_record(hit: Hit, folders: Mapping[str, Path]) -> dict[str, Any]:
    """Return a hit as plain data, as `rag search --json` prints it.

    `path` is relative to `root`, the folder of the corpus; that and `absolute_path` are None where the hit
    comes from no file of this machine.
    """
    chunk = asdict(hit.chunk)
    origin = chunk.pop("origin")
    names = [{"name": name, "role": role} for name, role in chunk.pop("names")]
    signals = {name: asdict(signal) if signal else None for name, signal in _signals(hit).items()}
    file = source_file(folders, hit.chunk.origin)
    return {
        "rank": hit.rank,
        "score": hit.score,
        **signals,
        "location": hit.chunk.location,
        "root": str(folders[hit.chunk.origin.corpus]) if file else None,
        "absolute_path": str(file) if file else None,
        "content_hash": hit.content_hash,
        "is_stale": hit.is_stale,
        "also_at": list(hit.also_at),
        "similar_at": list(hit.similar_at),
        "also_in": list(hit.also_in),
        "asked_version": hit.asked_version,
        "shares": dict(hit.shares),
        "relation": hit.relation,
        **origin,
        "provenance": "runtime" if is_from_run(chunk["anchor"]) else "source",
        **chunk,
        "names": names,
    }


def shown_path(hit: Hit, view: HitView) -> str:
    """Return the path of a hit as the user would type it; that within the corpus if it is no file here."""
    file = source_file(view.folders, hit.chunk.origin)
    path = seen_from(file, view.here) if file else hit.chunk.origin.path
    # Exactly as it is typed, but for what acts on a terminal or ends the line.
    return escape_for_terminal(path.replace("\n", "\\n").replace("\t", "\\t"))


def shown_place(hit: Hit, view: HitView) -> str:
    """Return path and line of a hit, or for a page of documentation path and anchor."""
    line = line_of(hit)
    if line:
        return f"{shown_path(hit, view)}:{line}"
    fragment = safe_line(fragment_of(hit.chunk.anchor))
    return shown_path(hit, view) + (f"#{fragment}" if fragment else "")


def line_of(hit: Hit) -> int:
    """Return the line of the file at which a hit begins, from 1; 0 for a page, whose lines nobody counts."""
    if hit.chunk.origin.kind == "code":
        return hit.chunk.start_line
    # What is documented in code has the line of its definition as its anchor: `L1275`.
    found = _LINE_ANCHOR.fullmatch(fragment_of(hit.chunk.anchor))
    is_file = bool(PurePosixPath(hit.chunk.origin.path).suffix)  # a module of the standard library is a name
    return int(found[1]) if found and is_file else 0


def title(hit: Hit) -> str:
    """Return the name of what a hit is: the symbol, or what encloses it."""
    return safe_line(hit.chunk.symbol or hit.chunk.scope)


def source(hit: Hit) -> str:
    """Return the library and its versions, or the corpus."""
    origin = hit.chunk.origin
    versions = ", ".join(filter(None, [origin.version, *hit.also_in]))
    text = safe_line(" ".join(filter(None, [origin.library, versions])) or origin.corpus)
    return text + (f" (not the {safe_line(hit.asked_version)} asked for)" if hit.asked_version else "")


def related(hit: Hit) -> str:
    """Return what the hit is to the name that was asked for, such as `defines it`, or nothing."""
    return f"{hit.relation} it" if hit.relation else ""


def other_places(hit: Hit) -> list[str]:
    """Return a line for the near-duplicates of the file and one for variants of the hit, if it has any."""
    return [
        f"{name}: {', '.join(map(safe_line, paths[:_PATHS_SHOWN]))}"
        + (f" (+{len(paths) - _PATHS_SHOWN} more)" if len(paths) > _PATHS_SHOWN else "")
        for name, paths in (("also at", hit.also_at), ("similar in", hit.similar_at))
        if paths
    ]


def explained(hit: Hit) -> list[str]:
    """Return the score with the ranks behind it, and its shares: `meaning 0.3100 + words 0.1200`."""
    ranks = ", ".join(f"{name} #{signal.rank}" for name, signal in _signals(hit).items() if signal)
    terms = " ".join(
        f"{'-' if share < 0 else '+'} {name} {abs(share):.4f}" for name, share in hit.shares if share
    )
    return [f"score {hit.score:.4f}{f' ({ranks})' if ranks else ''}", terms.removeprefix("+ ")]


def _signals(hit: Hit) -> dict[str, Signal | None]:
    return {"lexical": hit.lexical, "dense": hit.dense, "reranked": hit.reranked}


def hit_head(hit: Hit, view: HitView) -> str:
    """Return the line that says where a hit is and what it is: `path:line: name (facts)`."""
    chunk = hit.chunk
    facts = [*filter(None, [related(hit)]), source(hit), chunk.origin.language]
    if chunk.origin.kind == "code":
        facts.append(f"lines {chunk.start_line}-{chunk.end_line}")
    if hit.is_stale:
        facts.append("the file has changed since")
    return head_line(shown_place(hit, view), title(hit), facts)


def head_line(place: str, name: str, facts: Iterable[str]) -> str:
    """Return `place: name (facts)`, without facts that are empty."""
    return f"{place}: {f'{name} ' if name else ''}({', '.join(filter(None, facts))})"


def hit_lines(hit: Hit, view: HitView) -> list[str]:
    """Return the lines of a hit that are shown, each behind its number, and `...` where some are left out."""
    lines = []
    part = excerpt_of(hit, view.words, view.lines, filled=_GAP_FILLED, expressions=view.expressions)
    width = len(str(hit.chunk.end_line))
    for line in part.lines:
        if line.after_gap:
            lines.append("...")
        number = f"{line.number:>{width}} " if line.number else ""
        start = first_shown(line.text, view.words, _LINE_WIDTH, expressions=view.expressions)
        text = ("..." if start else "") + line.text[start : start + _LINE_WIDTH]
        lines.append(f"{number}| {text}".rstrip())
    return lines


def _plain_hit(hit: Hit, view: HitView) -> str:
    lines = [*other_places(hit), *hit_lines(hit, view)]
    if view.explain:
        lines[:0] = explained(hit)
    return "\n".join([hit_head(hit, view), *(f"    {line}" for line in lines)])
