"""The units of a package, completed by what it says of itself when it runs (`corpora.runtime`).

Static reading comes first: its text is exact, with lines and annotations as they were written. What ran gives
the docstrings that code puts together, the signatures of compiled code, and members that no source shows.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from corpora.document import RUNTIME_ANCHOR, Section
from corpora.python.docstrings import SPHINX_FIELDS, documented_call, readable_docstring
from corpora.python.module_files import importable_name
from corpora.runtime.facts import Fact, Facts

if TYPE_CHECKING:  # (griffe is heavy)
    from corpora.python.package_units import PackageUnits

_WORDS: Final = re.compile(r"\w+")
_MAX_LACKING: Final = 0.1  # of the words of a docstring
_LONGER: Final = 1.2  # times, so that a text counts as more than another
_MAX_SHOWN_NAMES: Final = 8
_TAILS: Final = ("Attributes:\n", "Also: ")  # parts that static reading adds to a docstring


def with_facts(units: "PackageUnits", facts: Facts) -> "PackageUnits":
    """Return `units` with the docstrings and members that only `facts` has; each says so by its anchor.

    Args:
        units: what static reading found.
        facts: of the same version of the same package.
    """
    pages = {path: list(page) for path, page in units.pages.items() if not isinstance(page, str)}
    bare = set(units.bare)
    places = {
        name: (path, at)
        for path, page in pages.items()
        for at, part in enumerate(page)
        for name in (part.name, *_own_aliases(part))
    }
    homes = {importable_name(path): path for path in sorted(pages, reverse=True)}  # `.py` before `.pyi`
    for fact in facts.objects:
        found = dict.fromkeys(places[name] for name in fact.names if name in places)
        for path, at in found:
            old = pages[path][at]
            if old.name in fact.names:
                pages[path][at] = _better(old, fact, is_bare=old.name in bare)
                if fact.doc:
                    bare.discard(old.name)
            elif not _says(old.text, fact.doc):  # another object, as an override with its own docstring
                aliases = tuple(name for name in old.aliases if name not in fact.names)
                pages[path][at] = replace(old, aliases=aliases)
                found = {}
        home = "" if found or fact.kind == "module" else _home(fact, homes)
        if home and (added := fact_section(fact.names[0], fact) or _named(fact)):
            places |= dict.fromkeys(fact.names, (home, len(pages[home])))
            pages[home].append(_with_other_names(added, fact))
            bare |= set() if fact.doc else {added.name}
    return replace(
        units,
        pages={**units.pages, **{path: tuple(page) for path, page in pages.items()}},
        bare=frozenset(bare),
        unreachable={name: why for name, why in units.unreachable.items() if name not in facts.by_name},
    )


def _own_aliases(section: Section) -> list[str]:
    """Return the other names of an object, without those of the attributes that it lists."""
    return [name for name in section.aliases if not name.startswith(f"{section.name}.")]


def _better(static: Section, fact: Fact, *, is_bare: bool) -> Section:
    """Return the section of static reading, or that of the fact if it says more."""
    text = readable_docstring(fact.doc)
    parts = static.text.split("\n\n")
    tail = [part for part in parts if part.startswith(_TAILS)]
    known = "\n\n".join(part for part in parts if not part.startswith(_TAILS))
    if not text or not (is_bare or len(text) > _LONGER * len(known) or not _says(known, text)):
        return static
    anchor = f"{RUNTIME_ANCHOR}-{static.anchor}" if static.anchor.startswith("L") else _anchor(fact)
    signature = static.signature or _call(static.name, fact)
    text = "\n\n".join([text, *tail])
    return replace(static, text=text, anchor=anchor, signature=signature, is_bare=False)


def _says(text: str, doc: str) -> bool:
    """Return whether a text has most words of a docstring; one with `%(klass)s` lacks those put in there."""
    words = {*_WORDS.findall(doc)} - SPHINX_FIELDS
    return len(words - {*_WORDS.findall(text)}) <= _MAX_LACKING * len(words)


def _named(fact: Fact) -> Section | None:
    """Return a section that says no more than the name of a member: there is nothing else to say."""
    is_unit = fact.kind not in {"value", "module"}
    return Section(fact.names[0], fact.names[0], _anchor(fact)) if is_unit else None


def fact_section(name: str, fact: Fact) -> Section | None:
    """Return a section for an object that static reading does not show; None if there is nothing to say."""
    signature, doc = _call(name, fact), fact.doc
    if not signature:
        own, takes = name.rpartition(".")[2], fact.kind in {"method", "function"}
        signature, doc = documented_call(own, doc, is_class=fact.kind == "class", takes_arguments=takes)
    documentation = readable_docstring(doc)
    text = documentation or signature
    return Section(name, text, _anchor(fact), signature, is_bare=not documentation) if text else None


def _with_other_names(section: Section, fact: Fact) -> Section:
    """Return a section that also has the other names of its object; its text says the telling ones."""
    others, own = fact.names[1:], section.name.rpartition(".")[2]
    is_member = fact.kind in {"method", "property"}
    told = [name for name in others if is_member or name.rpartition(".")[2] != own]
    more = f" and {len(told) - _MAX_SHOWN_NAMES} more" if len(told) > _MAX_SHOWN_NAMES else ""
    also = f"\n\nAlso: {', '.join(told[:_MAX_SHOWN_NAMES])}{more}" if told else ""
    return replace(section, text=section.text + also, aliases=others)


def _call(name: str, fact: Fact) -> str:
    """Return the call on one line, as static reading shows it: `class Name(a)`, `name(a, b=1) -> int`."""
    if not fact.signature:
        return ""
    shown = f"{name.rpartition('.')[2]}{fact.signature}"
    return f"class {shown.partition(' -> ')[0]}" if fact.kind == "class" else shown


def _anchor(fact: Fact) -> str:
    return f"{RUNTIME_ANCHOR}-L{fact.line}" if fact.line else RUNTIME_ANCHOR


def _home(fact: Fact, homes: Mapping[str, str]) -> str:
    """Return the path of the module that defines an object, or else of the nearest one above it."""
    for dotted in (fact.module, fact.names[0].rpartition(".")[0]):
        parts = dotted.split(".")
        while parts:
            if (home := homes.get(".".join(parts))) is not None:
                return home
            parts.pop()
    return ""
