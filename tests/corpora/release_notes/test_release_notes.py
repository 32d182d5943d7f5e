"""What release notes say of the changes of an API, on a library and its notes made for the test."""

import io
import tarfile
from pathlib import Path

import pytest

from corpora.api.changes import ApiChange
from corpora.errors import CorpusError, NothingToRead
from corpora.release_notes.entries import entries_of
from corpora.release_notes.files import NoteFile, release_notes_in
from rag import diff_apis
from tests.small_corpora import make_wheel

CHANGES = """\
Changelog
=========

Version 2.1.0
-------------

Released 2023-01-01

-   Remove previously deprecated code. :issue:`12`

    -   ``Basket.append``, use ``shop.combine``.
    -   The ``copy`` parameter of ``shop.pay()`` is gone.

-   ``combine()`` keeps the order of baskets. :pr:`13`
-   Nothing of this library: ``os.environ``, ``copy``.
-   Show ``shop.clock`` in the menu. Remove an old picture.

Version 1.0.0
-------------

-   Remove ``shop.clock``.

3.0.0
-----

-   Remove ``shop.combine``.
"""
OLD = (
    "class Basket:\n    def append(self, item): ...\n    def add(self, item): ...\n"
    "def combine(baskets): ...\ndef pay(amount, copy=False): ...\ndef clock(): ...\n"
)
NEW = "class Basket:\n    def add(self, item): ...\ndef combine(baskets): ...\ndef pay(amount): ...\n"


def sdist(folder: Path, files: dict[str, str]) -> Path:
    """Make a source distribution of `shop` 2.2.0."""
    path = folder / "shop-2.2.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {"PKG-INFO": "Name: shop\nVersion: 2.2.0\n", **files}.items():
            data = text.encode()
            member = tarfile.TarInfo(f"shop-2.2.0/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], ApiChange]:
    root = tmp_path_factory.mktemp("shop")
    old = make_wheel(root, "shop", "1.0.0", {"shop/__init__.py": OLD})
    new = sdist(root, {"src/shop/__init__.py": NEW, "CHANGES.rst": CHANGES})
    found = diff_apis(str(old), str(new))
    return {(one.kind, f"{one.name}:{one.parameter}".rstrip(":")): one for one in found.changes}


def test_a_line_that_says_that_a_name_is_gone_tells_the_version_and_what_to_use(
    changes: dict[tuple[str, str], ApiChange],
) -> None:
    gone = changes["removed", "shop.Basket.append"]
    assert (gone.version, gone.replacement) == ("2.1.0", "shop.combine")
    assert gone.evidence == (
        "Remove previously deprecated code. ``Basket.append``, use ``shop.combine``. (CHANGES.rst:11)"
    )
    assert changes["parameter removed", "shop.pay:copy"].version == "2.1.0"


def test_a_line_about_something_else_that_names_what_is_gone_does_not_tell_when(
    changes: dict[tuple[str, str], ApiChange],
) -> None:
    """Nor do the lines of the old version itself, and of versions after the new one."""
    assert changes["removed", "shop.clock"].version == ""
    assert changes["removed", "shop.clock"].evidence == ""


def test_a_line_about_what_is_still_there_is_a_note_on_its_behaviour(
    changes: dict[tuple[str, str], ApiChange],
) -> None:
    notes = {name: one for (kind, name), one in changes.items() if kind == "behaviour note"}
    assert notes["shop.combine"].evidence == "``combine()`` keeps the order of baskets."
    assert notes["shop.combine"].detail == "release notes, CHANGES.rst:14"
    assert not any(one.is_breaking for one in notes.values())
    assert not {"shop.pay", "shop.Basket"} & notes.keys()


@pytest.mark.parametrize(
    ("path", "text", "version"),
    [
        ("HISTORY.md", "## v2.0.1 (2024-05-06)\n\n* Fix `Cart.pay`\n", "2.0.1"),
        ("doc/whatsnew/v1.5.0.rst", "What is new\n-----------\n\n- Fixed :meth:`.Cart.pay`\n", "1.5.0"),
        ("doc/release/2.0.0-notes.rst", "* `Cart.pay` was fixed\n", "2.0.0"),
        ("changelog_20.rst", ".. changelog::\n    :version: 2.0.0b1\n\n    Fixed ``Cart.pay``.\n", "2.0.0b1"),
        ("NEWS", "Shop 1.2 released\n~~~~~~~~~~~~~~~~~\nFixed ``Cart.pay``.\n", "1.2"),
    ],
)
def test_the_version_of_an_entry_is_told_by_titles_directives_and_file_names(
    path: str, text: str, version: str
) -> None:
    (entry,) = entries_of(NoteFile(path, text))
    assert (entry.version, [one.name for one in entry.names]) == (version, ["Cart.pay"])


def test_where_there_are_no_release_notes_an_error_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="has no release notes") as caught:
        release_notes_in(sdist(tmp_path, {"shop.py": NEW}))
    assert "the file of the release notes itself" in caught.value.fix
    with pytest.raises(CorpusError, match="cannot read release notes"):
        release_notes_in(tmp_path / "nothing.rst")
    (tmp_path / "broken.tar.gz").write_bytes(b"\x1f\x8bno")
    with pytest.raises(CorpusError, match="cannot read release notes"):
        release_notes_in(tmp_path / "broken.tar.gz")
