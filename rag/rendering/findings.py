"""What a check found, as text, as JSON, and as annotations for GitHub Actions."""

from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap
from typing import Final

from corpora.counted import counted
from rag.checking.finding import CheckReport, Finding
from rag.corrections.findings import errors_of
from rag.generators.checked_answer import AnswerCheck
from rag.rendering.json_text import json_text

_WIDTH: Final = 80
_INDENT: Final = "    "
_MAX_SIGNATURE_CHARS: Final = 300
_MAX_LIBRARIES: Final = 8


def findings_as_text(report: CheckReport) -> str:
    """Return findings as lines of at most 80 characters, where names allow it, and a summary."""
    lines = [line for finding in report.findings for line in _lines(finding)]
    return "\n".join([*lines, *wrap(_summary(report), _WIDTH)])


def _lines(finding: Finding) -> Iterator[str]:
    cell = f"cell {finding.cell}:" if finding.cell else ""
    place = f"{finding.path}:{cell}{finding.line}:{finding.column}:"
    yield f"{_one_line(place)} {finding.rule}"
    facts = [f"{finding.library} {finding.version}".strip(), finding.history]
    details = [finding.message, "; ".join(fact for fact in facts if fact)]
    if finding.said:
        details.append(f"{finding.library or 'it'} says: {_cut(finding.said)}")
    if finding.instead:
        details.append(f"instead: {finding.instead}")
    if finding.nearest:
        details.append(f"nearest: {finding.nearest}")
    if finding.signature:
        details.append(f"signature: {_cut(finding.signature)}")
    if finding.source:
        details.append(f"defined in: {finding.source}")
    for detail in filter(None, details):
        yield from wrap(
            _one_line(detail),
            _WIDTH,
            initial_indent=_INDENT,
            subsequent_indent=2 * _INDENT,
            break_on_hyphens=False,
        )


def _summary(report: CheckReport) -> str:
    count = len(report.findings)
    libraries = [f"{name} {version}".strip() for name, version in report.libraries]
    more = len(libraries) - _MAX_LIBRARIES
    against = ", ".join(libraries[:_MAX_LIBRARIES]) + (f" and {more} more" if more > 0 else "")
    found = counted(count, "finding") if count else "no findings"
    checked = f"{found} in {counted(report.files, 'file')}"
    return _one_line(f"{checked}, checked against {against}" if against else checked)


def answer_check_notes(check: AnswerCheck) -> list[str]:
    """Return what a check of an answer found, and how it was repaired, as texts for a terminal."""
    report = check.report
    texts = [*report.notes, *(f"the answer is not checked: {one.reason}" for one in report.unchecked)]
    if not report.unchecked:
        texts.append(findings_as_text(report))
    if len(check.turns) > 1:
        counts = [str(len(errors_of(turn.report))) for turn in check.turns]
        given = "the last" if check.chosen == len(check.turns) - 1 else f"number {check.chosen + 1}"
        texts.append(f"errors in the {len(check.turns)} answers: {', '.join(counts)}; shown: {given}")
    if check.error:
        texts.append(f"not repaired any further: {_one_line(check.error)}")
    return texts


def findings_as_json(report: CheckReport) -> str:
    """Return a report as JSON."""
    return json_text(
        {
            "findings": [asdict(finding) for finding in report.findings],
            "files": report.files,
            "lines": report.lines,
            "libraries": [{"name": name, "version": version} for name, version in report.libraries],
            "unchecked": [asdict(one) for one in report.unchecked],
            "notes": list(report.notes),
        }
    )


def findings_as_annotations(report: CheckReport) -> str:
    """Return findings as commands of GitHub Actions, which it shows beside the lines.

    >>> finding = Finding("a,b.py", 1, 2, 3, "deprecated", "warning", "50 %")
    >>> findings_as_annotations(CheckReport((finding,), 1, 1))
    '::warning file=a%2Cb.py,line=1,col=2,endColumn=3,title=rag check%3A deprecated::50 %25'
    """
    return "\n".join(_annotation(finding) for finding in report.findings)


def _annotation(finding: Finding) -> str:
    place = {"line": finding.line, "col": finding.column, "endColumn": finding.end_column}
    properties = {
        "file": finding.path,
        **(place if not finding.cell else {}),  # (a line of the file is not one of a cell)
        "title": f"rag check: {finding.rule}",
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{finding.severity} {listed}::{_data(finding_in_words(finding))}"


def finding_in_words(finding: Finding) -> str:
    """Return a finding in a sentence, with version, history and the nearest name; of a notebook, its cell."""
    version = f"{finding.library} {finding.version}".strip()
    where = f"cell {finding.cell}, line {finding.line}: " if finding.cell else ""
    parts = [
        f"{where}{finding.message}",
        f" in {version}" if version and finding.rule != "deprecated" else "",
    ]
    parts.append(f" ({finding.history})" if finding.history else "")
    parts.append(f"; {finding.library or 'it'} says: {_cut(finding.said)}" if finding.said else "")
    real = finding.instead or finding.nearest
    how = "instead" if finding.instead else "nearest"
    parts.append(f"; {how}: {real}{_cut(finding.signature)}" if real else "")
    return "".join(parts)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SIGNATURE_CHARS else f"{text[:_MAX_SIGNATURE_CHARS]}..."


def _one_line(text: str) -> str:
    """Return a text whose line breaks, which a name or a path may hold, are written out."""
    return text.replace("\r", "\\r").replace("\n", "\\n")
