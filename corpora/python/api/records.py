"""Make the records of the objects of a package: what each is, how it is called, what is said of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import griffe

from corpora.api.docstring_notes import deprecation_in, notes_of, summary_of
from corpora.api.documented_defaults import documented_defaults
from corpora.api.model import ApiObject, Note
from corpora.api.signature import MAX_DEFAULT_CHARS, Signature
from corpora.api.sketch import sketch_of
from corpora.python.api.called_paths import held_calls, keyword_use, returned_calls
from corpora.python.api.classes import Classes
from corpora.python.api.decorations import (
    decorator_paths,
    deprecated_keywords,
    keeps_signature,
    takes_more_keywords,
)
from corpora.python.api.facts import fields_of, function_facts, methods_of, module_facts
from corpora.python.api.fields import is_field_call
from corpora.python.api.members import ModuleMembers
from corpora.python.api.resolving import Paths
from corpora.python.api.signatures import expression_text, signature_of_call, signatures_of
from corpora.python.deprecated import deprecation_of
from corpora.python.module_files import PackageFiles, importable_name
from corpora.python.signature import is_marked_compiled, is_property, noted_call

_MAX_ALTERNATIVES: Final = 6
_MAX_NOTICE: Final = 500
_OF_GRIFFE: Final = {
    "async": "async",
    "classmethod": "classmethod",
    "staticmethod": "staticmethod",
    "writable": "writable",
    "abstractmethod": "abstract",
}
_IMPLICIT_CLASSMETHODS: Final = frozenset({"__init_subclass__", "__class_getitem__"})
_PROPERTY_PARTS: Final = frozenset({"setter", "getter", "deleter", "expression", "comparator", "inplace"})


class Records:
    """Makes the records of a package.

    Args:
        package: the files that are read.
        paths: finds what names stand for.
        classes: finds the shapes of classes.
        members: finds the members of modules and classes.
        definitions: all functions by their paths, with those of other branches.
    """

    def __init__(
        self,
        package: PackageFiles,
        paths: Paths,
        classes: Classes,
        members: ModuleMembers,
        definitions: Mapping[str, list[griffe.Function]],
    ) -> None:
        self._root = package.root
        self._compiled = frozenset(map(importable_name, package.compiled))
        self._paths = paths
        self._classes = classes
        self._members = members
        self._definitions = definitions

    def of(self, member: griffe.Object) -> ApiObject:
        """Return the record of an object."""
        if isinstance(member, griffe.Module):
            return self._module(member)
        if isinstance(member, griffe.Class):
            return self._class(member)
        if isinstance(member, griffe.Function):
            return self._function(member)
        return self._attribute(member)

    def _module(self, module: griffe.Module) -> ApiObject:
        docstring = _docstring(module)
        notes = notes_of(docstring)
        opens = self._members.opens(module) or self._opens_stub(module)
        return ApiObject(
            module.path,
            "module",
            members=self._members.of(module),
            is_open=bool(opens),
            why_open=opens,
            deprecated=deprecation_in(docstring, notes),
            summary=summary_of(docstring),
            notes=notes,
            file=self._file(module),
            line=1 if self._file(module) else 0,
            labels=_sorted({"compiled"} if is_marked_compiled(module) else set(), module),
            maybe=self._members.maybe(module),
            refused=self._members.refused(module),
        )

    def _class(self, cls: griffe.Class) -> ApiObject:
        docstring = _docstring(cls)
        notes = notes_of(docstring)
        shape = self._classes.shape(cls)
        opens = shape.opens or self._members.opens(cls) or self._opens_stub(cls)
        members = self._members.of(cls)
        is_compiled = bool(noted_call(cls))
        return ApiObject(
            cls.path,
            "class",
            shape.signatures,
            shape.bases,
            members,
            is_open=bool(opens) or "" in shape.bases or is_compiled,
            why_open=opens
            or (
                "a base of it cannot be told"
                if "" in shape.bases
                else "it is compiled"
                if is_compiled
                else ""
            ),
            deprecated=_deprecated(cls, docstring, notes),
            summary=summary_of(docstring),
            notes=notes,
            sketch=sketch_of(name for name in members if not name.startswith("__")),
            file=self._file(cls),
            line=cls.lineno or 0,
            labels=_sorted({*shape.labels, *({"compiled"} if is_compiled else ())}, cls),
            decorators=self._decorators(cls),
            maybe=self._members.maybe(cls),
            documented=documented_defaults(docstring, shape.signatures),
        )

    def _opens_stub(self, member: griffe.Module | griffe.Class) -> str:
        """Return that a stub, which need not list all, declares a compiled module; else nothing."""
        if _is_stub(member) and member.module.path in self._compiled:
            return "it is compiled, and its stub may not show all"
        return ""

    def _function(self, function: griffe.Function) -> ApiObject:
        docstring = _docstring(function)
        notes = notes_of(docstring)
        told = {note.about for note in notes}
        notes += tuple(one for one in deprecated_keywords(function, self._paths) if one.about not in told)
        told |= {note.about for note in notes}
        facts = function_facts(function)
        warned = facts.read.deprecated.items()
        notes += tuple(Note("deprecated", "", said, name) for name, said in warned if name not in told)
        names = [path.rpartition(".")[2] for path, _ in decorator_paths(function, self._paths)]
        as_property = is_property(function) or bool(_PROPERTY_PARTS & {*names})
        labels = {label for given, label in _OF_GRIFFE.items() if given in function.labels}
        if noted_call(function):
            labels.add("compiled")
        if "overload" in names or "abstractmethod" in names:
            labels |= {"abstract"} if "abstractmethod" in names else set()
        if takes_more_keywords(function, self._paths):
            labels.add("takes more keywords")
        if function_facts(function).may_only_raise:
            labels.add("may only raise")
        ways = () if as_property else self._signatures(function)
        is_single = len(self._alternatives(function)) == 1
        is_plain = {"classmethod", "staticmethod"}.issuperset(names) and not as_property
        # What a compiled file says of its calls is text: it may name `self`, and leave parameters out.
        is_kept = not noted_call(function) and all(
            keeps_signature(one, self._paths) for one in self._alternatives(function)
        )
        return ApiObject(
            function.path,
            "property" if as_property else "function",
            ways if is_kept else (),
            annotation=expression_text(function.returns) if as_property else "",
            deprecated=_deprecated(function, docstring, notes),
            summary=summary_of(docstring),
            notes=notes,
            sketch=facts.sketch,
            file=self._file(function),
            line=function.lineno or 0,
            labels=_sorted(labels, function),
            decorators=self._decorators(function),
            written=() if is_kept else ways,
            reads=facts.read.names if is_single else (),
            documented=documented_defaults(docstring, ways),
            filled=facts.filled,
            keywords=keyword_use(function, self._paths) if is_single else None,
            returned=returned_calls(function, self._paths) if is_single and is_plain else (),
        )

    def _signatures(self, function: griffe.Function) -> tuple[Signature, ...]:
        if call := noted_call(function):
            return signature_of_call(call)
        is_bound = isinstance(function.parent, griffe.Class) and "staticmethod" not in function.labels
        found = [way for one in self._alternatives(function) for way in signatures_of(one, is_bound=is_bound)]
        return tuple(dict.fromkeys(found))

    def _alternatives(self, function: griffe.Function) -> Sequence[griffe.Function]:
        """Return the definitions of a function in several branches; most have one."""
        holder = function.parent
        names = module_facts(holder).names if isinstance(holder, griffe.Module | griffe.Class) else None
        if names is None or function.name not in names.branching:
            return [function]
        return self._definitions.get(function.path, [function])[-_MAX_ALTERNATIVES:]

    def _attribute(self, member: griffe.Object) -> ApiObject:
        docstring = _docstring(member)
        notes = notes_of(docstring)
        annotation, value = getattr(member, "annotation", None), getattr(member, "value", None)
        labels = {label for given, label in _OF_GRIFFE.items() if given in member.labels}
        as_property = "property" in member.labels
        if (
            isinstance(member.parent, griffe.Class)
            and not as_property
            and _is_of_instances(member.parent, member)
        ):
            labels.add("instance attribute")
        return ApiObject(
            member.path,
            "property" if as_property else "attribute",
            annotation=expression_text(annotation),
            value="" if as_property else expression_text(value, MAX_DEFAULT_CHARS),
            deprecated=_deprecated(member, docstring, notes),
            summary=summary_of(docstring),
            notes=notes,
            sketch=function_facts(member).sketch,
            file=self._file(member),
            line=member.lineno or 0,
            labels=_sorted(labels, member),
            returned=held_calls(member, self._paths),
        )

    def _decorators(self, member: griffe.Function | griffe.Class) -> tuple[str, ...]:
        return tuple(path for path, _ in decorator_paths(member, self._paths) if path)

    def _file(self, member: griffe.Object) -> str:
        place = member.filepath
        if not isinstance(place, Path) or not place.is_relative_to(self._root):
            return ""
        return place.relative_to(self._root).as_posix()


def member_of_docstring(path: str, docstring: str, file: str, line: int) -> ApiObject:
    """Return the record of a member of compiled code of which nothing but a docstring is known.

    Args:
        path: where it is.
        docstring: which begins with a call of it, if it is one: `a.tostring(order='C')`.
        file: that has the docstring, relative to the folder of the package.
        line: in that file.
    """
    first, _, rest = docstring.partition("\n")
    is_called = f"{path.rpartition('.')[2]}(" in first
    notes = notes_of(docstring)
    return ApiObject(
        path,
        "function" if is_called else "attribute",
        deprecated=deprecation_in(docstring, notes),
        summary=summary_of(rest if is_called else docstring),
        notes=notes,
        file=file,
        line=line,
        labels=("compiled",),
    )


def _is_of_instances(cls: griffe.Class, member: griffe.Object) -> bool:
    """Return whether instances have an attribute that the class itself may lack."""
    if _is_stub(member):
        return False
    values = [one.value for one in fields_of(cls) if one.name == member.name]
    if not values:  # set by a method, or made by a table
        return any(member.name in facts.own for _, facts in methods_of(cls))
    return all(value is None or is_field_call(value) for value in values)


def _is_stub(member: griffe.Object) -> bool:
    return isinstance(member.filepath, Path) and member.filepath.suffix == ".pyi"


def _sorted(labels: set[str], member: griffe.Object) -> tuple[str, ...]:
    return tuple(sorted(labels | ({"stub"} if _is_stub(member) else set())))


def _docstring(member: griffe.Object) -> str:
    return member.docstring.value if member.docstring else ""


def _deprecated(member: griffe.Object, docstring: str, notes: tuple[object, ...]) -> str:
    """Return what a decorator, a warning or the docstring says of the deprecation of an object."""
    said = deprecation_of(member) or deprecation_in(docstring, notes_of(docstring) if notes else ())
    return " ".join(said.split())[:_MAX_NOTICE]
