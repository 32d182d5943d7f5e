"""A run, or two compared, as one HTML file that needs nothing else: no script, no font, no server.

All that a model or a program wrote is escaped by the template engine and made visible (`visible`), and the
page forbids scripts and requests by a content security policy of its own.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from corpora.counted import counted
from rag.evaluation.report.comparison import Comparison
from rag.evaluation.report.effects import changed_tasks, effect_tables, total_in_words
from rag.evaluation.report.highlight import highlighted
from rag.evaluation.report.numbers_as_text import chance, limits, number, number_format, rate
from rag.evaluation.report.plots import groups_plot, pass_at_k_plot
from rag.evaluation.report.result import FailingCase, RunResult, flat
from rag.evaluation.report.tables import (
    further_passes,
    group_tables,
    pass_table,
    repair_counts_table,
    retrieval_table,
    summary_table,
    text_table,
)
from rag.evaluation.report.text_report import answer_notes
from rag.evaluation.report.visible import visible, visible_line

if TYPE_CHECKING:
    from jinja2 import Environment


class CaseFilter(NamedTuple):
    """A link that shows only the failing cases of one CSS class; `name` is what these have in common."""

    name: str
    css_class: str
    cases: int


def html_report(result: RunResult) -> str:
    """Return the page of a run; the same run gives the same bytes.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    passing = pass_table(result)
    labels = [_labels(result, case) for case in result.failing]
    filters = _filters(labels)
    classes = {(way, one.name): one.css_class for way, found in filters.items() for one in found}
    return _render(
        "report.html.jinja",
        result=result,
        summary=summary_table(result),
        pass_plot=pass_at_k_plot(passing) if len(passing.rows) > 1 else "",
        pass_table=further_passes(result),
        breakdowns=[(table, groups_plot(table)) for table in group_tables(result)],
        scores_tables=[table for table in (text_table(result), retrieval_table(result)) if table.rows],
        effects=[
            (table, changed)
            for table in effect_tables(result)
            for changed in (changed_tasks(result, table.context),)
        ],
        repairs=repair_counts_table(result),
        manifest=flat(result.manifest),
        filters=filters,
        cases=[
            (case, " ".join(classes[label] for label in own))
            for case, own in zip(result.failing, labels, strict=True)
        ],
    )


def comparison_html(compared: Comparison) -> str:
    """Return the page that compares two runs."""
    return _render("comparison.html.jinja", compared=compared)


def _labels(result: RunResult, case: FailingCase) -> list[tuple[str, str]]:
    """Return what a case can be filtered by: its context, its status, and the groups of its task."""
    groups: Mapping[str, tuple[str, ...]] = {}
    for one in result.contexts:
        if one.context == case.context:
            groups = next((task.groups for task in one.outcomes if task.task_id == case.task_id), {})
    found = [("context", str(case.context)), ("status", str(case.status))]
    return found + [(way, group) for way, names in groups.items() for group in names]


def _filters(labels: Sequence[Sequence[tuple[str, str]]]) -> dict[str, list[CaseFilter]]:
    """Return the filters for each kind of label, with the number of cases that each shows."""
    counts: dict[tuple[str, str], int] = {}
    for own in labels:
        for label in own:
            counts[label] = counts.get(label, 0) + 1
    found: dict[str, list[CaseFilter]] = {}
    # Classes are numbered, since a name in CSS cannot hold any text: `show-0` for ("context", "none").
    for place, ((way, name), cases) in enumerate(sorted(counts.items())):
        found.setdefault(way, []).append(CaseFilter(name, f"show-{place}", cases))
    return found


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(values)


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else visible(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = visible_line
    environment.filters["in_colours"] = highlighted
    shared = (total_in_words, counted, number_format, number, limits, rate, chance, answer_notes)
    environment.globals |= {function.__name__: function for function in shared}
    return environment
