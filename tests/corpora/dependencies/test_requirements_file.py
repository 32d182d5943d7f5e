"""Requirements files are read as pip reads them: pip's own parser is the oracle."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.dependencies.lock_file import Lock, read_lock
from corpora.dependencies.requirements_lines import requirement_lines
from tests.small_corpora import write_tree

LINES = [
    "six==1.17.0", "Jinja2 == 3.1.4  # templates", "  numpy==2.1.0  ", "# six==0.1", " # indented", "",
    "attrs==25.1.0 --hash=sha256:00 --hash=sha256:11", "tqdm==4.0 \\", "    --hash=sha256:22",
    "pandas==2.0; python_version < '4'", "a==1#not-a-comment", "--index-url https://example.org/simple",
    "-i https://example.org", "--extra-index-url=https://example.org", "--pre", "--no-binary :all:",
    "--only-binary=:all:", "--trusted-host example.org", "--require-hashes", "-e ./lib", "-e./lib",
    "--editable=git+https://example.org/x.git#egg=x", "x @ https://example.org/x.whl", "./dist/y-1.0.whl",
    "regex==1.0 --config-settings k=v", "yaml==1 --global-option='--x y'", "-f ./wheels", "-f wheels",
    "z==1.0 # comment \\", "w==1.0\\", "six", "q>=1,<2", "\tp==1.0\t", "--use-feature fast-deps",
    "--prefer-binary", "--no-index", "uvicorn[standard]==0.30.0", "\\",
]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(LINES), max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_are_those_that_pip_finds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str
) -> None:
    req_file = pytest.importorskip("pip._internal.req.req_file")
    path = tmp_path_factory.mktemp("requirements") / "requirements.txt"
    path.write_bytes(end.join(lines).encode())
    expected: list[tuple[str, bool]] | None
    try:
        parsed = list(req_file.parse_requirements(str(path), session=None))
        expected = [(" ".join(each.requirement.split()), each.is_editable) for each in parsed]
    except Exception as error:
        assert type(error).__module__.startswith("pip.")
        expected = None
    found = list(requirement_lines(path.read_bytes()))
    if expected is None:
        assert any(line.problem for line in found)
    else:
        assert [(line.requirement, line.is_editable) for line in found if line.requirement] == expected


def lock_of(folder: Path, text: str | bytes, **others: str) -> Lock:
    write_tree(
        folder, {".git/HEAD": "", **{name.replace("_", "."): content for name, content in others.items()}}
    )
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "requirements.txt").write_bytes(data)
    return read_lock(folder / "requirements.txt")


def names(lock: Lock) -> list[str]:
    return [f"{package.name} {package.version}" for package in lock.packages]


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + b"six==1.17.0\n",
        codecs.BOM_UTF16_LE + "six==1.17.0\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "six==1.17.0\r\n".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "six==1.17.0\n".encode("utf-32-le"),
        "# -*- coding: latin-1 -*-\nsix==1.17.0  # gr\xfcn\n".encode("latin-1"),
    ],
    ids=["UTF-8", "UTF-16-LE", "UTF-16-BE", "UTF-32", "latin-1"],
)
def test_a_file_is_decoded_by_its_byte_order_mark_or_its_cookie(tmp_path: Path, data: bytes) -> None:
    assert names(lock_of(tmp_path, data)) == ["six 1.17.0"]


@pytest.mark.parametrize(
    "include",
    ["-r base.txt", "-rbase.txt", "-r\tbase.txt", "--requirement base.txt", "--requirement=base.txt",
     "--requirement\tbase.txt", "-r base.txt  # comment", "-r \\\n base.txt", "--requirem base.txt", "-r file:///{}/base.txt"],
)  # fmt: skip
def test_every_way_to_include_a_file_is_followed(tmp_path: Path, include: str) -> None:
    lock = lock_of(tmp_path, include.format(tmp_path) + "\n", base_txt="six==1.17.0\n")
    assert (names(lock), lock.unpinned) == (["six 1.17.0"], ())


def test_a_constraint_requires_nothing_and_pins_what_is_required(tmp_path: Path) -> None:
    lock = lock_of(
        tmp_path,
        "-c pins.txt\n--constraint=more.txt\nNumPy\nsix==1.17.0\nscipy>=1\n",
        pins_txt="numpy==2.1.0\npandas==2.2.0\nsix==1.0\n-r deep.txt\n",
        more_txt="",
        deep_txt="scipy==1.14.0; sys_platform != 'win32'\nscipy==1.10.0; sys_platform == 'win32'\n",
    )
    assert names(lock) == ["numpy 2.1.0", "scipy 1.14.0", "six 1.17.0"]
    assert lock.unpinned == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("six==1.0 extra words", "not a valid requirement"),
        ("--no-such-option", "its options are not understood"),
        ("-r", "its options are not understood"),
        ("six==1.0 'unclosed --hash 'x", "its options are not understood"),
        ("six==${SIX_VERSION}", "a variable of the environment, which is not read"),
        ("-r ${HOME}/secret.txt", "a variable of the environment, which is not read"),
        ("-r https://example.org/base.txt", "this file is not on this machine"),
        ("-r ../../outside.txt", "this file is outside the project"),
        ("six==1.0 -r base.txt", "an option in it belongs on a line of its own"),
        ("-e git+https://user:secret-token@example.org/x.git#egg=x", "it comes from no registry: git"),
        ("x @ https://example.org/x-1.0.whl", "it comes from no registry: url"),
        ("hg+https://example.org/x", "it comes from no registry: hg"),
        ("../../outside/lib", "is outside the project"),
        ("./absent", "there is nothing to read at"),
        ("-e .[dev]", "it is the project itself"),
        ("six==1.0; nonsense < '3'", "not a valid requirement"),
    ],
)
def test_what_is_not_read_is_reported_with_file_and_line(
    tmp_path: Path, line: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIX_VERSION", "1.17.0")
    lock = lock_of(tmp_path, f"# first\n\n{line}\nattrs==25.1.0\n", base_txt="")
    assert names(lock) == ["attrs 25.1.0"]
    (entry,) = lock.unpinned
    assert problem in entry and entry.endswith("(requirements.txt, line 3)")
    assert "secret-token" not in entry


def test_folders_and_archives_of_the_project_are_read_in_place(tmp_path: Path) -> None:
    wheel = "dist/made-2.0-py3-none-any.whl"
    tree = {
        "lib/pyproject.toml": "[project]\nname='My-Lib'\nversion='0.3'\n", "lib/src/my_lib/__init__.py": "",
        "flat/setup.py": "", "flat/flat/__init__.py": "", "flat/tests/__init__.py": "", wheel: "",
        "sub/more.txt": "../lib2\n", "lib2/lib2.py": "",
    }  # fmt: skip
    write_tree(tmp_path, tree)
    lines = ["-e ./lib[dev]", f"flat @ file://{tmp_path}/flat", wheel, "-r sub/more.txt"]
    lock = lock_of(tmp_path, "\n".join(lines))
    found = {package.name: (package.version, package.location) for package in lock.packages}
    assert found == {
        "my-lib": ("0.3", str(tmp_path / "lib/src/my_lib")),
        "flat": ("", str(tmp_path / "flat/flat")),
        "made": ("2.0", str(tmp_path / wheel)),
        "lib2": ("", str(tmp_path / "lib2/lib2.py")),
    }
    assert all(package.not_fetched for package in lock.packages)


@pytest.mark.slow
@pytest.mark.parametrize(
    "option",
    ["--index-url https://pypi.corp.example/simple", "-i https://u:p@pypi.corp.example/simple",
     "--extra-index-url=https://pypi.corp.example/simple", "-f https://pypi.corp.example/wheels",
     "--index-url https://${USER}:${TOKEN}@pypi.corp.example/simple"],
)  # fmt: skip
def test_nothing_is_fetched_where_another_index_may_be_meant(
    tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = lock_of(tmp_path, f"six==1.17.0\n{option}\n")
    assert ["pypi.corp.example" in package.not_fetched for package in lock.packages] == [True]
    assert "u:p" not in lock.packages[0].not_fetched


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"])
def test_an_index_of_the_users_own_configuration_is_asked(
    tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "https://me:mine@pypi.corp.example/simple/")
    lock = lock_of(tmp_path, "six==1.17.0\n--extra-index-url https://pypi.corp.example/simple\n")
    assert [package.not_fetched for package in lock.packages] == [""]


@pytest.mark.slow
def test_a_folder_of_the_users_own_configuration_may_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/srv/wheels https://links.corp.example/")
    lines = (
        "--find-links /srv/wheels",
        "-f https://links.corp.example",
        "-f file:///srv/wheels/",
        "-f /srv/other",
    )
    lock = lock_of(tmp_path, "\n".join(["six==1.17.0", *lines[:3]]))
    assert [package.not_fetched for package in lock.packages] == [""]
    lock = lock_of(tmp_path, "\n".join(["six==1.17.0", *lines]))
    (problem,) = (package.not_fetched for package in lock.packages)
    assert problem.startswith(
        "it may come from /srv/other, which your own configuration of pip does not name"
    )


def test_the_public_index_may_be_named(tmp_path: Path) -> None:
    lock = lock_of(tmp_path, "--index-url https://pypi.org/simple\nsix==1.17.0\n-f ./wheels\n")
    assert [package.not_fetched for package in lock.packages] == [""]


@pytest.mark.slow
def test_one_public_index_beside_another_does_not_make_that_one_public(tmp_path: Path) -> None:
    options = "-i https://pypi.org/simple\n--extra-index-url https://pypi.corp.example/simple\n"
    lock = lock_of(tmp_path, f"{options}six==1.17.0\n")
    assert ["pypi.corp.example" in package.not_fetched for package in lock.packages] == [True]


def test_wheels_in_a_folder_of_links_are_read_there(tmp_path: Path) -> None:
    write_tree(tmp_path, {"wheels/Six-1.17.0-py2.py3-none-any.whl": "", "wheels/README": ""})
    lock = lock_of(tmp_path, "--no-index\n-f wheels\nsix==1.17.0\nattrs==25.1.0\n")
    (six,) = lock.packages
    assert six.location == str(tmp_path / "wheels/Six-1.17.0-py2.py3-none-any.whl") and six.not_fetched
    assert lock.unpinned[0].startswith("attrs==25.1.0: it comes from no registry: --no-index")
