"""The runs of `rag eval` that the page shows."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final

from corpora.errors import RagError
from rag.prompting.fence import safe_line

_MOST_RUNS: Final = 200
_MOST_KEPT: Final = 20
_MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs in some folders: each a run, or a folder of runs. A client chooses them by number, not by path."""

    folders: tuple[Path, ...]

    def listed(self) -> list[dict[str, Any]]:
        """Return number, name and scores of each run; one that cannot be read, with the reason."""
        from rag.evaluation.run.folder import read_result  # loads what only evaluations need

        found: list[dict[str, Any]] = []
        for number, folder in enumerate(self._all()):
            one: dict[str, Any] = {"number": number, "name": safe_line(folder.name)}
            try:
                result = read_result(folder)
                one["contexts"] = [
                    {"name": each.context, "tasks": len(each.outcomes)} for each in result.contexts
                ]
            except (RagError, OSError) as error:
                one["problem"] = safe_line(str(error))
            found.append(one)
        return found

    def report(self, number: int) -> str:
        """Return the report of a run, as HTML. Raises `RagError` if there is no such run."""
        from rag.evaluation.report import html_report
        from rag.evaluation.run.folder import read_result

        return html_report(read_result(self._one(number)))

    def comparison(self, first: int, second: int) -> str:
        """Return the comparison of two runs, as HTML. Raises `RagError` if one is not there."""
        from rag.evaluation.report import compare
        from rag.evaluation.report.html_report import comparison_html
        from rag.evaluation.run.folder import read_result

        return comparison_html(compare(read_result(self._one(first)), read_result(self._one(second))))

    def _one(self, number: int) -> Path:
        runs = list(self._all())
        if not 0 <= number < len(runs):
            raise RagError(
                f"there is no run {number}", why=f"there are {len(runs)}", fix="choose one of these"
            )
        return runs[number]

    def _all(self) -> Iterator[Path]:
        found = 0
        for folder in self.folders:
            inside = [folder] if (folder / _MANIFEST).is_file() else sorted(folder.glob(f"*/{_MANIFEST}"))
            for path in inside:
                if found >= _MOST_RUNS:
                    return
                found += 1
                yield path if path.is_dir() else path.parent


class Tickets:
    """Keeps pages for a while at addresses that nobody can guess: a frame cannot send a token."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, str] = OrderedDict()

    def keep(self, page: str) -> str:
        """Keep a page, and return its address; the oldest one goes."""
        ticket = token_urlsafe(24)
        self._pages[ticket] = page
        while len(self._pages) > _MOST_KEPT:
            self._pages.popitem(last=False)
        return f"/page/reports/{ticket}"

    def page(self, ticket: str) -> str:
        """Return the page; empty if it went."""
        return self._pages.get(ticket, "")
