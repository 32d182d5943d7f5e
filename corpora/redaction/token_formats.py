"""Find tokens by the formats that providers publish and that gitleaks and detect-secrets collect.

A token is a long run of letters and digits with a known prefix. Long runs are rare, and all of a text are found
at once; each is then compared with the few formats of its prefix. This costs as much as searching for four
literals, however many formats there are.
"""

# ruff: noqa: E501 (an expression is read as one line)

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, NamedTuple

import numpy as np

_MIN_RUN_CHARS: Final = 20
_MAX_BEFORE_CHARS: Final = 24  # of a token before its long run: `SG.`, `1234567890:`


# Open repetitions such as `{32,}` get an upper bound, so that no match is longer.
_OPEN_END: Final = re.compile(r",\}")
_BOUND: Final = ",2000}"
_Format = tuple[str, re.Pattern[str]]


class Span(NamedTuple):
    """The characters of a secret, `text[start:end]`, and its kind (`aws-access-key`)."""

    start: int
    end: int
    kind: str


# For each format: the first two characters (several if there are several), the kind, and an expression.
_FORMATS: Final = (
    ("AG", "age-secret-key", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    ("pa", "airtable-token", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    ("LT", "alibaba-access-key", r"LTAI[A-Za-z0-9]{17,21}"),
    ("sk", "anthropic-api-key", r"sk-ant-[\w-]{32,}"),
    ("AK", "artifactory-api-key", r"AKCp[A-Za-z0-9]{69,}"),
    ("AT", "atlassian-token", r"ATATT3[\w-]{60,}(?:=[A-F0-9]{8})?"),
    ("AT", "atlassian-token", r"ATCTT3[\w-]{60,}(?:=[A-F0-9]{8})?"),
    ("sc", "authress-key", r"sc_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[\w+/=-]{30,120}"),
    ("AK AS AB AC", "aws-access-key", r"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}"),
    ("AB", "aws-bedrock-key", r"ABSK[A-Za-z0-9+/]{80,}={0,2}"),
    ("xk", "brevo-api-key", r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("bk", "buildkite-token", r"bkua_[a-z0-9]{40}"),
    ("4b", "clickhouse-key", r"4b1d[A-Za-z0-9]{38}"),
    ("CL", "clojars-token", r"CLOJARS_[a-z0-9]{60}"),
    ("v1", "cloudflare-origin-key", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    ("ci", "crates-io-token", r"cio[A-Za-z0-9]{32}"),
    ("da", "databricks-token", r"dapi[a-f0-9]{32}(?:-\d)?"),
    ("do", "digitalocean-token", r"do[opr]_v1_[a-f0-9]{64}"),
    ("dc", "docker-hub-token", r"dckr_[a-z]{3}_[\w-]{27,}"),
    ("dp", "doppler-token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    ("du", "duffel-token", r"duffel_live_[\w=-]{43}"),
    ("dt", "dynatrace-token", r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("EZ", "easypost-token", r"EZAK[A-Za-z0-9]{54}"),
    ("EA", "facebook-token", r"EAA[CMGB][A-Za-z0-9]{80,}"),
    ("fm", "fly-io-token", r"fm[12][ar]?_[A-Za-z0-9+/]{80,}={0,3}"),
    ("fo", "fly-io-token", r"fo1_[\w-]{43}"),
    ("fi", "frameio-token", r"fio-u-[\w=-]{64}"),
    ("gh", "github-token", r"gh[oprsu]_[A-Za-z0-9]{36,255}"),
    ("gi", "github-token", r"github_pat_\w{36,255}"),
    ("GR", "gitlab-token", r"GR1348941[\w-]{20}"),
    ("gl", "gitlab-token", r"gl(?:pat|dt|rt|ptt|cbt|ft|imt|soat|oas|agent|ffct)-[\w.-]{20,300}"),
    ("AI", "google-api-key", r"AIza[\w-]{35}"),
    ("GO", "google-oauth-secret", r"GOCSPX-[\w-]{28}"),
    ("ya", "google-oauth-token", r"ya29\.[\w-]{20,}"),
    ("gl", "grafana-token", r"gl(?:sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|c_[A-Za-z0-9+/]{32,400}={0,3})"),
    ("gs", "groq-api-key", r"gsk_[A-Za-z0-9]{52}"),
    ("HR", "heroku-token", r"HRKU-[\w-]{36,}"),
    ("pa", "hubspot-token", r"pat-[a-z]{2}\d-[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}"),
    ("ap", "hugging-face-token", r"api_org_[A-Za-z0-9]{34}"),
    ("hf", "hugging-face-token", r"hf_[A-Za-z0-9]{34,}"),
    ("ic", "infracost-token", r"ico-[A-Za-z0-9]{32}"),
    ("ey", "json-web-token", r"eyJ[\w=-]{8,8000}\.[\w=-]{2,8000}(?:\.[\w.+/=-]{0,8000})?"),
    ("ap sd mo", "launchdarkly-key", r"(?:api|sdk|mob)-[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}"),
    ("li", "linear-token", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}"),
    ("ke", "mailgun-key", r"key-[a-f0-9]{32}"),
    ("sk", "mapbox-secret-token", r"sk\.eyJ[\w-]{40,}\.[\w-]{20,}"),
    ("NR", "new-relic-key", r"NR(?:AK|II|IQ|RA|AA)-[A-Za-z0-9-]{27,42}"),
    ("nt", "notion-token", r"ntn_\d{11}[A-Za-z0-9]{35}"),
    ("se", "notion-token", r"secret_[A-Za-z0-9]{43}"),
    ("np", "npm-token", r"npm_[A-Za-z0-9]{36}"),
    ("oy", "nuget-api-key", r"oy2[a-z0-9]{43}"),
    ("A3", "onepassword-secret-key", r"A3-[A-Z0-9]{6}-[A-Z0-9]{6}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}"),
    ("op", "onepassword-token", r"ops_eyJ[A-Za-z0-9+/]{200,}={0,3}"),
    ("sk", "openai-api-key", r"sk-(?:(?:proj|svcacct|admin|or-v1)-[\w-]{32,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48})"),
    ("sh", "openshift-token", r"sha256~[\w-]{43}"),
    ("pp", "perplexity-api-key", r"pplx-[A-Za-z0-9]{48}"),
    ("ps", "planetscale-token", r"pscale_(?:tkn|oauth|pw)_[\w.=-]{32,64}"),
    ("PM", "postman-api-key", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    ("pn", "prefect-token", r"pnu_[A-Za-z0-9]{36}"),
    ("pu", "pulumi-token", r"pul-[a-f0-9]{40}"),
    ("py", "pypi-token", r"pypi-AgE[\w-]{50,}"),
    ("rd", "readme-token", r"rdme_[a-z0-9]{70}"),
    ("r8", "replicate-token", r"r8_[A-Za-z0-9]{37}"),
    ("ru", "rubygems-token", r"rubygems_[a-f0-9]{48}"),
    ("SG", "sendgrid-key", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    ("sn", "sentry-token", r"sntry[su]_[A-Za-z0-9+/_=-]{60,}"),
    ("sh", "shippo-token", r"shippo_live_[a-fA-F0-9]{40}"),
    ("sh", "shopify-token", r"shp(?:at|ss|ca|pa|tka)_[a-fA-F0-9]{32}"),
    ("xa", "slack-token", r"xapp-\d-[A-Z0-9]+-\d+-[A-Za-z0-9]{32,}"),
    ("xo", "slack-token", r"xox[abeoprs](?:\.xox[bp])?-[\w-]{16,}"),
    ("sq", "sonar-token", r"sq[apu]_[a-f0-9]{40}"),
    ("sg", "sourcegraph-token", r"sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}"),
    ("EA", "square-token", r"EAAA[\w-]{60}"),
    ("sq", "square-token", r"sq0(?:atp|csp|idp)-[\w-]{22,60}"),
    ("sk rk", "stripe-key", r"[rs]k_live_[A-Za-z0-9]{10,}"),
    ("wh", "stripe-webhook-secret", r"whsec_[A-Za-z0-9+/]{24,}={0,2}"),
    ("sb", "supabase-token", r"sbp_[a-f0-9]{40}"),
    ("ts", "tailscale-key", r"tskey-[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}"),
    ("SK", "twilio-key", r"SK[a-f0-9]{32}"),
    ("tf", "typeform-token", r"tfp_[\w.=-]{59}"),
    ("hv", "vault-token", r"hv[bsr]\.[\w-]{24,}"),
    ("xa", "xai-api-key", r"xai-[A-Za-z0-9]{60,}"),
)  # fmt: skip
# Formats without a fixed prefix: tried at a long run that follows a joint, as in `123456789:AA...`.
_JOINED: Final = (
    ("asana-token", r"[0-2]/\d{12,}:[a-f0-9]{32}"),
    ("azure-client-secret", r"[\w.~]{3}\dQ~[\w.~-]{31,34}"),
    ("discord-bot-token", r"[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,}"),
    ("telegram-bot-token", r"\d{8,10}:AA[\w-]{32,33}"),
    ("terraform-cloud-token", r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}"),
    ("zapier-webhook", r"hooks\.zapier\.com/hooks/catch/\d+/\w+"),
)
# Tokens whose long run may begin late, and webhooks (`hooks.slack.com/services/T.../B.../...`).
_BY_LITERAL: Final = {
    "glc_": ("grafana-token", r"glc_[A-Za-z0-9+/]{32,400}={0,3}"),
    "ops_ey": ("onepassword-token", r"ops_eyJ[A-Za-z0-9+/]{200,}={0,3}"),
    "fm2_": ("fly-io-token", r"fm2_[A-Za-z0-9+/]{80,}={0,3}"),
    "hooks.slack": (
        "slack-webhook",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{24,100}",
    ),
    "/webhooks/": ("discord-webhook", r"/webhooks/\d{17,20}/[\w-]{60,}"),
    "AccountKey=": ("azure-storage-account-access-key", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    "sig=": ("azure-signature", r"(?<=[?&;\"'])sig=[A-Za-z0-9%+/]{40,}"),
}
# Formats of detect-secrets, which are updated by its releases, by their first two characters.
_PLUGINS: Final = {
    "gh": "github_token:GitHubTokenDetector",
    "gl": "gitlab_token:GitLabTokenDetector",
    "GR": "gitlab_token:GitLabTokenDetector",
    "SG": "sendgrid:SendGridDetector",
    "sk": "openai:OpenAIDetector",
    "xo": "slack:SlackDetector",
    "py": "pypi_token:PypiTokenDetector",
    "sq": "square_oauth:SquareOAuthDetector",
}

# Tokens of documentation: `AKIAIOSFODNN7EXAMPLE`.
_DOCUMENTED: Final = re.compile(
    r"EXAMPLE|(?i:example|xxxx|your[_-]|0123456789|1234567890abc)|kpvaG4gRG9l"
)  # John Doe in base64
_MIN_DISTINCT: Final = 4
# Formats with only a short prefix: the rest of these tokens must look random.
_LOOSE: Final = frozenset(
    {"crates-io-token", "square-token", "facebook-token", "nuget-api-key", "clickhouse-key"}
)

_IN_RUN = np.zeros(256, dtype=bool)
_IN_RUN[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")] = True
_JOINTS: Final = frozenset(".:~/")
_BEFORE = re.compile(r"[\w.:~/-]*\Z")


def find_tokens(text: str) -> Iterator[Span]:
    """Yield the tokens of known formats in `text`."""
    starts = _starts()
    for start in _long_runs(text):
        for kind, pattern in starts.get(text[start : start + 2], ()):
            yield from _at(text, start, kind, pattern)
        if text[start - 1 : start] in _JOINTS or text[start] in "MNO":
            yield from _joined(text, start)
    for literal, (kind, expression) in _BY_LITERAL.items():
        found = text.find(literal)
        while found >= 0:
            yield from _at(text, found, kind, _compiled(expression))
            found = text.find(literal, found + len(literal))


def _joined(text: str, start: int) -> Iterator[Span]:
    """Yield tokens whose long run is not their first part: `SG.` and a run, `1234567890:` and a run."""
    before = _BEFORE.search(text, max(0, start - _MAX_BEFORE_CHARS), start)
    first = before.start() if before else start
    for at in {first, *(first + found.end() for found in re.finditer(r"/", text[first:start]))}:
        for kind, pattern in (*_starts().get(text[at : at + 2], ()), *_joined_formats()):
            yield from _at(text, at, kind, pattern)


def _at(text: str, start: int, kind: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    match = pattern.match(text, start)
    if match and (kind.endswith("webhook") or _is_whole(text, *match.span())) and _is_real(match[0], kind):
        yield Span(*match.span(), kind)


def _is_whole(text: str, start: int, end: int) -> bool:
    r"""Return whether `text[start:end]` is not part of a longer run, as in base64; `\n` before it is fine."""
    before, after = text[start - 1 : start], text[end : end + 1]
    escaped = before == "n" and text[start - 2 : start - 1] == "\\"
    return (escaped or not (before.isalnum() or before in ("_", "+"))) and not (
        after.isalnum() or after == "_"
    )


def _is_real(token: str, kind: str) -> bool:
    if _DOCUMENTED.search(token) or len(set(token[-20:])) < _MIN_DISTINCT:
        return False
    if kind == "json-web-token":
        return bool(_plugin("jwt:JwtTokenDetector").is_formally_valid(token))
    return kind not in _LOOSE or (
        any(map(str.isdigit, token[4:]))
        and any(map(str.islower, token[4:]))
        and any(map(str.isalpha, token[4:]))
    )


def _long_runs(text: str) -> list[int]:
    """Return where the runs of token characters that are long enough for a token start."""
    if len(text) < _MIN_RUN_CHARS:
        return []
    other = np.flatnonzero(~_IN_RUN[np.frombuffer(text.encode("latin-1", "replace"), dtype=np.uint8)])
    begins = np.concatenate(([0], other + 1))
    ends = np.concatenate((other, [len(text)]))
    found: list[int] = begins[ends - begins >= _MIN_RUN_CHARS].tolist()
    return found


@lru_cache(maxsize=1)
def _starts() -> dict[str, list[_Format]]:
    """Return the formats by their first two characters: our own, then those of detect-secrets."""
    table: dict[str, list[_Format]] = {}
    for starts, kind, expression in _FORMATS:
        for start in starts.split():
            table.setdefault(start, []).append((kind, re.compile(_OPEN_END.sub(_BOUND, expression))))
    for start, path in _PLUGINS.items():
        plugin = _plugin(path)
        kind = str(plugin.secret_type).lower().replace(" ", "-")
        table.setdefault(start, []).extend((kind, pattern) for pattern in plugin.denylist)
    return table


@lru_cache(maxsize=1)
def _joined_formats() -> list[_Format]:
    return [(kind, re.compile(expression)) for kind, expression in _JOINED]


@lru_cache(maxsize=32)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


@lru_cache(maxsize=32)
def _plugin(path: str) -> Any:
    # Importing detect-secrets takes 0.1 s, so it is only done for a text that may contain a token.
    module, _, name = path.partition(":")
    return getattr(import_module(f"detect_secrets.plugins.{module}"), name)()
