"""The findings in one program, from what its expressions refer to."""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from corpora.api.builtin_members import builtin_members
from corpora.api.model import ApiObject
from rag.checking.argument_rules import ArgumentProblem, argument_problems
from rag.checking.deprecations import is_deprecated
from rag.checking.finding import Finding, brief_name
from rag.checking.gone_calls import gone_call
from rag.checking.gone_types import GoneTypes
from rag.checking.guards import asks_for_types, ignored_lines, is_guarded, is_ignored
from rag.checking.history import VersionHistory, name_history, named_instead, parameter_history
from rag.checking.libraries import NamePlace
from rag.checking.nearest import nearest_name
from rag.checking.references import Reference, References
from rag.checking.refused_arguments import Looked, refused_at
from rag.checking.subclasses import python_has

MAX_FINDINGS: Final = 2_000  # in one program; no more are looked for
# Members that every object, class or module has, or that Python looks up in other ways.
_EVERYWHERE: Final = frozenset(dir(object)) | frozenset(dir(type)) | {
    "__dict__", "__file__", "__name__", "__path__", "__spec__", "__loader__", "__package__", "__version__",
    "__all__", "__wrapped__", "__annotations__", "__builtins__", "__cached__", "__getattr__", "__slots__",
}  # fmt: skip


class ProgramCheck:
    """Checks one program.

    Args:
        references: what its expressions refer to.
    """

    def __init__(self, references: References) -> None:
        self._references = references
        self._program, self._libraries = references.program, references.libraries
        self._inferred = references.inferred
        self._ignored = ignored_lines(self._program)
        self._refused: set[ast.AST] = set()
        self._gone = GoneTypes(references)

    def looked(self) -> Looked:
        """Return what is found, by line and column, and the arguments and calls that hide types."""
        found = list(islice(self._all(), MAX_FINDINGS))
        findings = sorted(found, key=lambda one: (one.line, one.column, one.rule, one.name))
        return Looked(findings, frozenset(self._refused), self._gone.found)

    def _all(self) -> Iterator[Finding]:
        for node in self._program.of_type(ast.Import, ast.ImportFrom, ast.Attribute, ast.Call, ast.Name):
            match node:
                case ast.Import():
                    for alias in node.names:
                        yield from self._import(alias, alias.name)
                case ast.ImportFrom(module=str(module), level=0):
                    problem = list(self._import(node, module))
                    yield from problem
                    if not problem:
                        for alias in node.names:
                            yield from self._import_from(alias, module)
                case ast.Attribute(ctx=ast.Load()):
                    yield from self._attribute(node)
                case ast.Call():
                    yield from self._call(node)
                case ast.Name(ctx=ast.Load()) if node.id in self._program.imported:
                    yield from self._deprecated(node, self._references.of(node))

    def _import(self, node: ast.AST, module: str) -> Iterator[Finding]:
        top, *parts = module.split(".")
        if top in sys.stdlib_module_names or top in self._references.own:
            return
        place = self._references.walk(module) if parts else None
        if (
            place is None
            or not place.absent
            or not place.is_certain
            or self._is_left_out(node, "unknown-module")
        ):
            return
        if place.object is not None and place.object.kind == "module":
            yield self._absent(
                node, "unknown-module", module, place, f"there is no module {brief_name(module)!r}"
            )

    def _import_from(self, alias: ast.alias, module: str) -> Iterator[Finding]:
        if alias.name == "*" or module.partition(".")[0] in self._references.own:
            return
        if module.partition(".")[0] in sys.stdlib_module_names:
            yield from self._of_python(alias, alias.name, [module])
            return
        place = self._references.walk(f"{module}.{alias.name}")
        if place is None:
            return
        if self._is_absent(place, alias.name, alias) and not self._is_left_out(alias, "unknown-name"):
            message = f"module {brief_name(module)!r} has no name {brief_name(alias.name)!r}"
            yield self._absent(alias, "unknown-name", f"{module}.{alias.name}", place, message)

    def _attribute(self, node: ast.Attribute) -> Iterator[Finding]:
        references = self._references.of(node)
        if not references:
            yield from self._of_python(node, node.attr, self._references.python_holders(node))
            return
        if all(self._is_absent(one.place, node.attr, node, one.is_traced) for one in references):
            if not self._is_left_out(node, "unknown-name"):
                one = references[0]
                self._gone.note_name(node, one.place)
                kind = one.place.object.kind if one.place.object is not None else ""
                what = "module" if kind == "module" else "class"
                holder = self._references.shown_path(one.place.path)
                message = f"{what} {brief_name(holder)!r} has no attribute {brief_name(node.attr)!r}"
                yield self._absent(node, "unknown-name", f"{holder}.{node.attr}", one.place, message)
        else:
            yield from self._deprecated(node, references)

    def _of_python(self, node: ast.AST, name: str, holders: Sequence[str]) -> Iterator[Finding]:
        """Yield a finding where the standard library lacks a name: its stubs do, and our own Python does.

        Stubs leave out what is private, and some of what only one platform has.

        Args:
            node: where the name is written.
            name: the name.
            holders: the modules or classes that it is read from, one for each type.
        """
        line = getattr(node, "end_lineno", 0)
        if not holders or name.startswith("_") or (line, name) not in self._inferred.missing:
            return
        is_doubtful = any(python_has(one, name) for one in holders) or asks_for_types(self._program, node)
        if is_doubtful or self._is_left_out(node, "unknown-name"):
            return
        holder = holders[0].removeprefix("builtins.")
        near = nearest_name(name, builtin_members(holders[0]) or ())
        message = f"{brief_name(holder)!r} has no {brief_name(name)!r}"
        found = self._finding(node, "unknown-name", message, f"{holder}.{name}")
        yield replace(found, library="python", nearest=f"{holder}.{near}" if near else "")

    def _is_absent(self, place: NamePlace, part: str, node: ast.AST, is_traced: bool = False) -> bool:
        """Return whether a name surely does not exist: neither the model nor anything else knows of it.

        The model and the type checker have to agree, where there is one. Where either is in doubt, the word
        must not occur anywhere in the library; but what another version has by exactly this name is believed,
        of a class if the type checker misses it, too, or cannot since the class answers any name.

        Args:
            place: where the name leads.
            part: its last part.
            node: where it is written.
            is_traced: whether it is asked of a type that the type checker does not know.
        """
        if place.absent != part or part in _EVERYWHERE or place.object is None:
            return False
        if part in place.object.refused:  # the module raises for this name
            return True
        is_reported = is_traced or (getattr(node, "end_lineno", 0), part) in self._inferred.missing
        is_reported = is_reported or self._references.is_no_item(place, node)
        is_of_class, top = place.object.kind == "class", place.path.partition(".")[0]
        if place.is_certain and (is_reported or not self._inferred.is_known):
            is_absent = True
        elif name_history(self._libraries, place.path, part):  # the other version has exactly this name
            is_said = (
                is_reported or not self._inferred.is_known or self._libraries.answers_any_name(place.path)
            )
            is_absent = is_said if is_of_class else not self._libraries.mentions(top, part, defined=True)
        elif is_of_class and not is_reported:
            return False
        else:
            is_absent = not self._libraries.mentions(top, part)
        return is_absent and not (is_of_class and self._references.another_has(place.path, part))

    def _deprecated(self, node: ast.expr, references: list[Reference]) -> Iterator[Finding]:
        for one in references:
            found = one.place.object
            if one.place.absent or found is None or len(references) > 1:
                continue
            if is_deprecated(found) and not self._is_left_out(node, "deprecated"):
                name = self._references.shown_path(found.path)
                message = f"{brief_name(name)!r} is deprecated: {found.deprecated[:300]}"
                yield self._finding(node, "deprecated", message, name, at=found)

    def _call(self, node: ast.Call) -> Iterator[Finding]:
        references = self._references.of(node.func)
        self._gone.note(node, references)
        if not any(one.place.object is not None and one.place.object.signatures for one in references):
            yield from self._reported_arguments(node, references)
            if not references:
                yield from self._gone_call(node)
            return
        problems: list[tuple[Reference, ArgumentProblem]] = []
        for one in references:
            found = one.place.object
            if one.place.absent or found is None or found.kind not in {"function", "class", "attribute"}:
                return
            if self._references.is_of_interface(one.place.path):
                return
            is_unbound = one.is_unbound and not {"classmethod", "staticmethod"} & set(found.labels)
            is_unbound = is_unbound and found.kind != "class"
            ways = self._libraries.keywords.signatures(found, one.receiver)
            of_this = argument_problems(node, ways, is_unbound=is_unbound)
            if not of_this or self._is_doubtful(node, one, found, of_this):
                return
            problems += [(one, problem) for problem in of_this]
        shared = {(problem.rule, problem.name) for _, problem in problems}
        for one, problem in problems:
            if (problem.rule, problem.name) in shared and not self._is_left_out(problem.node, problem.rule):
                shared.discard((problem.rule, problem.name))
                self._refused.update(refused_at(self._program, node, problem, self._inferred))
                yield self._argument(one, problem)

    def _is_doubtful(
        self, node: ast.Call, one: Reference, called: ApiObject, problems: list[ArgumentProblem]
    ) -> bool:
        """Return whether a decorator may take an argument, or the type checker knows a constructor better."""
        if (one.is_traced or self._references.takes_more(called)) and any(
            not problem.name or self._references.is_mentioned(one, problem.name) for problem in problems
        ):
            return True
        written = {"__init__", "__new__"} & called.members.keys()
        if called.kind != "class" or not self._inferred.is_known or written:
            return False
        said = self._inferred.unknown_arguments
        keywords = {(keyword.arg, keyword.end_lineno or 0) for keyword in node.keywords}
        return not any((line, problem.name) in said for problem in problems for _, line in keywords)

    def _reported_arguments(self, node: ast.Call, references: list[Reference]) -> Iterator[Finding]:
        """Yield what the type checker says of a call where no model shows the signature."""
        if any(one.place.absent and one.place.is_certain for one in references) or not isinstance(
            node.func, ast.Attribute
        ):
            return
        holders = [] if references else self._references.python_holders(node.func)[:1]
        name = references[0].name if references else ".".join([*holders, node.func.attr])
        for keyword in node.keywords if references or holders else ():
            at = keyword.end_lineno or 0, keyword.arg or ""
            if at in self._inferred.unknown_arguments and not self._is_left_out(keyword, "unknown-parameter"):
                message = f"{brief_name(name)!r} has no parameter {brief_name(at[1])!r}"
                found = self._finding(keyword, "unknown-parameter", message, f"{name}.{at[1]}")
                yield found if references else replace(found, library="python")

    def _gone_call(self, node: ast.Call) -> Iterator[Finding]:
        """Yield a finding for a method of something unknown that only an older version has."""
        if not isinstance(node.func, ast.Attribute) or not self._references.is_unknown(node.func.value):
            return
        gone = gone_call(node, self._libraries, self._references.used_libraries)
        if gone is not None and not self._is_left_out(node.func, gone.rule):
            message = f"no method {brief_name(node.func.attr)!r} takes the arguments of this call"
            found = self._finding(node.func, gone.rule, message, gone.full_name, at=gone.now)
            self._gone.note_methods(node, gone.alike)
            yield replace(found, history=f"{brief_name(gone.name)} of {gone.version} does")

    def _argument(self, reference: Reference, problem: ArgumentProblem) -> Finding:
        found = reference.place.object
        assert found is not None
        # A method as a member of the class that it was asked of, which may have inherited it.
        name = reference.name if found.path.endswith(reference.name[reference.name.rfind(".") :]) else ""
        name = name or self._references.shown_path(found.path)
        ways = self._libraries.keywords.signatures(found, reference.receiver)
        parameters = [one.name for signature in ways for one in signature.parameters]
        is_unknown = problem.rule == "unknown-parameter"
        near = nearest_name(problem.name, parameters) if is_unknown else ""
        past = parameter_history(self._libraries, found, problem.name) if is_unknown else VersionHistory()
        full = f"{name}.{problem.name}" if problem.name else name
        shown = self._finding(problem.node, problem.rule, problem.message(name), full, at=found)
        return replace(shown, nearest=near, history=past.versions, said=past.said)

    def _absent(self, node: ast.AST, rule: str, name: str, place: NamePlace, message: str) -> Finding:
        past = name_history(self._libraries, place.path, place.absent)
        instead = named_instead(self._libraries, name, past.said)
        used = self._libraries.walk(instead) if instead else None
        near = nearest_name(place.absent, self._libraries.members(place.path))
        target = self._libraries.member(place.path, near).object if near else None
        target = used.object if used is not None and not used.absent and used.object is not None else target
        shown = f"{self._references.shown_path(place.path)}.{near}" if near else ""
        found = self._finding(node, rule, message, name, at=target)
        return replace(found, nearest=shown, history=past.versions, said=past.said, instead=instead)

    def _finding(
        self, node: ast.AST, rule: str, message: str, name: str, *, at: ApiObject | None = None
    ) -> Finding:
        """Return a finding; `at` is the object whose signature and source it shows."""
        line, column, end = self._program.span(node)
        owner = self._libraries.owner(name.partition(".")[0])
        return Finding(
            self._program.path,
            line,
            column,
            end,
            rule,
            "warning" if rule == "deprecated" else "error",
            message,
            name,
            owner.name if owner else "",
            owner.version if owner else "",
            signature=str(at.signatures[0]) if at is not None and at.signatures else "",
            source=f"{at.file}:{at.line}" if at is not None and at.file else "",
        )

    def _is_left_out(self, node: ast.AST, rule: str) -> bool:
        """Return whether the program says itself that something may not be there."""
        if is_ignored(self._program, self._ignored, node):
            return True
        name: str = getattr(node, "attr", "") or getattr(node, "name", "")  # of an attribute, of an import
        return name.rpartition(".")[2] in self._program.own_names or is_guarded(self._program, node, rule)
