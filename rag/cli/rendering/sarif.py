"""What a check found, as SARIF 2.1.0, which code hosts and editors read."""

from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from rag.checking.finding import CHECK_RULES, CheckReport, Finding
from rag.rendering.findings import finding_in_words
from rag.rendering.json_text import json_text
from rag.version import installed_version

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def findings_as_sarif(report: CheckReport) -> str:
    """Return a report as a log of SARIF."""
    rules = [{"id": rule, "shortDescription": {"text": meaning}} for rule, meaning in CHECK_RULES.items()]
    driver = {"name": "rag check", "version": installed_version(), "rules": rules}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in report.findings],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(finding: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if not finding.cell:  # a line of the file is not one of a cell
        place["region"] = {
            "startLine": finding.line,
            "startColumn": finding.column,
            "endColumn": finding.end_column,
        }
    facts = {
        "name": finding.name,
        "library": finding.library,
        "version": finding.version,
        "history": finding.history,
        "nearest": finding.nearest,
        "instead": finding.instead,
        "signature": finding.signature,
        "source": finding.source,
    }
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(CHECK_RULES).index(finding.rule),
        "level": finding.severity,
        "message": {"text": finding_in_words(finding)},
        "locations": [{"physicalLocation": place}],
        "properties": {name: value for name, value in facts.items() if value},
    }


def _uri(path: str) -> str:
    """Return a path as a reference relative to where the check was run, or an absolute `file` URL."""
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())
