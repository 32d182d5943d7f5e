"""What the name of a file, and its language, tell about its role."""

import re
from functools import lru_cache
from typing import Final

from corpora.source_tree.roles.word_set import word_set

# -- tests and examples -------------------------------------------------------------------------

# Tools collect files of these names, so nothing else bears them.
_SURE_TESTS: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("javascript", "typescript", "tsx"), r".+\.(?:test|spec|e2e|cy)(?:-d)?|.+-spec|setupTests"
    ),
    "go": ".+_test",
    **dict.fromkeys(("lua", "ruby"), ".+_spec|spec_helper|rails_helper"),
    "python": "conftest",
    "dart": ".+_test",
    "elixir": "test_helper",
}
# `test_functions.bash` of a test framework is no test: the text has to confirm these. `Test` with a capital
# is a word of its own: `UserTest`, not `contest`.
_UNSURE_TESTS: Final = r"test[_-].+|.+[_.-]test|.+[_-]unittest|.+Tests?"
_UNSURE_TESTS_OF: Final[dict[str, str]] = {
    **dict.fromkeys(("javascript", "typescript", "tsx"), r".+_spec"),
    **dict.fromkeys(("groovy", "haskell"), ".*Spec"),
    "rust": "tests",  # `src/parser/tests.rs`; but `jinja2/tests.py` holds tests of templates
    "scala": ".+(?:Spec|Suite)",
    "erlang": ".+_SUITE|.+_tests",
}
# What tests need, told by its name alone.
_TEST_SUPPORT: Final = re.compile(
    r"(?i:tests?)[_-](?i:utils?|helpers?|support|common|data|fixtures?|mocks?|setup|base|cases)"
)
_TEST_DOUBLE: Final = re.compile(
    r"(?i:mock|fake|stub|dummy|fixture)s?(?:[_-].+|[A-Z].*)?|(?:test)(?:Utils?|Helpers?|Setup|Data)|setup(?:Tests?)?"
)
_TEST_SUFFIXES: Final = (".bats", ".t", ".feature", ".phpt", ".sqltest", ".slt")
_EXAMPLE: Final = re.compile(
    r"(?i:examples?|demos?|(?:examples?|demo|bench(?:mark)?s?)[_-].+|.+[_.-](?:examples?|demo|bench|benchmarks?))|.+Benchmarks?"
)
_SURE_EXAMPLE: Final = re.compile(
    r".+\.(?:stories|story|bench)|examples?_.*test|.+_examples?_test|benchmarks?_test"
)

# -- documentation ------------------------------------------------------------------------------

PROSE: Final = word_set("markdown rst asciidoc org textile pod latex typst bibtex")
"""Languages whose files are read by people."""

_CHANGELOG: Final = re.compile(
    r"(?:change[_-]?logs?|changes|history|news|releases|release(?=[_.-]?v?\d)|release[_-]?notes?|whats[_-]?new)(?:[_.-]?v?\d[\w.-]*)?"
    r"|changelog[_.-].+|changes[_.-].+"
)
_DOCUMENT: Final = re.compile(
    r"(?:readme|licen[cs]e|copying|authors|contributors|contributing|maintainers|credits|thanks|notices?|install"
    r"|security|support|governance|code[_-]of[_-]conduct|hacking|todo|roadmap|faq|patents|acknowledg[e]?ments|copyright"
    r"|backers|unlicense|upgrading|upgrade|bugs|about|manifesto|third[_-]?party[_-]?\w*|legal|disclaimer|citation)(?:[_.-].*)?"
    r"|.+[_.-](?:licen[cs]e|notice)(?:\.txt)?"
)
_PROSE_SUFFIXES: Final = (".rdoc", ".mdoc", ".mdc")
_MANUAL_PAGE: Final = re.compile(r".+\.[1-9](?:\.(?:in|scd|ronn))?")

# -- configuration ------------------------------------------------------------------------------

_CONFIGURATION: Final = word_set(
    """
    cmake dockerfile go_module ignore_list ini just m4 makefile meson ninja properties
    requirements shell_variables toml yaml json xml
    """
)
_CONFIGURATION_NAMES: Final = word_set(
    """
    setup.py noxfile.py fabfile.py conftest.ini gulpfile.js gruntfile.js gemfile rakefile podfile
    vagrantfile fastfile brewfile package.swift mix.exs build.zig setup.hs build build.bazel
    workspace workspace.bazel module.bazel workspace.bzlmod tiltfile jenkinsfile caddyfile buck
    earthfile procfile codeowners pkgbuild bun.lockb gradlew manifest.in pipfile cartfile mintfile
    dangerfile appraisals guardfile capfile tox.ini .rspec .nvmrc .node-version .python-version
    .ruby-version .tool-versions .npmrc .yarnrc .prettierrc .eslintrc .babelrc .stylelintrc
    .browserslistrc .clang-format .clang-tidy .luacheckrc .luarc .rubocop .mailmap .ackrc
    .jshintrc .swcrc .envrc .npmignore .prettierignore .eslintignore .gitkeep
    .git-blame-ignore-revs py.typed configure configure.in version flake.nix default.nix shell.nix
    doxyfile
    """
)
_CONFIGURATION_FILE: Final = re.compile(
    r".+\.config\.[a-z]+|\.[a-z-]+rc(?:\.(?:js|cjs|mjs|ts|json|ya?ml))?|\.env(?:\..+)?"
    r"|.+\.gradle(?:\.kts)?|.+\.gemspec|.+\.podspec|.+\.sbt|.+\.cabal|.+\.rockspec|.+\.nimble|.+\.opam|.+\.tfvars"
    r"|.+\.pro|.+\.pri|.+\.pc(?:\.in)?|.+\.desktop|.+\.service|.+\.spec|.+\.sln|.+\.lock|.+\.(?:cfg|conf|ini)\.in"
    r"|.+\.cmake\.in|config\.h\.in|dune(?:-project)?|webpack\..+\.js|.+\.mk\.in|.+\.rc|.+\.dist|\.?vitest\..+\.ts"
    r"|(?:jenkinsfile|dockerfile|gulpfile|gruntfile|makefile|vagrantfile)[._-].+|.+\.doxyfile|.+\.am|.+\.h\.in"
    r"|.+\.(?:pbxproj|xcscheme|xcworkspacedata|config|slnx|dotsettings|ruleset|globalconfig|logrotate|imports)"
    r"|.+\.(?:vcproj|modulemap|supp|upstart|sysconfig|neon|xcprivacy|buck)|.+\.(?:plist|xml|ya?ml|json|toml|spec|rc)\.in"
    r"|.+\.xcconfig|.+\.entitlements|.+\.manifest"
)
# What is a schema, a page or a program, though its language is mostly used to configure.
_CODE_SUFFIXES: Final = (".xsd", ".xsl", ".xslt", ".wsdl", ".xaml", ".avsc", ".ipynb", ".arb")
_DATA: Final = word_set("csv diff")
_DATA_SUFFIXES: Final = (".jsonl", ".ndjson", ".geojson", ".txt", ".text", ".log", ".dat", ".api")
_CI_FOLDERS: Final = (
    ".github",
    ".circleci",
    ".gitlab",
    ".buildkite",
    ".travis",
    ".azure-pipelines",
    ".husky",
    ".ci",
    "ci",
)

# -- translation --------------------------------------------------------------------------------

# The languages that projects are translated to; codes that are mostly other words (`go`, `cs`) are left out.
_LOCALE: Final = re.compile(
    r"(?:zh|ja|ko|de|fr|es|pt|ru|it|pl|tr|uk|ua|vi|nl|ar|fa|th|hu|sv|da|fi|nb|nn|he|el|ro|sk|bg|ca|hr|sr|lt|lv|et"
    r"|sl|hi|bn|ta|ms|eu|gl|az|ka|kk|uz|ur|km|mn|cn|jp|kr|tw|cs|id|af|be|cy|ga|gu|is|kn|ml|mr|ne|pa|te|tl|fil|ckb|en)"
    r"(?:[-_](?:[a-z]{2}|han[st]|latn|cyrl|419))?"
)
# Directly below a folder of translations, any code is one: `src/locale/lb/`, `locales/zh-Hant.ts`.
_BELOW_TRANSLATIONS: Final = re.compile(
    r"(?:^|/)(?:_?locales?|i18n|l10n|langs?|languages?|translations?|intl|nls|messages)/"
    r"(?:lc_messages/)?(?!lib|src|api|get|set|app|cli|sql|xml|css)[a-z]{2,3}(?:[-_][a-z]{2,4}){0,2}(?:/|\.[a-z]+$)",
    re.IGNORECASE,
)
_STRINGS: Final = re.compile(
    r"(?:messages|strings|labels|translations?|bundle|resources?)_[a-z]{2}(?:_[A-Za-z]{2})?"
)
_ANDROID_STRINGS: Final = re.compile(r"(?:^|/)res/values(?:-[^/]+)?/(?:strings|plurals|arrays)[^/]*\.xml$")
_TRANSLATION_SUFFIXES: Final = (
    ".po",
    ".pot",
    ".arb",
    ".ftl",
    ".xlf",
    ".xliff",
    ".strings",
    ".stringsdict",
    ".resx",
)
_TRANSLATED_DATA: Final = word_set("json yaml properties toml ini xml php javascript typescript text")

_GENERATED: Final = re.compile(
    r"zz_generated[._].+|.+[._](?:generated|pb2?)(?:\.[a-z]+)?|.+\.gen|.+\.g|.+\.min|bindata|autogen[_-].+"
)
_SNAPSHOT: Final = re.compile(
    r".+\.(?:snap|golden|approved|received|expected|stdout|stderr|out)(?:\.[\w-]+)?|.+[_.-](?:golden|snapshot)"
)
_DECLARATIONS: Final = (".d.ts", ".d.mts", ".d.cts", ".pyi")


def test_name(stem: str, name: str, language: str) -> tuple[bool, bool]:
    """Return whether a name is that of a test, and whether the text has to confirm it.

    Args:
        stem: the name without its last suffix.
        name: the name.
        language: a key of `corpora.syntax.languages.LANGUAGES`.
    """
    # `test-utils.d.ts` declares what a package offers to those who write tests.
    if stem.endswith(".d"):
        return False, False
    sure, unsure = _test_patterns(language)
    if name.endswith(_TEST_SUFFIXES) or (language == "text" and name.endswith("test") and "." in name):
        return True, False
    if stem.endswith(".test") or (sure and sure.fullmatch(stem)):
        return True, False
    if _TEST_SUPPORT.fullmatch(stem):
        return True, False
    return bool(unsure.fullmatch(stem)), True


@lru_cache(maxsize=256)
def _test_patterns(language: str) -> tuple[re.Pattern[str] | None, re.Pattern[str]]:
    sure = _SURE_TESTS.get(language)
    unsure = "|".join(filter(None, (_UNSURE_TESTS, _UNSURE_TESTS_OF.get(language))))
    return re.compile(sure) if sure else None, re.compile(unsure)


def is_test_double(stem: str) -> bool:
    """Return whether a file stands in for another in tests, or helps them: `mock_client`, `testUtils`."""
    return bool(_TEST_DOUBLE.fullmatch(stem))


def is_example_name(stem: str, *, is_source: bool) -> bool:
    """Return whether a file of code is an example, a demo or a benchmark by its name.

    Among sources (`is_source`), `example.rs` may well implement examples.
    """
    return bool(_SURE_EXAMPLE.fullmatch(stem) or (not is_source and _EXAMPLE.fullmatch(stem)))


def is_changelog_name(stem: str) -> bool:
    """Return whether prose with this name, in lower case, tells what changed."""
    return bool(_CHANGELOG.fullmatch(stem))


def is_document_name(name: str) -> bool:
    """Return whether a file of this name, in lower case, is written for people, whatever its suffix."""
    return name.endswith(_PROSE_SUFFIXES) or bool(_DOCUMENT.fullmatch(name))


def is_manual_page(name: str) -> bool:
    """Return whether a file is a manual page: `git.1`."""
    return bool(_MANUAL_PAGE.fullmatch(name))


def is_configuration(path: str, name: str, language: str) -> bool:
    """Return whether a file sets up a build, a tool or a program; `name` is in lower case."""
    if name.endswith(_CODE_SUFFIXES):
        return False
    if language in _CONFIGURATION or name in _CONFIGURATION_NAMES or _CONFIGURATION_FILE.fullmatch(name):
        return True
    if language == "text" and (path.startswith(".") or "/." in path or "/META-INF/" in path):
        return True
    top = path.partition("/")[0]
    return (
        top in _CI_FOLDERS
        or (language == "elixir" and "config/" in path)
        or (name == "conf.py" and "doc" in path)
    )


def is_data(name: str, language: str) -> bool:
    """Return whether a file holds data or plain text; `name` is in lower case."""
    return language in _DATA or (language in ("text", "json") and name.endswith(_DATA_SUFFIXES))


def is_locale(word: str) -> bool:
    """Return whether a word, in lower case, is the code of a language that projects are translated to."""
    return bool(_LOCALE.fullmatch(word))


def is_translation_name(path: str, stem: str, name: str, language: str) -> bool:
    """Return whether a file holds texts of a user interface; `stem` and `name` are in lower case."""
    if language == "gettext" or name.endswith(_TRANSLATION_SUFFIXES):
        return True
    if language == "properties" and _STRINGS.fullmatch(stem):
        return True
    return language == "xml" and bool(_ANDROID_STRINGS.search(path))


def may_be_translated(language: str) -> bool:
    """Return whether files in `language` are read as translations in a folder of translations."""
    return language in _TRANSLATED_DATA


def is_below_translations(path: str) -> bool:
    """Return whether a path goes through a folder of translations and the code of a language in it."""
    return bool(_BELOW_TRANSLATIONS.search(path))


def is_generated_name(stem: str) -> bool:
    """Return whether a file is made by a program, by its name: `zz_generated.deepcopy`."""
    return bool(_GENERATED.fullmatch(stem))


def is_snapshot_name(name: str) -> bool:
    """Return whether a file records what a test expects, by its name: `help.golden`, `main.stderr`."""
    return bool(_SNAPSHOT.fullmatch(name))


def is_declaration(name: str) -> bool:
    """Return whether a file declares what another defines."""
    return name.endswith(_DECLARATIONS)
