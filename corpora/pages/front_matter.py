"""Take the front matter off a page: the fields for its generator, of which only the title is for readers."""

import re
import tomllib

# Fields of YAML between lines of `---`. A page may also begin with a rule `---` and a text below it.
FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?=(?:[ \t]*(?:#[^\n]*)?\n)*[\w\"'][^\n:]{0,200}:(?:[ \t]|\n))"
    r"(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)",
    re.DOTALL,
)
"""Front matter in YAML; its first group has the fields."""
_TOML = re.compile(r"\A\+\+\+[ \t]*\n(.*?\n?)\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE_KEYS = ("title", "sidebar_label", "sidebar_title", "linkTitle")
_FIELD = re.compile(r"^(title|sidebar_label|sidebar_title|linkTitle)[ \t]*:[ \t]*(.*)$", re.MULTILINE)
_FOLDED = frozenset({"", "|", ">", "|-", ">-", "|+", ">+"})
_MAX_TITLE_CHARS = 200


def split_front_matter(text: str) -> tuple[str, str]:
    """Return the title that the front matter of a page states, if any, and the page without front matter."""
    if found := FRONT_MATTER.match(text):
        return _yaml_title(found[1]), text[found.end() :]
    found = _TOML.match(text)
    if not found:
        return "", text
    try:
        fields = tomllib.loads(found[1])
    except (ValueError, RecursionError):
        return "", text  # a page that begins with such a line by chance
    titles = (fields.get(key) for key in _TITLE_KEYS)
    return _short(next((title for title in titles if isinstance(title, str)), "")), text[found.end() :]


def _yaml_title(fields: str) -> str:
    """Return the title among fields of YAML: of the keys at the margin only, as one line."""
    stated: dict[str, str] = {}
    for found in _FIELD.finditer(fields):
        value = found[2].strip()
        if value in _FOLDED:
            value = fields[found.end() :].lstrip("\n").split("\n", 1)[0].strip()
        stated.setdefault(found[1], _unquoted(value))
    return _short(next((stated[key] for key in _TITLE_KEYS if stated.get(key)), ""))


def _unquoted(value: str) -> str:
    for quote in "\"'":
        if value.startswith(quote):
            end = value.find(quote, 1)
            return value[1:end] if end > 0 else value[1:]
    return value.partition(" #")[0].strip()


def _short(title: str) -> str:
    return " ".join(title.split())[:_MAX_TITLE_CHARS]
