"""What a generator is shown of the findings in its answer, and the names that they are about."""

from collections.abc import Iterator, Sequence
from typing import Final

from rag.checking.finding import CheckReport, Finding
from rag.corrections.named_wrongly import WrongNames
from rag.prompting.cut import cut_end
from rag.retrieval.draft import MAX_NAMES, Used

_MAX_LINE_CHARS: Final = 200
_MAX_DETAIL_CHARS: Final = 300
_LEAST_CHARS: Final = 80  # of the words on a finding, else it is not worth to be shown

# Rules whose names end in a parameter: documentation is of what is called.
_OF_A_CALL: Final = frozenset({"unknown-parameter", "missing-argument"})


def errors_of(report: CheckReport) -> tuple[Finding, ...]:
    """Return the findings that fail when the program runs; a deprecation does not yet."""
    return tuple(finding for finding in report.findings if finding.severity == "error")


def unchecked_reason(report: CheckReport) -> str:
    """Return why a program was not checked, or not all of it; empty if it was."""
    return "; ".join(one.reason for one in report.unchecked)


def rank_of_report(report: CheckReport, code: str) -> tuple[bool, int]:
    """Return what orders answers by their checks, the better one first.

    An answer that cannot be checked has no findings, and one without code neither; both come last.
    """
    return bool(report.unchecked) or not code.strip(), len(errors_of(report))


def findings_as_feedback(findings: Sequence[Finding], source: str, max_chars: int) -> str:
    """Return findings for a generator: the line of code, what is wrong with it, and what there is instead.

    Args:
        findings: that are told, as many as fit.
        source: the program that they are about.
        max_chars: of the text.
    """
    lines = source.split("\n")
    shown: list[str] = []
    left = max_chars
    for finding in findings:
        code = lines[finding.line - 1].strip() if finding.line <= len(lines) else ""
        text = "\n".join([cut_end(code, _MAX_LINE_CHARS), *(f"    {one}" for one in _details(finding))])
        if len(text) > left and (shown or left < _LEAST_CHARS):
            break
        shown.append(cut_end(text, left))
        left -= len(text) + 1
    more = len(findings) - len(shown)
    return "\n".join([*shown, *([f"and {more} more"] if more else [])])


def names_in_findings(findings: Sequence[Finding]) -> WrongNames:
    """Return the names to be looked up: of what is wrong, and of what there is in its place."""
    named = [finding.name for finding in findings if finding.name]
    # What is there instead comes first: its documentation is the right one.
    there = [name for one in findings for name in (one.instead, one.nearest if "." in one.nearest else "")]
    holders = [one.name.rpartition(".")[0] for one in findings if one.rule in _OF_A_CALL]
    wanted = dict.fromkeys(filter(None, [*there, *holders, *named]))
    return WrongNames(
        tuple(dict.fromkeys(named)),
        tuple(Used(name, name, is_known=True) for name in list(wanted)[:MAX_NAMES]),
    )


def _details(finding: Finding) -> Iterator[str]:
    version = f"{finding.library} {finding.version}".strip()
    history = f" ({finding.history})" if finding.history else ""
    yield cut_end(f"{finding.message}{f' in {version}' if version else ''}{history}", _MAX_DETAIL_CHARS)
    if finding.said:
        yield cut_end(f"{finding.library or 'it'} says: {finding.said}", _MAX_DETAIL_CHARS)
    real = finding.instead or finding.nearest
    if real:
        how = "use instead" if finding.instead else "there is"
        is_name = finding.rule not in _OF_A_CALL
        yield cut_end(f"{how}: {real}{finding.signature if is_name else ''}", _MAX_DETAIL_CHARS)
    if finding.signature and (not real or finding.rule in _OF_A_CALL):
        yield cut_end(f"signature: {finding.signature}", _MAX_DETAIL_CHARS)
