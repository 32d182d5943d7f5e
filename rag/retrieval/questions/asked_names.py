"""Find the names of code in a question: `TF_PLUGIN_CACHE_DIR`, `evaluateCount`, `Vec::push`, `get()`."""

import re
from typing import Final, NamedTuple

from corpora.syntax.languages import language_of

_SEPARATOR: Final = re.compile(r"::|->|\\|(?<=\w)#")  # between the parts of a name, where it is not a dot
_NO_FILE: Final = frozenset({"", "text"})  # languages of words with dots that are no names of files
_MAX_NAMES: Final = 8
ASKED_NAME_CHARS: Final = 100
"""The largest length of a name that is looked for."""
_MAX_TEXT: Final = 20_000  # characters; what is behind is rather a log
_SENTENCE_GAP: Final = 4  # characters between a sentence and the next
_WORD: Final = re.compile(
    r"(?P<tick>`)?(?<![\w./@-])(?P<name>[@$]?[A-Za-z_]\w*(?:(?:\.|::|->|\\|\#)[A-Za-z_]\w*)*)(?P<call>\(\))?"
)
# `tar -x`, `git log --author=me`: an option behind a command of one or two words.
_OPTION: Final = re.compile(
    r"(?<![\w./@-])(?P<before>(?:[A-Za-z][\w.+-]{0,40}+[ ])?)(?P<command>[A-Za-z][\w.+-]{0,40}+)"
    r"(?P<options>(?:[ ]-{1,2}[A-Za-z0-9#?@][\w-]{0,60}+(?:=\S{1,100}+)?)+)(?!\S)"
)
_MAX_OPTION_CHARS: Final = 200
_MAX_FLAGS: Final = 3  # letters of `-xzf`; of more, it is one option, as of find
_CAMEL: Final = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}[a-z]{2}")
_SNAKE: Final = re.compile(r"[A-Za-z0-9]_+[A-Za-z0-9]|^_+[A-Za-z]")
_ABBREVIATIONS: Final = frozenset(
    {"e.g", "i.e", "a.k.a", "etc", "vs", "node.js", "vue.js", "next.js", "asp.net"}
)


class AskedName(NamedTuple):
    """A name in a question, dotted as symbols are.

    `is_certain` tells that it is spelled as only names are, or is all of the question; otherwise it is a
    word with a capital letter that may be one. `package` is the package that the imports of the question lead
    to, where they give the name: another library has nothing of that name that is meant.
    """

    name: str
    is_certain: bool = True
    package: str = ""

    @property
    def last(self) -> str:
        """Return its last part: `push` of `Vec.push`."""
        return self.name.rpartition(".")[2]

    @property
    def ends(self) -> list[str]:
        """Return the name, its last two parts and its last part, each once.

        >>> AskedName("http.Response.make").ends
        ['http.Response.make', 'Response.make', 'make']
        """
        parts = self.name.split(".")
        return list(dict.fromkeys([self.name, ".".join(parts[-2:]), parts[-1]]))


def as_symbol(name: str) -> str:
    """Return a name as symbols are written: `Vec.push` for `Vec::push()`."""
    return _SEPARATOR.sub(".", name.strip()).strip(".()`")


def asked_names(text: str) -> tuple[AskedName, ...]:
    """Return the names of code in a sentence, each once, in their order, at most eight.

    >>> [found.name for found in asked_names("where does Router call parse_path() or `serve`?")]
    ['Router', 'parse_path', 'serve']
    >>> [found.name for found in asked_names("git log --author")]
    ['git-log --author', 'log --author']
    """
    names: dict[str, bool] = {}
    for found in _WORD.finditer(text[:_MAX_TEXT]):
        spelled = found["name"]
        if len(spelled) > ASKED_NAME_CHARS or spelled.lower() in _ABBREVIATIONS:
            continue
        certain = bool(found["tick"] or found["call"]) or is_spelled_as_name(spelled)
        before = text[max(found.start() - _SENTENCE_GAP, 0) : found.start()].rstrip()
        begins = not before or before[-1] in ".?!:\n"
        if certain or (spelled[:1].isupper() and len(spelled) > 2 and not spelled.isupper() and not begins):
            name = as_symbol(spelled)
            names[name] = names.get(name, False) or certain
    names |= _options(text[:_MAX_TEXT])
    return tuple(AskedName(name, certain) for name, certain in names.items() if name)[:_MAX_NAMES]


def option_of(text: str) -> str:
    """Return the option that all of `text` is, with its command: `git-log --author`; else nothing."""
    found = _OPTION.fullmatch(text.strip()[:_MAX_OPTION_CHARS])
    options = found["options"].split() if found else []
    if not found or len(options) != 1:
        return ""
    command = "-".join(filter(None, (found["before"].strip(), found["command"])))
    return f"{command} {options[0].partition('=')[0]}"


def _options(text: str) -> dict[str, bool]:
    """Return the options in a text as manual pages call them, and whether each is certain.

    Of two words before an option, both may be the command, as git's pages are named; of `tar -xf`, the
    letters may be options.
    """
    names: dict[str, bool] = {}
    for found in _OPTION.finditer(text):
        commands = [f"{found['before'].strip()}-{found['command']}"] if found["before"] else []
        for option in found["options"].split()[:_MAX_NAMES]:
            spelled = option.partition("=")[0]
            if spelled[1].isdigit():  # a number, except where it is all of the question
                continue
            flags = (
                spelled[1:] if not spelled.startswith("--") and 3 <= len(spelled) <= _MAX_FLAGS + 1 else ""
            )
            for command in (*commands, found["command"]):
                names.setdefault(f"{command} {spelled}", True)
                for flag in flags:
                    names.setdefault(f"{command} -{flag}", False)
    return dict([*names.items()][:_MAX_NAMES])


def is_spelled_as_name(word: str) -> bool:
    """Return whether a word is spelled as only names in code are.

    >>> [is_spelled_as_name(word) for word in ("read_csv", "readCsv", "os.path", "read", "README.md", "HTTP")]
    [True, True, True, False, False, False]
    """
    if _SEPARATOR.search(word):
        return True
    if "." in word:
        return language_of(word) in _NO_FILE
    return bool(_SNAKE.search(word) or _CAMEL.search(word))
