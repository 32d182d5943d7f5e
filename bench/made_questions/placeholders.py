"""Fill in the placeholders of a message with values that a program might print."""

import re
from random import Random
from typing import Final

_PLACEHOLDER: Final = re.compile(
    r"%\((?P<python>\w+)\)[-#0 +]?\d*\.?\d*[a-zA-Z]"
    r"|%(?:\d+\$)?[-#0 +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|ll|[hlzjt])?"
    r"(?P<printf>[diouxXeEfFgGaAcspqvwTtbUrnm])(?![\w])"
    r"|%(?P<percent>[@sdvqwr])"
    r"|%\"\s?PRI[a-z]\d+\s?\""
    r"|#\{(?P<ruby>[^{}]*)\}"
    r"|\$\{(?P<dollar>[^{}]*)\}"
    r"|\\\((?P<swift>(?:[^()]|\([^()]*\))*)\)"
    r"|\$(?P<shell>[A-Za-z_][\w.]*(?:->\w+)?|\d|[@*#?!])"
    r"|\{(?P<braces>[^{}\n\"]{0,60})\}"
)
_NUMBERS: Final = ("3", "0", "42", "128", "8080", "17", "1024", "65536", "2", "404")
_NAMES: Final = (
    "user_id", "config", "Widget", "main", "orders", "default", "api-gateway", "foo", "MyApp.Service", "key1",
    "customerAddress", "worker-3", "items", "session",
)  # fmt: skip
_BY_LETTER: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("diouxXbU", _NUMBERS),
    ("eEfFgGaA", ("0.75", "12.5", "3.14")),
    ("T", ("*http.Request", "string", "NoneType", "map[string]int")),
    ("t", ("true", "false")),
    ("c", tuple("x:;{")),
)
_BY_HINT: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        r"path|file|dir|folder|dest|src\b|source",
        (
            "/etc/app/config.yml",
            "src/main.conf",
            "./data.json",
            "/tmp/build/out.txt",
            "C:\\Users\\me\\app.ini",
        ),
    ),
    (r"ur[li]|link|endpoint|addr", ("https://example.com/api/v1", "http://localhost:8080", "127.0.0.1:5432")),
    (r"host|server|domain", ("localhost", "db.example.com", "10.0.0.12")),
    (r"port|num|count|size|len|max|min|index|idx|\bn\b|line|col|code|status|timeout|limit|total", _NUMBERS),
    (r"version", ("1.4.2", "2.0.0-beta.1", "0.19")),
    (
        r"\berr\b|\be\b|err(?:or)?s?$|except|reason|cause|message|msg",
        (
            "connection refused",
            "no such file or directory",
            "unexpected end of input",
            "permission denied",
            "timed out",
            "EOF",
        ),
    ),
    (r"type|class|kind", ("NoneType", "String", "int", "com.example.Order", "list", "MyModel")),
    (r"cmd|command|program", ("git status", "make", "node build.js")),
    (r"time|date|duration", ("2026-03-02T10:12:01Z", "30s", "1.52")),
    (r"user|owner|account", ("alice", "admin", "root")),
    (r"id$|uuid|guid", ("4f2c9a", "17", "b3d1e0aa-51c2")),
)


def has_placeholder(text: str) -> bool:
    """Return whether a message has a placeholder."""
    return bool(_PLACEHOLDER.search(text))


def fixed_text(text: str) -> str:
    """Return a message with blanks for its placeholders."""
    return _PLACEHOLDER.sub(" ", text)


def filled(text: str, random: Random) -> str:
    """Return a message with values in place of its placeholders, chosen by what they are called.

    >>> filled("took %d of {total}", Random(1))
    'took 42 of 404'
    """
    return _PLACEHOLDER.sub(lambda found: _value(found, random), text)


def _value(found: re.Match[str], random: Random) -> str:
    groups = found.groupdict()
    printf = groups["printf"] or groups["percent"] or ""
    for letters, values in _BY_LETTER:
        if printf and printf in letters:
            return random.choice(values)
    before = found.string[max(found.start() - 24, 0) : found.start()].lower()
    named = [groups[name] for name in ("python", "ruby", "dollar", "swift", "shell", "braces")]
    hint = next((name.lower() for name in named if name), "")
    is_cause = printf in ("v", "s") and before.rstrip().endswith(":") and found.end() == len(found.string)
    if printf == "w" or is_cause:
        hint = "err"
    for source in filter(None, (hint, before)):
        for pattern, values in _BY_HINT:
            if re.search(pattern, source):
                return random.choice(values)
    return random.choice(_NAMES)
