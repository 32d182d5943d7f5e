"""A package is documented by the pages that it brings along, too: its README, and others among its files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, Listed, Skipped
from corpora.npm.package import NpmPackage
from corpora.python.package import PythonPackage
from corpora.shipped_pages import MAX_PAGES, is_shipped_page, page_paths
from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from tests.corpora.python.test_sdist import sdist
from tests.npm_packages import packed, write_npm_package
from tests.small_corpora import make_wheel, write_tree

README = "# Tea\n\nBrews.\n\n## Boxes\n\nDraw a frame around a text:\n\n```python\ntea.boxed('hi')\n```\n"
MODULES = {"tea/__init__.py": "def boxed(text):\n    return text\n\n\ndef steep():\n    '''Wait.'''\n"}


def metadata(body: str, content_type: str = "text/markdown", name: str = "tea") -> str:
    described = f"Description-Content-Type: {content_type}\n" if content_type else ""
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{described}\n{body}"


def read_all(corpus: PythonPackage | NpmPackage) -> dict[str, Document | Skipped]:
    listed = [one for one in corpus.scan() if isinstance(one, Listed)]
    return {one.path: corpus.read(one) for one in listed}


def python_package(path: Path) -> PythonPackage:
    return PythonPackage(CorpusSpec("tea", "package", str(path)))


def npm_package(path: Path) -> NpmPackage:
    return NpmPackage(CorpusSpec("tea", "npm", str(path)))


def headings(document: Document | Skipped) -> list[str]:
    assert isinstance(document, Document), document
    return [section.name for section in document.sections]


def test_the_readme_of_a_wheel_is_read_from_its_metadata(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tea", "1.0", MODULES | {"tea-1.0.dist-info/METADATA": metadata(README)})
    found = read_all(python_package(wheel))
    page = found["tea-1.0.dist-info/METADATA"]
    assert headings(page) == ["Tea", "Boxes"]
    assert isinstance(page, Document)
    assert (page.origin.library, page.origin.version, page.origin.language) == ("tea", "1.0", "markdown")
    assert "tea.boxed('hi')" in page.text
    assert "Metadata-Version" not in page.text


def test_a_question_about_a_function_without_a_docstring_finds_the_readme(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tea", "1.0", MODULES | {"tea-1.0.dist-info/METADATA": metadata(README)})
    with Index.build(tmp_path / "index", [CorpusSpec("tea", "package", str(wheel))]) as index:
        assert "tea.boxed('hi')" in retrieve(index, "draw a frame around a text", 1)[0].chunk.text


def test_the_readme_of_a_source_distribution_is_read(tmp_path: Path) -> None:
    files = {"PKG-INFO": metadata(README), **MODULES}
    assert headings(read_all(python_package(sdist(tmp_path / "tea-1.0.tar.gz", files)))["PKG-INFO"]) == [
        "Tea",
        "Boxes",
    ]


def test_the_readme_of_an_installed_distribution_is_read(tmp_path: Path) -> None:
    record = "tea/__init__.py,,\ntea-1.0.dist-info/METADATA,,\n"
    write_tree(
        tmp_path,
        MODULES | {"tea-1.0.dist-info/METADATA": metadata(README), "tea-1.0.dist-info/RECORD": record},
    )
    found = read_all(python_package(tmp_path / "tea-1.0.dist-info"))
    assert headings(found["tea-1.0.dist-info/METADATA"]) == ["Tea", "Boxes"]


@pytest.mark.parametrize(
    ("content_type", "body", "names"),
    [
        ("text/x-rst; charset=UTF-8", "Tea\n===\n\nBrews.\n\nBoxes\n-----\n\nFrames.\n", ["Tea", "Boxes"]),
        ("", "Tea\n===\n\nBrews.\n", ["Tea"]),
        ("", README, ["Tea", "Boxes"]),
        ("text/plain", "Brews.\n", ["README"]),
    ],
)
def test_a_readme_is_read_in_the_markup_it_is_said_to_be_in(
    tmp_path: Path, content_type: str, body: str, names: list[str]
) -> None:
    described = {"tea-1.0.dist-info/METADATA": metadata(body, content_type)}
    wheel = make_wheel(tmp_path, "tea", "1.0", MODULES | described)
    assert headings(read_all(python_package(wheel))["tea-1.0.dist-info/METADATA"]) == names


def test_a_readme_in_a_header_is_read(tmp_path: Path) -> None:
    text = "Metadata-Version: 2.0\nName: tea\nVersion: 1.0\nDescription: Brews.\n        Much tea.\n\n"
    wheel = make_wheel(tmp_path, "tea", "1.0", MODULES | {"tea-1.0.dist-info/METADATA": text})
    page = read_all(python_package(wheel))["tea-1.0.dist-info/METADATA"]
    assert isinstance(page, Document)
    assert page.text == "Brews.\nMuch tea."


def test_pages_among_the_modules_are_read_and_others_are_not(tmp_path: Path) -> None:
    others = ("tea/templates/README.md", "tea/tests/x.md", "tea/_vendor/a/README.md", "tea/CHANGELOG.md")
    files = MODULES | dict.fromkeys(others, "# No\n\nNo.\n")
    files |= {"tea/docs/guide.md": "# Guide\n\nHow.\n", "tea/docs/api.rst": "API\n===\n\nAll.\n"}
    files |= {"tea-1.0.dist-info/licenses/x.md": "# Law\n", "docs/top.md": "# Top\n\nOf another package.\n"}
    found = read_all(python_package(make_wheel(tmp_path, "tea", "1.0", files)))
    assert sorted(found) == ["tea/__init__.py", "tea/docs/api.rst", "tea/docs/guide.md"]
    assert headings(found["tea/docs/api.rst"]) == ["API"]


def test_a_package_without_a_readme_has_its_modules_only(tmp_path: Path) -> None:
    assert [*read_all(python_package(make_wheel(tmp_path, "tea", "1.0", MODULES)))] == ["tea/__init__.py"]


def test_the_pages_of_an_npm_package_are_read_from_a_folder_and_a_tarball(tmp_path: Path) -> None:
    files = {"index.d.ts": "/** Brew. */\nexport function brew(): void;\n", "README.md": README}
    files |= {
        "docs/more.md": "# More\n\nTea.\n",
        "LICENSE.md": "# Law\n",
        "node_modules/x/README.md": "# X\n",
    }
    folder = write_npm_package(tmp_path / "tea", files, name="tea")
    for place in (folder, packed(folder, tmp_path / "tea-1.0.0.tgz")):
        found = read_all(npm_package(place))
        assert sorted(found) == ["README.md", "docs/more.md", "index.d.ts"]
        assert headings(found["README.md"]) == ["Tea", "Boxes"]


def test_the_readme_of_a_package_of_types_says_nothing(tmp_path: Path) -> None:
    files = {"index.d.ts": "/** Brew. */\nexport function brew(): void;\n", "README.md": README}
    folder = write_npm_package(tmp_path / "tea", files, name="@types/tea")
    assert [*read_all(npm_package(folder))] == ["index.d.ts"]


def test_only_so_many_pages_are_read(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"tea/docs/{number}.md": "# A\n" for number in range(MAX_PAGES + 5)})
    assert len([*page_paths(tmp_path, ("tea",))]) == MAX_PAGES


def test_a_link_out_of_the_package_is_not_followed(tmp_path: Path) -> None:
    write_tree(tmp_path, {"secret/a.md": "# Secret\n", "site/tea/__init__.py": ""})
    (tmp_path / "site/tea/a.md").symlink_to(tmp_path / "secret/a.md")
    (tmp_path / "site/tea/docs").symlink_to(tmp_path / "secret")
    found = read_all(python_package(tmp_path / "site/tea"))
    assert "Secret" not in str(found)


@given(st.text())
def test_any_name_is_judged(path: str) -> None:
    assert is_shipped_page(path) in (True, False)
