from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorpusError, ManifestError, UnknownName
from corpora.manifest import Manifest, load_manifest
from corpora.own_folders import find_manifest
from corpora.sources import spec_for
from corpora.spec import CorpusSpec
from tests.small_corpora import write_tree


def load(folder: Path, text: str) -> Manifest:
    (folder / "rag.toml").write_text(text)
    return load_manifest(folder / "rag.toml")


def test_paths_begin_at_the_folder_of_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "project/src").mkdir(parents=True)
    (tmp_path / "pages").mkdir()
    manifest = load(
        tmp_path / "project",
        '[index]\npath = "out/index"\nencoder = "other"\n[[corpus]]\npath = "src"\nexclude = ["*.sql"]\n'
        '[[corpus]]\nname = "docs"\nkind = "docs"\npath = "../pages"\nlibrary = "shop"\nversion = "2"\n'
        'url = "https://example.org/"\nmax_file_bytes = 5\n[[corpus]]\npackage = "numpy"\n',
    )
    assert manifest.path == tmp_path / "project/rag.toml"
    assert (manifest.index, manifest.encoder) == (tmp_path / "project/out/index", "other")
    assert manifest.corpora == (
        CorpusSpec("src", "code", str(tmp_path / "project/src"), exclude=("*.sql",)),
        CorpusSpec(
            "docs", "docs", str(tmp_path / "pages"), "shop", "2", "https://example.org/", max_file_bytes=5
        ),
        CorpusSpec("numpy", "package", "numpy"),
    )


def test_a_manifest_and_a_command_line_see_the_same_kind_at_a_path(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"site/index.html": "<h1>Shop</h1>", "src/a.py": "x = 1\n", "man/tar.1": ".TH TAR\n"}
    )
    (tmp_path / "api.json").write_text('{"openapi": "3.0.0", "paths": {}}')
    names = ("site", "src", "man", "api.json")
    manifest = load(tmp_path, "".join(f'[[corpus]]\npath = "{name}"\n' for name in names))
    assert [spec.kind for spec in manifest.corpora] == ["docs", "code", "man", "openapi"]
    assert manifest.corpora == tuple(spec_for(str(tmp_path / name)) for name in names)


def test_a_url_is_a_site(tmp_path: Path) -> None:
    manifest = load(
        tmp_path,
        '[[corpus]]\nurl = "https://docs.example.org/en/"\nmax_pages = 9\nallow_private = true\n'
        '[[corpus]]\nkind = "site"\nname = "b"\nurl = "http://b.example.org"\n',
    )
    name = "docs.example.org/en"
    first = CorpusSpec(name, "site", "https://docs.example.org/en/", max_pages=9, allow_private=True)
    assert manifest.corpora == (first, CorpusSpec("b", "site", "http://b.example.org"))
    assert spec_for("https://docs.example.org/en/") == CorpusSpec(
        name, "site", "https://docs.example.org/en/"
    )


def test_a_url_of_a_repository_is_one_as_on_the_command_line(tmp_path: Path) -> None:
    url = "https://github.com/pallets/click@8.1.7"
    (tmp_path / "rag.toml").write_text(f'[[corpus]]\nurl = "{url}"\n')
    assert load_manifest(tmp_path / "rag.toml").corpora == (spec_for(url),)


def test_manual_pages_and_packages_go_by_their_names_one_or_several(tmp_path: Path) -> None:
    manifest = load(
        tmp_path,
        '[[corpus]]\nman = "tar"\nname = "archiver"\n[[corpus]]\nman = ["git", "git-log"]\nversion = "2"\n'
        '[[corpus]]\npackage = ["jinja2", "rich", "rich"]\n',
    )
    assert manifest.corpora == (
        CorpusSpec("archiver", "man", "tar"),
        CorpusSpec("git", "man", "git", version="2"),
        CorpusSpec("git-log", "man", "git-log", version="2"),
        CorpusSpec("jinja2", "package", "jinja2"),
        CorpusSpec("rich", "package", "rich"),
    )


def test_a_folder_of_manual_pages_is_named_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    manifest = load(tmp_path, '[[corpus]]\nkind = "man"\npath = "pages"\n')
    assert manifest.corpora == (CorpusSpec("pages", "man", str(tmp_path / "pages")),)


def test_what_is_left_out_has_defaults(tmp_path: Path) -> None:
    manifest = load(tmp_path, '[[corpus]]\npath = "."\n')
    assert (manifest.index, manifest.encoder) == (tmp_path / ".rag", "builtin")
    assert manifest.corpora == (CorpusSpec(tmp_path.name, "code", str(tmp_path)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[corpus]]\npath = "."\nexlude = []\n', "did you mean 'exclude'?"),
        ("[indx]\n", "did you mean 'index'?"),
        ('[index]\ncolour = "x"\n[[corpus]]\npath = "."\n', "unknown key 'colour' in [index]"),
        ("[index]\npath = 3\n", "'path' in [index] is not understood"),
        ('[corpus]\npath = "."\n', "write [[corpus]]"),
        ("corpus = [1]\n", "write [[corpus]]"),
        ("", "there is no [[corpus]]"),
        ('[[corpus]]\nname = "a"\n', "'path' in [[corpus]] number 1 cannot be used"),
        ('[[corpus]]\npath = "none"\n', "there is nothing at"),
        ('[[corpus]]\npath = "rag.toml"\n', "is a file"),
        (
            '[[corpus]]\npath = "rag.toml"\nkind = "package"\n',
            "a file and not a wheel or source distribution",
        ),
        ('[[corpus]]\npath = "."\nkind = "cod"\n', 'write: kind = "code"'),
        ('[[corpus]]\npath = "."\npackage = "numpy"\n', "both path and package"),
        ('[[corpus]]\npackage = "../x"\n', "not the name of a package"),
        ('[[corpus]]\nman = "../x"\n', "not the name of a package or page"),
        ("[[corpus]]\nman = []\n", "a name in quotes, or a list of names"),
        ('[[corpus]]\nman = ["tar", 3]\n', "a name in quotes, or a list of names"),
        ('[[corpus]]\nman = "tar"\npackage = "numpy"\n', "both package and man are given"),
        ('[[corpus]]\nkind = "man"\n', "say where the corpus lies with path or man"),
        ('[[corpus]]\nman = ["tar", "git"]\nname = "x"\n', "stands for 2 corpora"),
        ('[[corpus]]\npath = "."\ninclude = "*.py"\n', "a list of strings"),
        ('[[corpus]]\npath = "."\ninclude = [1]\n', "a list of strings"),
        ('[[corpus]]\npath = "."\nmax_file_bytes = true\n', "a whole number above zero"),
        ('[[corpus]]\npath = "."\nmax_file_bytes = -1\n', "a whole number above zero"),
        ('[[corpus]]\npath = ""\n', "not empty"),
        ('[[corpus]]\nkind = "site"\npath = "."\n', "say where the corpus lies with url"),
        ('[[corpus]]\nurl = "ftp://example.org/"\n', "not a URL with http or https"),
        ('[[corpus]]\nurl = "https://example.org/"\nallow_private = 1\n', "true or false"),
        ('[[corpus]]\npath = "a\\u0000b"\n', "not empty"),
        ('[[corpus]]\npath = "."\n[[corpus]]\npath = "."\n', "stands for 2 corpora"),
        ("[[corpus]]\npath = \n", "at line 2"),
    ],
)
def test_mistakes_name_the_key_the_reason_and_the_fix(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert said in message and str(tmp_path / "rag.toml") in message
    assert caught.value.why and caught.value.fix


def test_a_manifest_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# \xe9\n")
    for name in ("none.toml", "latin.toml", "."):
        with pytest.raises(ManifestError, match="cannot read the manifest"):
            load_manifest(tmp_path / name)


@given(st.text(st.sampled_from('[]corpus index="\n.#1,'), max_size=60))
def test_no_text_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        load(tmp_path_factory.mktemp("manifest"), text)
    except ManifestError as error:
        assert error.fix


def test_a_manifest_is_looked_for_upwards_within_the_repository(tmp_path: Path) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "repo/a/b").mkdir(parents=True)
    (tmp_path / "rag.toml").touch()
    assert find_manifest(tmp_path / "repo/a/b") is None
    (tmp_path / "repo/rag.toml").touch()
    assert find_manifest(tmp_path / "repo/a/b") == tmp_path / "repo/rag.toml"
    (tmp_path / "repo/a/rag.toml").mkdir()
    assert find_manifest(tmp_path / "repo/a/b") == tmp_path / "repo/rag.toml"


# The command line


def test_a_folder_is_code_unless_it_holds_pages(tmp_path: Path) -> None:
    for name in (
        "app/main.py",
        "app/index.json",
        "app/web/a.html",
        "site/a.html",
        "site/b.HTM",
        "site/c.css",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert spec_for(str(tmp_path / "app")) == CorpusSpec("app", "code", str(tmp_path / "app"))
    assert spec_for(str(tmp_path / "site")).kind == "docs"
    assert spec_for(str(tmp_path / "site"), name="x", kind="code") == CorpusSpec(
        "x", "code", str(tmp_path / "site")
    )


def test_a_folder_of_devdocs_libraries_is_docs(tmp_path: Path) -> None:
    (tmp_path / "docs/python~3.9").mkdir(parents=True)
    (tmp_path / "docs/python~3.9/index.json").write_text('{"entries":[]}')
    assert spec_for(str(tmp_path / "docs")).kind == "docs"
    spec = spec_for(str(tmp_path / "docs/python~3.9"))
    assert (spec.kind, spec.name) == ("docs", "python~3.9")


def test_packages_are_named_or_are_wheels(tmp_path: Path) -> None:
    wheel = tmp_path / "my_lib-2.1.0-py3-none-any.whl"
    wheel.touch()
    assert (
        spec_for("pkg:numpy") == spec_for("numpy", kind="package") == CorpusSpec("numpy", "package", "numpy")
    )
    assert spec_for(str(wheel)) == CorpusSpec("my_lib", "package", str(wheel))


def test_relative_locations_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert spec_for(".") == CorpusSpec(tmp_path.name, "code", str(tmp_path))


@pytest.mark.parametrize("location", ["", "none", "none.whl", "pkg:", "pkg:../x", "ftp://a.org/", "http://"])
def test_a_location_that_holds_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.py").touch()
    with pytest.raises(CorpusError, match="fix: name a folder"):
        spec_for(location)


def test_an_unknown_kind_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        spec_for(str(tmp_path), kind="cod")
