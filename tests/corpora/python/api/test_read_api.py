"""Reading an API from a wheel, an archive, a folder, an environment or a revision of a repository."""

import subprocess
import tarfile
from pathlib import Path

import pytest

from corpora.errors import CorpusError, NothingToRead
from corpora.python.api.read import read_python_api
from tests.small_corpora import make_wheel, write_tree

CART = {
    "shop/__init__.py": "from .cart import Cart\n",
    "shop/cart.py": ("class Cart:\n    def add(self, item): ...\n"),
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    settings = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *settings, *arguments], check=True, capture_output=True)


def environment_with(root: Path, packages: dict[str, dict[str, str]]) -> Path:
    """Return an environment that holds distributions, each at version 1.0 with these files."""
    site = root / "lib" / "python3.11" / "site-packages"
    write_tree(root, {"pyvenv.cfg": "version = 3.11.7\n", "bin/python": ""})
    for name, files in packages.items():
        write_tree(site, files)
        record = "".join(f"{file},,\n" for file in files)
        write_tree(
            site / f"{name.replace('-', '_')}-1.0.dist-info",
            {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "RECORD": record},
        )
    return root


def test_a_wheel_is_read_once_for_its_content(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "shop", "1.2", CART)
    model = read_python_api(str(wheel))
    assert (model.library, model.version, model.tops) == ("shop", "1.2", ("shop",))
    assert model.find("shop.Cart.add") is not None
    (kept,) = (tmp_path / "cache" / "api").iterdir()
    before = kept.stat().st_ino
    assert read_python_api(f"pkg:{wheel}").names == model.names
    assert kept.stat().st_ino == before
    make_wheel(tmp_path, "shop", "1.2", CART | {"shop/more.py": "VALUE = 1\n"})
    assert "shop.more" in read_python_api(str(wheel)).names


def test_a_source_distribution_is_read(tmp_path: Path) -> None:
    write_tree(
        tmp_path / "shop-2.0",
        {f"src/{name}": text for name, text in CART.items()} | {"setup.py": ("raise 1\n")},
    )
    write_tree(tmp_path / "shop-2.0", {"PKG-INFO": "Metadata-Version: 2.1\nName: shop\nVersion: 2.0\n"})
    path = tmp_path / "shop-2.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(tmp_path / "shop-2.0", "shop-2.0")
    model = read_python_api(str(path))
    assert (model.version, model.find("shop.Cart.add") is not None) == ("2.0", True)


@pytest.mark.parametrize("folder", ["", "src"])
def test_the_folder_of_a_project_is_read_by_the_packages_in_it(folder: str, tmp_path: Path) -> None:
    project = write_tree(
        tmp_path / "project", {str(Path(folder) / name): text for name, text in CART.items()}
    )
    write_tree(project, {"setup.py": "raise SystemExit\n"})
    assert read_python_api(str(project)).tops == ("shop",)
    assert read_python_api(str(project / folder / "shop")).find("shop.Cart") is not None


def test_nothing_of_a_package_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    files = CART | {"shop/evil.py": f"open({str(mark)!r}, 'w')\n"}
    read_python_api(str(make_wheel(tmp_path, "shop", "1.0", files)))
    assert not mark.exists()


def test_two_revisions_of_a_repository_are_read_without_a_checkout(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    project = write_tree(tmp_path / "project", CART)
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "one")
    git(project, "tag", "v1")
    write_tree(
        project,
        {
            "shop/cart.py": ("class Cart:\n    def put(self, item): ...\n"),
            ".gitattributes": "*.py filter=evil\n",
        },
    )
    git(project, "commit", "-q", "-a", "-m", "two")
    git(project, "config", "filter.evil.smudge", f"touch {mark}")
    git(project, "config", "core.fsmonitor", f"touch {mark}")
    old, new = read_python_api(f"{project}@v1"), read_python_api(f"{project}@main")
    assert (old.version, new.version) == ("v1", "main")
    assert old.find("shop.Cart.add") is not None and old.find("shop.Cart.put") is None
    assert new.find("shop.Cart.put") is not None and new.find("shop.Cart.add") is None
    assert read_python_api(f"{project / 'shop'}@v1").find("shop.Cart.add") is not None
    assert not mark.exists()


def test_a_revision_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    project = write_tree(tmp_path / "project", CART)
    with pytest.raises(CorpusError, match="cannot read revision 'v9'"):
        read_python_api(f"{project}@v9")
    git(project, "init", "-q", "-b", "main")
    for revision in ("v9", "--all", "-v1"):
        with pytest.raises(CorpusError, match="cannot read revision"):
            read_python_api(f"{project}@{revision}")


def test_a_revision_without_python_is_an_error(tmp_path: Path) -> None:
    project = write_tree(tmp_path / "project", {"README.md": "text"})
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "one")
    with pytest.raises(CorpusError, match="cannot read revision 'main'") as caught:
        read_python_api(f"{project}@main")
    assert "no Python file" in caught.value.why


def test_an_installed_package_is_read_from_the_environment_that_is_named(tmp_path: Path) -> None:
    environment = environment_with(tmp_path / "env", {"shop": CART})
    for python in (str(environment), str(environment / "bin" / "python")):
        model = read_python_api("shop", python=python)
        assert (model.version, model.find("shop.Cart") is not None) == ("1.0", True)


def test_the_environment_of_the_project_is_found(tmp_path: Path) -> None:
    write_tree(tmp_path / "project", {"pyproject.toml": ""})
    environment_with(tmp_path / "project" / ".venv", {"shop": CART})
    assert read_python_api("pkg:shop", folder=tmp_path / "project").version == "1.0"


def test_a_package_of_several_distributions_is_an_error_that_names_them(tmp_path: Path) -> None:
    packages = {"shop-full": CART, "shop-headless": CART}
    environment = environment_with(tmp_path / "env", packages)
    with pytest.raises(CorpusError, match="several distributions have a package 'shop'") as caught:
        read_python_api("shop", python=str(environment))
    assert "shop-full, shop-headless" in caught.value.why
    assert read_python_api("shop-full", python=str(environment)).library == "shop-full"


def test_a_namespace_package_holds_what_its_own_distribution_has(tmp_path: Path) -> None:
    packages = {
        "acme-one": {"acme/one.py": ("def a(): ...\n")},
        "acme-two": {"acme/two/__init__.py": "def b(): ...\n"},
    }
    environment = environment_with(tmp_path / "env", packages)
    model = read_python_api("acme-two", python=str(environment))
    assert model.find("acme.two.b") is not None
    assert model.find("acme.one") is None


def test_a_package_of_stubs_alone_is_read_as_what_it_describes(tmp_path: Path) -> None:
    stubs = {"shop-stubs/__init__.pyi": "class Cart:\n    def add(self, item: str) -> None: ...\n"}
    model = read_python_api(str(make_wheel(tmp_path, "types_shop", "1.0", stubs)))
    found = model.find("shop.Cart.add")
    assert (model.library, model.tops) == ("types-shop", ("shop",))
    assert found is not None and found.object is not None and "stub" in found.object.labels
    assert not model.is_open("shop.Cart")


def test_compiled_code_that_tells_nothing_is_an_error(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "fast", "1.0", {"fast.cpython-311-x86_64-linux-gnu.so": "\x7fELF"})
    with pytest.raises(NothingToRead, match="no API can be read of fast") as caught:
        read_python_api(str(wheel))
    assert "compiled code alone" in caught.value.why


def test_a_wheel_without_modules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError):
        read_python_api(str(make_wheel(tmp_path, "empty", "1.0", {"README": ""})))


def test_a_broken_wheel_is_an_error(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "shop", "1.0", CART)
    wheel.write_bytes(wheel.read_bytes()[:200])
    with pytest.raises(CorpusError, match="cannot read the wheel"):
        read_python_api(str(wheel))


@pytest.mark.parametrize("location", ["/nowhere/shop", "./nowhere", "/nowhere/shop-1.0-py3-none-any.whl"])
def test_a_path_where_nothing_is_is_an_error(location: str) -> None:
    with pytest.raises(CorpusError):
        read_python_api(location)


def test_a_module_that_cannot_be_parsed_is_left_out(tmp_path: Path) -> None:
    files = CART | {"shop/broken.py": "def (:\n", "shop/deep.py": "x = " + "(" * 5_000 + ")" * 5_000 + "\n"}
    model = read_python_api(str(make_wheel(tmp_path, "shop", "1.0", files)))
    assert model.find("shop.Cart") is not None


@pytest.mark.slow(20)
def test_an_index_that_cannot_be_reached_is_not_taken_for_one_without_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of wheels that pip looks in, too, has another version."""
    make_wheel(tmp_path, "shop", "2.0", CART)
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    settings = {
        "CONFIG_FILE": "/dev/null", "INDEX_URL": "http://127.0.0.1:9/simple", "EXTRA_INDEX_URL": "",
        "RETRIES": "1", "FIND_LINKS": str(tmp_path),
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    with pytest.raises(CorpusError, match=r"cannot fetch shop 1\.0") as caught:
        read_python_api("shop==1.0")
    assert "cannot be reached" in caught.value.why
