"""Tell which roles of files a question asks for by its words: tests, examples, configuration and others.

Most questions to code ask for code and name no role: then the answer is empty, and files of other roles stand
behind the code. Words alone mislead: "test client" is a class, "example.com" a host, and whoever asks how the
configuration file is parsed wants the parser. So each pattern is a phrase, and a phrase does not count where
the question is about code that handles such files.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from corpora.document import FileRole
from corpora.syntax.languages import language_of

_MAX_CHARS: Final = 300  # what follows in a long text is rather code, a log or a story


def _words(*alternatives: str) -> str:
    return rf"\b(?:{'|'.join(alternatives)})\b"


@lru_cache(maxsize=32)
def _compiled(words: str) -> re.Pattern[str]:
    """Compile a pattern when the first question needs it: most questions need none."""
    return re.compile(words, re.IGNORECASE)


# Verbs beside a phrase that make the question one about code: "parse the config file", "how are release notes
# generated".
_HANDLED: Final = _words(
    r"(?:pars|load|read|merg|generat|resolv|validat|render|compil|convert|discover|collect|extract|process|creat"
    r"|updat)\w*"
    r"|writ(?:es?|ten|ing)|cop(?:y|ies|ied)|finds|found|looks?|search\w*|watch\w*|handl\w*|serializ\w*|builds|built"
)
_TESTS_HANDLED: Final = _words(
    r"(?:load|discover|collect|generat|execut|filter|select|order|report|match|schedul|parallel|shuffl|skip)\w*"
    r"|runs?|running|finds|found|to|can|must"
)
_NAMED_FILES: Final = (
    r"(?:eslint|prettier|webpack|babel|vite|rollup|docker|nginx|helm|kubernetes|k8s|ci|lint(?:er|ing)?|mypy|ruff"
    r"|tox|renovate|dependabot|codecov|travis|circleci|checkstyle|pre-?commit|release|deployment)"
)
_LANGUAGES: Final = (
    r"(?:german|french|spanish|chinese|japanese|korean|russian"
    r"|italian|portuguese|polish|dutch|turkish|arabic)"
)
# Things that are named after tests, and are none.
_NO_TESTS: Final = (
    r"(?!\s+(?:clients?|utilit|runners?|frameworks?|servers?|results?|reports?|discovery|commands?|modes?"
    r"|environments?|databases?|doubles?|collection|harness|hooks?|ids?|names?|requests?))"
)
# For each role, its phrases, and before them what is in every one: most questions hold nothing of it.
_PHRASES: Final[dict[FileRole, tuple[tuple[str, ...], str]]] = {
    "test": (
        ("test", "mock", "stub", "fixture"),
        _words(
            rf"tests?(?: cases?)? (?:for|of|cover(?:s|ing)){_NO_TESTS}|tests (?:that|which|where|checking)",
            r"(?:fixtures?|mocks?|stubs?) (?:for|of)",
            rf"(?:where are|show|which) (?:\w+ ){{0,4}}tests{_NO_TESTS}",
            r"(?:how|where|what|is|are) [^.?!]{1,120}\btested",
            r"(?:unit|integration|regression|e2e|end-to-end)[ -]tests? (?:for|of|in|with)",
        ),
    ),
    "example": (
        ("example", "sample", "demo", "tutorial", "benchmark"),
        _words(
            r"(?<!for )examples? (?:of|for|apps?|applications?|projects?|usages?|code|using)",
            r"(?<!for )examples? (?:showing|where|with|how|that)",
            r"(?:usage|code|minimal|working|simple|complete|full|an) examples?(?=[?!.]?$| of| for)",
            r"(?:samples?|demos?) (?:of|for|code|apps?|applications?|projects?|programs?|usage)",
            r"tutorials?|benchmarks? (?:for|of)|benchmark suite",
        ),
    ),
    "configuration": (
        ("config", "ci", "workflow", "github", "gitlab", "file", "settings", "manifest", "chart", "compose"),
        _words(
            r"(?:github|gitlab) (?:actions?|workflows?|ci)|ci/cd",
            r"ci (?:workflows?|pipelines?|jobs?|builds?|scripts?|steps?)|workflow files?",
            r"dockerfile|docker[ -]compose(?: file)?|makefile|cmakelists|jenkinsfile",
            rf"{_NAMED_FILES} (?:config(?:uration)?|settings|manifest|chart)s?",
            r"(?:config(?:uration)?|settings|lock) files? (?:of|for)",
        ),
    ),
    "documentation": (
        ("readme", "doc", "guid", "licen", "polic", "conduct", "man page", "instructions"),
        _words(
            r"readme|contributing (?:guide|guidelines)|code of conduct|(?<!content )security policy",
            r"licen[cs]e(?: file| text)?(?=[?!.]?$)|which licen[cs]e|man pages? (?:for|of)",
            r"(?:docs|documentation|user guide|guide) (?:for|of|about|on|pages?)",
            r"(?:how|where|is|are) [^.?!]{1,120}\bdocumented|installation (?:guide|instructions)",
        ),
    ),
    "changelog": (
        ("change", "note", "new", "added", "removed", "deprecated", "introduced"),
        _words(
            r"change ?logs?|release notes?|breaking changes (?:in|since|of)",
            r"what(?:.s| is| has| was)? (?:new|changed) (?:in|since|with|between)",
            r"(?:when (?:was|were|did)|which (?:version|release)) [^.?!]{1,100}"
            r"\b(?:added|removed|deprecated|introduced)",
        ),
    ),
    "translation": (
        ("translation", "locale", "i18n", "language", "strings", "messages", "text"),
        _words(
            r"translations? (?:for|of|into|files?|strings?|keys?)|locale files?|i18n strings?",
            rf"{_LANGUAGES} (?:translations?|locale|language file|strings|messages|texts?)",
        ),
    ),
    "snapshot": (
        ("golden", "expected", "cassette"),
        _words(r"golden files?|expected outputs?|cassettes? (?:for|of)"),
    ),
    "generated": (
        ("generated",),
        _words(r"generated (?:code|files?|stubs?|bindings?|clients?) (?:for|of)"),
    ),
    "vendored": (("vendored", "cop"), _words(r"vendored|(?:bundled|third[- ]party) cop(?:y|ies)")),
    "declaration": (
        ("file", "stub", "typings", "d.ts"),
        _words(r"(?:type )?(?:declaration|stub) files?|type stubs?|typings|d\.ts"),
    ),
    "data": (("word", "csv"), _words(r"word ?lists?|csv files? (?:of|with)")),
}
_BEFORE: Final = re.compile(r"(?:\S+\s+){0,4}$")  # the words just before a phrase
_AFTER: Final = re.compile(r"\s*(?:\S+\s*){0,3}")

# A file's name, a path or a suffix: `pyproject.toml`, `src/cart_test.go`, `.yaml`.
_FILE: Final = re.compile(r"(?<![\w./@:-])(?:[\w@*-]{0,60}[./]){1,8}\w{1,12}(?![\w(/@-])")
# Attributes of objects that look like suffixes: `response.json`, `math.log`, `process.env`.
_NO_SUFFIXES: Final = frozenset({"log", "text", "env", "d", "m", "s", "r", "conf", "build", "f", "cl", "v"})
_OBJECTS: Final = frozenset({"response", "request", "res", "req", "r", "self", "this", "resp", "ctx", "body"})


def wanted_roles(text: str) -> frozenset[FileRole]:
    """Return the roles besides code that a question asks for; empty for most questions.

    Args:
        text: the question as it was asked. Of a long one, the beginning counts.

    >>> sorted(wanted_roles("how is the retry logic tested")), sorted(wanted_roles("reuse the test client"))
    (['test'], [])
    """
    text = " ".join(text[:_MAX_CHARS].split())
    return frozenset((*_roles_of_phrases(text), *_roles_of_files(text)))


def _roles_of_phrases(text: str) -> Iterator[FileRole]:
    lower = text.lower()
    for role, (stems, pattern) in _PHRASES.items():
        if any(stem in lower for stem in stems):
            handled = _TESTS_HANDLED if role == "test" else _HANDLED
            if any(not _is_handled(text, found, handled) for found in _compiled(pattern).finditer(text)):
                yield role


def _is_handled(text: str, found: re.Match[str], handled: str) -> bool:
    """Return whether a verb stands beside a phrase that makes the question one about code."""
    before = _BEFORE.search(text, max(0, found.start() - 80), found.start())
    after = _AFTER.match(text, found.end(), found.end() + 40)
    return any(part and _compiled(handled).search(part[0]) for part in (before, after))


def _roles_of_files(text: str) -> Iterator[FileRole]:
    for found in _FILE.finditer(text):
        path = found[0].lower()
        above, _, suffix = path.rpartition(".")
        if suffix in _NO_SUFFIXES or above in _OBJECTS or _is_handled(text, found, _HANDLED):
            continue
        if language_of(path) != "text" or suffix in ("txt", "lock"):
            from corpora.source_tree.roles.file_role import role_of  # few questions name a file

            role = role_of(path if above else f"file{path}")
            if role != "code":
                yield role
