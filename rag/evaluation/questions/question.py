"""The record of a question about an index, with the places that answer it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that answers a question. What is empty or 0 is not compared.

    Args:
        path: of the file, relative to any folder above it: `src/app.py` also means `/home/me/src/app.py`.
        start_line: first line of the place, 1-based; 0 for the whole file.
        end_line: its last line, inclusive.
        symbol: the qualified name of what answers, or its end: `Client.get` also means `web.Client.get`.
    """

    path: str = ""
    start_line: int = 0
    end_line: int = 0
    symbol: str = ""

    def __str__(self) -> str:
        lines = f":{self.start_line}-{self.end_line}" if self.start_line else ""
        return " ".join(filter(None, (f"{self.path}{lines}", self.symbol)))


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question, as it is asked, and its gold: any of the places is a right answer.

    Args:
        text: the question.
        gold: the right answers, at least one.
        kind: a label of your own, such as `error message`, by which scores are grouped.
    """

    text: str
    gold: tuple[Gold, ...]
    kind: str = ""
