"""Tell the tests of a package by their paths alone, for readers of documentation.

Where the text is at hand, `file_role.role_of` knows more.

A test documents nothing for the users of a library and seldom answers a question about it. The conventions
are those of the tools that collect tests: pytest, Jest, Go, JUnit, RSpec, XCTest and others.
"""

import re
from functools import lru_cache
from typing import Final

from corpora.syntax.languages import language_of

# Names of folders that hold tests and what belongs to them: in every language, and in some. (In others,
# `spec` holds specifications: of an interface, of a wire format.)
_FOLDERS: Final = r"(?i:tests?|__tests__|testdata|.+\.tests?)"  # `Newtonsoft.Json.Tests`
_FOLDERS_OF: Final[dict[str, str]] = {
    **dict.fromkeys(("java", "kotlin"), "[a-z][A-Za-z]*Test"),  # `src/androidTest`, `src/jvmTest`
    **dict.fromkeys(("javascript", "lua", "ruby"), "specs?"),
}
# Names of files without their suffix. `Test` with a capital is a word of its own: `UserTest`, not `contest`.
_NAMES: Final = r"test[_-].+|.+[_.-]test|.+_unittest|.+Tests?"
_NAMES_OF: Final[dict[str, str]] = {
    **dict.fromkeys(("javascript", "typescript", "tsx"), r".+[_.-]spec"),
    **dict.fromkeys(("lua", "ruby"), ".+_spec"),
    **dict.fromkeys(("groovy", "haskell"), ".*Spec"),
    "python": "conftest",
    "rust": "tests",  # `src/parser/tests.rs`; but `jinja2/tests.py` holds tests of templates
    "scala": ".+(?:Spec|Suite)",
}
_SUFFIXES: Final = (".bats",)


def is_test_file(path: str) -> bool:
    """Return whether the file at `path`, relative to its tree and with forward slashes, is a test.

    So are the files that tests use: those in a folder of tests, and `conftest.py`.

    >>> is_test_file("src/test/java/CartTest.java"), is_test_file("app/contest.py")
    (True, False)
    """
    *folders, name = path.split("/")
    folder_pattern, name_pattern = _patterns(language_of(path))
    if any(map(folder_pattern.fullmatch, folders)) or name.endswith(_SUFFIXES):
        return True
    stem = name.rpartition(".")[0] or name
    # `test-utils.d.ts` declares what a package offers to those who write tests.
    return not stem.endswith(".d") and bool(name_pattern.fullmatch(stem))


@lru_cache(maxsize=256)
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what a folder and a file's name, without its suffix, are matched with."""
    folders = "|".join(filter(None, (_FOLDERS, _FOLDERS_OF.get(language))))
    names = "|".join(filter(None, (_NAMES, _NAMES_OF.get(language))))
    return re.compile(folders), re.compile(names)
