"""Types by `ty`, a type checker that comes as one binary in a wheel.

It reads copies of the programs in a folder of its own, see `TyRoom`. It prints names of classes without
their modules, unless two of one name meet in one type: so a second run shows each class of which something
could be found beside a decoy of the same name, and prints `pandas.core.frame.DataFrame`.
"""

import ast
import re
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from corpora.errors import MissingExtra, RagError
from corpora.outside.child_process import find_program
from rag.checking.inference.receivers import receivers
from rag.checking.inference.suspicion import IsSuspicious
from rag.checking.inference.ty_room import DECOYS, TyRoom
from rag.checking.inference.type_display import parsed_type
from rag.checking.inference.type_inference import Inferred, InferredType, SearchPath
from rag.checking.programs.program import CheckedProgram

_OLDEST: Final = (0, 0, 100)  # the oldest release of ty whose output is read
_MAX_RECEIVERS: Final = 30_000  # of the programs that are read in one run, unless one alone has more
_MAX_DECOYS: Final = 6  # beside one type
_UNKNOWN: Final = re.compile(r"\b(?:Unknown|Any|Todo|Divergent|object)\b")


class Ty:
    """The types that `ty` infers.

    Raises:
        MissingExtra: it is not installed.
        RagError: it is too old.
    """

    def __init__(self) -> None:
        self._binary = ty_binary()

    def infer(
        self, programs: Sequence[CheckedProgram], search: SearchPath, matters: IsSuspicious
    ) -> list[Inferred]:
        """See `TypeInference`."""
        found: list[Inferred] = []
        for batch in _batches(programs):
            with tempfile.TemporaryDirectory(prefix="rag-check-") as folder:
                found += _inferred(TyRoom(Path(folder), self._binary, search), batch, matters)
        return found


def _batches(programs: Sequence[CheckedProgram]) -> Iterator[list[CheckedProgram]]:
    batch: list[CheckedProgram] = []
    count = 0
    for program in programs:
        size = len(receivers(program))
        if batch and count + size > _MAX_RECEIVERS:
            yield batch
            batch, count = [], 0
        batch.append(program)
        count += size
    if batch:
        yield batch


def _inferred(room: TyRoom, programs: Sequence[CheckedProgram], matters: IsSuspicious) -> list[Inferred]:
    places = [receivers(program) for program in programs]
    everything: list[dict[int, tuple[str, ...]]] = [
        dict.fromkeys(_revealed(program, found), ()) for program, found in zip(programs, places, strict=True)
    ]
    reported = room.run(programs, places, everything, range(len(programs)))
    displays = [said.displays for said in reported]
    told = [_told(known) for known in displays]
    wanted: list[dict[int, tuple[str, ...]]] = []
    for program, nodes, said in zip(programs, places, reported, strict=True):
        short = {number: names for number, display in said.displays.items() if (names := _ambiguous(display))}
        wanted.append(
            {
                number: names
                for number, names in short.items()
                if said.is_about(program, nodes[number]) or matters(program, nodes[number], names)
            }
        )
        for number in short.keys() - wanted[-1].keys():
            del said.displays[number]
    if decoys := {name for found in wanted for names in found.values() for name in names}:
        room.add_decoys(decoys)
        beside = [
            {number: tuple(f"{DECOYS}.{name}" for name in names) for number, names in found.items()}
            for found in wanted
        ]
        chosen = {index for index, found in enumerate(wanted) if found}
        for known, said in zip(displays, room.run(programs, places, beside, chosen), strict=True):
            known.update(said.displays)
    return [
        Inferred(True, {**some, **_parsed(known)}, frozenset(said.missing), frozenset(said.unknown_arguments))
        for some, known, said in zip(told, displays, reported, strict=True)
    ]


def _revealed(program: CheckedProgram, places: Sequence[ast.expr]) -> list[int]:
    """Return the indices of the receivers whose types are asked for: `self` is `Self@method` anyway."""
    left_out = {name for name in ("self", "cls") if _is_first_argument(program, name)}
    return [
        number
        for number, node in enumerate(places)
        if not isinstance(node, ast.Name) or node.id not in left_out
    ]


def _is_first_argument(program: CheckedProgram, name: str) -> bool:
    """Return whether a name is nothing but the first argument of methods, without an annotation."""
    for node in program.of_type(ast.arg):
        if isinstance(node, ast.arg) and node.arg == name:
            arguments = program.parents[node]
            made = program.parents[arguments]
            every = (*arguments.posonlyargs, *arguments.args) if isinstance(arguments, ast.arguments) else ()
            first = list(every[:1])
            is_method = isinstance(program.parents.get(made), ast.ClassDef)
            if node.annotation is not None or first != [node] or not is_method:
                return False
    return all(node.id != name for node in program.names_stored)


def _ambiguous(display: str) -> tuple[str, ...]:
    """Return the names of classes in a displayed type that are to be shown with their modules."""
    names = [kind.path for kind in parsed_type(display) if kind.kind != "module"]
    simple = [name for name in names if "." not in name]
    return tuple(simple) if len(simple) <= _MAX_DECOYS else ()


def _told(displays: Mapping[int, str]) -> dict[int, InferredType]:
    """Return the receivers that have a type at all, none of which is unknown, without their classes."""
    return {number: () for number, display in displays.items() if not _UNKNOWN.search(display)}


def _parsed(displays: Mapping[int, str]) -> dict[int, InferredType]:
    return {number: known for number, display in displays.items() if (known := parsed_type(display))}


@cache
def ty_binary() -> str:
    """Return the path of ty: that of the extra, else that on the PATH.

    Raises:
        MissingExtra: there is none.
        RagError: it is too old.
    """
    beside = [Path(sysconfig.get_path("scripts")) / "ty", Path(sys.executable).parent / "ty"]
    path = next((str(place) for place in beside if place.is_file()), "") or find_program("ty")
    if not path:
        raise MissingExtra("ty", "check")
    with suppress(metadata.PackageNotFoundError):
        shown = metadata.version("ty")
        if tuple(int(part) for part in re.findall(r"\d{1,6}", shown)[:3]) < _OLDEST:
            fix = "run: pip install --upgrade 'docprompting[check]'"
            raise RagError("ty is too old to infer types", why=f"this is {shown}", fix=fix)
    return path


def has_ty() -> bool:
    """Return whether types can be inferred."""
    try:
        ty_binary()
    except RagError:
        return False
    return True
