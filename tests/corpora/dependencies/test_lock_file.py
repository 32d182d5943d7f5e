"""Lock files and environments: the versions in them, and that none is guessed."""

import json
from pathlib import Path

import pytest

from corpora.dependencies.lock_file import Pinned, current_environment, find_locks, read_lock
from corpora.errors import CorpusError

UV = """
version = 1
[[package]]
name = "billing"
version = "0.1.0"
source = { editable = "." }
[[package]]
name = "NumPy"
version = "1.26.4"
source = { registry = "https://example.org/simple" }
"""
POETRY = """
[[package]]
name = "typing_extensions"
version = "4.12.2"
optional = false
"""
PYLOCK = """
lock-version = "1.0"
[[packages]]
name = "attrs"
version = "25.1.0"
[[packages]]
name = "local-part"
directory = { path = "." }
"""
PIPFILE = json.dumps({"default": {"six": {"version": "==1.17.0"}, "loose": {"version": "*"}}, "develop": {}})


@pytest.mark.parametrize(
    ("name", "text", "packages", "unpinned"),
    [
        (
            "uv.lock",
            UV,
            [Pinned("numpy", "1.26.4")],
            ["billing: it is the project itself, whose code rag index reads"],
        ),
        ("poetry.lock", POETRY, [Pinned("typing-extensions", "4.12.2")], []),
        (
            "pylock.toml",
            PYLOCK,
            [Pinned("attrs", "25.1.0")],
            ["local-part: it is the project itself, whose code rag index reads"],
        ),
        ("Pipfile.lock", PIPFILE, [Pinned("six", "1.17.0")], ["loose: no exact version"]),
    ],
)
def test_each_format_gives_exact_versions_and_lists_entries_without_one(
    tmp_path: Path, name: str, text: str, packages: list[Pinned], unpinned: list[str]
) -> None:
    (tmp_path / name).write_text(text)
    lock = read_lock(tmp_path / name)
    assert list(lock.packages) == packages
    assert list(lock.unpinned) == unpinned


def test_requirements_are_followed_and_only_exact_ones_taken(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("Jinja2==3.1.4  # templates\n-r requirements.txt\n")
    (tmp_path / "requirements.txt").write_text(
        "# comment\n-r base.txt\n--index-url https://example.org\n-e .\n"
        "numpy == 1.26.4 \\\n    --hash=sha256:00\n"
        "pandas>=2\nscipy==1.*\npywin32==306; sys_platform == 'win32' and python_version < '3'\n"
        "a b c\nflask @ https://example.org/flask.whl\n"
    )
    lock = read_lock(tmp_path / "requirements.txt")
    assert lock.packages == (Pinned("jinja2", "3.1.4"), Pinned("numpy", "1.26.4"))
    assert [line.split(" ")[0].removesuffix(":") for line in lock.unpinned] == [
        "-e",
        "pandas>=2",
        "scipy==1.*",
        "a",
        "flask",
    ]


def test_npm_packages_are_known_by_their_place(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "zod").mkdir(parents=True)
    packages = {
        "": {"name": "app", "version": "1.0.0"},
        "node_modules/zod": {"version": "3.23.8"},
        "node_modules/a/node_modules/@types/node": {"version": "20.1.0"},
        "packages/own": {"version": "0.0.1"},
    }
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    installed = str(tmp_path / "node_modules" / "zod")
    assert read_lock(tmp_path / "package-lock.json").packages == (
        Pinned("@types/node", "20.1.0", "npm"),
        Pinned("zod", "3.23.8", "npm", installed),
    )


def test_the_first_format_of_npm_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text(
        json.dumps({"lockfileVersion": 1, "dependencies": {"zod": {"version": "3.0.0"}}})
    )
    assert read_lock(tmp_path / "package-lock.json").packages == (Pinned("zod", "3.0.0", "npm"),)


def test_an_environment_says_what_is_installed_in_it(tmp_path: Path) -> None:
    facts = tmp_path / "lib" / "python3.11" / "site-packages" / "My_Lib-2.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: My_Lib\nVersion: 2.0\n")
    assert read_lock(tmp_path).packages == (Pinned("my-lib", "2.0", location=str(facts)),)
    assert read_lock(facts.parent).packages == read_lock(tmp_path).packages


def test_the_environment_of_this_program_holds_its_own_tests() -> None:
    assert "pytest" in {package.name for package in current_environment().packages}


def test_the_most_exact_lock_of_a_folder_is_taken(tmp_path: Path) -> None:
    for name in ("requirements.txt", "poetry.lock", "package-lock.json"):
        (tmp_path / name).touch()
    assert [path.name for path in find_locks(tmp_path)] == ["poetry.lock", "package-lock.json"]
    assert find_locks(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("uv.lock", "[[package]", "cannot read the lock file"),
        ("uv.lock", "package = 3", "cannot read the lock file"),
        ("poetry.lock", "[[package]]\nversion = '1'", "cannot read the lock file"),
        ("package-lock.json", "{", "cannot read the lock file"),
        ("package-lock.json", "[]", "cannot read the lock file"),
        ("Pipfile.lock", '{"default": []}', "cannot read the lock file"),
        ("requirements.txt", "\udcff\udcfe", "cannot read the lock file"),
        ("go.sum", "x", "as a lock file"),
        ("folder", None, "is not an environment"),
    ],
)
def test_a_file_that_is_no_lock_file_is_reported_with_its_path(
    tmp_path: Path, name: str, content: str | None, what: str
) -> None:
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(CorpusError, match=what) as caught:
        read_lock(path)
    assert str(path) in caught.value.what and caught.value.why and caught.value.fix


def test_a_lock_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        read_lock(tmp_path / "uv.lock")
    assert caught.value.why == "there is nothing at this path"
