"""Find secrets by the name they are assigned to: `password = "..."`, `api_key: ...`, `--token ...`.

A name is found by a word in it; from there on, the text is matched once, by expressions of bounded length. What
the value must look like depends on the name (a password may look like anything, a key is random) and on the
form of the assignment (without quotes, it might be a variable).
"""

# ruff: noqa: E501 (an expression is read as one line)

import re
from collections.abc import Iterator
from typing import Final

from corpora.redaction.names import kind_of_value
from corpora.redaction.prose import is_plain_word, without_emphasis
from corpora.redaction.token_formats import Span
from corpora.redaction.values import (
    is_chosen,
    is_encoded_login,
    is_jumbled,
    is_option,
    is_password,
    is_random,
    is_random_uuid,
)

KIND: Final = "secret-keyword"
WORDS: Final = ("pass", "pwd", "secret", "key", "token", "auth", "credential", "fernet")
"""Words in the names of secrets, in any case. Each costs a pass over every text: a millisecond for a megabyte."""

_MAX_NAME_CHARS: Final = 60
_MAX_PIECES: Final = 20
_MAX_BEFORE_CHARS: Final = 200

# What may be between the word in the name and the value: `password[0]: str = f"..."`.
_REST = r"[\w.-]{0,40}+"
_CLOSED = r"(?:\[\d{0,6}\])?(?:\\?[\"'`])?[\])}]?"
_TYPED = r"(?:\s{0,3}:\s{0,3}[&*]?[\w.|<>?\[\]' ]{1,30}?(?=\s{0,3}=[^=]))?"
_SIGN = r"\s{0,20}(?:\|\|=|\?\?=|:=|=>|={1,3}|!==?|:)[ \t]{0,40}"
_WEAK = r"(?:\s{0,3}(?:\|\||\?\?|,|\bor\b)\s{0,40}|\(\s{0,20}|[ \t]{1,20})"
# `name="password" value="..."`, `- name: DB_PASSWORD` above `value: ...`, `variable "x" { default = "..."`.
_APART = (
    r"[\"'>,;\s]{0,40}(?:</\w{1,20}>\s{0,40})?(?:\{\s{0,40})?(?:type\s{0,9}=\s{0,9}\w{1,20}\s{0,40})?"
    r"(?:\b(?i:value|default)[\"']?\s{0,9}[=:]\s{0,9}|<value>)"
)
_OPENED = r"\(?\s{0,40}[@$]?(?:[brfuLRBFU]|b64|\w{0,9}String::from\()?"
_QUOTED = r"(?P<quote>\\?[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\\\n]|\\[^\n]|\\\n){4,600}+)(?P=quote)"
_FOLDED = r"(?P<folded>[>|][+-]?[ \t]{0,3}\n)"
_XML = r">(?P<xml>[^<>\s]{4,200}+)<"
_BARE = r"(?P<bare>[^\s\"'`;,<>]{4,600}+)"

_VALUE = re.compile(
    rf"(?P<rest>{_REST})(?:{_XML}|(?:{_CLOSED}{_TYPED}(?P<sign>{_SIGN})|{_CLOSED}(?P<apart>{_APART})"
    rf"|{_CLOSED}(?P<weak>{_WEAK}))(?:{_OPENED}{_QUOTED}|{_FOLDED}|{_BARE}))"
)
# For a plain `key`, only 32 bytes in base64 are a secret: other values are names and test vectors.
_BARE_KEY = re.compile(
    r"(?P<rest>)[\"']?(?P<sign>\s{0,9}(?:=>|[:=])\s{0,9})b?(?:(?P<quote>[\"'])(?P<quoted>(?:base64:)?[\w+/-]{43}=)(?P=quote)"
    r"|(?P<bare>(?:base64:)?[\w+/-]{43}=))(?P<apart>$.)?(?P<weak>$.)?(?P<folded>$.)?(?P<xml>$.)?"
)
_NOT_IN_NAME: Final = " \t\n\"'`([{,.:;=<>/|&*#"
# What joins the parts of a literal: `"..." +`, a backslash, or nothing if one is below the other.
_NEXT_PIECE = re.compile(
    r"\s{0,3}(?:\\|\+|\.|<<|&)?\s{0,200}(?:\+|\.)?\s{0,3}[brfu]?(?P<quote>[\"'`])(?P<quoted>[^\"'`\n]{1,600}+)(?P=quote)"
)
_FOLDED_LINE = re.compile(r"[ \t]{1,40}([^\s\"'`:]{4,600}+)[ \t]{0,9}(?:\n|\Z)")

_NAME_BEFORE = re.compile(r"[\w.-]*\Z")
# The beginning of a line of settings rather than of a program: `export X=`, `- X=`, `"X=`, `ENV X`, `set X=`.
_SETTING_LINE = re.compile(
    r"""(?:^|(?<=\n))[ \t]*(?:\#[ \t]*)?(?:(?:export|ENV|ARG|set|SET|declare|-x|-e|--env|setenv|env|Environment=)[ \t]+)?(?:-[ \t]+)?["']?\Z
      | (?:-e|--env|--build-arg|--set|-D|ENV(?:[ \t]+\w+=\S+)+)[ \t=]?["']?\Z | [;&?{,"'][ \t]*\Z | \b\w+=\S*[ \t]+\Z | /:\Z | -pass(?:in|out)?[ \t]+\Z""",
    re.VERBOSE,
)
# `setPassword("...")`, `.password("...")`, `std::string secret("...")`
_SETTER = re.compile(
    r"(?:\b|_|(?<=[a-z])(?=[A-Z])|(?<=set)|(?<=with)|(?<=use))(?i:password|passwd|pwd|secret|passphrase|token|(?:api|secret|access)_?key|fernet)\Z"
)
# A line of a `.netrc`, alone or with the lines above it: `machine HOST login NAME password ...`.
_LOGIN_BEFORE = re.compile(r"\b(?:login|account|machine)\s{1,9}\S{1,200}\s{1,9}\Z")
_CALL = re.compile(r"[A-Za-z_][\w.]{2,}[(\[]")
_INI_HEAD = re.compile(r"^\[[\w .:/-]{1,60}\][ \t]*$", re.MULTILINE)
_LINE_END = re.compile(r"</|[ \t]*(?:#.*|//.*)?(?:\n|\r|\Z)|[\"';&]|,[ \t]*\n|[ \t]+[\w./-]+|\\n")


def find_named(text: str, folded: str, word: str) -> Iterator[Span]:
    """Yield the secrets that are assigned to names with a word in them.

    Args:
        text: the text.
        folded: the same in lower case, with the same offsets.
        word: one of `WORDS`.
    """
    found = 0
    while (found := folded.find(word, found)) >= 0:
        end = found + len(word)
        bare = word == "key" and not folded[found - 1 : found].strip(_NOT_IN_NAME)
        if match := _BARE_KEY.match(text, end) if bare else _VALUE.match(text, end):
            yield from _secret_of(text, found, match)
        found += len(word)


def _secret_of(text: str, found: int, match: re.Match[str]) -> Iterator[Span]:
    before = _NAME_BEFORE.search(text, max(0, found - _MAX_NAME_CHARS), found)
    start = before.start() if before else found
    name = text[start : match.end("rest")]
    asked = kind_of_value(name, text[found : match.end("rest")])
    if not asked:
        return
    if match["folded"]:
        yield from _folded(text, match.end(), asked)
    elif match["quoted"]:
        yield from _quoted(text, start, match, asked)
    elif match["xml"]:
        if asked != "key" and (is_password(match["xml"]) or is_chosen(match["xml"])):
            yield Span(*match.span("xml"), KIND)
    elif _is_bare_secret(text, start, match, asked):
        yield Span(match.start("bare"), match.start("bare") + len(_bare(match)), KIND)


def _is_secret(value: str, asked: str, *, firm: bool) -> bool:
    """Return whether a value is what its name calls it.

    Args:
        value: without quotes.
        asked: of `kind_of_value`.
        firm: whether the value is assigned to the name, rather than merely next to it.
    """
    if asked == "password":
        return is_password(value) or (firm and is_chosen(value))
    if asked == "secret":
        return (
            is_password(value)
            or (firm and is_chosen(value) and value != value.lower())
            or is_random_uuid(value)
        )
    if asked == "key":
        return (
            is_random_uuid(value)
            or is_jumbled(value)
            or is_random(value.removeprefix("base64:"), 12)
            or (firm and is_password(value) and len(value) >= 10)
        )
    if asked == "token":
        return is_random(value) or is_encoded_login(value) or (len(value) >= 16 and is_jumbled(value))
    return is_random(value.removeprefix("base64:"), 43) and value.endswith("=")


def _quoted(text: str, name_start: int, match: re.Match[str], asked: str) -> Iterator[Span]:
    """Yield the parts of a secret in a literal and in the literals that are joined to it."""
    pieces = [match.span("quoted")]
    end = match.end()
    while len(pieces) < _MAX_PIECES and (more := _NEXT_PIECE.match(text, end)):
        if (
            text[end : more.start("quote")].strip(" ") in ("", ",")
            and "\n" not in text[end : more.start("quote")]
        ):
            break
        pieces.append(more.span("quoted"))
        end = more.end()
    if match["weak"] and not _is_beside(text, name_start, match, asked):
        return
    firm = (
        bool(match["sign"] or match["apart"])
        or match["weak"].strip() != ""
        or text[match.start() - 4 : match.end("rest")].isupper()
    )
    values = [text[start:stop].replace("\\\n", "").replace("\\n", "") for start, stop in pieces]
    for count in dict.fromkeys((len(pieces), 1)):
        if _is_secret(_without_prefix("".join(values[:count])), asked, firm=firm):
            for start, stop in pieces[:count]:
                yield from _on_each_line(text, start, stop)
            return


def _is_beside(text: str, start: int, match: re.Match[str], asked: str) -> bool:
    """Return whether a literal without a sign belongs to the name: an argument, a default, a macro."""
    weak, value = match["weak"].strip(), match["quoted"]
    name_end = match.end("rest")
    if weak == "(":
        return bool(_SETTER.search(text, max(0, name_end - _MAX_NAME_CHARS), name_end))
    if weak == ",":
        closed = text[name_end : match.start("weak")]
        alone = text[start - 1 : start] in ('"', "'", "`") or "_" in text[start:name_end]
        plain = alone and "\n" not in match["weak"] and not closed.endswith((")", "]", "}"))
        return (
            plain
            and asked in ("password", "secret", "key")
            and not (value.isidentifier() and "_" in value and value == value.lower())
        )
    return weak != "" or (match["quote"] != "`" and text[match.start() - 4 : name_end].lower() != "pass")


def _without_prefix(value: str) -> str:
    return value.removeprefix("django-insecure-")


def _on_each_line(text: str, start: int, stop: int) -> Iterator[Span]:
    for line in text[start:stop].split("\n"):
        if kept := line.removesuffix("\\"):
            yield Span(start, start + len(kept), KIND)
        start += len(line) + 1


def _folded(text: str, start: int, asked: str) -> Iterator[Span]:
    lines: list[tuple[int, int]] = []
    while len(lines) < _MAX_PIECES and (line := _FOLDED_LINE.match(text, start)):
        lines.append(line.span(1))
        start = line.end()
    if _is_secret("".join(text[begin:end] for begin, end in lines), asked, firm=True):
        yield from (Span(begin, end, KIND) for begin, end in lines)


def _bare(match: re.Match[str]) -> str:
    r"""Return the value without what follows it: an escaped line end, `&` and more parameters of a query."""
    value = match["bare"].partition("\\n")[0]
    return re.split(r"&(?=\w+=)", value, maxsplit=1)[0] if "&" in value else value


def _is_bare_secret(text: str, start: int, match: re.Match[str], asked: str) -> bool:
    value, sign = _bare(match), (match["sign"] or match["apart"] or match["weak"] or "")
    name, stripped = text[start : match.end("rest")], sign.strip()
    near = max(0, start - _MAX_BEFORE_CHARS)
    line = max(near, text.rfind("\n", near, start) + 1)
    if (stripped in ("", "=") and name.startswith("--")) or text[start - 1 : start] == "-":
        return not value.startswith("-") and _is_secret(value, asked, firm=True)
    if match["apart"]:
        return _is_secret(value, asked, firm=True)
    if stripped == "":
        return _is_after_blank(text[max(line - 120, 0) : start], name, value, asked)
    if stripped not in (":", "=") or _CALL.match(value):
        return False
    if text[start - 1 : start] in ("?", "&") or asked not in ("password", "key", "secret"):
        found = not re.search(r"[()\[\]{}]", value) and _is_secret(value, asked, firm=False)
    else:
        headed = asked == "password" and _INI_HEAD.search(text, max(0, start - 4_000), start)
        found = _is_setting(value, name, sign, asked) or (bool(headed) and is_chosen(value))
    return found and _is_whole_line(text, line, start, match, value)


def _is_whole_line(text: str, line: int, start: int, match: re.Match[str], value: str) -> bool:
    """Return whether name and value are a line of settings, or part of a query; no expression, no type."""
    end = match.start("bare") + len(value)
    if match["bare"] == value and not _LINE_END.match(text, end):
        return False
    if text[end : end + 1] == ";" and (match["sign"] or "").strip() == ":" and value.isidentifier():
        return False
    return text[start - 1 : start] in ("?", "&") or bool(
        _SETTING_LINE.search(text, max(line, start - _MAX_BEFORE_CHARS), start)
    )


def _is_after_blank(before: str, name: str, value: str, asked: str) -> bool:
    """Return whether a blank separates a name and its secret: `ENV DB_PASSWORD ...`, `login x password ...`."""
    lower = name.lower()
    if lower == "token" and re.search(r"uthorization\W{1,5}$", before):
        return is_random(value)
    if asked != "password":
        return False
    if lower == "password" and re.search(r"\b(?:login|account|machine|default)\s", before):
        plain = without_emphasis(value, before.rpartition("\n")[2])
        return is_option(plain) and bool(_LOGIN_BEFORE.search(before) or not is_plain_word(plain))
    return (lower == "requirepass" or (name.isupper() and "ENV" in before)) and is_option(value)


def _is_setting(value: str, name: str, sign: str, asked: str) -> bool:
    """Return whether `value` is a secret on a line such as `name=value` or `name: value`."""
    value = without_emphasis(value)
    if is_jumbled(value):
        return True
    if re.search(r"[()\[\]{}\\]", value):
        return False
    if asked in ("key", "secret"):
        given = name.isupper() and sign == "=" and (is_password(value) or is_chosen(value))
        return given or is_random_uuid(value) or is_random(value.removeprefix("base64:"), 12)
    if sign == "=" or sign.strip() == ":":
        return is_password(value) or is_chosen(value)
    return not value.isidentifier() and is_chosen(value)
