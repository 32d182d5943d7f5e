"""The units of a package, completed by what it says of itself when it runs (`corpora.runtime`).

Static reading comes first: its text is exact, with lines and annotations as they were written. What ran gives
the docstrings that code puts together, the signatures of compiled code, and members that no source shows.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from corpora.document import RUNTIME_ANCHOR, Section
from corpora.python.docstrings import readable_docstring
from corpora.python.sections import PackageUnits
from corpora.runtime.facts import Fact, Facts

# A docstring of which the source shows the template only: `%(klass)s`, `{desc}`.
_TEMPLATE: Final = re.compile(r"%\(\w{1,40}\)s|\{\w{1,40}\}|%s")
_LONGER: Final = 1.2  # times, so that a text counts as more than another


def with_facts(units: PackageUnits, facts: Facts) -> PackageUnits:
    """Return `units` with the docstrings and members that only `facts` has; each says so by its anchor.

    Args:
        units: of static reading.
        facts: of the same version of the same package.
    """
    done = {path: list(page) for path, page in units.pages.items() if not isinstance(page, str)}
    places = {
        name: (path, at)
        for path, page in done.items()
        for at, part in enumerate(page)
        for name in (*part.aliases, part.name)
    }
    documented: set[str] = set()
    for fact in facts.objects:
        there = sorted({places[name] for name in fact.names if name in places})
        for path, at in there:
            better = _better(done[path][at], fact)
            if better is not done[path][at]:
                documented.add(better.name)
                done[path][at] = better
        home = "" if there or fact.kind == "module" else _home(fact, done)
        if home and (added := fact_section(fact.names[0], fact)):
            places[added.name] = home, len(done[home])
            done[home].append(added)
    pages = {**units.pages, **{path: tuple(page) for path, page in done.items()}}
    unreachable = {name: why for name, why in units.unreachable.items() if name not in places}
    return PackageUnits(pages, units.bare - documented, unreachable)


def _better(static: Section, fact: Fact) -> Section:
    """Return the section of static reading, or that of the fact if it says more."""
    text = readable_docstring(fact.doc)
    is_bare = not static.text or static.text == static.signature
    is_template = bool(_TEMPLATE.search(static.text)) and not _TEMPLATE.search(text)
    if not text or not (is_bare or is_template or len(text) > _LONGER * len(static.text)):
        return static
    anchor = f"{RUNTIME_ANCHOR}-{static.anchor}" if static.anchor else _anchor(fact)
    signature = static.signature or _call(static.name, fact)
    return replace(static, text=text, anchor=anchor, signature=signature)


def fact_section(name: str, fact: Fact) -> Section | None:
    """Return a section for an object that static reading does not show; None if there is nothing to say."""
    signature = _call(name, fact)
    text = readable_docstring(fact.doc) or signature
    return Section(name, text, _anchor(fact), signature) if text else None


def _call(name: str, fact: Fact) -> str:
    """Return the call on one line, as static reading shows it: `class Name(a)`, `name(a, b=1) -> int`."""
    if not fact.signature:
        return ""
    shown = f"{name.rpartition('.')[2]}{fact.signature}"
    return f"class {shown.partition(' -> ')[0]}" if fact.kind == "class" else shown


def _anchor(fact: Fact) -> str:
    return f"{RUNTIME_ANCHOR}-L{fact.line}" if fact.line else RUNTIME_ANCHOR


def _home(fact: Fact, pages: Mapping[str, object]) -> str:
    """Return the path of the module that defines an object, or else of the nearest one above it."""
    for dotted in (fact.module, fact.names[0].rpartition(".")[0]):
        parts = dotted.split(".") if dotted else []
        while parts:
            stem = "/".join(parts)
            for path in (f"{stem}.py", f"{stem}/__init__.py", f"{stem}.pyi", f"{stem}/__init__.pyi"):
                if path in pages:
                    return path
            parts.pop()
    return ""
