"""The units of the standard library, from what an interpreter says of it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from corpora.document import Section
from corpora.python.runtime_units import fact_section
from corpora.runtime.facts import Facts

_MAX_LISTED: Final = 60  # members without a docstring that a class lists
_MEMBERS: Final = frozenset({"method", "property"})


def standard_units(facts: Facts) -> Iterator[Section]:
    """Yield the units in the order of their names.

    A method without a docstring is listed by its class and is no unit of its own: a text of nothing but
    `parse(format_string)` would come before the docstring that answers a question.
    """
    classes = {fact.names[0] for fact in facts.objects if fact.kind == "class"}
    listed: dict[str, list[str]] = defaultdict(list)
    for fact in facts.objects:
        holder, _, own = fact.names[0].rpartition(".")
        if holder in classes and not fact.doc and fact.kind in _MEMBERS:
            listed[holder].append(own)
    for fact in facts.objects:
        name = fact.names[0]
        if fact.kind in _MEMBERS and not fact.doc and name.rpartition(".")[0] in listed:
            continue
        section = fact_section(name, fact)
        if own_members := listed.get(name, ())[:_MAX_LISTED]:
            section = section or Section(name, f"class {name}", is_bare=True)
            more = f"Members without a docstring: {', '.join(own_members)}"
            # The signature is shown above the text, and a text that only repeats it says nothing more.
            above = "" if section.text == section.signature else f"{section.text}\n\n"
            section = replace(section, text=above + more)
        if section:
            # The text does not say them: `sqlite3.Timestamp` is no word on `datetime.datetime`.
            yield replace(section, aliases=fact.names[1:])
