"""What a check asks of a type checker: the types of some expressions, as dotted paths of classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from rag.checking.inference.suspicion import Suspicion
from rag.checking.programs.program import CheckedProgram

TypeKind = Literal["instance", "class", "module"]


@dataclass(frozen=True, slots=True)
class TypeName:
    """One thing that an expression may be.

    Attributes:
        kind: an instance of a class, a class itself, or a module.
        path: dotted path of the class or module, where it is defined.
    """

    kind: TypeKind
    path: str


InferredType = tuple[TypeName, ...]
"""What an expression may be, besides None; empty if that is not known."""


@dataclass(frozen=True, slots=True)
class SearchPath:
    """Where modules are found.

    Attributes:
        packages: the files and folders of packages by their names, as `pandas` or `six.py`.
        roots: folders of the user's own modules.
        python: version of Python, as `3.12`; empty for that of this program.
    """

    packages: Mapping[str, Path]
    roots: tuple[Path, ...] = ()
    python: str = ""


@dataclass(frozen=True, slots=True)
class Inferred:
    """What a type checker says of one program.

    Attributes:
        is_known: whether there is a type checker, so that what it does not report means something.
        types: of the receivers that `rag.checking.inference.receivers` lists, by their indices there. Empty
            for one that has a type whose classes do not matter; what is not known is left out.
        missing: attributes and imported names that it does not find: the line of each and its name.
        unknown_arguments: keywords of calls that it finds no parameter for: the line of each and its name.
    """

    is_known: bool = False
    types: Mapping[int, InferredType] = field(default_factory=dict)
    missing: frozenset[tuple[int, str]] = frozenset()
    unknown_arguments: frozenset[tuple[int, str]] = frozenset()


class TypeInference(Protocol):
    """A type checker."""

    def infer(
        self, programs: Sequence[CheckedProgram], search: SearchPath, suspicion: Suspicion
    ) -> list[Inferred]:
        """Return what is known of each program.

        Args:
            programs: the programs.
            search: where modules are found.
            suspicion: tells of which receivers types, and the full names of their classes, could matter;
                those of others may be left out.

        Raises:
            RagError: the type checker is not installed, or failed.
        """
        ...
