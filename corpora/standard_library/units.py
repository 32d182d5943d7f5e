"""The units of the standard library, from what an interpreter says of it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from corpora.document import Section
from corpora.python.runtime_units import fact_section
from corpora.runtime.facts import Facts

_MAX_LISTED: Final = 60  # members without a docstring that a class lists


def standard_units(facts: Facts) -> Iterator[Section]:
    """Yield the units in the order of their names.

    A method without a docstring is listed by its class and is no unit of its own: a text of nothing but
    `parse(format_string)` would come before the docstring that answers a question.
    """
    classes = {fact.names[0] for fact in facts.objects if fact.kind == "class"}
    listed: dict[str, list[str]] = defaultdict(list)
    for fact in facts.objects:
        holder, _, name = fact.names[0].rpartition(".")
        if holder in classes and not fact.doc and fact.kind in {"method", "property"}:
            listed[holder].append(f"- {name}{fact.signature}")
    for fact in facts.objects:
        name = fact.names[0]
        if name.rpartition(".")[0] in listed and not fact.doc and fact.kind in {"method", "property"}:
            continue
        section = fact_section(name, fact)
        if lines := listed.get(name, ())[:_MAX_LISTED]:
            text = "\n".join([section.text if section else f"class {name}", "", *lines])
            section = replace(section or Section(name, ""), text=text)
        if section:
            yield section
