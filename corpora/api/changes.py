"""The records of what changed in an API from one version of a library to another."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from corpora.api.model import ObjectKind

ChangeKind = Literal[
    "removed",
    "moved",
    "renamed",
    "no longer callable",
    "kind changed",
    "parameter removed",
    "parameter renamed",
    "parameter made required",
    "parameter kind changed",
    "parameter moved",
    "parameter added",
    "default changed",
    "bases changed",
    "deprecated",
    "behaviour note",
    "added",
]

CHANGE_KINDS: Final[tuple[ChangeKind, ...]] = get_args(ChangeKind)
"""All kinds, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class ApiChange:
    """One change of one object, however many names the object has.

    Attributes:
        kind: what happened.
        name: the shortest public name that it happened to; of an added object, its name in the new version.
        path: where the object is defined, in the old version if it was there, else in the new one.
        object_kind: what the object is.
        names: its other public names that it happened to.
        parameter: the name of the parameter; empty if it is not about one.
        old: how the changed part is written in the old version: a signature, a parameter, bases; or empty.
        new: the same in the new version; the new name of what was moved or renamed.
        detail: what else there is to say, in a few words; or empty.
        is_breaking: whether code that was right may fail, or do something else.
        is_certain: whether it is known. A name that an object with members of its own making may still have
            is not, nor is a parameter that `**kwargs` may still take.
        replacement: the name to use instead, in the new version or another library; empty if none is known.
        evidence: what the library itself says of it: a deprecation, an error message, a note of a docstring.
        within: the name of the module that was added or removed as a whole with the object; or empty.
        file: of the definition, relative to the folder of the package, in the same version as `path`.
        line: of the definition, 1-based; 0 if it is not known.
        version: in which it happened, as the library itself says; empty where it does not.
    """

    kind: ChangeKind
    name: str
    path: str
    object_kind: ObjectKind
    names: tuple[str, ...] = ()
    parameter: str = ""
    old: str = ""
    new: str = ""
    detail: str = ""
    is_breaking: bool = False
    is_certain: bool = True
    replacement: str = ""
    evidence: str = ""
    within: str = ""
    file: str = ""
    line: int = 0
    version: str = ""

    @property
    def all_names(self) -> tuple[str, ...]:
        """Return all public names that the change happened to."""
        return (self.name, *self.names)


@dataclass(frozen=True, slots=True)
class ApiDiff:
    """What changed from one version of a library to another.

    Attributes:
        library: normalized name of the distribution.
        old: the older version; empty if it is not known.
        new: the newer version; empty if it is not known.
        changes: by kind, then by name.
    """

    library: str
    old: str
    new: str
    changes: tuple[ApiChange, ...]

    @property
    def breaking(self) -> tuple[ApiChange, ...]:
        """Return the changes that are known to break code."""
        return tuple(change for change in self.changes if change.is_breaking and change.is_certain)

    def counts(self) -> Mapping[ChangeKind, int]:
        """Return how many changes there are of each kind that has some, in the order of `CHANGE_KINDS`."""
        counted = Counter(change.kind for change in self.changes)
        return {kind: counted[kind] for kind in CHANGE_KINDS if counted[kind]}

    def below(self, prefix: str) -> "ApiDiff":
        """Return the changes of an object and of all below it, by any of their names or paths."""
        below = f"{prefix}."

        def is_below(name: str) -> bool:
            return name == prefix or name.startswith(below)

        kept = [one for one in self.changes if any(map(is_below, (*one.all_names, one.path)))]
        return ApiDiff(self.library, self.old, self.new, tuple(kept))


def sorted_changes(changes: Sequence[ApiChange]) -> tuple[ApiChange, ...]:
    """Return changes by kind, then by name."""
    places = {kind: place for place, kind in enumerate(CHANGE_KINDS)}
    return tuple(sorted(changes, key=lambda one: (places[one.kind], one.name, one.parameter, one.path)))
