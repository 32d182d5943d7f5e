"""Questions from names: whole, qualified, in part, misspelled, or as plain words."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from bench.made_questions.drafting import gold_of, sampled
from bench.made_questions.name_forms import can_misspell, joined, misspelled, words_of
from bench.made_questions.records import Draft, Place, SourceFile, Unit
from bench.made_questions.word_list import word_set

_MOST: Final = 120
_MOST_DEFINITIONS: Final = 4
_LEAST_CHARS: Final = 5
_OWN_SEPARATOR: Final = {"rust": "::", "cpp": "::", "php": "::", "ruby": "#", "lua": ":"}
_GENERIC: Final = word_set(
    "main init setup teardown constructor destructor tostring hashcode equals string error close"
    " open start stop write value values clear reset apply build create update delete remove insert"
    " handle render index default print parse length count names items label title types class super"
    " initialize finalize dispose getname operator __init__ __repr__ __str__ __eq__ __hash__"
    " __call__ __enter__ __exit__ __iter__ __len__"
)

Definition = tuple[SourceFile, Unit]
Table = Mapping[str, Sequence[Definition]]


def definitions(files: Sequence[SourceFile]) -> Table:
    """Return the functions and types outside of tests by their own names; constants are left out.

    Where C or C++ declares and defines a function, only the definition counts.
    """
    table: defaultdict[str, list[Definition]] = defaultdict(list)
    for file in files:
        if not file.is_test:
            for unit in file.units:
                if not unit.is_value:
                    table[unit.own_name].append((file, unit))
    return table


def is_distinct(name: str) -> bool:
    """Return whether a name says enough to be asked for alone."""
    return (
        len(name) >= _LEAST_CHARS
        and name.lower() not in _GENERIC
        and name.isascii()
        and not (name.startswith("__") and name.endswith("__"))
        and re.sub("[-_?!]", "", name).isalnum()
    )


def name_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions made of names, for all definitions with exactly these names."""
    table = {
        name: found
        for name, found in definitions(files).items()
        if is_distinct(name) and len(found) <= _MOST_DEFINITIONS
    }
    names = sorted(table)
    drafts = [Draft(name, "name", _gold(table[name])) for name in sampled(names, random, _MOST)]
    drafts += _qualified(table, random)
    long_names = [name for name in names if can_misspell(name)]
    for name in sampled(long_names, random, _MOST):
        typo = misspelled(name, random)
        if typo not in table:
            drafts.append(Draft(typo, "name_typo", _gold(table[name])))
    return drafts + _partial(table, random)


def _qualified(table: Table, random: Random) -> list[Draft]:
    """Return questions such as `Cart.add` or `Cart::add`."""
    places: defaultdict[str, list[Definition]] = defaultdict(list)
    for found in table.values():
        for file, unit in found:
            parent = unit.name.rpartition(".")[0].rpartition(".")[2]
            if parent and parent.isidentifier():
                places[f"{parent}.{unit.own_name}"].append((file, unit))
    drafts = []
    for name in sampled(sorted(places), random, _MOST):
        separator = _OWN_SEPARATOR.get(places[name][0][0].language, ".")
        query = name.replace(".", separator if random.random() < 0.7 else ".")
        drafts.append(Draft(query, "name_qualified", _gold(places[name])))
    return drafts


def _partial(table: Table, random: Random) -> list[Draft]:
    """Return questions that are some words of a name, or all of them in lower case."""
    by_words: defaultdict[tuple[str, ...], list[Definition]] = defaultdict(list)
    by_part: defaultdict[tuple[str, ...], list[Definition]] = defaultdict(list)
    for name, found in table.items():
        words = tuple(words_of(name))
        by_words[words] += found
        for start in range(len(words)):
            for end in range(start + 2, len(words) + 1):
                by_part[words[start:end]] += found
    drafts = []
    whole = [
        words for words in sorted(by_words) if len(words) >= 2 and len(by_words[words]) <= _MOST_DEFINITIONS
    ]
    for words in sampled(whole, random, _MOST):
        drafts.append(Draft(" ".join(words), "name_words", _gold(by_words[words])))
    parts = [
        words
        for words in sorted(by_part)
        if len(by_part[words]) <= _MOST_DEFINITIONS
        and not by_words.get(words)
        and all(len(word) > 2 for word in words)
        and all(len(words) >= 2 * len(words_of(unit.own_name)) // 3 for _, unit in by_part[words])
    ]
    for words in sampled(parts, random, _MOST):
        found = by_part[words]
        style = found[0][1].own_name
        query = joined(list(words), style) if random.random() < 0.5 else " ".join(words)
        drafts.append(Draft(query, "name_part", _gold(found)))
    return drafts


def _gold(found: Sequence[Definition]) -> tuple[Place, ...]:
    return tuple(gold_of(file, unit) for file, unit in found)
