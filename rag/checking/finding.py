"""What a check finds, as records, and the rules by their ids."""

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning"]

CHECK_RULES: Final[dict[str, str]] = {
    "unknown-package": "a package is imported that is neither installed nor locked",
    "unknown-module": "a module is imported that the library does not have at this version",
    "unknown-name": "a name is used that the module or class does not have at this version",
    "unknown-parameter": "an argument is given that the function has no parameter for at this version",
    "too-many-arguments": "more positional arguments are given than the function takes",
    "missing-argument": "a parameter without a default is given no argument",
    "deprecated": "what is used is deprecated at this version",
}
"""What each rule reports, by its id."""

_MAX_MESSAGE_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a program that does not exist in the library at the version that is checked against.

    Attributes:
        path: of the file, as it was named; `-` for text that is in no file.
        line: 1-based; in the cell of a notebook.
        column: 1-based, in characters.
        end_column: the first column after it; where it ends on another line, that of the end of its line.
        rule: its id, a key of `CHECK_RULES`.
        severity: an error fails when it runs, a warning does not yet.
        message: one sentence, without the version.
        name: dotted name of what is not there, as `pandas.DataFrame.append`.
        library: normalized name of the distribution; empty where none is known.
        version: of the library; empty where it is not known.
        history: what is known of other versions, as `removed in 2.0.0`; empty for nothing.
        said: what the library itself says of it, now or in the version before; empty for nothing.
        nearest: the nearest real name; empty if none is near.
        signature: how to call `instead` or else `nearest`, or the function itself; empty if it is not known.
        source: where that is defined, as `pandas/core/frame.py:120`; empty if it is not known.
        instead: what the library says to use in its place; empty if it does not say.
        cell: of a notebook, 1-based, among all its cells; 0 for other programs.
    """

    path: str
    line: int
    column: int
    end_column: int
    rule: str
    severity: Severity
    message: str
    name: str = ""
    library: str = ""
    version: str = ""
    history: str = ""
    said: str = ""
    nearest: str = ""
    signature: str = ""
    source: str = ""
    instead: str = ""
    cell: int = 0


def brief_name(name: str) -> str:
    """Return a name as messages show it."""
    return name if len(name) <= _MAX_MESSAGE_NAME else f"{name[:_MAX_MESSAGE_NAME]}..."


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A file that was not checked, and the reason."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What checking programs found.

    Attributes:
        findings: by file, line and column.
        files: how many programs were checked.
        lines: how many lines they have.
        libraries: names and versions of the libraries that they use, sorted.
        unchecked: what was left out.
        notes: what limits the check, as a type checker that is not installed.
    """

    findings: tuple[Finding, ...]
    files: int
    lines: int
    libraries: tuple[tuple[str, str], ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    notes: tuple[str, ...] = ()
