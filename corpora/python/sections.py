"""The documented public objects of a package, read by griffe from its source; nothing is imported."""

from collections.abc import Iterator
from functools import lru_cache
from inspect import cleandoc
from pathlib import Path
from textwrap import indent

import griffe

from corpora.document import Section
from corpora.python.added_docstrings import added_docstrings_in
from corpora.python.compiled import added_docstring_sections, declared_text, is_declared, stub_sections
from corpora.python.deprecated import deprecation_of
from corpora.python.docstrings import readable_docstring
from corpora.python.names import (
    keep_shortest_name,
    load_modules,
    members_of,
    modules_below,
    public_names,
)
from corpora.python.signature import signature_of
from corpora.syntax.parse_python import literal_string


@lru_cache(maxsize=4)
def read_package(
    root: Path, tops: tuple[str, ...], files: frozenset[str], stubs: frozenset[str], stamp: str
) -> dict[str, tuple[Section, ...] | str]:
    """Return the sections of each of `files`, or the reason why it has none.

    The whole package is read at once, since the public names of a module depend on the others (`numpy.sum`
    is defined in `numpy/_core/fromnumeric.py`). Only the sections stay in memory.

    Args:
        root: the folder that holds the package; all paths are relative to it.
        tops: the top-level names.
        files: the modules to read.
        stubs: stubs beside a module of the same name. They would hide docstrings (`chebval: Final[...]`
            replaces `def chebval`), so they only serve for names that the code computes, and for objects
            that it does not define.
        stamp: of the content of the files; they are read again when it changes.
    """
    # griffe logs what it cannot follow; the reasons returned here say what is left out for that.
    with griffe.logger.disable():
        loaded, failed = load_modules(root, tops, files)
        names = public_names(loaded)
        modules = [module for top_module in loaded for module in modules_below(top_module)]
        if stubs:
            for path, name in public_names(load_modules(root, tops, files | stubs)[0]).items():
                keep_shortest_name(names, path, name)
        pages = {
            module.filepath.relative_to(root).as_posix(): list(_module_sections(module, names))
            for module in modules
            if not isinstance(module.filepath, list)
        }
        covered = {part.name for sections in pages.values() for part in sections if not is_declared(part)}
        added = {
            path: added_docstring_sections(added_docstrings_in(root, path), names, covered)
            for path in sorted(pages)
        }
        for path, sections in pages.items():
            pages[path] = [part for part in sections if not (is_declared(part) and part.name in covered)]
            pages[path] += added[path]
        covered |= {part.name for sections in pages.values() for part in sections}
        for path, sections in stub_sections(root, stubs, modules, names, covered).items():
            pages.get(path, []).extend(sections)
    return failed | {path: tuple(sections) for path, sections in pages.items()}


def _module_sections(module: griffe.Module, names: dict[str, str]) -> Iterator[Section]:
    public = names.get(module.path, "")
    if public and module.docstring:
        yield Section(public, readable_docstring(module.docstring.value) or public)
    for member in members_of(module):
        if member.path in names and not isinstance(member, griffe.Module):
            yield from _sections(member, names[member.path])


def _sections(member: griffe.Object, name: str) -> Iterator[Section]:
    """Yield the section of a documented object or top-level function, then those of its members."""
    text = readable_docstring(_docstring(member), deprecation_of(member))
    signature = signature_of(member)
    if not text and isinstance(member.filepath, Path) and member.filepath.suffix == ".pyi":
        text = declared_text(member)
    if not text and isinstance(member, griffe.Function) and name.count(".") == 1:
        text = signature
    if text:
        yield Section(name, text, f"L{member.lineno}" if member.lineno else "", signature)
    if isinstance(member, griffe.Class):
        for inner in members_of(member):
            if not inner.name.startswith("_"):
                yield from _sections(inner, f"{name}.{inner.name}")


def _docstring(member: griffe.Object) -> str:
    """Return the docstring of an object; of a class with that of its constructor."""
    own = member.docstring.value.strip() if member.docstring else ""
    more = ""
    if isinstance(member, griffe.Function):
        more = _parameter_docs(member)
    elif isinstance(member, griffe.Class):
        init = member.members.get("__init__")
        if isinstance(init, griffe.Function) and init.docstring:
            more = init.docstring.value.strip()
    return "\n\n".join(filter(None, (own, "" if more in own else more)))


def _parameter_docs(function: griffe.Function) -> str:
    """Return the texts of `Annotated[..., Doc("...")]` (PEP 727), one block per parameter."""
    blocks = []
    for parameter in function.parameters:
        annotation = parameter.annotation
        if not isinstance(annotation, griffe.ExprSubscript) or not isinstance(
            annotation.slice, griffe.ExprTuple
        ):
            continue
        for note in annotation.slice.elements[1:]:
            if isinstance(note, griffe.ExprCall) and str(note.function).endswith("Doc") and note.arguments:
                said = literal_string(str(note.arguments[0]))
                blocks.append(f"{parameter.name}:\n{indent(cleandoc(said), '  ')}" if said else "")
    return "\n".join(filter(None, blocks))
