"""Decide whether a value where a secret may be is one: in code, most such values are not."""

import base64
import binascii
import math
import re
from collections import Counter
from typing import Final

MIN_CHARS, MAX_CHARS = 6, 512
_MIN_RANDOM_CHARS: Final = 16

# Words that mark a placeholder: `changeme`, `your-token`.
_STAND_INS = re.compile(
    r"change.?(?:me|it|this)|example|placeholder|your|dummy|redacted|insert|replace|todo|fake|sample|foo|bar|baz"
    r"|spam|eggs|my|test(?:ing)?|pass(?:word|wd|phrase)?|pwd?|secret|token|api|key|auth|private|public|client"
    r"|user(?:name)?|tiger|admin|root|guest|default|value|string|here|the|none|null|undefined|true|false|x{3,}"
    r"|hidden|masked|encrypted|invalid|wrong|correct|old|new|confirm|reset|required|some|random|generated"
    r"|0123456789|123456789|12345678|1234567|123456|12345|1234|abcdefgh\w*|abcdef|abc|qwerty"
)
_DOCUMENTED = re.compile(
    r"EXAMPLE|example|[Yy]our[_-]?|x{4}|X{4}|\.\.\.|REDACTED|<[\w -]+>|\*{3}|\bchangeme\b"
)
# References to where a secret is kept (`arn:`, `vault:`), and ciphertexts, which need another key.
_REFERENCE = re.compile(
    r"arn:|projects/|vault:|op://|ENC\[|enc:|\{(?:cipher|noop|bcrypt|SHA|SSHA)|\$ANSIBLE_VAULT|age1|ssh-(?:rsa|ed)"
    r"|AQICAH|sm://|ssm:|secretsmanager|keyvault|https?://|file:|urn:|data:|pk_|sk_test|rk_test|pk\."
    r"|AAAA(?:B3NzaC1|C3NzaC1|E2Vj)|Eby8vdM0"
)
# Calls, look-ups, templates, markup: `get("x")`, `env[KEY]`, `${X}`, `{{ x }}` are code, not values.
_PROGRAM = re.compile(
    r"\s|\{[A-Za-z_][\w.]+\}|\$\{|\{\{|\}\}|<%|%>|%\(\w+\)|\$\(|#\{|\(\?[:=!<P]|\\[A-Za-z0-9]"
    r"|^[$%&]\{?[A-Za-z]\w{2,}|^<.*>$|^\[.*\]$|^\{.*\}$|^[A-Za-z_][\w.:>-]*\(.*\)[;,]?$|^[A-Za-z_][\w.]*\[[^\]]*\]$"
    r"|^--?[a-z]|^@\w+$|^\^.*\$$"
    r"|^\.{1,2}/|a-z|A-Z|0-9|\{\d+(?:,\d*)?\}|%[A-Za-z][-:/]%|^\d{4}-\d\d-\d\d"
    r"|\.(?:pem|key|crt|csv|json|ya?ml|txt|py|js|ts|html?|md|cfg|conf|ini|toml|log|p12|jks|pub)$"
)
# The same, and format strings and regular expressions, for values that do not look generated.
_PROGRAM_OR_PATTERN = re.compile(
    rf"{_PROGRAM.pattern}|\{{\w*\}}|%[sdifrxq]\b|\[\^|\.\*|\.\+|[A-Za-z0-9]-[a-z0-9]\]|::|->|=>|&&|\|\||^[$%]|^[(\[].*,|\$\w"
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# `rsa-sha256`, `key_v2`, `config/pki/ca1.pem`: words and numbers between separators.
_NAME_PART = re.compile(r"[A-Za-z]*\d{0,4}")
_ALGORITHM = re.compile(
    r"(?:sha|md|aes|rsa|utf|base|iso|des|rc|blake|hmac|pbkdf|ed|x|secp|crc|v|ascii|latin)\w?\d+\w?",
    re.IGNORECASE,
)
# `V1SecretReference`, `oauth2ClientSecretSha256`
_TYPE_NAME = re.compile(r"[A-Za-z]*\d{1,2}(?:[A-Z][a-z]+\d{0,3})+")
_SEPARATORS = re.compile(r"[-_./:,;+@=]")
# Runs of one kind of character. `Password` is one run, as `password` is: a capital starts a word.
_CLASS_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+|([^A-Za-z0-9])\1*")
# Passwords that people make up: a word with digits or marks.
_HUMAN = re.compile(r"[\w!@#$%^&*?+~.=-]{6,64}", re.ASCII)
_HUMAN_MARK = re.compile(r"[!@#$%^&*?+~]")
# `Marble_3`, `Velvet-Otter77`, `ember-76`: a word or two, a mark, a number.
_WORD_AND_NUMBER = re.compile(
    r"[A-Z0-9@][\w@]*[A-Za-z@][-_.]?\d{1,4}[-_.!]?|[A-Za-z@]\w*[-_.!]\d{1,4}[-_.!]?|\w+\d[-_.!]"
)
_HEX = re.compile(r"(?:0x)?[0-9a-f]+|[0-9A-F]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


def is_filled_in(value: str) -> bool:
    """Return whether `value` is an actual value: not empty, a placeholder, a variable or a template."""
    if len(value) > MAX_CHARS or _PROGRAM_OR_PATTERN.search(value) or _is_known(value):
        return False
    rest = _STAND_INS.sub("", value.lower())
    return sum(character.isalnum() for character in rest) >= 4 and len(set(rest)) > 2


def _is_known(value: str) -> bool:
    """Return whether `value` is a well-known example, or a reference to where a secret is kept."""
    return bool(_DOCUMENTED.search(value) or _REFERENCE.match(value) or _UUID.fullmatch(value))


def is_jumbled(value: str) -> bool:
    """Return whether `value` switches between letters, digits and marks as only generated passwords do.

    >>> is_jumbled("s^}Grk~+w(X.?/E9"), is_jumbled("max(a1, b2)"), is_jumbled("X-Api-Key")
    (True, False, False)
    """
    if not 8 <= len(value) <= MAX_CHARS or _PROGRAM.search(value) or _is_known(value):
        return False
    runs = [run[0] for run in _CLASS_RUN.finditer(value)]
    marks = {character for character in value if not character.isalnum() and character not in "-_./"}
    digits = sum(map(str.isdigit, value))
    kinds = bool(digits) + bool(marks) + (value.lower() != value) + (value.upper() != value)
    if kinds < 3 or (not digits and len(marks) < 2) or len(set(value)) < 6:
        return False
    return len(value) <= 2.6 * len(runs) and len(_STAND_INS.sub("", value.lower())) > len(value) / 2


def is_password(value: str) -> bool:
    """Return whether `value` looks like a password rather than the name of something.

    >>> is_password("hunter2"), is_password("changeme"), is_password("db_password_2"), is_password("sha256")
    (True, False, False, False)
    """
    if is_jumbled(value):
        return True
    if len(value) < MIN_CHARS or not is_filled_in(value) or _ALGORITHM.fullmatch(value):
        return False
    if not re.search("[A-Za-z]", value) or not re.search("[0-9]", value) or _TYPE_NAME.fullmatch(value):
        return False
    if re.search(r"[()\[\]{}<>|`\\]|\.\.|::|->|://", value):
        return False
    parts = _SEPARATORS.split(value)
    return len(parts) == 1 or not all(_NAME_PART.fullmatch(part) for part in parts)


def is_chosen(value: str) -> bool:
    """Return whether `value` may be a password that a person made up.

    It is meant for values that are assigned to a name such as `password`; under other names, many ordinary
    values look the same.

    >>> is_chosen("Marble_3"), is_chosen("letmein!"), is_chosen("password_field"), is_chosen("Password")
    (True, True, False, False)
    >>> is_chosen("field_2")
    True
    """
    if not is_filled_in(value) or not _HUMAN.fullmatch(value) or _ALGORITHM.fullmatch(value):
        return False
    if _HUMAN_MARK.search(value) and re.search("[A-Za-z]", value):
        return bool(re.search("[0-9]", value)) or bool(_HUMAN_MARK.search(value[-1]))
    return bool(_WORD_AND_NUMBER.fullmatch(value)) and not _TYPE_NAME.fullmatch(value)


def is_option(value: str) -> bool:
    """Return whether an argument of a command is a password: not a variable, a file or another option."""
    is_other = value.startswith(("$", "-", "%", "@", "<", "/", "./", "~"))
    return not is_other and (is_password(value) or is_chosen(value))


def is_encoded_login(value: str) -> bool:
    """Return whether `value` is a name and a password in base64, as in Basic authentication."""
    try:
        login = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return False
    name, colon, password = login.partition(":")
    known = bool(name and colon) and login.isprintable()
    return known and (is_filled_in(password) or is_jumbled(password))


def is_bearer(value: str) -> bool:
    """Return whether a value after `Bearer` is a token: random, or with both cases and several numbers."""
    mixed = value.lower() != value != value.upper() and len(re.findall("[0-9]+", value)) > 1
    return is_random(value) or (mixed and is_password(value))


def is_random_uuid(value: str) -> bool:
    """Return whether `value` is a UUID of version 4, the kind that services use as keys."""
    return bool(_UUID.fullmatch(value)) and value[14] == "4" and entropy(value) > 3


def is_random(value: str, min_chars: int = _MIN_RANDOM_CHARS) -> bool:
    """Return whether `value` looks random: hexadecimal, base64, or letters and digits without words."""
    if not min_chars <= len(value) <= 4 * MAX_CHARS or not _BASE64.fullmatch(value) or _is_known(value):
        return False
    if not re.search("[0-9]", value) or not re.search("[A-Za-z]", value):
        return False
    if _HEX.fullmatch(value):
        return entropy(value) > 2.8 and not re.search(r"0123|1234|abcd|(.)\1{4}", value.lower())
    parts = re.split("[-_/]", value)
    if all(_NAME_PART.fullmatch(part) for part in parts) and max(map(len, parts)) < _MIN_RANDOM_CHARS:
        return False
    runs = [run[0] for run in _CLASS_RUN.finditer(value)]
    least = min(3.6, math.log2(len(value)) - 0.7)
    return entropy(value) > least and len(value) <= 3 * len(runs)


def entropy(value: str) -> float:
    """Return the Shannon entropy of the characters of `value`, in bits per character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
