"""Plots as SVG inside a page: text as text, in the colours of the page, with the same bytes each time."""

import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import chdir
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from corpora.errors import MissingExtra
from rag.evaluation.intervals import Interval
from rag.evaluation.report.lines import fit
from rag.evaluation.report.tables import ScoreTable, ScoreValue
from rag.evaluation.report.visible import visible_line

# Placeholders: each is replaced by a colour of the page's style, which has a light and a dark set.
_INK, _FAINT = "#010203", "#040506"
_COLOURS = ("#070809", "#0a0b0c", "#0d0e0f", "#0f0e0d")
_STYLE = {_INK: "currentColor", _FAINT: "var(--faint)"} | {
    colour: f"var(--series-{number})" for number, colour in enumerate(_COLOURS)
}
_MARKERS = "osD^"  # circle, square, diamond, triangle: not everyone can tell the colours apart

# In inches. The plot is narrow, so that its letters stay legible on a phone, where it is scaled down.
_WIDTH, _HEIGHT, _ROW_HEIGHT, _MARGINS = 4.6, 2.9, 0.34, 0.9
_MOST_GROUPS, _LABEL_CHARS = 20, 22
_EDGE = 3  # percent of space beside 0 and 100, so that markers there are not cut off
_POINT_SHIFT = 0.13  # of a row or column, so that the contexts are side by side
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "docprompting",
    "text.parse_math": False,  # a group may be called "$"
    "font.size": 9,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": _FAINT,
    "grid.alpha": 0.5,
    "grid.linewidth": 0.5,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "text.color": _INK,
    "legend.frameon": False,
    "lines.markersize": 5,
    "errorbar.capsize": 2,
}

_OF_XML = re.compile(r"\A.*?(?=<svg )|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)
_SIZE = re.compile(r'(<svg [^<>]*?) width="[^"]*" height="[^"]*"')
_FONTS = re.compile(r" font-family: [^;\"]{0,500}+;")
_GROUP_ID = re.compile(r'<g id="[^"]*">')  # two plots on a page would have the same ids


def pass_at_k_plot(table: ScoreTable) -> str:
    """Plot pass@k by context, with intervals, from the table that `pass_table` makes."""

    def draw(axes: Any) -> None:
        for number, context in enumerate(table.columns):
            shift = _shift(number, table)
            points = [(place + shift, row.values[number]) for place, row in enumerate(table.rows)]
            _draw_series(axes, _Series(number, context, points), along="x")
        axes.set_xticks(range(len(table.rows)), [row.name.removeprefix("pass@") for row in table.rows])
        axes.set_xlim(-0.5, len(table.rows) - 0.5)
        axes.set_ylim(0, None)
        axes.set_xlabel("k")
        axes.set_ylabel("pass@k (%)")
        axes.grid(axis="y")

    return _svg(draw, _HEIGHT, "pass@k by context, with 95 % intervals")


def groups_plot(table: ScoreTable) -> str:
    """Plot pass@1 of the largest groups by context, with intervals, from a table of `group_tables`."""
    rows = table.rows[:_MOST_GROUPS]

    def draw(axes: Any) -> None:
        for number, context in enumerate(table.columns):
            shift = _shift(number, table)
            points = [(place + shift, row.values[number]) for place, row in enumerate(rows)]
            _draw_series(axes, _Series(number, context, points), along="y")
        names = [f"{fit(visible_line(row.name), _LABEL_CHARS)} ({row.tasks})" for row in rows]
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(-_EDGE, 100 + _EDGE)
        axes.set_xlabel("pass@1 (%)")
        axes.grid(axis="x")

    title = visible_line(table.title)
    return _svg(draw, _MARGINS + _ROW_HEIGHT * len(rows), f"pass@1 {title.lower()}, with 95 % intervals")


def _shift(number: int, table: ScoreTable) -> float:
    return (number - (len(table.columns) - 1) / 2) * _POINT_SHIFT


class _Series(NamedTuple):
    """The scores of one context: its number among the contexts, its name, and a value at each place."""

    number: int
    name: str
    points: Sequence[tuple[float, ScoreValue]]


def _draw_series(axes: Any, series: _Series, *, along: str) -> None:
    """Draw the means of a series and their intervals; a place without a value stays empty."""
    known = [(place, value) for place, value in series.points if value is not None]
    places = [place for place, _ in known]
    spans = [value if isinstance(value, Interval) else Interval(value, value, value) for _, value in known]
    means = [100 * span.mean for span in spans]
    # A bootstrap interval of a skewed score may end on the mean, and rounding may put that end beyond it.
    below = [100 * max(0.0, span.mean - span.low) for span in spans]
    above = [100 * max(0.0, span.high - span.mean) for span in spans]
    style = {
        "color": _COLOURS[series.number],
        "marker": _MARKERS[series.number],
        "label": series.name,
        "elinewidth": 1,
    }
    if along == "x":
        axes.errorbar(places, means, yerr=[below, above], linewidth=1.2, **style)
    else:
        axes.errorbar(means, places, xerr=[below, above], linestyle="none", **style)


def _svg(draw: Callable[[Any], None], height: float, label: str) -> str:
    """Draw on axes `height` inches high; return an `svg` element, with a label for screen readers."""
    try:
        # matplotlib reads a `matplotlibrc` from the working folder, which may hold a stranger's files.
        with chdir(Path(__file__).parent):
            from matplotlib import rc_context
            from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("matplotlib", "eval") from error

    text = StringIO()
    with rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the browser uses its own fonts
        figure = Figure((_WIDTH, height), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        if len(axes.get_legend_handles_labels()[1]) > 1:
            figure.legend(loc="outside upper center", ncols=len(_COLOURS))
        figure.savefig(text, format="svg")  # with a date in the metadata, which is removed below
    page = _FONTS.sub("", _OF_XML.sub("", text.getvalue()))
    page = _GROUP_ID.sub("<g>", _SIZE.sub(rf'\1 role="img" aria-label="{_attribute(label)}"', page, count=1))
    for colour, style in _STYLE.items():
        page = page.replace(colour, style)
    return page.strip()


def _attribute(text: str) -> str:
    from html import escape

    return escape(text).replace("\\", "\\\\")  # it becomes part of a replacement pattern
