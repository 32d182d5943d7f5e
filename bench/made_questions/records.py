"""The records that pass between the steps: files, what they define, and questions before lines are known."""

from dataclasses import dataclass, field
from typing import NamedTuple

from bench.made_questions.removal import Removal


class Place(NamedTuple):
    """A span of a file as it was checked out, in bytes, end-exclusive; `end` 0 stands for the whole file."""

    path: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Doc:
    """The documentation of a unit.

    Attributes:
        text: without the marks of comments.
        start, end: the region of the file that holds it, in bytes.
        parts: the comments or the docstring in this region, each a span.
    """

    text: str
    start: int
    end: int
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A definition in a file.

    Attributes:
        name: dotted, with what encloses it.
        start, end: with decorators, without the comments above it, in bytes.
        is_container: it has members, as a class has.
        is_value: a constant or a variable.
        doc: its documentation, if it has any.
    """

    name: str
    start: int
    end: int
    is_container: bool = False
    is_value: bool = False
    doc: Doc | None = None

    @property
    def own_name(self) -> str:
        """Return the last part of the name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment inside a function, in whole lines, and the statement below it, both in bytes."""

    text: str
    start: int
    end: int
    below: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Literal:
    """A message in bytes: literals that are joined, with their quotes, and what stands before them."""

    parts: tuple[str, ...]
    start: int
    end: int
    before: str


@dataclass(slots=True)
class SourceFile:
    """A file of a repository that has a grammar, and what was found in it."""

    path: str
    language: str
    data: bytes
    is_test: bool
    units: list[Unit] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    literals: list[Literal] = field(default_factory=list)
    file_doc: Doc | None = None

    def text(self, start: int, end: int) -> str:
        """Return the text of a span of bytes."""
        return self.data[start:end].decode(errors="replace")

    def function_around(self, offset: int) -> Unit | None:
        """Return the smallest function that holds a byte."""
        holding = [
            unit
            for unit in self.units
            if unit.start <= offset < unit.end and not unit.is_container and not unit.is_value
        ]
        return min(holding, key=lambda unit: unit.end - unit.start, default=None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A question, what answers it, and what has to be removed so that it does not answer itself.

    Attributes:
        query: as a person would type it.
        kind: of question, such as `doc_comment`.
        gold: what answers it: any of these places.
        removals: by path.
        verbatim: a text that must not remain in the tree; empty if it may.
    """

    query: str
    kind: str
    gold: tuple[Place, ...]
    removals: tuple[tuple[str, Removal], ...] = ()
    verbatim: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and the unit that it describes, for training."""

    query: str
    name: str
    text: str
    kind: str
