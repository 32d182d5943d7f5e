"""What the check in node prints, as findings."""

import re
from collections.abc import Mapping
from typing import Any, Final

from corpora.counted import counted
from rag.checking.finding import Finding
from rag.checking.nearest import nearest_name

_MAX_CHARS: Final = 300
_EXPORTING: Final = frozenset({"module", "namespace"})
_TEXTS: Final = (
    "rule", "kind", "holder", "part", "library", "version", "source", "signature", "said",
    "least", "most",
)  # fmt: skip
_SAID: Final = {
    "unknown-module": "package '{holder}' has no module '{part}'",
    "unknown-name": "{kind} '{holder}' has no {what} '{part}'",
    "unknown-parameter": "options of '{holder}' have no key '{part}'",
    "too-many-arguments": "'{holder}' is called with {given} and takes at most {most}",
    "missing-argument": "'{holder}' is called with {given} and takes at least {least}",
    "deprecated": "'{holder}' is deprecated",
}
_BLANKS: Final = re.compile(r"\s+")


def finding_of(path: str, record: Mapping[str, Any]) -> Finding | None:
    """Return the finding that a record tells of; None if it is not one.

    Args:
        path: of the program, as it was named.
        record: what the check printed.
    """
    texts = {key: _short(str(record.get(key, ""))) for key in _TEXTS}
    places = [record.get(key) for key in ("line", "column", "end")]
    rule, part, library = texts["rule"], texts["part"], texts["library"]
    if rule not in _SAID or not all(isinstance(one, int) for one in places):
        return None
    line, column, end = map(int, places)  # type: ignore[arg-type]
    given = record.get("given")
    texts["given"] = counted(given, "argument") if isinstance(given, int) else ""
    names = [one for one in record.get("names") or () if isinstance(one, str)]
    return Finding(
        path,
        line,
        column,
        end,
        rule,
        "warning" if rule == "deprecated" else "error",
        _SAID[rule].format(**texts, what="export" if texts["kind"] in _EXPORTING else "member"),
        name=_name(rule, texts["holder"], part, library),
        library=f"npm:{library}",
        version=texts["version"],
        said=texts["said"],
        nearest=nearest_name(part, names) if part else "",
        signature=texts["signature"],
        source=texts["source"],
    )


def _name(rule: str, holder: str, part: str, library: str) -> str:
    if rule == "unknown-module":
        return part
    is_below = holder == library or holder.startswith((f"{library}/", f"{library}."))
    parts = [] if is_below else [library]
    return ".".join([*parts, holder, *([part] if part else [])])


def _short(text: str) -> str:
    """Return a text that a library or a program wrote in one line of some length."""
    one_line = _BLANKS.sub(" ", text).strip()
    return one_line if len(one_line) <= _MAX_CHARS else f"{one_line[:_MAX_CHARS]}..."
