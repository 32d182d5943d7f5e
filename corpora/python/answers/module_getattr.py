"""The names that the `__getattr__` of a module answers, and those that it refuses with a reason."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from corpora.python.answers.program import ProgramSource
from corpora.python.answers.statements import Raised, Returned, Statements
from corpora.python.answers.values import FunctionValue, MemberValue, ModuleValue

_MAX_CANDIDATES: Final = 5_000
_MAX_MODULES: Final = 12  # whose texts are read for one
_MAX_MESSAGE: Final = 500
_NO_NAME: Final = "no_name_of_any_table"


@dataclass(slots=True)
class Answers:
    """What is known of the `__getattr__` of a module.

    Attributes:
        is_closed: whether it raises for all names but those in `given`.
        given: names that it answers; with the path of what they stand for, empty if that is not known.
        refused: names that it raises for with a message of their own.
        warned: names that it answers with a warning, and its text.
    """

    is_closed: bool = False
    given: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    warned: dict[str, str] = field(default_factory=dict)


def module_answers(module: str, program: ProgramSource) -> Answers:
    """Return what the `__getattr__` of a module answers; nothing is known of one that cannot be followed."""
    reader = Statements(program)
    function = reader.of_name(module, "__getattr__")
    answers = Answers()
    if not isinstance(function, FunctionValue):
        return answers
    usual = _ends(reader, function, _NO_NAME)
    answers.is_closed = bool(usual) and all(isinstance(end, Raised) for end in usual)
    usual_messages = [end.message for end in usual if isinstance(end, Raised)]
    for name in _candidates(module, function, program):
        ends = _ends(reader, function, name)
        if ends and all(isinstance(end, Raised) for end in ends):
            said = next((end.message for end in ends if isinstance(end, Raised) and end.message), "")
            if said and not any(_is_alike(said, name, usual) for usual in usual_messages):
                answers.refused[name] = " ".join(said.split())[:_MAX_MESSAGE]
        elif any(isinstance(end, Returned) for end in ends) and answers.is_closed:
            answers.given[name] = _path(ends)
            if reader.warnings:
                answers.warned[name] = " ".join(reader.warnings[-1].split())[:_MAX_MESSAGE]
    return answers


def _is_alike(said: str, name: str, usual: str) -> bool:
    """Return whether a message is the one that any name gets."""
    return said.replace(name, "") == usual.replace(_NO_NAME, "").replace(name, "")


def _ends(reader: Statements, function: FunctionValue, name: str) -> list[Raised | Returned]:
    reader.start()
    return reader.ends(function, [name])


def _path(ends: list[Raised | Returned]) -> str:
    for end in ends:
        if isinstance(end, Returned) and isinstance(end.value, ModuleValue | MemberValue):
            return end.value.path
    return ""


def _candidates(module: str, function: FunctionValue, program: ProgramSource) -> list[str]:
    """Return the names in the texts of a module and of those it imports from, and of modules that it asks."""
    names = (
        name
        for place in _modules(module, function, program)
        for name in (*_written(place, module, program), *_asked(function, program))
    )
    return list(islice(dict.fromkeys(names), _MAX_CANDIDATES))


def _written(place: str, module: str, program: ProgramSource) -> Iterator[str]:
    tree = program.parse(place)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            prefix, _, name = node.value.rpartition(":")  # pydantic writes "pydantic.utils:GetterDict"
            if name.isidentifier() and prefix in {"", module}:
                yield name


def _asked(function: FunctionValue, program: ProgramSource) -> Iterator[str]:
    """Yield the members of the modules that a function imports, if it uses `getattr`."""
    nodes = list(ast.walk(function.node))
    if not any(isinstance(node, ast.Name) and node.id == "getattr" for node in nodes):
        return
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for _, found in program.imports(node, function.module):
                path = f"{found.module}.{found.name}" if found.name else found.module
                yield from sorted(name for name in program.members(path) or () if name[:2] != "__")


def _modules(module: str, function: FunctionValue, program: ProgramSource) -> list[str]:
    """Return a module, the one that its `__getattr__` is of, and those that both import tables from."""
    places = dict.fromkeys((module, function.module))
    for place in (*places,):
        tree = program.parse(place)
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.ImportFrom):
                base = program.absolute(place, node.module or "", node.level)
                if len(places) < _MAX_MODULES and base.partition(".")[0] == module.partition(".")[0]:
                    tables = [one.name for one in node.names if _is_table(program, base, one.name)]
                    if tables:
                        places[base] = None
    return list(places)


def _is_table(program: ProgramSource, module: str, name: str) -> bool:
    found = program.binding(module, name)
    return isinstance(found, ast.Dict | ast.Set | ast.List | ast.Tuple | ast.FunctionDef)
