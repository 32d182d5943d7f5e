"""Sections for compiled objects, from docstrings that other modules add to them and from stubs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import griffe

from corpora.document import Section
from corpora.python.applied.added_docstrings import AddedDocstring
from corpora.python.deprecated import deprecation_of
from corpora.python.docstrings import readable_docstring
from corpora.python.loading import load_stub, members_of
from corpora.python.module_files import PackageFiles
from corpora.python.signature import call_of, signature_of

_MAX_METHODS = 60
_MAX_SIGNATURE_CHARS = 300
_CALL = re.compile(r"(?P<name>[\w.]+)\(.{0,300}\)")


def added_docstring_sections(
    docs: Iterable[AddedDocstring], names: Mapping[str, str], covered: set[str]
) -> list[Section]:
    """Return a section for each public object among `docs` that is not in `covered`, and add it there."""
    sections = []
    public = set(names.values()) if docs else set()
    for doc in docs:
        name = _public_name(doc, names, public)
        if not name or name in covered or doc.attribute.startswith("_"):
            continue
        covered.add(name)
        # The first paragraph may show how the object is called, which its compiled code does not tell.
        first, _, rest = doc.text.partition("\n\n")
        said = _CALL.match(" ".join(first.removesuffix("\n--").split()))
        own = said and said["name"].rpartition(".")[2] == name.rpartition(".")[2]
        signature = said[0].replace("( ", "(").replace(", )", ")") if said and own else ""
        # CPython's mark for a signature, of which help() shows nothing either.
        text = f"{signature}\n\n{rest}" if signature and first.endswith("\n--") else doc.text
        sections.append(Section(name, text, f"L{doc.line}", signature))
    return sections


def _public_name(doc: AddedDocstring, names: Mapping[str, str], public: set[str]) -> str:
    """Return the name by which users import the object; empty if they cannot.

    The module in `doc` is where the code finds the object, which may lie below the module that offers it.
    """
    if doc.attribute and (inherited := names.get(f"{doc.place}.{doc.name}.{doc.attribute}")):
        return inherited  # of a base that only the public class shows, as `torch.Tensor` does
    found = names.get(f"{doc.place}.{doc.name}", "")
    place = doc.place
    while place and not found:
        candidate = f"{place}.{doc.name}"
        found = candidate if candidate in public else ""
        place = place.rpartition(".")[0]
    return f"{found}.{doc.attribute}" if found and doc.attribute else found


def stub_sections(
    package: PackageFiles,
    modules: Iterable[griffe.Module],
    names: Mapping[str, str],
    covered: set[str],
) -> dict[str, list[Section]]:
    """Return sections of the public objects that only stubs declare, by the paths of their modules.

    Args:
        package: its stubs are read.
        modules: all modules of the package.
        names: the public names of objects, by their paths.
        covered: names that have a section already, which are left out; those found are added.
    """
    found = {
        path: module for path in sorted(package.stubs) if (module := load_stub(package, path)) is not None
    }
    callables = {
        member.name: member
        for module in (*modules, *found.values())
        for member in module.members.values()
        if isinstance(member, griffe.Class) and "__call__" in member.members
    }
    pages: dict[str, list[Section]] = {}
    for path, module in found.items():
        sections = pages.setdefault(Path(path).with_suffix(".py").as_posix(), [])
        for member in members_of(module):
            name = _name_in(module, member, names)
            text = readable_docstring(_docstring(member), deprecation_of(member))
            text = text or declared_text(member, callables)
            if name and text and name not in covered:
                covered.add(name)
                sections.append(Section(name, text, "", text.partition("\n")[0]))
    return pages


def _name_in(module: griffe.Module, member: griffe.Object, names: Mapping[str, str]) -> str:
    shown = names.get(module.path, "")
    own = f"{shown}.{member.name}" if shown and not member.name.startswith("_") else ""
    known = names.get(member.path, "")
    # numpy.absolute is also numpy.abs: both get a section, each under its own name.
    return own if own and (not known or own.count(".") <= known.count(".")) else known


def _docstring(member: griffe.Object) -> str:
    return member.docstring.value.strip() if member.docstring else ""


def declared_text(
    member: griffe.Object,
    callables: Mapping[str, griffe.Class] | None = None,
    order: Sequence[griffe.Class] = (),
) -> str:
    """Return what its declaration tells about an object without a docstring; empty for values.

    It is the signature of a function, a class with its methods, or the call of an object such as
    `add: _UFunc_Nin2_Nout1[...]`, whose class is in `callables`. `order` are a class and its bases.
    """
    if isinstance(member, griffe.Function):
        return signature_of(member) if isinstance(member.parent, griffe.Module) else ""
    if isinstance(member, griffe.Class):
        methods = [
            f"- {call_of(_first(inner))[:_MAX_SIGNATURE_CHARS]}"
            for inner in members_of(member)
            if isinstance(inner, griffe.Function) and not inner.name.startswith("_")
        ]
        return "\n".join([signature_of(member, order), *methods[:_MAX_METHODS]])
    if isinstance(member, griffe.Attribute):
        kind = str(member.annotation or "").partition("[")[0].rpartition(".")[2]
        called = (callables or {}).get(kind)
        call = called.members.get("__call__") if called else None
        if isinstance(call, griffe.Function):
            return call_of(_first(call), member.name)
        is_alias = isinstance(member.value, griffe.ExprName | griffe.ExprSubscript)
        if is_alias or (kind == "TypeAlias" and member.value is not None):
            return signature_of(member)
    return ""


def _first(function: griffe.Function) -> griffe.Function:
    return function.overloads[0] if function.overloads else function
