"""Whether a value that stands where a secret may stand is one: code is full of those that are not."""

import re

MIN_CHARS, MAX_CHARS = 6, 512

# What is assigned to `password_field` or `secret_url` is no secret, nor is a hash of one.
_OTHER_NAME = re.compile(
    r"hash|digest|salt|mgr|manager|namespace|handle|encoded|reference|version"
    r"|file|path|dir\b|url|uri|field|label|type|regex|pattern|hint|prompt|policy|error|message"
    r"|header|param|column|class|kind|algorithm|algo\b|method|format|mode|encoding|expir|length|public"
    r"|(?:^|_|-)(?:id|name|ref|env|var|len|min|max|msg|test|fake|dummy|mock|example|sample)s?(?:$|_|-)"
    r"|(?:Id|Name|Env|Var)$",
)
# Words that stand for a value still to be filled in.
_STAND_INS = re.compile(
    r"change.?(?:me|it|this)|example|placeholder|your|dummy|redacted|insert|replace|todo|fake|sample|foo|bar|baz"
    r"|spam|eggs|my|test(?:ing)?|pass(?:word|wd|phrase)?|pw|secret|token|api|key|auth|private|public|client"
    r"|user(?:name)?|admin|root|guest|default|value|string|here|the|none|null|undefined|true|false|x{3,}"
    r"|0123456789|123456789|12345678|1234567|123456|abcdef|abc|qwerty"
)
# Format strings, regular expressions, escapes, markup, calls: parts of a program rather than values.
_PROGRAM = re.compile(r"[\s\\()\[\]{}<>|`]|%[sdifrx]|\$\w|^[$%@&*]|://|\.\.|::|->")
# `rsa-sha256`, `key_v2`, `config/pki/ca1.pem`: words and numbers between separators.
_NAME_PART = re.compile(r"[A-Za-z]*\d{0,4}")
_ALGORITHM = re.compile(
    r"(?:sha|md|aes|rsa|utf|base|iso|des|rc|blake|hmac|pbkdf|ed|x|secp|crc|v|ascii|latin)\w?\d+\w?",
    re.IGNORECASE,
)
# `V1SecretReference`, `oauth2ClientSecretSha256`
_TYPE_NAME = re.compile(r"[A-Za-z]*\d{1,2}(?:[A-Z][a-z]+\d{0,3})+")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_./:,;+@=]")


def names_a_secret(name: str) -> bool:
    """Whether what is called `name` may be a secret itself, not something said about one."""
    return not _OTHER_NAME.search(name) and not _OTHER_NAME.search(name.lower())


def is_filled_in(value: str) -> bool:
    """Whether `value` is more than an empty string, a stand-in, a variable or a template."""
    if len(value) > MAX_CHARS or _PROGRAM.search(value) or _UUID.fullmatch(value):
        return False
    rest = _STAND_INS.sub("", value.lower())
    return sum(character.isalnum() for character in rest) >= 5


def is_password(value: str) -> bool:
    """Whether `value` is something to keep secret rather than the name of a thing.

    >>> is_password("hunter2"), is_password("changeme"), is_password("db_password_2"), is_password("sha256")
    (True, False, False, False)
    """
    if len(value) < MIN_CHARS or not is_filled_in(value):
        return False
    if not re.search("[A-Za-z]", value) or not re.search("[0-9]", value) or _ALGORITHM.fullmatch(value):
        return False
    if _TYPE_NAME.fullmatch(value):
        return False
    parts = _SEPARATORS.split(value)
    return len(parts) == 1 or not all(_NAME_PART.fullmatch(part) for part in parts)


def is_random(value: str) -> bool:
    """Whether `value` has upper case, lower case and more than one run of digits, as no name has."""
    return (
        is_password(value)
        and value.lower() != value != value.upper()
        and len(re.findall("[0-9]+", value)) > 1
    )
