"""The rules by which secrets are found on a line: those of detect-secrets, and a few it lacks."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from corpora.secret_values import is_filled_in, is_password, is_random, names_a_secret

# Each literal costs a pass over every text, of a millisecond for a megabyte: rare formats are looked for
# only where their service is named.

# Plugins whose rules match tokens of a fixed format, by literals that every match holds. Artifactory's
# and Mailchimp's rules match ordinary words and hashes.
_TOKENS = {
    "://": "basic_auth:BasicAuthDetector",
    "AKIA": "aws:AWSKeyDetector",
    "ASIA": "aws:AWSKeyDetector",
    "SG.": "sendgrid:SendGridDetector",
    "eyJ": "jwt:JwtTokenDetector",
    "gho_": "github_token:GitHubTokenDetector",
    "ghp_": "github_token:GitHubTokenDetector",
    "ghr_": "github_token:GitHubTokenDetector",
    "ghs_": "github_token:GitHubTokenDetector",
    "ghu_": "github_token:GitHubTokenDetector",
    "glpat-": "gitlab_token:GitLabTokenDetector",
    "k_live_": "stripe:StripeDetector",
    "pypi-AgE": "pypi_token:PypiTokenDetector",
    "sk-": "openai:OpenAIDetector",
    "sq0csp": "square_oauth:SquareOAuthDetector",
    "xox": "slack:SlackDetector",
}
_SERVICES = {
    "aws": "aws:AWSKeyDetector",
    "discord": "discord:DiscordBotTokenDetector",
    "gitlab": "gitlab_token:GitLabTokenDetector",
    "key": "azure_storage_key:AzureStorageKeyDetector",
    "slack": "slack:SlackDetector",
    "telegram": "telegram_token:TelegramBotTokenDetector",
    "token": "npm:NpmDetector",
    "twilio": "twilio:TwilioKeyDetector",
}
# Formats newer than detect-secrets 1.5.
_NEWER_TOKENS = {
    "AIza": ("google-api-key", r"AIza[\w-]{35}"),
    "GOCSPX-": ("google-oauth-secret", r"GOCSPX-[\w-]{28}"),
    "dop_v1_": ("digitalocean-token", r"dop_v1_[a-f0-9]{64}"),
    "github_pat_": ("github-token", r"github_pat_\w{36,255}"),
    "hf_": ("hugging-face-token", r"hf_[A-Za-z]{34}"),
    "npm_": ("npm-token", r"npm_[A-Za-z0-9]{36}"),
    "sk-": ("api-key", r"sk-(?:ant|proj|svcacct)-[\w-]{32,}"),
}
# Names of what is secret, and of what is so where the value is random.
_WORDS = ("passw", "pwd", "secret", "key", "_pass", "token")
_RANDOM_WORDS = ("token", "bearer", "credential", "key")

# `password: str = "..."`, `("password", "...")`, `#define PASSWORD "..."`: not among the plugin's rules.
_QUOTED = re.compile(
    r"(?:passw(?:or)?d|pwd|secret|_pass\b|(?:api|auth|access|client|account|service|private)[_-]?key)\w*[\"'\])]{0,2}"
    r"(?:\s*:\s*[\w.|<>? ]{1,30}?)?(?:\s*(?:[:=(]|=>|:=|\s)|(?<=[\"']),)\s*[@brfuL]?"
    r"([\"'`])([^\s\"'`]{6,512})\1",
    re.IGNORECASE,
)
# `DB_PASSWORD=...` in a shell, `;Password=...;` in a connection string: values that no quotes enclose.
_BARE = re.compile(
    r"""(?:^\s*(?:export\s+|ENV\s+|-\s+)?(?:[A-Z][A-Z0-9_]*_)?(?:DB)?
      (?:PASSWORD|PASSWD|PWD|PASS|SECRET|API_?KEY|ACCESS_KEY|TOKEN)=
      | (?i:[;"'](?:password|pwd)=))([^\s"'`;,#]{6,512})(?=$|[\s;"'])""",
    re.VERBOSE,
)
# `password: ...` in YAML, `db.password=...` in properties: the value might as well be a variable or a type.
_SETTING = re.compile(
    r"""^\s*(?:-\ )?[\w.-]*(?:passw(?:or)?d|pwd|secret|(?:api|access|secret)[_-]?key)\s*[:=]\s*
    ([^\s"'`;,]{6,512})\s*(?:\#.*)?$""",
    re.IGNORECASE | re.VERBOSE,
)
_SYMBOL = re.compile(r"[!#^*?~/=+@]")
_BEARER = re.compile(r"(?i:bearer)\s+([A-Za-z0-9._~+/-]{20,512}=*)")
_LAST_NAME = re.compile(r"([\w-]{1,80})[\s\"'`:=!>@(\[{\]),]*$")
# The groups in these rules are the prefixes of a token; in others they hold the secret after a name.
_GROUPS_ARE_PREFIXES = ("github", "gitlab")
_JWT_REST = re.compile(r"[\w.+/=-]*")
_MIN_RANDOM_CHARS = 20
# Under `key` alone stand fingerprints and test vectors.
_RANDOM_NAME = re.compile(
    "token|bearer|credential|(?:api|app|access|account|auth|client|encryption|master|private|secret|service"
    "|shared|signing|storage)[_-]?key",
    re.IGNORECASE,
)

TOKEN_LITERALS = tuple({**_TOKENS, **_NEWER_TOKENS})
"""What a line with a token holds, in this case."""

WORD_LITERALS = tuple(dict.fromkeys((*_WORDS, *_RANDOM_WORDS, *_SERVICES)))
"""What a line with a secret that is known by its name holds, in any case."""


class Span(NamedTuple):
    """Where a secret stands, and what it is."""

    start: int
    end: int
    kind: str


Detector = Callable[[str], Iterator[Span]]


@lru_cache(maxsize=128)
def detectors(literal: str) -> tuple[Detector, ...]:
    """What to run on a line with `literal`, one of those above."""
    found = [_plugin(table[literal]) for table in (_TOKENS, _SERVICES) if literal in table]
    if literal in _NEWER_TOKENS:
        found.append(_newer_token(*_NEWER_TOKENS[literal]))
    if literal in _WORDS:
        found.append(_keywords())
    if literal in _RANDOM_WORDS:
        found.append(_random_strings())
    return tuple(found)


def _open(path: str) -> Any:
    # Importing detect-secrets takes a tenth of a second: only a text that may hold a secret pays for it.
    module, _, name = path.partition(":")
    return getattr(import_module(f"detect_secrets.plugins.{module}"), name)()


def _kind(plugin: Any) -> str:
    return str(plugin.secret_type).lower().replace(" ", "-")


def _is_whole(line: str, start: int, end: int) -> bool:
    """Whether what stands there is no part of a longer run of letters, as in base64."""
    return not re.match(r"\w", line[start - 1 : start]) and not re.match(r"\w", line[end : end + 1])


@lru_cache(maxsize=32)
def _plugin(path: str) -> Detector:
    """The patterns of a plugin."""
    plugin = _open(path)
    kind, is_valid = _kind(plugin), getattr(plugin, "is_formally_valid", None)
    is_password_of_url = path.startswith("basic_auth")
    takes_group = not path.startswith(_GROUPS_ARE_PREFIXES)

    def detect(line: str) -> Iterator[Span]:
        for match in (match for pattern in plugin.denylist for match in pattern.finditer(line)):
            start, end = match.span((takes_group and match.lastindex) or 0)
            if is_valid:  # of a JSON Web Token, the rule leaves out the signature
                if not is_valid(line[start:end]):
                    continue
                end = _JWT_REST.match(line, end).end()  # type: ignore[union-attr]
            if is_filled_in(line[start:end]) if is_password_of_url else _is_whole(line, start, end):
                yield Span(start, end, kind)

    return detect


def _newer_token(kind: str, pattern: str) -> Detector:
    compiled = re.compile(pattern)

    def detect(line: str) -> Iterator[Span]:
        for match in compiled.finditer(line):
            if _is_whole(line, *match.span()):
                yield Span(*match.span(), kind)

    return detect


@lru_cache(maxsize=1)
def _keywords() -> Detector:
    """Values assigned to, compared with or passed for what is called a password, a secret, an API key."""
    plugin = _open("keyword:KeywordDetector")
    rules = import_module("detect_secrets.plugins.keyword").QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP
    groups = (*rules.items(), (_QUOTED, 2))

    def detect(line: str) -> Iterator[Span]:
        if '"' in line or "'" in line or "`" in line:
            for match, group in ((m, group) for rule, group in groups for m in rule.finditer(line)):
                start, end = match.span(group)
                if is_password(line[start:end]) and names_a_secret(_name_before(line, start)):
                    yield Span(start, end, _kind(plugin))
        for match in _BARE.finditer(line):
            if is_password(match[1]):
                yield Span(*match.span(1), _kind(plugin))
        found = _SETTING.match(line)
        if found and (is_random(found[1]) or (_SYMBOL.search(found[1]) and is_password(found[1]))):
            yield Span(*found.span(1), _kind(plugin))

    return detect


@lru_cache(maxsize=1)
def _random_strings() -> Detector:
    """Random strings where the name is that of a token; elsewhere they are hashes and test data."""
    module = "high_entropy_strings"
    plugins = (_open(f"{module}:Base64HighEntropyString"), _open(f"{module}:HexHighEntropyString"))

    def detect(line: str) -> Iterator[Span]:
        for plugin in plugins:
            for match in plugin.regex.finditer(line):
                start, end = match.span(2)
                value, name = line[start:end], _name_before(line, start)
                if (
                    len(value) >= _MIN_RANDOM_CHARS
                    and _RANDOM_NAME.search(name)
                    and names_a_secret(name)
                    and is_password(value)
                    and plugin.calculate_shannon_entropy(value) > plugin.entropy_limit
                ):
                    yield Span(start, end, _kind(plugin))
        for match in _BEARER.finditer(line):
            if is_random(match[1]):
                yield Span(*match.span(1), "bearer-token")

    return detect


def _name_before(line: str, end: int) -> str:
    """The last name before a value: `api_key` in `config["api_key"] = "`."""
    found = _LAST_NAME.search(line, max(0, end - 100), end)
    return found[1] if found else ""
