"""The documentation of the standard library: `rag docs add python`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.document import Document, Listed, Section
from corpora.errors import CorpusError
from corpora.manifest import load_manifest
from corpora.sources import spec_for
from corpora.spec import CorpusSpec
from corpora.standard_library.html_folder import html_folder
from corpora.standard_library.library import StandardLibrary
from indexers.index import Index
from rag import retrieve
from tests.small_corpora import write_tree

RUNNING = "{}.{}".format(*sys.version_info[:2])
PAGE = """<html><body><h1>os</h1><dl class="py function"><dt class="sig" id="os.getcwd">os.getcwd()</dt>
<dd><p>{}</p></dd></dl></body></html>"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandardLibrary]:
    """Return the library of the running Python, which is asked once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAG_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield StandardLibrary(CorpusSpec("python", "stdlib", "python"), (Path("/nowhere"),))


@pytest.fixture(scope="module")
def units(library: StandardLibrary) -> dict[str, Section]:
    documents = [library.read(item) for item in library.scan() if isinstance(item, Listed)]
    return {part.name: part for one in documents if isinstance(one, Document) for part in one.sections}


@pytest.mark.slow(20)
@pytest.mark.parametrize(
    "name",
    [
        "datetime.datetime.strptime", "time.strptime", "str.split", "dict.get", "print", "sorted",
        "os.path.join",
        "collections.Counter.most_common", "pathlib.Path.read_text", "json.dumps", "ValueError",
        "itertools.permutations", "re.Pattern.match", "asyncio.run", "concurrent.futures.ThreadPoolExecutor",
        "unittest.mock.patch", "xml.etree.ElementTree.parse", "math.ceil", "subprocess.run", "OSError",
    ],
)  # fmt: skip
def test_units_have_the_names_that_users_write(units: dict[str, Section], name: str) -> None:
    assert name in units


@pytest.mark.slow
def test_what_is_no_part_of_the_documentation_is_left_out(units: dict[str, Section]) -> None:
    prefixes = (
        "test.",
        "idlelib",
        "lib2to3",
        "posixpath",
        "builtins.",
        "asyncio.runners",
        "_",
        "distutils",
        "turtledemo",
    )
    assert not [name for name in units if name.startswith(prefixes)]
    assert "IOError" in units["OSError"].aliases


@pytest.mark.slow
def test_a_member_without_docstring_is_listed_by_its_class(units: dict[str, Section]) -> None:
    assert "string.Formatter.parse" not in units
    assert "parse" in units["string.Formatter"].text


@pytest.mark.slow
def test_a_document_says_library_and_version(library: StandardLibrary) -> None:
    listed = next(item for item in library.scan() if isinstance(item, Listed) and item.path == "os/path")
    document = library.read(listed)
    assert isinstance(document, Document)
    assert (document.origin.library, document.origin.kind) == ("python", "docs")
    assert document.origin.version.startswith(RUNNING)
    coverage = library.coverage()
    assert coverage.documented > 4000
    assert coverage.members == coverage.documented + len(coverage.bare)


@pytest.mark.slow(20)
def test_the_question_of_the_demo_finds_strptime(units: dict[str, Section], tmp_path: Path) -> None:
    with Index.in_memory(
        [CorpusSpec("python", "stdlib", "python", include=("datetime", "time", "string", "builtins"))]
    ) as index:
        found = [hit.chunk.symbol for hit in retrieve(index, "parse a date string with a format", 3)]
    assert {"datetime.datetime.strptime", "time.strptime"} & {*found}


@pytest.mark.parametrize(
    ("source", "location"),
    [
        ("python", "python"), ("stdlib", "python"), ("Python", "python"), ("stdlib:", "python"),
        ("python==3.12", "python==3.12"), ("stdlib==3.12.1", "python==3.12.1"),
        ("stdlib:3.12", "python==3.12"),
        ("stdlib:python", "python"),
    ],
)  # fmt: skip
def test_the_standard_library_is_named_as_people_would(
    source: str, location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = spec_for(source)
    assert (spec.kind, spec.location) == ("stdlib", location)


def test_a_folder_or_a_package_of_that_name_can_still_be_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_tree(tmp_path, {"python/a.py": "", "pkg/x.py": ""}))
    assert spec_for("python").kind == "code"
    assert spec_for("stdlib:").kind == "stdlib"
    assert spec_for("pkg:stdlib").kind == "package"


@pytest.mark.parametrize(("value", "location"), [("python", "python"), ("3.12", "python==3.12")])
def test_a_manifest_names_it_by_the_key_stdlib(tmp_path: Path, value: str, location: str) -> None:
    (tmp_path / "rag.toml").write_text(f'[[corpus]]\nstdlib = "{value}"\n')
    (spec,) = load_manifest(tmp_path / "rag.toml").corpora
    assert (spec.kind, spec.location) == ("stdlib", location)


def test_a_version_that_is_not_here_is_an_error_that_says_how_to_get_it(tmp_path: Path) -> None:
    missing = StandardLibrary(CorpusSpec("python", "stdlib", "python==3.77"), (tmp_path,))
    with pytest.raises(CorpusError, match=r"Python 3\.77 is not on this machine") as caught:
        next(missing.scan())
    assert "python3.77-doc" in caught.value.fix


def make_html(folder: Path, version: str) -> Path:
    return write_tree(
        folder,
        {
            "_static/documentation_options.js": f"var DOCUMENTATION_OPTIONS = {{ VERSION: '{version}' }}",
            "library/os.html": PAGE.format("Return the working folder."),
            "c-api/intro.html": PAGE.format("C."),
        },
    )


def test_installed_html_of_the_version_is_found_and_no_other(tmp_path: Path) -> None:
    old = make_html(tmp_path / "python3.77" / "html", "3.77.1")
    make_html(tmp_path / "python3-doc" / "html", "3.78.0")
    assert html_folder("3.77", (tmp_path,)) == (old, "3.77.1")
    assert html_folder("3.78.9", (tmp_path,)) == (tmp_path / "python3-doc" / "html", "3.78.0")
    assert html_folder("3.79", (tmp_path,)) is None


def test_a_version_without_an_interpreter_is_read_from_its_html(tmp_path: Path) -> None:
    make_html(tmp_path / "python3.77" / "html", "3.77.1")
    library = StandardLibrary(CorpusSpec("python", "stdlib", "python==3.77"), (tmp_path,))
    (listed,) = library.scan()
    assert isinstance(listed, Listed)
    document = library.read(listed)
    assert isinstance(document, Document)
    assert (document.origin.library, document.origin.version) == ("python", "3.77.1")
    assert [part.name for part in document.sections if part.anchor] == ["os.getcwd"]
    assert library.sources == (f"HTML in {tmp_path}/python3.77/html",)
