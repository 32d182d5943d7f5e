"""Find secrets by their position: in a URL, a header, a command, or a file of a known kind."""

# ruff: noqa: E501 (an expression is read as one line)

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from corpora.redaction.token_formats import Span
from corpora.redaction.values import (
    is_bearer,
    is_chosen,
    is_encoded_login,
    is_filled_in,
    is_jumbled,
    is_option,
    is_random,
)

_VALUE = r"[\"']?(?P<secret>[^\s\"'`|;<>]{4,200}+)"
_WITHIN = r"[^\n|;]{0,300}?"
_SHORT = rf"{_WITHIN}[ \t]%s[ \t]{{0,3}}{_VALUE}"


_MAX_BEFORE_CHARS: Final = 300


class _Place(NamedTuple):
    """A position of secrets: `pattern` is matched after `literal`, or from the start of its line if `on_line`.

    `check` returns whether a value that was found there is a secret.
    """

    literal: str
    pattern: re.Pattern[str]
    kind: str
    check: Callable[[str], bool]
    on_line: bool = False


def _is_url_password(value: str) -> bool:
    plain = value.replace("%40", "@").replace("%21", "!")
    if is_jumbled(plain) or is_chosen(plain):
        return True
    return (
        is_filled_in(plain)
        and not re.search(r"[{}()$<>\[\]\\]|%[sd]", value)
        and not re.fullmatch("[a-z]{,7}", value)
    )


_PLACES: Final = (
    _Place(
        "://",
        re.compile(r"[^\s/:@\"'<>]{0,100}+:(?P<secret>[^\s/@\"'<>`]{3,200}+)@(?=[\w\[])"),
        "basic-auth-credentials",
        _is_url_password,
    ),
    _Place("basic ", re.compile(r"[ \t]{0,3}(?P<secret>[A-Za-z0-9+/]{8,400}+={0,2})(?![\w.])"), "basic-auth", is_encoded_login),
    _Place("bearer ", re.compile(r"[ \t]{0,3}(?P<secret>[\w.~+/-]{16,2000}+={0,2})", re.ASCII), "bearer-token", is_bearer),
    _Place("identified by", re.compile(r"\s{1,9}(?:password\s{1,9})?['\"](?P<secret>[^'\"\s]{4,200}+)['\"]", re.I), "sql-password", is_option),
    _Place("login ", re.compile(rf"{_WITHIN}(?<!\S)(?:-p|--password)[ \t=]{{1,3}}{_VALUE}"), "command-password", is_option),
    _Place("curl ", re.compile(rf"{_WITHIN}(?:(?<!\S)-[a-zA-Z]{{0,5}}u|--user|--proxy-user)[ \t=]{{0,3}}[\"']?[\w.@+-]{{1,80}}:(?P<secret>[^\s\"']{{4,200}}+)"), "command-password", is_option),
    _Place("sshpass", re.compile(rf"[ \t]{{1,3}}-p[ \t]{{0,3}}{_VALUE}"), "command-password", is_option),
    _Place("mysql", re.compile(rf"(?:dump|admin|import|show|check)?{_WITHIN}[ \t]-p{_VALUE}"), "command-password", is_option),
    _Place("redis-cli", re.compile(_SHORT % "-a"), "command-password", is_option),
    _Place("twine ", re.compile(_SHORT % "-p"), "command-password", is_option),
    _Place("ldap", re.compile(r"(?:search|modify|add|delete|whoami|passwd)" + _SHORT % "-w"), "command-password", is_option),
    _Place("htpasswd ", re.compile(rf"-\w{{0,4}}b\w{{0,4}}[ \t]{{1,9}}\S{{1,200}}[ \t]{{1,9}}[\w.@-]{{1,80}}[ \t]{{1,9}}{_VALUE}"), "command-password", is_option),
    _Place("echo ", re.compile(r"(?:-n[ \t]{1,3})?[\"']?(?P<secret>[^\s\"'`$|]{4,200}+)[\"']?[ \t]{0,3}\|[^\n]{0,200}?stdin"), "command-password", is_option),
    _Place(":5432:", re.compile(r"[\w.*-]{1,100}:5432:[^:\s]{1,100}:[^:\s]{1,100}:(?P<secret>[^:\s]{4,200}+)[ \t\r]*(?=\n|\Z)"), "pgpass-password", is_option, True),
    _Place(":*:", re.compile(r"[\w.*-]{1,100}:(?:\d{1,5}|\*):[^:\s]{1,100}:[^:\s]{1,100}:(?P<secret>[^:\s]{4,200}+)[ \t\r]*(?=\n|\Z)"), "pgpass-password", is_option, True),
    _Place(":$", re.compile(r"[\w.-]{1,64}:(?P<secret>\$(?:apr1|2[aby]|[156y])\$[./\w$]{20,120})"), "hashed-password", lambda _: True, True),
    _Place(":{sha}", re.compile(r"[\w.-]{1,64}:(?P<secret>\{SHA\}[\w+/=]{28})"), "hashed-password", lambda _: True, True),
    _Place("client-key-data", re.compile(r"[\"']?:[ \t]{0,3}[\"']?(?P<secret>[A-Za-z0-9+/]{40,20000}+={0,2})"), "kubernetes-key", lambda _: True),
)  # fmt: skip

_DATA_BLOCK = re.compile(r"^(?P<indent>[ \t]{0,12})(?P<name>data|stringData):[ \t]*\r?\n", re.MULTILINE)
_DATA_LINE = re.compile(
    r"(?P<indent>[ \t]{1,24})[\"']?[\w./-]{1,253}[\"']?:[ \t]{0,3}(?P<quote>[\"']?)(?P<secret>[^\s\"'|>{$&!][^\n\"']{2,4000}+)(?P=quote)[ \t]*(?:\n|\Z)|[ \t]{1,24}[^\n]*(?:\n|\Z)"
)
_DATA_JSON = re.compile(r"\"(?:data|stringData)\"\s{0,9}:\s{0,9}\{(?P<body>[^{}]{0,20000}+)\}")
_DATA_PAIR = re.compile(r":\s{0,9}\"(?P<secret>[^\"\n]{4,4000}+)\"")


def find_in_places(text: str, folded: str) -> Iterator[Span]:
    """Yield values at positions where only secrets are.

    Args:
        text: the text.
        folded: the same in lower case, with the same offsets.
    """
    for place in _PLACES:
        found = folded.find(place.literal)
        while found >= 0:
            at = found + len(place.literal)
            if place.on_line:
                near = max(0, found - _MAX_BEFORE_CHARS)
                at = max(near, text.rfind("\n", near, found) + 1)
            if (match := place.pattern.match(text, at)) and place.check(match["secret"]):
                yield Span(*match.span("secret"), place.kind)
            found = folded.find(place.literal, found + len(place.literal))
    if "kind: secret" in folded or '"kind": "secret"' in folded:
        yield from _kubernetes(text)


def _kubernetes(text: str) -> Iterator[Span]:
    """Yield the values in manifests of Kubernetes Secrets: `data` in base64, `stringData` as they are."""
    for document in re.finditer(r"(?:\A|(?<=\n)---)(?:(?!\n---)[\s\S]){0,200000}", text):
        if re.search(r"^[ \t]*+\"?kind\"?: [\"']?Secret\b", document[0], re.MULTILINE):
            for start, end in _data_values(text, *document.span()):
                value = text[start:end].rstrip()
                if is_filled_in(value) or is_jumbled(value) or is_random(value, 8):
                    yield Span(start, start + len(value), "kubernetes-secret")


def _data_values(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for block in _DATA_BLOCK.finditer(text, start, end):
        at = block.end()
        while (line := _DATA_LINE.match(text, at, end)) and text.startswith(block["indent"] + " ", at):
            if line["secret"]:
                yield line.span("secret")
            at = line.end()
    for body in _DATA_JSON.finditer(text, start, end):
        for pair in _DATA_PAIR.finditer(text, *body.span("body")):
            yield pair.span("secret")
