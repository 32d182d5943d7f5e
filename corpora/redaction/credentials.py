"""Take credentials out of what is written or shown: errors, manifests, reports, locations.

Unlike `redact`, which reads strangers' files, this reads what the user entered and what servers and programs
answered: short texts, in which no key may remain, but prose must.
"""

# ruff: noqa: E501 (an expression is read as one line)

import base64
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

HIDDEN: Final = "***"
"""The text that replaces a credential."""

_MIN_KNOWN_CHARS: Final = 6
_Value = TypeVar("_Value")

_QUOTE = r"[\"'`]"
_TEXT = r"(?:\\?\"[^\"\n]{1,2000}+\\?\"|'[^'\n]{1,2000}+'|[^\s\"'`<>,;&)\]}]{1,2000}+)"
_WORD = (
    r"(?:api[_-]?key|apikey|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|auth[_-]?key|subscription[_-]?key"
    r"|passw(?:or)?d|passwd|passphrase|pwd|secret|token|auth|credentials?|signature|jwt|bearer|session[_-]?id|cookie)"
)
_USERINFO = re.compile(r"(?<=://)[^\s/\"'<>?#]{1,1000}@")
# A password that contains a slash or a question mark; but not `host:80/a@b`, a port and a path with an at sign.
_ODD_USERINFO = re.compile(
    r"(?<=://)(?![^\s/@:]{0,200}:\d{1,5}(?:/|$))[^\s/@:\"'<>]{0,200}:[^\s\"'<>@]{1,300}@"
)
_BARE_USERINFO = re.compile(
    r"(?<![\w./@:-])(?!npm:|pkg:|man:)[\w.+-]{1,64}:(?P<value>[^\s@/:\"'<>]{3,200})@(?=[A-Za-z][\w-]{0,62}[.:]\w)"
)
_QUERY = re.compile(
    rf"(?<=[?&;#])(?:[\w.%-]{{0,60}}{_WORD}[\w.-]{{0,20}}|[\w.-]{{0,40}}key|sig|sid|pw|pass)=(?P<value>[^&\s#\"'<>]{{1,4000}}+)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"\b(?:proxy-|x-)?(?:authorization|auth-token|api-key|apikey|access-token|goog-api-key|amz-security-token|csrf-token|private-token"
    r"|vault-token|auth)[\"']?\s{0,3}[:=]\s{0,3}(?:b(?=[\"']))?[\"']?(?:(?:basic|bearer|token|digest|negotiate|apikey|bot)\s{1,3})?(?P<value>[^\s\"'`,;<>)\]}]{3,4000}+)",
    re.IGNORECASE,
)
_COOKIE = re.compile(r"\b(?:set-)?cookie[\"']?:\s{0,3}[\"']?(?P<value>[^\n\"']{3,4000}+)", re.IGNORECASE)
_SCHEME = re.compile(r"\b(?:basic|bearer)\s{1,3}[\"']?(?P<value>[\w.~+/=-]{6,4000}+)", re.IGNORECASE)
_OPTION = re.compile(
    rf"(?<![\w-])--?(?:[\w-]{{0,40}}[_-])?(?:{_WORD}|key|pass|pw)(?:=|\s{{1,3}})(?P<value>{_TEXT})",
    re.IGNORECASE,
)
_LOGIN_OPTION = re.compile(
    r"(?<![\w-])(?:-[a-zA-Z]{0,4}u|--user|--proxy-user|--login)(?:=|\s{0,3})[\"']?[\w.@+-]{0,80}:(?P<value>[^\s\"']{1,500}+)"
)
_PASSWORD_OPTION = re.compile(
    r"\b(?:sshpass|mysql(?:dump|admin)?|docker login|redis-cli|twine)\b[^\n|;]{0,200}?\s-[pa]\s?(?P<value>[^\s\"'|;-][^\s|;]{0,500})"
)
_ASSIGNED = re.compile(
    rf"(?:(?<![\w?&;#.-])|(?<=[?&;#]\.))[\"']?[\w.-]{{0,200}}(?:{_WORD}|_key|_pass)[\"']?(?:=|:=|:\s{{0,3}}(?={_QUOTE})|\s{{0,3}}:\s{{1,3}}(?=\S*\d)(?=\S{{4}})|\s=\s)(?P<value>{_TEXT})",
    re.IGNORECASE,
)
_PATTERNS: Final = (
    _USERINFO, _ODD_USERINFO, _BARE_USERINFO, _QUERY, _HEADER, _COOKIE, _SCHEME, _OPTION, _LOGIN_OPTION, _PASSWORD_OPTION, _ASSIGNED
)  # fmt: skip
_SECRET_NAME = re.compile(
    rf"(?:.*[_-])?(?:{_WORD}|key|pass|pw)|.*(?:ApiKey|Password|Secret|Token)", re.IGNORECASE
)
_SECRET_VARIABLE = re.compile(r".*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS|PAT)")
# Words that follow an option or a name in prose (`the token is missing`), and placeholders of usage lines.
_PROSE = re.compile(
    r"(?:is|was|are|must|needs?|and|or|to|in|with|for|of|takes|not|cannot|has|the|an?|from|that|which|by|it|if|on|at|be|none|null"
    r"|true|false|required|missing|invalid|expired|wrong|given|empty|authentication|authorization)[.:]?|[A-Z_]{1,12}|\*{3}|\$\{?\w+\}?|\.{3}",
)


def without_credentials(text: str, known: Iterable[str] = ()) -> str:
    """Return `text` with `***` in place of each password, key and token.

    Args:
        text: to be written or shown.
        known: credentials in use; they are hidden wherever they occur, like those in environment variables.

    >>> without_credentials("no answer from https://ci:hunter2@host/v1?api_key=abc")
    'no answer from https://***@host/v1?api_key=***'
    """
    from corpora.redaction.private_keys import find_private_keys
    from corpora.redaction.token_formats import find_tokens

    text = without_known(text, {*known, *environment_credentials()})
    for pattern in _PATTERNS:
        text = pattern.sub(_hide, text)
    keys = (line for key in find_private_keys(text) for line in key)
    parts, end = [], 0
    for span in sorted([*find_tokens(text), *keys]):
        if span.start >= end:
            parts += [text[end : span.start], HIDDEN]
        end = max(end, span.end)
    return "".join((*parts, text[end:]))


def without_known(text: str, known: Iterable[str]) -> str:
    """Return `text` with `***` in place of the `known` credentials, also if escaped or in base64."""
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= _MIN_KNOWN_CHARS:
            for form in _forms(value):
                text = text.replace(form, HIDDEN)
    return text


def without_known_in_stream(pieces: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Yield `pieces` without these credentials, even where one is split over several pieces.

    What may be the beginning of one is held back until it is known what it is: of `my sk-12` and `345678.`
    with the credential `sk-12345678` the first piece gives `my `, the second `***.`.
    """
    values = {value for value in known if len(value) >= _MIN_KNOWN_CHARS}
    forms = {form for value in values for form in _forms(value)}
    held = ""
    for piece in pieces:
        held += piece
        end = _end_of_certain(held, forms)
        if end:
            yield without_known(held[:end], values)
            held = held[end:]
    if held:
        yield without_known(held, values)


def _end_of_certain(text: str, forms: Iterable[str]) -> int:
    """Return where the part of `text` ends in which no credential may have only begun."""
    longest = max(map(len, forms), default=0)
    end = next(
        (
            start
            for start in range(max(0, len(text) - longest), len(text))
            if any(form.startswith(text[start:]) for form in forms)
        ),
        len(text),
    )
    is_moved = True
    while is_moved:  # another one may lie across that place: then all of it is held back
        is_moved = False
        for form in forms:
            start = text.find(form, max(0, end - len(form) + 1), end + len(form) - 1)
            if 0 <= start < end < start + len(form):
                end, is_moved = start, True
    return end


def credentials_in(text: str) -> set[str]:
    """Return the credentials that `without_credentials` hides in `text`, and the parts of a login."""
    found: set[str] = set()

    def keep(match: re.Match[str]) -> str:
        if (hidden := _hide(match)) != match[0]:
            value = match["value"] if "value" in match.re.groupindex else match[0].removesuffix("@")
            found.add(value.strip("\"'"))
            found.update(part for part in (unquote(value), unquote(value.partition(":")[2])) if part)
        return hidden

    for pattern in _PATTERNS:
        text = pattern.sub(keep, text)
    return found


def without_credentials_in(value: _Value) -> _Value:
    """Return JSON-like data without credentials, which are also known by the names of fields and options."""
    return _clean_data(value, without_credentials)  # type: ignore[no-any-return]


def carries_credentials(url: str) -> bool:
    """Return whether `url` contains a user name, a password or a key."""
    return without_credentials(url) != url


def _clean_data(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {
            name: HIDDEN
            if item and isinstance(item, str) and _names_secret(name)
            else _clean_data(item, clean)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        items = [_clean_data(item, clean) for item in value]
        for place, (option, item) in enumerate(pairwise(value), start=1):
            is_option = isinstance(option, str) and option.startswith("-") and "=" not in option
            if is_option and isinstance(item, str) and _names_secret(option.lstrip("-")):
                items[place] = HIDDEN
        return type(value)(items)
    return value


def _names_secret(name: object) -> bool:
    return isinstance(name, str) and bool(_SECRET_NAME.fullmatch(name))


def _hide(match: re.Match[str]) -> str:
    if "value" not in match.re.groupindex:
        return f"{HIDDEN}@"
    value = match["value"]
    bare = value.strip("\\\"'")
    if not bare or _PROSE.fullmatch(bare) or (match.re is _SCHEME and bare.isalpha() and bare[1:].islower()):
        return match[0]
    start = match.start("value") - match.start()
    mark = value[0] if value[0] in "\"'" and value[-1] == value[0] else ""
    return f"{match[0][:start]}{mark}{HIDDEN}{mark}{match[0][start + len(value) :]}"


def environment_credentials() -> list[str]:
    """Return the values of environment variables that are named like keys."""
    return [
        value.strip()
        for name, value in os.environ.items()
        if len(value) >= 8 and _SECRET_VARIABLE.fullmatch(name)
    ]


def _forms(value: str) -> list[str]:
    """Return the forms in which a server may repeat a credential: as it is, escaped, or in base64."""
    encoded = base64.b64encode(value.encode("utf-8", "replace")).decode()
    return list(dict.fromkeys((value, quote(value, safe=""), encoded)))
