"""Make secrets that nobody uses, at run time and from a seed, so that none of them is in this repository."""

import base64
import json
import random
import re
import string
from collections.abc import Callable
from typing import Final

# The alphabets that a format names by one letter: `ghp_{A36}` is a prefix and 36 characters of `A`.
_ALPHABETS: Final = {
    "A": string.ascii_letters + string.digits,
    "B": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "K": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "U": string.ascii_uppercase + string.digits,
    "b": string.ascii_letters + string.digits + "+/",
    "d": string.digits,
    "h": "0123456789abcdef",
    "w": string.ascii_letters + string.digits + "_-",
    "x": string.ascii_lowercase + string.digits,
}
_FIELD: Final = re.compile(r"\{([A-Za-z])(\d+)(?:-(\d+))?\}")
# the alphabet of the key of a new Django project
_DJANGO: Final = string.ascii_lowercase + string.digits + "!@#$%^&*(-_=+)"
_WORDS: Final = (
    "Winter",
    "Summer",
    "Falcon",
    "Purple",
    "Monkey",
    "Dragon",
    "Copper",
    "Harbor",
    "Velvet",
    "Thunder",
    "Maple",
    "Orchid",
    "Saturn",
    "Lisbon",
    "Granite",
    "Walnut",
    "Ember",
    "Falafel",
    "Kestrel",
    "Juniper",
    "Marble",
    "Cobalt",
    "Tango",
    "Pepper",
    "Rocket",
    "Willow",
    "Zephyr",
    "Otter",
)

QUOTED_PUNCTUATION: Final = "!@#$%^&*()-_=+[]{};:,.<>?/|~"
PLAIN_PUNCTUATION: Final = "!@%^*-_=+.?~"
URL_PUNCTUATION: Final = "-_.~!*"


def from_format(rng: random.Random, form: str) -> str:
    """Fill in a format: `{A36}` stands for 36 letters and digits, `{h8-12}` for 8 to 12 hex digits."""

    def fill(field: re.Match[str]) -> str:
        low = int(field[2])
        return "".join(rng.choices(_ALPHABETS[field[1]], k=rng.randint(low, int(field[3] or low))))

    return _FIELD.sub(fill, form)


def password(rng: random.Random, punctuation: str) -> str:
    """Make a password as people and password generators do."""
    style = rng.choice(("strong", "strong", "strong", "random", "human", "human"))
    if style == "random":
        return _with_all(rng, string.ascii_letters + string.digits, rng.randint(10, 24))
    if style == "strong":
        return _with_all(rng, string.ascii_letters + string.digits + punctuation * 2, rng.randint(8, 30))
    mark = rng.choice([character for character in "!@#*.-_" if character in punctuation])
    number = rng.choice((str(rng.randint(1950, 2030)), str(rng.randint(0, 99)), f"{rng.randint(0, 9)}"))
    words = rng.sample(_WORDS, rng.choice((1, 1, 2)))
    changed = [word.translate(str.maketrans("aeo", "@30")) if rng.random() < 0.3 else word for word in words]
    text = "".join(changed).replace("@", "@" if "@" in punctuation else "4")
    return text + (number + mark if rng.random() < 0.5 else mark + number)


def _with_all(rng: random.Random, alphabet: str, length: int) -> str:
    while True:
        made = "".join(rng.choices(alphabet, k=length))
        kinds = (str.islower, str.isupper, str.isdigit)
        if made[0].isalnum() and made[-1].isalnum() and all(any(map(kind, made)) for kind in kinds):
            return made


def django_key(rng: random.Random) -> str:
    """Make a SECRET_KEY as `django-admin startproject` does."""
    return "".join(rng.choices(_DJANGO, k=50))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def base64_of_password(rng: random.Random) -> str:
    """Encode a password as a Kubernetes Secret holds it."""
    return _base64(password(rng, QUOTED_PUNCTUATION).encode())


def basic_auth(rng: random.Random) -> str:
    """Encode a name and a password as HTTP Basic authentication does."""
    return _base64(f"{rng.choice(_WORDS).lower()}:{password(rng, QUOTED_PUNCTUATION)}".encode())


def random_base64(n_bytes: int) -> Callable[[random.Random], str]:
    """Return a function that makes the base64 text of that many random bytes."""
    return lambda rng: _base64(rng.randbytes(n_bytes))


def fernet_key(rng: random.Random) -> str:
    """Make a key of `cryptography.fernet`."""
    return base64.urlsafe_b64encode(rng.randbytes(32)).decode()


def web_token(rng: random.Random) -> str:
    """Make a JSON Web Token with a signature."""
    parts = (
        json.dumps({"alg": "HS256", "typ": "JWT"}).encode(),
        json.dumps({"sub": str(rng.randint(1, 10**9)), "iat": rng.randint(10**9, 2 * 10**9)}).encode(),
        rng.randbytes(32),
    )
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def pypi_token(rng: random.Random) -> str:
    """Make an upload token of PyPI."""
    return "pypi-" + "AgEIcHlwaS5vcmc" + from_format(rng, "{w150}")


def uuid(rng: random.Random) -> str:
    """Make a UUID, which some services use as their key."""
    return from_format(rng, "{h8}-{h4}-4{h3}-a{h3}-{h12}")


def key_body(rng: random.Random) -> str:
    """Make the lines between the first and the last one of a PEM file."""
    text = _base64(rng.randbytes(420))
    return "\n".join(text[start : start + 64] for start in range(0, len(text), 64))


def url_password(rng: random.Random) -> str:
    """Make a password that can stand in a URL, percent-encoded where it must be."""
    made = password(rng, URL_PUNCTUATION)
    return made if rng.random() < 0.7 else made[:-1] + "%40" + made[-1]
