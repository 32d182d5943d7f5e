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
from rag.checking.inference.suspicion import Suspicion
from rag.checking.inference.ty_room import Reported, TyRoom
from rag.checking.inference.type_display import parsed_type
from rag.checking.inference.type_inference import Inferred, InferredType, SearchPath, TypeName
from rag.checking.programs.program import CheckedProgram

_OLDEST: Final = (0, 0, 100)  # the oldest release of ty whose output is read
# Of the programs that are read in one run, unless one alone has more: what is shown, and what there is.
_MAX_ASKED: Final = 30_000
_MAX_RECEIVERS: Final = 60_000
_MAX_TURNS: Final = 2  # after the first run
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
        self, programs: Sequence[CheckedProgram], search: SearchPath, suspicion: Suspicion
    ) -> list[Inferred]:
        """See `TypeInference`."""
        found: list[Inferred] = []
        for batch in _batches(programs, suspicion):
            with tempfile.TemporaryDirectory(prefix="rag-check-") as folder:
                found += _inferred(TyRoom(Path(folder), self._binary, search), batch, suspicion)
        return found


_Asked = dict[int, tuple[str, ...]]
"""Names of classes to look for, by the indices of receivers."""


def _batches(
    programs: Sequence[CheckedProgram], suspicion: Suspicion
) -> Iterator[list[tuple[CheckedProgram, _Asked]]]:
    batch: list[tuple[CheckedProgram, _Asked]] = []
    count = size = 0
    for program in programs:
        asked = _asked(program, suspicion)
        count, size = count + len(asked), size + len(receivers(program))
        if batch and (count > _MAX_ASKED or size > _MAX_RECEIVERS):
            yield batch
            batch, count, size = [], len(asked), len(receivers(program))
        batch.append((program, asked))
    if batch:
        yield batch


def _inferred(
    room: TyRoom, batch: Sequence[tuple[CheckedProgram, _Asked]], suspicion: Suspicion
) -> list[Inferred]:
    programs = [program for program, _ in batch]
    places = [receivers(program) for program in programs]
    asked = [wanted for _, wanted in batch]
    reported = room.run(programs, places, asked, range(len(programs)))
    told = [_told(said.displays) for said in reported]
    displays = [said.displays for said in reported]
    apart: list[dict[int, InferredType]] = [{} for _ in programs]
    for number, (program, said) in enumerate(zip(programs, reported, strict=True)):
        asked[number] = _asked_again(program, said, asked[number], suspicion, apart[number])
    for _ in range(_MAX_TURNS):
        chosen = {number for number, wanted in enumerate(asked) if wanted}
        if not chosen:
            break
        for number, said in enumerate(room.run(programs, places, asked, chosen)):
            told[number].update(_told(said.displays))
            displays[number].update(said.displays)
            # (A message names the class that has a method, the object may be of one that inherits it.)
            named = {at: _ambiguous(display) for at, display in said.displays.items()}
            asked[number] = {at: names for at, names in named.items() if set(names) - set(asked[number][at])}
    return [
        Inferred(
            True,
            {**some, **_parsed(known), **other},
            frozenset(said.missing),
            frozenset(said.unknown_arguments),
        )
        for some, known, other, said in zip(told, displays, apart, reported, strict=True)
    ]


def _asked_again(
    program: CheckedProgram,
    said: Reported,
    asked: _Asked,
    suspicion: Suspicion,
    apart: dict[int, InferredType],
) -> _Asked:
    """Return the receivers to be shown with the modules of their classes; what others are is left out.

    Args:
        program: the program.
        said: what was reported of it.
        asked: the receivers whose types it shows.
        suspicion: tells which matter.
        apart: takes up types of no library.
    """
    found: _Asked = {}
    nodes = receivers(program)
    top = Path(program.module).parts[0].removesuffix(".py")
    for number in _revealed(program, nodes):
        node = nodes[number]
        display = said.displays.get(number, "") if number in asked else said.holder(program, node)
        names = _ambiguous(display)
        if not names:
            continue
        is_refused, is_missing = said.is_refused(program, node), said.is_missing(program, node)
        if not isinstance(program.parents[node], ast.Attribute):
            kinds = _resolved(parsed_type(display), suspicion, top)
        elif (is_missing and not is_refused and suspicion.is_expected(program, node)) or (
            (is_missing or is_refused) and suspicion.are_own(names)
        ):
            kinds = tuple(TypeName("instance", f"{top}.{name}") for name in names)
        else:
            kinds = ()
        if kinds:
            apart[number] = kinds
        elif is_refused or is_missing or suspicion.is_suspicious(program, node, names):
            found[number] = names
        if number not in found:
            said.displays.pop(number, None)
    return found


def _resolved(kinds: InferredType, suspicion: Suspicion, top: str) -> InferredType:
    """Return types with the paths of their classes; nothing if any is in doubt.

    Classes that no library has are put below `top`, where none is.
    """
    found: list[TypeName] = []
    for kind in kinds:
        path = kind.path if "." in kind.path else suspicion.path_of(kind.path)
        if path is None:
            return ()
        found.append(TypeName(kind.kind, path or f"{top}.{kind.path}"))
    return tuple(found)


def _asked(program: CheckedProgram, suspicion: Suspicion) -> _Asked:
    """Return the receivers whose types could matter, with names of classes that they are likely to have."""
    nodes = receivers(program)
    guesses = {number: suspicion.guesses(program, nodes[number]) for number in _revealed(program, nodes)}
    return {number: names for number, names in guesses.items() if names is not None}


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
    if len(names) > _MAX_DECOYS or all("." in name for name in names):
        return ()
    return tuple(dict.fromkeys(name.rpartition(".")[2] for name in names))


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
