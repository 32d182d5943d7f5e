"""Hits as the page shows them: their lines in colours, which of them match, and what makes up their score."""

from typing import Any, Final

from rag.prompting.fence import safe_line
from rag.prompting.passage import suspicious_words
from rag.rendering.excerpt import excerpt_of, marked_spans, text_lines
from rag.rendering.hits import HitView, line_of, other_places, shown_path, shown_place, title
from rag.retrieval.hit import Hit
from rag.retrieval.source_files import source_file
from rag.serving.page.coloured import coloured_lines

_MOST_LINES: Final = 400
_FIRST_LINES: Final = 6  # shown before a hit is opened


def page_hit(project: str, hit: Hit, view: HitView) -> dict[str, Any]:
    """Return a hit as plain data for the page."""
    origin = hit.chunk.origin
    file = source_file(view.folders, origin)
    signals = (("words", hit.lexical), ("meaning", hit.dense), ("reranker", hit.reranked))
    return {
        "project": project,
        "rank": hit.rank,
        "score": hit.score,
        "path": shown_path(hit, view),
        "place": shown_place(hit, view),
        "line": line_of(hit) or None,
        "file": str(file) if file else None,
        "symbol": title(hit),
        "kind": origin.kind,
        "language": safe_line(origin.language),
        "corpus": safe_line(origin.corpus),
        "library": safe_line(origin.library),
        "version": safe_line(origin.version),
        "also_in": [safe_line(version) for version in hit.also_in],
        "url": origin.url if origin.url.startswith(("http://", "https://")) else "",
        "relation": hit.relation,
        "is_stale": hit.is_stale,
        "is_suspicious": bool(suspicious_words(hit)),
        "elsewhere": other_places(hit),
        "shares": [[name, share] for name, share in hit.shares if share],
        "signals": {name: signal.rank for name, signal in signals if signal},
        "lines": _lines(hit, view),
        "is_cut": hit.chunk.text.count("\n") >= _MOST_LINES,
    }


def _lines(hit: Hit, view: HitView) -> list[dict[str, Any]]:
    """Return each line: its number, its text in colours, where words of the question stand, as start and end.

    `is_first` are those that are shown before a hit is opened.
    """
    lines = text_lines(hit.chunk.text)[:_MOST_LINES]
    excerpt = excerpt_of(hit, view.words, _FIRST_LINES, filled=2, expressions=view.expressions)
    first = {line.index for line in excerpt.lines}
    is_code = hit.chunk.origin.kind == "code"
    start = hit.chunk.start_line
    coloured = coloured_lines(lines, hit.chunk.origin.language if is_code else "")
    return [
        {
            "number": start + place if is_code else None,
            "pieces": pieces,
            "marks": list(marked_spans(line, view.words, view.expressions)),
            "is_first": place in first,
        }
        for place, (line, pieces) in enumerate(zip(lines, coloured, strict=True))
    ]
