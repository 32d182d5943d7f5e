"""Read from a name which kind of secret its value would be: a password, a key, a token, or none."""

import re
from typing import Final

_PASSWORD_NAME = re.compile(
    r"passw(?:or)?d|passphrase|passcode|(?<![a-z])pwd|pwd$|(?:^|[_.-]|db|root|user|admin|mysql|smtp|mail|ssh|require|become|key|store)pass$"
)
_SECRET_NAME = re.compile(r"secret")
_KEY_NAME = re.compile(
    r"(?:api|app|access|account|auth|admin|client|cookie|crypt|cipher|db|deploy|encryption|enc|fernet|hmac|jwt|license|licence"
    r"|master|private|preshared|pre_shared|secret|server|service|session|shared|signing|signature|storage|webhook|write|subscription|cosmos)[_.-]?key"
)
_TOKEN_NAME = re.compile(
    r"token|^_?auth$|[_.-]auth$|credential|bearer|authorization|fernet|identitytoken|dsn$"
)
_PAGE_TOKEN = re.compile(
    r"next|prev|page|continu|cursor|sync|resum|client_?(?:request_?)?token|request_?token|csrf|xsrf|idempot|position|scroll"
    r"|forward|backward|lookahead|tokeniz|tokens$|token_?(?:at|count|end|start|text|value|index|pos)|signature$|starting|upload_?token|change_?token|device_?token"
)
_NAMES: Final = (
    ("password", _PASSWORD_NAME),
    ("secret", _SECRET_NAME),
    ("key", _KEY_NAME),
    ("token", _TOKEN_NAME),
)
# Values of `password_field` or `secret_url` are no secrets, nor are hashes of secrets.
_OTHER_REST = re.compile(
    r"hash|digest|salt|mgr|manager|namespace|handle|encoded|reference|version|arn"
    r"|file|path|dir\b|url|uri|field|label|type|regex|pattern|hint|prompt|policy|error|message|store(?:$|_)"
    r"|header|param|column|class|kind|algorithm|algo\b|method|format|mode|encoding|expir|length|public|fingerprint"
    r"|last|date|time|changed|used|provider|validator|require|check|strength|rule|help|text|title|desc|placeholder|input|form|schema|spec|word_list"
    r"|(?:^|_|-)(?:id|name|ref|env|var|len|min|max|msg|size|count|index|list|set|get|map|usage|alias|curve|bits|ring|code)s?(?:$|_|-)"
)
_OTHER_CAMEL = re.compile(r"(?:Id|Name|Env|Var|Ref|Arn)$")
_OTHER_BEFORE = re.compile(
    r"(?:^|_|-)(?:test|fake|dummy|mock|example|sample|invalid|wrong|bad|no|not|is|has|public|pub|hashed|encrypted|encoded|enc|hash)s?(?:_|-|$)"
    r"|hash|public|encrypted|forgot|bypass|compass|passed"
)


def kind_of_value(name: str, word_and_rest: str) -> str:
    """Return what a name calls its value: "password", "secret", "key", "token" or "bare key"; empty for none.

    Args:
        name: the whole name (`--db-password`).
        word_and_rest: its end, from the word that it was found by (`password`).
    """
    lower, rest = name.lower().replace("-", "_"), word_and_rest.lower()
    if lower == "private_key_id":
        return "token"
    if _OTHER_REST.search(rest) or _OTHER_CAMEL.search(word_and_rest) or _OTHER_BEFORE.search(lower):
        return ""
    asked = next((kind for kind, pattern in _NAMES if pattern.search(lower)), "")
    if asked == "token" and _PAGE_TOKEN.search(lower):
        return ""
    return asked or ("bare key" if lower.endswith("key") else "")
