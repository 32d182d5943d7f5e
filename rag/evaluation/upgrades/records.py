"""The records of building an evaluation set from two versions of a library."""

from dataclasses import dataclass, field
from typing import Literal

from corpora.api.changes import ChangeKind
from rag.evaluation.questions import GoldQuestion
from rag.evaluation.task import Task

Purpose = Literal["both", "retrieval", "generation"]


@dataclass(frozen=True, slots=True)
class ApiCandidate:
    """An object of the newer version that is new or changed, and what its documentation says.

    Attributes:
        kind: what happened.
        name: the name of its unit of documentation, which is the gold; dotted.
        parameter: the parameter of the newer version that it is about; empty if it is about none.
        text: its documentation.
        names: all public names of the object in the newer version.
        holder: the public name of the class that it is a member of; empty for anything else.
        module: path of the module that defines it.
        parameters: the names of the positional parameters of its first signature, in their order.
        is_called: whether it is used by calling it.
    """

    kind: ChangeKind
    name: str
    parameter: str
    text: str
    names: tuple[str, ...]
    holder: str = ""
    module: str = ""
    parameters: tuple[str, ...] = ()
    is_called: bool = True

    @property
    def own_name(self) -> str:
        """Return the last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def label(self) -> str:
        """Return what an id says of it."""
        return f"{self.name}.{self.parameter}" if self.parameter else self.name


@dataclass(frozen=True, slots=True)
class LeftOutChange:
    """What became no question or no task.

    Attributes:
        name: the public name of the object.
        parameter: as in `ApiCandidate`.
        kind: what happened to it.
        purpose: what it was left out of.
        reason: in a few words, the same for all that have it.
        detail: what else there is to say, on one line; or empty.
    """

    name: str
    parameter: str
    kind: ChangeKind
    purpose: Purpose
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task for generation whose reference has not been run yet.

    Attributes:
        task: the task.
        trivial: answers that must fail.
        is_new: whether the reference must fail with the older version.
        bare: the reference without the parameter that the task is about, which must fail; or empty.
    """

    task: Task
    trivial: tuple[str, ...]
    is_new: bool
    bare: str = ""


@dataclass(frozen=True, slots=True)
class BuiltSet:
    """An evaluation set made of what changed from one version of a library to another.

    Attributes:
        library: name of the distribution.
        old: the older version.
        new: the newer version.
        tasks: for generation; the reference of each passes here with the newer version.
        questions: for retrieval.
        left_out: what became neither, each with its reason.
        counts: how many changes there are, by kind.
        installed: the distributions in the environment of the newer version, with their versions.
        seed: decides which are taken where there are more than were asked for.
    """

    library: str
    old: str
    new: str
    tasks: tuple[Task, ...]
    questions: tuple[GoldQuestion, ...]
    left_out: tuple[LeftOutChange, ...]
    counts: dict[ChangeKind, int] = field(default_factory=dict)
    installed: dict[str, str] = field(default_factory=dict)
    seed: int = 0
