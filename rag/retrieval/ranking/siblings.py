"""Find hits that are variants of better hits: `v3/` beside `v4/`, one adapter beside another.

Such siblings say the same in other words, and would fill the first ten places. Two chunks are siblings if
path and symbol are the same but for what tells variants apart:

    sdk/v3/client.go  Client.Do          sdk/v4/client.go  Client.Do            a version
    net/poll_linux.go  wait              net/poll_windows.go  wait              a platform
    adapters/mysql.py  MySQLAdapter.open adapters/oracle.py  OracleAdapter.open   a member of a family

Chunks of one file are never siblings, so overloads stay apart; nor is what a family has in common, such as
`adapters/base.py`, the sibling of a member.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from corpora.source_tree.roles.word_set import word_set
from indexers.catalog.catalog import ChunkFacts

_KEYS_KEPT: Final = 50_000  # questions meet the same chunks again; some 15 MB
_ENDING: Final = 4  # characters
_MIN_INFIX: Final = 4
_MAX_CHARS: Final = 1_000  # of a path and of a symbol

# Words of which one takes the place of another: `poll_linux`, `poll_windows`. Plain `poll` is for all.
_ALTERNATIVES: Final = word_set(
    """
    linux windows win win32 win64 nt darwin macos osx unix posix bsd freebsd openbsd netbsd dragonfly
    solaris aix plan9 android ios tvos watchos wasm wasi emscripten browser node deno bun jvm native
    amd64 arm64 aarch64 arm armv7 x86 x64 i386 riscv64 ppc64le s390x mips64 loong64 sse2 avx2 avx512
    neon generic
    mysql postgres postgresql pg sqlite sqlite3 mariadb mssql sqlserver oracle db2 cockroachdb mongodb
    snowflake
    react vue svelte solid angular preact lit qwik
    async sync asyncio aio blocking
    """
)
# Words that a variant has beside the same without them: `decorators`, `decorators_legacy`.
_ADDITIONS: Final = word_set("legacy compat alpha beta esm cjs umd iife mjs")
# Names of whole folders that hold variants.
_FOLDERS: Final = word_set(
    """
    es es5 es6 es2015 es2017 es2020 amd commonjs dist next latest experimental stable old
    async _async asyncio aio _sync blocking
    """
)
_ASYNC: Final = word_set("async _async asyncio aio _sync blocking")
_VERSION: Final = re.compile(
    r"v\d+(?:(?:alpha|beta|rc|p)\d*)?|\d+|(?:py|php|jdk|java|scala|net|spring|boot)\d+"
)
# `HTTPServer2` -> HTTP, Server, 2; `es2015` and `v3beta1` stay whole.
_WORD: Final = re.compile(
    r"v\d+(?:(?:alpha|beta|rc)\d*)?|[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+|[^\W\d_a-zA-Z]+"
)
_SAME_SUFFIX: Final = {
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"), "js"),
    "pyi": "py",
}

# Folders whose members do the same for something else: for another database, service or language.
_FAMILIES: Final = word_set(
    """
    adapters adapter drivers driver dialects dialect providers provider backends backend connectors
    connector locales locale translations languages lang arch flavors platforms platform vendors
    bindings engines exporters importers transports formatters serializers codecs
    """
)
# Folders whose members may as well be unlike: they count only if their texts are alike.
_LOOSE_FAMILIES: Final = word_set(
    """
    services service clients client integrations plugins extensions packages modules apps sdks apis
    examples samples templates targets ports resources handlers types models
    """
)
# What the members of a family share.
_SHARED: Final = re.compile(
    r"(?i:abstract|base|common|core|default|generic|index|init|interfaces?|internal|main|mod|registry"
    r"|factory|shared|types?|utils?|helpers?|manager|errors?|constants?|config|lib)(?:[_.-].*)?"
    r"|.+[_.-](?:base|common|utils?|types?)|I[A-Z][a-z].*|(?:Abstract|Base)[A-Z].*"
)


class _Keys(NamedTuple):
    """What siblings share, by known words and by their family; `is_loose`: only if they are alike."""

    known: str
    family: str = ""
    is_loose: bool = False


def siblings(
    candidates: Sequence[ChunkFacts], are_alike: Callable[[int, int], bool] | None = None
) -> list[int | None]:
    """Return, for each candidate, the position of the better one that it is a variant of; None if of none.

    The better one is never a variant itself.

    Args:
        candidates: facts of chunks, best first.
        are_alike: whether the texts of the candidates at two positions are nearly the same. It is asked only
            of members of families that may be unlike (`services/`, `packages/`), which otherwise are no
            siblings.
    """
    first: dict[tuple[str, str], int] = {}
    found: list[int | None] = []
    # Siblings end alike. Those whose ending no other has, which are most, need no more looking into.
    endings = Counter([facts.symbol[-_ENDING:] for facts in candidates])
    for position, facts in enumerate(candidates):
        leader = None
        symbol = facts.symbol or ("" if facts.start_byte else "^")  # the beginning of a file
        if facts.kind == "code" and symbol and endings[facts.symbol[-_ENDING:]] > 1:
            leader = _leader(first, candidates, position, _keys(facts.path, symbol), are_alike)
        found.append(leader)
    return found


def _leader(
    first: dict[tuple[str, str], int],
    candidates: Sequence[ChunkFacts],
    position: int,
    keys: _Keys,
    are_alike: Callable[[int, int], bool] | None,
) -> int | None:
    """Return the leader of one candidate, or note in `first`, by its keys, that it may lead others."""
    facts = candidates[position]
    for key in (keys.known, keys.family):
        other = first.get((facts.corpus, key)) if key else None
        if other is None or candidates[other].document_id == facts.document_id:
            continue
        is_loose = key is keys.family and keys.is_loose
        if not is_loose or (are_alike is not None and are_alike(other, position)):
            return other
    for key in (keys.known, keys.family):
        if key:
            first.setdefault((facts.corpus, key), position)
    return None


class _Place(NamedTuple):
    """What the path of a file has in common with those of its siblings.

    Args:
        known: the path without what tells variants apart.
        family: the path without the member of a family, with `*` for it; empty if it is in none.
        member: the member.
        is_loose: whether members of the family may be unlike.
        is_async: whether the file is in a folder of asynchronous variants, or of their blocking forms.
    """

    known: str
    family: str = ""
    member: str = ""
    is_loose: bool = False
    is_async: bool = False


@lru_cache(maxsize=_KEYS_KEPT)
def _keys(path: str, symbol: str) -> _Keys:
    """Return what a chunk has in common with its siblings."""
    place = _place(path)
    symbol = symbol[-_MAX_CHARS:]
    shape = _shape(symbol) or symbol
    if place.is_async:  # `_async/client.py AsyncClient` is `_sync/client.py Client`
        shape = shape.replace("* ", "")
    if not place.family:
        return _Keys(f"{place.known}:{shape}")
    names = "/".join([_without_member(_plain(part), place.member) for part in symbol.split(".")])
    return _Keys(f"{place.known}:{shape}", f"{place.family}:{names}", place.is_loose)


@lru_cache(maxsize=_KEYS_KEPT)
def _place(path: str) -> _Place:
    path = path[-_MAX_CHARS:]
    stem, _, suffix = path.rpartition(".")
    stem = (stem or suffix).removesuffix(".d")
    suffix = _SAME_SUFFIX.get(suffix, suffix)
    *folders, name = stem.split("/")
    shapes = [shape for folder in folders if (shape := _shape_of_folder(folder))]
    own = name if name.startswith("__") else _shape(name) or name  # `__main__` is no variant of `main`
    known = f"{'/'.join(shapes)}/{own}.{suffix}"
    is_async = not _ASYNC.isdisjoint(folders)
    parts = [*folders, name]
    for at in range(len(parts) - 1, 0, -1):
        family = parts[at - 1].lower()
        is_loose = family in _LOOSE_FAMILIES
        if (is_loose or family in _FAMILIES) and not _SHARED.fullmatch(parts[at]):
            member = _plain(parts[at]).removesuffix(family.removesuffix("s")) or _plain(parts[at])
            rest = [_without_member(_plain(part), member) for part in parts[at + 1 :]]
            return _Place(known, "/".join([*parts[:at], "*", *rest, suffix]), member, is_loose, is_async)
    return _Place(known, is_async=is_async)


def _shape(name: str) -> str:
    """Return the words of a name, in lower case, but for those that tell variants apart.

    >>> _shape("decorators_legacy"), _shape("poll_linux"), _shape("PostgresDriver")
    ('decorators', 'poll *', '* driver')
    """
    words = []
    for word in map(str.lower, _WORD.findall(name)):
        if word in _ALTERNATIVES:
            words.append("*")
        elif word not in _ADDITIONS and not _VERSION.fullmatch(word):
            words.append(word)
    return " ".join(words)


def _shape_of_folder(name: str) -> str:
    """Return the shape of a folder's name; empty if it is nothing but a variant: `v3`, `esm`."""
    shape = _shape(name)
    return "" if name.lower() in _FOLDERS else shape


def _without_member(name: str, member: str) -> str:
    """Return a name of a member of a family without the member: `*adapter` for `mysqladapter`."""
    if len(member) < _MIN_INFIX:  # `de` is a part of many words
        return f"*{name.removeprefix(member)}" if name.startswith(member) else name
    return name.replace(member, "*")


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def place_of_variant(path: str, of: str) -> str:
    """Return how to name the place of a variant beside the one that is shown: `v3/`, or `postgres.py`.

    >>> place_of_variant("sdk/v3/client.go", of="sdk/v4/client.go")
    'v3/'
    >>> place_of_variant("adapters/postgres.py", of="adapters/mysql.py")
    'postgres.py'
    """
    own, other = path.split("/"), of.split("/")
    start = 0
    while start < min(len(own), len(other)) - 1 and own[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(own), len(other)) - start - 1 and own[-1 - end] == other[-1 - end]:
        end += 1
    middle = own[start : len(own) - end]
    return "/".join(middle) + ("/" if end else "")
