"""Tell what a file is for, by its path and the beginning of its text."""

import re
from typing import Final

from corpora.document import FileRole
from corpora.source_tree.roles import file_names as names
from corpora.source_tree.roles.folder_roles import FolderSigns, folder_signs
from corpora.source_tree.roles.test_code import HEAD_CHARS, has_test_signs, is_test_code
from corpora.syntax.languages import language_of

_MAX_NAME_CHARS: Final = 255  # as file systems allow; a longer one is cut, so that no pattern takes long
_MAX_FOLDER_CHARS: Final = 4_096
# A manual page that a build wrote, `jq.1.prebuilt`: comments, then the title.
_ROFF: Final = re.compile(r"(?:(?:[.'](?:\\\".*+)?+|[ \t]*+)\n){0,40}+\.(?:TH|Dd)[ \t]")
_PLAIN: Final = ("text", "html")


def role_of(path: str, text: str = "", language: str = "") -> FileRole:
    """Return the role of a file.

    The path alone does not tell all: `test_functions.bash` of a test framework is code, and
    `cart_behaviour.py` may hold nothing but tests. So where the path is in doubt, the text decides; it takes
    some ten microseconds.

    Args:
        path: relative to its tree, with forward slashes.
        text: its text, of which the first 50,000 characters are looked at. If it is empty, names decide.
        language: a key of `corpora.syntax.languages.LANGUAGES`; found from the path if it is empty.

    >>> role_of("src/test/java/CartTest.java"), role_of("app/contest.py"), role_of("docs/index.md")
    ('test', 'code', 'documentation')
    """
    language = language or language_of(path, text[:200])
    folder, _, name = path.rpartition("/")
    folder, name = folder[-_MAX_FOLDER_CHARS:], name[-_MAX_NAME_CHARS:]
    signs = folder_signs(folder, language)
    if signs.role == "vendored":
        return "vendored"
    small = name.lower()
    stem = _stem(small)
    return (
        _role_of_prose(folder, small, stem, language, signs)
        or _role_of_place(path, small, stem, language, signs)
        or _role_of_settings(path, small, language, signs)
        or (language == "text" and _ROFF.match(text) and "documentation")
        or _role_of_code(name, f"\n{text[:HEAD_CHARS]}", language, signs)
    )


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _role_of_prose(folder: str, name: str, stem: str, language: str, signs: FolderSigns) -> FileRole | None:
    """Return the role of what people read; None for any other file."""
    is_named = language != "html" and (names.is_document_name(name) or names.is_manual_page(name))
    is_note = language == "text" and _is_changelog(name, stem, language, signs, is_named=is_named)
    is_plain = language in _PLAIN and (signs.is_documentation or is_named or is_note)
    if not is_plain and language not in names.PROSE:
        return None
    if _is_changelog(name, stem, language, signs, is_named=is_named):
        return "changelog"
    if signs.role != "test" and _is_translated(folder, stem, signs):
        return "translation"
    if is_named or signs.is_documentation or signs.role in (None, "example"):
        return "documentation"
    return "snapshot" if signs.role == "test" and signs.is_snapshot else signs.role


def _is_changelog(name: str, stem: str, language: str, signs: FolderSigns, *, is_named: bool) -> bool:
    """Return whether a text that people read tells what changed: by its name, or in a folder of notes."""
    if language == "html":
        return names.is_changelog_name(stem) and stem.startswith("release")  # others are pages of a site
    if names.is_changelog_name(stem):
        return True
    is_note = language != "text" or "." not in name or name.endswith(".txt")
    return signs.is_changelog and is_note and not is_named


def _is_translated(folder: str, stem: str, signs: FolderSigns) -> bool:
    """Return whether prose is written in another language than English: `docs/ja/index`, `README.zh-CN`."""
    if stem.startswith("readme"):  # `README-ja`; elsewhere, `-id` ends an English name
        stem = stem.replace("_", ".").replace("-", ".")
    ending = stem.split(".")[1:]
    endings = {ending[-1], "-".join(ending[-2:])} if ending else set()
    if signs.is_documentation or signs.is_translation:  # `docs/ja/`; elsewhere, `it/` may be a package
        endings.update(folder.lower().split("/")[1:4])
    return any(names.is_locale(word) and not word.startswith("en") for word in endings)


def _role_of_place(path: str, name: str, stem: str, language: str, signs: FolderSigns) -> FileRole | None:
    """Return the role that a folder gives to all that is in it, or a translation; else None."""
    is_recorded = (signs.is_snapshot and signs.role == "test") or names.is_snapshot_name(name)
    if signs.role == "snapshot" or (is_recorded and _is_no_code(language)):
        return "snapshot"
    if signs.role == "test" and stem == "expected":
        return "snapshot"
    if signs.role and not signs.is_unsure:
        return signs.role
    if names.is_translation_name(path, stem, name, language):
        return "translation"
    if signs.is_translation and names.may_be_translated(language) and _names_locale(path, stem, language):
        return "translation"
    return "generated" if names.is_generated_name(stem) else None


def _names_locale(path: str, stem: str, language: str) -> bool:
    if language in ("json", "yaml", "properties") and "locales/" in path:
        return True
    return names.is_locale(stem) or names.is_below_translations(path[-_MAX_FOLDER_CHARS:])


def _is_no_code(language: str) -> bool:
    return language in ("text", "json", "yaml", "html", "xml", "csv", "diff", "svg")


def _role_of_settings(path: str, name: str, language: str, signs: FolderSigns) -> FileRole | None:
    """Return whether a file is configuration, data or declarations; None for code."""
    if names.is_data(name, language):
        return "test" if signs.role == "test" else "data"
    if names.is_configuration(path, name, language):
        return "test" if signs.role == "test" else "configuration"
    return "declaration" if names.is_declaration(name) else None


def _role_of_code(name: str, head: str, language: str, signs: FolderSigns) -> FileRole:
    stem = _stem(name)
    is_named, is_unsure = names.test_name(stem, name, language)
    if language != "text" and names.is_example_name(stem, is_source=signs.is_source or language == "go"):
        return "example"
    if (is_named and not is_unsure) or (signs.role == "test" and names.is_test_double(stem)):
        return "test"
    if is_named or signs.role == "test":
        return "test" if has_test_signs(head, language) in (True, None) else "code"
    if language == "rust" and stem == "test" and "#[cfg(test)]" not in head:
        return "test" if has_test_signs(head, language) else "code"
    if is_test_code(head, language):
        return "test"
    return "documentation" if signs.is_documentation else "code"
