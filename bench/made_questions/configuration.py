"""Questions from environment variables, for where they are read, and from constants, for their definition."""

import re
from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Final

from bench.made_questions.drafting import MOST_PLACES, gold_of, sampled
from bench.made_questions.records import Draft, Place, SourceFile

_READ: Final = re.compile(
    rb"""(?:getenv|environ\.get|environ\[|os\.environ\.\w+\(|Getenv|LookupEnv|env::var(?:_os)?|ENV\[|ENV\.fetch\("""
    rb"""|System\.getenv|GetEnvironmentVariable|get_env|sys\.env(?:\.get)?|lookupEnv|environment\[|os\.getenv"""
    rb"""|env(?:iron)?\.get)\s*\(?\s*["':]([A-Z][A-Z0-9_]{3,})\b"""
    rb"""|process\.env\.([A-Z][A-Z0-9_]{3,})\b|process\.env\[['"]([A-Z][A-Z0-9_]{3,})"""
    rb"""|\$\{([A-Z][A-Z0-9_]{4,}):?[-=?+]"""
)
_CONSTANT: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_GUARD: Final = re.compile(r"_H(?:PP|XX)?_*$|_INCLUDED$")  # `#define CART_H`
_EVERYWHERE: Final = frozenset(
    ("HOME", "PATH", "USER", "TERM", "SHELL", "NODE_ENV", "DEBUG", "PAGER", "EDITOR")
)
_MOST: Final = 100
_ALONE: Final = 0.75
_VARIABLE: Final = ("where is {} read", "what does {} do", "{} environment variable", "{}=1", "env {}")
_VALUE: Final = ("where is {} defined", "what is {}", "{} default", "value of {}")


def variable_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions that are the names of environment variables, for the statements that read them."""
    read: defaultdict[str, list[Place]] = defaultdict(list)
    for file in files:
        for found in [] if file.is_test else _READ.finditer(file.data):
            name = next(group for group in found.groups() if group).decode()
            read[name].append(Place(file.path, found.start(), found.end()))
    names = [
        name
        for name in sorted(read)
        if name not in _EVERYWHERE
        and len(read[name]) <= MOST_PLACES
        and not name.startswith("HTTP_")
        and not name.endswith("_")
    ]
    return [
        Draft(_asked(name, _VARIABLE, random), "environment", tuple(read[name]))
        for name in sampled(names, random, _MOST)
    ]


def constant_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions that are the names of constants, in capitals, for their definitions."""
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for file in files:
        for unit in [] if file.is_test else file.units:
            if unit.is_value and _CONSTANT.fullmatch(unit.own_name) and not _GUARD.search(unit.own_name):
                places[unit.own_name].append(gold_of(file, unit))
    names = [name for name in sorted(places) if len(places[name]) <= MOST_PLACES]
    return [
        Draft(_asked(name, _VALUE, random), "constant", tuple(places[name]))
        for name in sampled(names, random, _MOST)
    ]


def _asked(name: str, phrases: Sequence[str], random: Random) -> str:
    """Return a name alone, or with a few words around it."""
    return name if random.random() < _ALONE else random.choice(phrases).format(name)
