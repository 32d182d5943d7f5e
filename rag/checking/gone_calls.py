"""Calls that only an older version of a library takes, where the type of what is called is not known.

Programs seldom say what `df` is: `def add(df, row): return df.append(row, ignore_index=True)`. But where the
program imports pandas, and `DataFrame.append` of pandas 1.5.3 has a parameter `ignore_index`, which no method
of this name in the libraries in use or in Python has, the call is one that used to work.
"""

import ast
import builtins
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpora.api.model import ApiObject
from rag.checking.argument_rules import argument_problems
from rag.checking.libraries import Libraries
from rag.checking.library import CheckedLibrary


@dataclass(frozen=True, slots=True)
class GoneCall:
    """A call that an older version takes.

    Attributes:
        name: of the method there, with the public name of its class.
        keyword: the argument that no method of this name takes any more; empty if there is no such method.
        version: the last of the known versions that takes the call.
        now: the method of the same path in the version in use; None if it is gone.
        alike: the names of all methods there that take it, this one among them.
    """

    name: str
    keyword: str
    version: str
    now: ApiObject | None
    alike: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """The id of the rule that reports it."""
        return "unknown-parameter" if self.keyword else "unknown-name"

    @property
    def full_name(self) -> str:
        """The name of what is gone: the method, or its parameter."""
        return f"{self.name}.{self.keyword}" if self.keyword else self.name


def gone_call(call: ast.Call, libraries: Libraries, used: list[CheckedLibrary]) -> GoneCall | None:
    """Return the older method that a call was written for; None unless nothing in use takes it.

    Args:
        call: of an attribute of something whose type is not known.
        libraries: all that the program may use.
        used: those that it imports.
    """
    if not isinstance(call.func, ast.Attribute) or not call.keywords:
        return None
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    method = call.func.attr
    every = [gone for library in used for gone in _older(call, method, libraries, library)]
    if not every or _python_takes(call, method):
        return None
    is_taken = any(_may_take(call, one, library) for library in used for one in _named(library, method))
    return None if is_taken else replace(every[0], alike=tuple(dict.fromkeys(one.name for one in every)))


def _older(call: ast.Call, method: str, libraries: Libraries, library: CheckedLibrary) -> Iterator[GoneCall]:
    """Yield the methods of older versions of a library that take a call, those of the newest first."""
    from packaging.version import InvalidVersion, Version

    try:
        older = [
            one
            for one in libraries.other_versions(library)
            if Version(one.version) < Version(library.version)
        ]
    except InvalidVersion:
        return
    for other in sorted(older, key=lambda one: Version(one.version), reverse=True):
        for one in _named(other, method):
            name = other.model.public_name(one.path) if other.model is not None else ""
            if name and one.kind == "function" and _is_method(other, one) and _names_all(call, one):
                now = libraries.object_at(one.path)
                yield GoneCall(name, _unknown(call, now), other.version, now)


def _named(library: CheckedLibrary, last: str) -> Iterator[ApiObject]:
    """Yield the objects of a library whose last name is this."""
    model = library.model
    if model is not None:
        yield from (model.objects[path] for path in library.named(last))


def _is_method(library: CheckedLibrary, found: ApiObject) -> bool:
    holder = library.model.objects.get(found.path.rpartition(".")[0]) if library.model is not None else None
    return holder is not None and holder.kind == "class"


def _names_all(call: ast.Call, found: ApiObject) -> bool:
    """Return whether a method takes a call, and each keyword of it by its name."""
    named = {parameter.name for signature in found.signatures for parameter in signature.parameters}
    return {keyword.arg for keyword in call.keywords} <= named and _takes(call, found)


def _may_take(call: ast.Call, found: ApiObject, library: CheckedLibrary) -> bool:
    """Return whether an object may take a call: one that the source does not show how to call may.

    Of those, only what public classes have: `append` of an inner list of pandas raises whatever it gets.
    """
    public = library.model.public_name(found.path) if library.model is not None else ""
    if found.signatures:
        return _takes(call, found)
    return bool(public) if found.kind == "function" else found.kind != "module" and public != found.path


def _takes(call: ast.Call, found: ApiObject) -> bool:
    return not argument_problems(call, found.signatures)


def _unknown(call: ast.Call, now: ApiObject | None) -> str:
    if now is None:
        return ""
    problems = argument_problems(call, now.signatures)
    return next((one.name for one in problems if one.rule == "unknown-parameter"), "")


def _python_takes(call: ast.Call, method: str) -> bool:
    """Return whether a class of Python itself may take a call."""
    for kind in vars(builtins).values():
        found = getattr(kind, method, None) if isinstance(kind, type) else None
        if found is None:
            continue
        try:
            signature = inspect.signature(found)
        except (TypeError, ValueError):
            return True
        try:
            signature.bind(*[None] * (len(call.args) + 1), **{one.arg or "": None for one in call.keywords})
        except TypeError:
            continue
        return True
    return False
