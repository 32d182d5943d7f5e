"""Hits for a terminal: with colours, links and marked words, in few lines."""

import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token
from rich.cells import cell_len
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text

from rag.rendering.excerpt import (
    ExcerptLine,
    HitExcerpt,
    excerpt_of,
    first_shown,
    marked_spans,
    text_lines,
)
from rag.rendering.hits import HitView, explained, other_places, related, shown_place, source, title
from rag.retrieval.hit import Hit
from rag.retrieval.source_files import source_file

# The plain colours of a terminal, which its user has chosen to be read on its background, dark or light.
_THEME: Final = ANSISyntaxTheme(
    {
        Token: Style(),
        Comment: Style(dim=True),
        Keyword: Style(color="blue"),
        Operator.Word: Style(color="blue"),
        Name.Function: Style(color="cyan"),
        Name.Class: Style(color="cyan"),
        Name.Decorator: Style(color="magenta"),
        String: Style(color="green"),
        Number: Style(color="magenta"),
    }
)
_MARK: Final = Style(bold=True, color="red")  # as grep marks what it found
_DIM: Final = Style(dim=True)
_BEFORE_SIGN: Final = re.compile(r"(?= [+-] )")
_MAX_HIGHLIGHTED_CHARS: Final = 20_000
_HIGHLIGHT_SECONDS: Final = 1.0  # of all hits: the expressions of a lexer may take for ever on hostile text


class _OutOfTimeError(Exception):
    pass


def styled_hits(found: Sequence[Hit], view: HitView, width: int, height: int) -> list[Text]:
    """Return the lines for a terminal of `width` columns and `height` lines, without their line feeds.

    A blank line stands between hits if the screen has room for it.
    """
    gutter = max(
        (len(str(hit.chunk.end_line)) for hit in found if hit.chunk.origin.kind == "code"), default=1
    )
    parts = [excerpt_of(hit, view.words, view.lines, expressions=view.expressions) for hit in found]
    highlighted = _highlighted(found)
    blocks = [
        [*_header(hit, view, width), *_body(part, lines, view, (gutter, width))]
        for hit, part, lines in zip(found, parts, highlighted, strict=True)
    ]
    is_roomy = sum(map(len, blocks)) + len(blocks) < height
    lines: list[Text] = []
    for block in blocks:
        if lines and is_roomy:
            lines.append(Text())
        lines += block
    return lines


def _header(hit: Hit, view: HitView, width: int) -> Iterator[Text]:
    line = _heading(hit, view)
    if line.cell_len > width and hit.chunk.origin.library:
        # Of documentation in a folder far away, the name says more than the path to it, which is a link.
        line = _heading(hit, replace(view, here=view.folders.get(hit.chunk.origin.corpus, view.here)))
    yield line
    if view.explain:
        lines = (one for line in explained(hit) for one in _wrapped(line, width - 4))
        yield from (Text(f"    {line}", _DIM) for line in lines)
    if view.lines is None or view.explain:
        yield from (Text(f"    {line}", _DIM) for line in other_places(hit))


def _wrapped(sum_of_shares: str, width: int) -> Iterator[str]:
    """Yield the lines of a sum that is longer than `width`; a share is not torn from its name."""
    line = ""
    for share in _BEFORE_SIGN.split(sum_of_shares):
        if line and len(line) + len(share) > width:
            yield line
            line = share.lstrip()
        else:
            line += share
    yield line


def _heading(hit: Hit, view: HitView) -> Text:
    file = source_file(view.folders, hit.chunk.origin)
    url = file.as_uri() if file else ""
    line = Text()
    line.append(f"{hit.rank:>2}. ", "bold")
    line.append(shown_place(hit, view), Style(color="cyan", bold=True, link=url or None))
    if title(hit):
        line.append(f"  {title(hit)}", "bold")
    if related(hit):
        line.append(f"  {related(hit)}", "green" if hit.relation == "defines" else "")
    line.append(f"  {source(hit)} | {hit.chunk.origin.language}", _DIM)
    if hit.is_stale:
        line.append("  (the file has changed since)", "yellow")
    return line


def _body(
    part: HitExcerpt, highlighted: Sequence[Text], view: HitView, columns: tuple[int, int]
) -> Iterator[Text]:
    """Yield the lines of a hit; `columns` are those of the numbers and of the screen."""
    gutter, width = columns
    room = width - gutter - 5
    for number, line in enumerate(part.lines):
        content = _content(line, highlighted, view, room)
        if part.is_cut and number == len(part.lines) - 1:
            content.append(" …", _DIM)
        bar = "⋮" if line.after_gap else "│"
        yield Text.assemble((f"  {line.number or '':>{gutter}} {bar} ", _DIM), content)


def _content(line: ExcerptLine, highlighted: Sequence[Text], view: HitView, room: int) -> Text:
    """Return a line with its words marked; one that is too long begins shortly before its first match."""
    is_colored = line.index is not None and line.index < len(highlighted)
    content = highlighted[line.index or 0].copy() if is_colored else Text(line.text)
    for start, end in marked_spans(content.plain, view.words, view.expressions):
        content.stylize(_MARK, start, end)
    start = first_shown(line.text, view.words, room, cell_len, view.expressions)
    return Text("…") + content[start:] if start else content


def _highlighted(found: Sequence[Hit]) -> list[list[Text]]:
    """Return the lines of each hit of code in the colours of its language, as far as the time allows."""
    colored: list[list[Text]] = []
    try:
        with _time_limit(_HIGHLIGHT_SECONDS):
            for hit in found:
                colored.append(_highlight(hit))
    except _OutOfTimeError:
        pass
    return colored + [[] for _ in range(len(found) - len(colored))]


def _highlight(hit: Hit) -> list[Text]:
    if hit.chunk.origin.kind != "code":
        return []
    lines = text_lines(hit.chunk.text[:_MAX_HIGHLIGHTED_CHARS])
    syntax = Syntax("", hit.chunk.origin.language, theme=_THEME)
    colored = [*syntax.highlight("\n".join(lines)).split("\n", allow_blank=True)]
    is_same = [line.plain.rstrip() for line in colored[: len(lines)]] == lines
    return colored[: len(lines)] if is_same else []


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise `_OutOfTimeError` in the block after so many seconds, where the system has timers."""

    def stop(*_: object) -> None:
        raise _OutOfTimeError

    if sys.platform == "win32":
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
