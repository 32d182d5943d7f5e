"""Check code that a client sends against the libraries of a project; nothing of either runs."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.errors import RagError
from corpora.network.fetching import without_fetching
from rag.checking.check import CodeCheck
from rag.checking.programs.program import MAX_PROGRAM_CHARS
from rag.prompting.fence import defuse, safe_line
from rag.rendering.findings import findings_as_text

_MOST_FINDINGS: Final = 50


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """Something wrong in the code.

    Attributes:
        line, column: from 1.
        severity: error or warning.
        rule: that it breaks.
        message: what is wrong.
        instead: what to write.
        library, version: that it is about.
    """

    line: int
    column: int
    severity: str
    rule: str
    message: str
    instead: str
    library: str
    version: str


@dataclass(frozen=True, slots=True)
class CodeCheckAnswer:
    """What a check found.

    Attributes:
        findings: by line.
        libraries: names and versions of the libraries that the code uses.
        notes: what was left out of the check, and why.
        text: all of it, for people.
    """

    findings: tuple[CheckedLine, ...]
    libraries: tuple[str, ...]
    notes: tuple[str, ...]
    text: str


def check_sent_code(folder: Path, code: str, *, may_fetch: bool = False) -> CodeCheckAnswer:
    """Check Python against the libraries that the project in `folder` has locked or installed.

    Args:
        folder: of the project.
        code: the program.
        may_fetch: whether a locked version that is not on this machine may be fetched.

    Raises:
        RagError: the code is too long, or the libraries cannot be read.
    """
    if len(code) > MAX_PROGRAM_CHARS:
        raise RagError(
            f"the code has {len(code)} characters",
            why=f"at most {MAX_PROGRAM_CHARS} are checked",
            fix="send one file at a time",
        )
    with nullcontext() if may_fetch else without_fetching():
        report = CodeCheck(folder=folder, beside=folder)(code)
    found = report.findings[:_MOST_FINDINGS]
    return CodeCheckAnswer(
        findings=tuple(
            CheckedLine(
                one.line,
                one.column,
                one.severity,
                one.rule,
                defuse(safe_line(one.message)),
                defuse(safe_line(one.instead)),
                safe_line(one.library),
                safe_line(one.version),
            )
            for one in found
        ),
        libraries=tuple(safe_line(f"{name} {version}".rstrip()) for name, version in report.libraries),
        notes=tuple(
            map(safe_line, (*report.notes, *(f"not checked: {one.reason}" for one in report.unchecked)))
        ),
        text=defuse(findings_as_text(report)),
    )
