"""Sections for compiled objects: from docstrings that other modules give them, and from stubs."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import griffe

from corpora.document import Section
from corpora.python.added_docstrings import Newdoc
from corpora.python.deprecated import deprecation_of
from corpora.python.docstrings import readable
from corpora.python.names import load_stub, members_of
from corpora.python.signature import call_of, signature_of

_MAX_METHODS = 60
_MAX_SIGNATURE_CHARS = 300
_CALL = re.compile(r"(?P<name>[\w.]+)\(.{0,300}\)")


def newdoc_sections(docs: Iterable[Newdoc], names: Mapping[str, str], covered: set[str]) -> list[Section]:
    """A section for each public object among `docs` that is not `covered` yet; it is from now on."""
    sections = []
    public = set(names.values()) if docs else set()
    for doc in docs:
        name = _public_name(doc, names, public)
        if not name or name in covered or doc.attribute.startswith("_"):
            continue
        covered.add(name)
        # The first paragraph may tell how the object is called, which its compiled code does not.
        first, _, rest = doc.text.partition("\n\n")
        said = _CALL.match(" ".join(first.removesuffix("\n--").split()))
        own = said and said["name"].rpartition(".")[2] == name.rpartition(".")[2]
        signature = said[0].replace("( ", "(").replace(", )", ")") if said and own else ""
        # CPython's mark for a signature, of which help() shows nothing either.
        text = f"{signature}\n\n{rest}" if signature and first.endswith("\n--") else doc.text
        sections.append(Section(name, text, f"L{doc.line}", signature))
    return sections


def is_declared(section: Section) -> bool:
    """Whether a section holds no more than `declared_text` tells."""
    return section.text == section.signature or section.text.startswith(f"{section.signature}\n- ")


def _public_name(doc: Newdoc, names: Mapping[str, str], public: set[str]) -> str:
    """The name by which users import the object; empty if they do not.

    The place named is where the code finds it, which may lie below where it is shown.
    """
    found = names.get(f"{doc.place}.{doc.name}", "")
    place = doc.place
    while place and not found:
        candidate = f"{place}.{doc.name}"
        found = candidate if candidate in public else ""
        place = place.rpartition(".")[0]
    return f"{found}.{doc.attribute}" if found and doc.attribute else found


def stub_sections(
    root: Path,
    stubs: Iterable[str],
    modules: Iterable[griffe.Module],
    names: Mapping[str, str],
    covered: set[str],
) -> dict[str, list[Section]]:
    """For modules with a stub beside them, by path: sections of the public objects that only it tells.

    What is `covered` already is left out. `modules` are all others of the package.
    """
    found = {path: module for path in sorted(stubs) if (module := load_stub(root, path)) is not None}
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
            text = readable(_docstring(member), deprecation_of(member)) or declared_text(member, callables)
            if name and text and name not in covered:
                covered.add(name)
                sections.append(Section(name, text, "", text.partition("\n")[0]))
    return pages


def _name_in(module: griffe.Module, member: griffe.Object, names: Mapping[str, str]) -> str:
    shown = names.get(module.path, "")
    own = f"{shown}.{member.name}" if shown and not member.name.startswith("_") else ""
    known = names.get(member.path, "")
    # numpy.absolute is also numpy.abs: both have a section, each under its own name.
    return own if own and (not known or own.count(".") <= known.count(".")) else known


def _docstring(member: griffe.Object) -> str:
    return member.docstring.value.strip() if member.docstring else ""


def declared_text(member: griffe.Object, callables: Mapping[str, griffe.Class] | None = None) -> str:
    """What a stub tells of an object without a docstring: how it is called, a class with its methods.

    `callables` are classes whose objects are called: `add: _UFunc_Nin2_Nout1[...]`. Empty for values.
    """
    if isinstance(member, griffe.Function):
        return signature_of(member) if isinstance(member.parent, griffe.Module) else ""
    if isinstance(member, griffe.Class):
        methods = [
            f"- {call_of(_first(inner))[:_MAX_SIGNATURE_CHARS]}"
            for inner in members_of(member)
            if isinstance(inner, griffe.Function) and not inner.name.startswith("_")
        ]
        return "\n".join([signature_of(member), *methods[:_MAX_METHODS]])
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
