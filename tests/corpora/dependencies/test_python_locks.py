"""Locks of Python: where each package comes from, and which of them are for the target."""

import json
import platform
import sys
from pathlib import Path

import pytest

from corpora.dependencies.lock_file import read_lock, root_versions
from corpora.dependencies.target import Target, target_of
from tests.small_corpora import write_tree

OTHER = "https://pypi.corp.example/simple"
LOCAL = {
    "libs/shared/src/shared/__init__.py": "", "libs/shared/setup.py": "",
    "dist/arch-3.0-py3-none-any.whl": "", ".git/HEAD": "",
}  # fmt: skip


def table(name: str, source: str = "", key: str = "package", **facts: str) -> str:
    lines = "".join(f"{field} = {json.dumps(value)}\n" for field, value in facts.items())
    return f"[[{key}]]\nname = {json.dumps(name)}\n{lines}{source}\n"


def poetry(kind: str, url: str) -> str:
    return f'[package.source]\ntype = "{kind}"\nurl = "{url}"'


# Each has what is here, what only another index has, what no registry has, the project itself, and six.
FORMATS = {
    "poetry.lock": (
        table("shared", poetry("directory", "libs/shared"), version="0.1")
        + table("arch", poetry("file", "dist/arch-3.0-py3-none-any.whl"), version="3.0")
        + table("corp", poetry("legacy", OTHER), version="2.0")
        + table("fork", poetry("git", "https://t0ken:x@example.org/f.git"), version="1.0")
        + table("link", poetry("url", "https://example.org/l.tar.gz"), version="1.0")
        + table("out", poetry("directory", "../../out"), version="1.0")
        + table("me", poetry("directory", "."), version="1.0")
        + table("six", version="1.17.0")
    ),
    "uv.lock": (
        table("shared", 'source = { editable = "libs/shared" }', version="0.1")
        + table("arch", 'source = { path = "dist/arch-3.0-py3-none-any.whl" }', version="3.0")
        + table("corp", f'source = {{ registry = "{OTHER}" }}', version="2.0")
        + table("fork", 'source = { git = "https://t0ken:x@example.org/f.git#1" }', version="1.0")
        + table("link", 'source = { url = "https://example.org/l.tar.gz" }', version="1.0")
        + table("out", 'source = { directory = "../../out" }', version="1.0")
        + table("me", 'source = { virtual = "." }', version="1.0")
        + table("six", 'source = { registry = "https://pypi.org/simple" }', version="1.17.0")
    ),
    "pdm.lock": (
        table("shared", "editable = true", version="0.1", path="./libs/shared")
        + table("arch", version="3.0", path="./dist/arch-3.0-py3-none-any.whl")
        + table("corp", f'files = [{{ url = "{OTHER}/corp-2.0.whl" }}]', version="2.0")
        + table("fork", version="1.0", git="https://t0ken:x@example.org/f.git")
        + table("link", version="1.0", url="https://example.org/l.tar.gz")
        + table("out", version="1.0", path="../../out")
        + table("me", version="1.0", path=".")
        + table("six", version="1.17.0")
    ),
    "pylock.toml": (
        table("shared", 'directory = { path = "libs/shared", editable = true }', "packages", version="0.1")
        + table("arch", 'archive = { path = "dist/arch-3.0-py3-none-any.whl" }', "packages")
        + table("corp", "", "packages", version="2.0", index=OTHER)
        + table("fork", 'vcs = { type = "git", url = "https://t0ken:x@example.org/f.git" }', "packages")
        + table("link", 'archive = { url = "https://example.org/l.tar.gz" }', "packages", version="1.0")
        + table("out", 'directory = { path = "../../out" }', "packages")
        + table("me", 'directory = { path = "." }', "packages")
        + table("six", "", "packages", version="1.17.0", index="https://pypi.org/simple")
    ),
    "Pipfile.lock": json.dumps({
        "_meta": {"sources": [
            {"name": "pypi", "url": "https://pypi.org/simple"}, {"name": "c", "url": OTHER},
        ]},
        "default": {
            "shared": {"path": "./libs/shared", "editable": True},
            "arch": {"file": "dist/arch-3.0-py3-none-any.whl"},
            "corp": {"version": "==2.0", "index": "c"},
            "fork": {"git": "https://t0ken:x@example.org/f.git", "ref": "1"},
            "link": {"file": "https://example.org/l.tar.gz"},
            "out": {"path": "../../out"},
        },
        "develop": {"me": {"path": ".", "editable": True}},
        "docs": {"six": {"version": "==1.17.0", "index": "pypi"}},
    }),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_no_strangers_package_stands_for_one_from_another_place(tmp_path: Path, name: str) -> None:
    project = write_tree(tmp_path / "a" / "project", {**LOCAL, name: FORMATS[name]})
    write_tree(tmp_path / "out", {"out/__init__.py": ""})
    lock = read_lock(project / name)
    found = {package.name: package for package in lock.packages}
    fetched = {package.name for package in lock.packages if not package.not_fetched}
    assert fetched == {"six"}
    assert set(found) == {"six", "shared", "arch", "corp"}
    assert found["shared"].location == str(project / "libs/shared/src/shared")
    assert found["arch"].location == str(project / "dist/arch-3.0-py3-none-any.whl")
    assert (found["corp"].location, "pypi.corp.example" in found["corp"].not_fetched) == ("", True)
    assert {line.partition(":")[0] for line in lock.unpinned} == {"fork", "link", "out", "me"}
    assert "t0ken" not in str(lock)


def test_what_is_installed_in_the_project_is_read_there_wherever_it_came_from(tmp_path: Path) -> None:
    site = ".venv/lib/python3.12/site-packages"
    files = {
        f"{site}/{name}-1.0.dist-info/METADATA": f"Name: {name}\nVersion: 1.0\n" for name in ("fork", "six")
    }
    source = poetry("git", "https://example.org/f.git")
    text = table("fork", source, version="1.0") + table("six", version="1.17.0")
    lock = read_lock(write_tree(tmp_path, {**files, "poetry.lock": text}) / "poetry.lock")
    found = {package.name: (package.location, bool(package.not_fetched)) for package in lock.packages}
    assert found == {
        "fork": (str(tmp_path / site / "fork-1.0.dist-info"), True),
        "six": ("", False),  # another version is installed
    }


MARKED = {
    "poetry.lock": (
        table("new", version="2.0", markers="python_version >= '3.12'")
        + table("new", version="1.0", markers="python_version < '3.12'")
        + table("win", 'groups = ["main", "dev"]\nmarkers = { main = "sys_platform == \'win32\'", '
                'dev = "sys_platform == \'cygwin\'" }', version="1.0")
        + table("dev", 'groups = ["main", "dev"]\nmarkers = { main = "sys_platform == \'win32\'", '
                'dev = "python_version > \'3\'" }', version="1.0")
        + '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.8"\n'
    ),
    "uv.lock": (
        'requires-python = ">=3.8"\n'
        + table("app", """source = { virtual = "." }
dependencies = [
  { name = "new", version = "2.0", marker = "python_full_version >= '3.12'" },
  { name = "new", version = "1.0", marker = "python_full_version < '3.12'" },
  { name = "win", marker = "sys_platform == 'win32'" },
]
[package.dev-dependencies]
lint = [{ name = "dev" }]
""")
        + table("new", "resolution-markers = [\"python_full_version >= '3.12'\"]", version="2.0")
        + table("new", "resolution-markers = [\"python_full_version < '3.12'\"]", version="1.0")
        + table("win", version="1.0") + table("dev", version="1.0")
    ),
    "pdm.lock": (
        table("new", version="2.0", requires_python=">=3.12", marker="python_version >= '3.12'")
        + table("new", version="1.0", marker="python_version < '3.12'")
        + table("win", version="1.0", marker="sys_platform == 'win32'") + table("dev", version="1.0")
    ),
    "pylock.toml": (
        table("new", "", "packages", version="2.0", marker="python_version >= '3.12'")
        + table("new", "", "packages", version="1.0", **{"requires-python": "<3.12"})
        + table("win", "", "packages", version="1.0", marker="sys_platform == 'win32'")
        + table("dev", "", "packages", version="1.0", marker="'dev' in dependency_groups")
    ),
    "requirements.txt": (
        "new==2.0; python_version >= '3.12'\nnew==1.0 ; python_version < '3.12'\n"
        "win==1.0; sys_platform == 'win32'\ndev==1.0\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize(("python", "version", "other"), [("3.12.4", "2.0", "1.0"), ("3.9.1", "1.0", "2.0")])
def test_markers_are_evaluated_for_the_python_of_the_projects_environment(
    tmp_path: Path, name: str, python: str, version: str, other: str
) -> None:
    config = f"home = /usr/bin\nversion_info = {python}.final.0\n"
    lock = read_lock(write_tree(tmp_path, {name: MARKED[name], ".venv/pyvenv.cfg": config}) / name)
    assert [f"{each.name} {each.version}" for each in lock.packages] == ["dev 1.0", f"new {version}"]
    assert lock.others == (f"new {other}", "win 1.0")


def test_an_older_lock_of_poetry_is_walked_from_what_the_project_requires(tmp_path: Path) -> None:
    text = (
        table("click", """[package.dependencies]
colorama = { version = "*", markers = "os_name == 'nt'" }
""", version="8.1.0")
        + table("colorama", version="0.4.6")
        + table("numpy", version="1.24.4") + table("numpy", version="2.1.0") + table("loose", version="1.0")
        + '[metadata]\nlock-version = "2.0"\n'
    )  # fmt: skip
    project = (
        '[tool.poetry.dependencies]\npython = "^3.8"\nclick = "^8.1"\nnumpy = [\n'
        '  { version = "2.1.0", markers = "python_version >= \'3.10\'" },\n'
        '  { version = "1.24.4", markers = "python_version < \'3.10\'" },\n]\n'
    )
    lock = read_lock(write_tree(tmp_path, {"poetry.lock": text, "pyproject.toml": project}) / "poetry.lock")
    assert [f"{each.name} {each.version}" for each in lock.packages] == [
        "click 8.1.0",
        "loose 1.0",
        "numpy 2.1.0",
    ]
    assert lock.others == ("colorama 0.4.6", "numpy 1.24.4")


def test_a_lock_of_uv_for_one_platform_per_fork_keeps_the_one_of_this_machine(tmp_path: Path) -> None:
    text = (
        table("app", """source = { editable = "." }
dependencies = [
  { name = "torch", version = "2.6.0", marker = "sys_platform == 'darwin'" },
  { name = "torch", version = "2.6.0+cpu", marker = "sys_platform == 'linux'" },
]
""", version="1.0")
        + table("torch", version="2.6.0") + table("torch", version="2.6.0+cpu")
    )  # fmt: skip
    lock = read_lock(write_tree(tmp_path, {"uv.lock": text}) / "uv.lock")
    expected = {"linux": ["2.6.0+cpu"], "darwin": ["2.6.0"]}
    assert [each.version for each in lock.packages] == expected.get(sys.platform, [])


def test_the_version_of_a_name_is_that_of_the_project_not_the_last(tmp_path: Path) -> None:
    text = (
        table("app", """source = { virtual = "." }
dependencies = [{ name = "a", version = "1.0" }, { name = "b" }]
""", version="1.0")
        + table("b", 'dependencies = [{ name = "a", version = "3.0" }]', version="1.0")
        + table("a", version="1.0")
        + table("a", version="3.0")
    )  # fmt: skip
    lock = read_lock(write_tree(tmp_path, {"uv.lock": text}) / "uv.lock")
    assert [each.version for each in lock.packages if each.name == "a"] == ["1.0", "3.0"]
    assert root_versions(lock.packages)["python", "a"] == "1.0"


@pytest.mark.parametrize("requires", ["", "no specifier", ">=3.9", "<3"])
def test_without_an_environment_the_target_is_this_python_if_the_project_supports_it(
    tmp_path: Path, requires: str
) -> None:
    assert target_of(tmp_path, requires) == Target(platform.python_version())


@pytest.mark.parametrize(("requires", "python"), [(">=3.20.4,<3.21", "3.20.99"), (">=3.21", "3.21.0")])
def test_or_else_the_oldest_that_the_project_supports(tmp_path: Path, requires: str, python: str) -> None:
    assert target_of(tmp_path, requires) == Target(python)


def test_exact_versions_of_a_pyproject_are_read(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "app"\ndependencies = ["six==1.17.0", "numpy>=2", "x @ https://example.org/x.whl"]\n'
        "[project.optional-dependencies]\ndocs = [\"sphinx==8.0; python_version > '3'\"]\n"
        '[dependency-groups]\ntest = ["pytest==9.0", { include-group = "lint" }]\nlint = ["ruff==1.0"]\n'
    )
    lock = read_lock(write_tree(tmp_path, {"pyproject.toml": text}) / "pyproject.toml")
    assert {package.name for package in lock.packages} == {"six", "sphinx", "pytest", "ruff"}
    assert [line.split(":")[0] for line in lock.unpinned] == ["numpy>=2", "x"]


@pytest.mark.slow
def test_the_sources_of_a_pyproject_are_heeded(tmp_path: Path) -> None:
    text = f'''
[project]
name = "app"
dependencies = ["shared", "corp==2.0", "forked==1.0", "member==1.0", "six==1.17.0"]
[tool.uv.sources]
Shared = {{ path = "libs/shared" }}
corp = {{ index = "ours" }}
forked = [{{ git = "https://example.org/f.git", marker = "sys_platform == 'linux'" }}]
member = {{ workspace = true }}
[[tool.uv.index]]
name = "ours"
url = "{OTHER}"
explicit = true
'''
    lock = read_lock(write_tree(tmp_path, {**LOCAL, "pyproject.toml": text}) / "pyproject.toml")
    found = {each.name: (bool(each.location), bool(each.not_fetched)) for each in lock.packages}
    assert found == {"shared": (True, True), "corp": (False, True), "six": (False, False)}
    assert [line.partition(":")[0] for line in lock.unpinned] == ["forked", "member"]
    for_all = text.replace("explicit = true", "")
    lock = read_lock(write_tree(tmp_path, {"pyproject.toml": for_all}) / "pyproject.toml")
    assert [each.name for each in lock.packages if not each.not_fetched] == []


def test_a_place_that_no_system_has_loses_nothing_else(tmp_path: Path) -> None:
    text = table("long", poetry("directory", "x" * 5_000)) + table("nul", poetry("file", "a\\u0000b"))
    lock = read_lock(
        write_tree(tmp_path, {"poetry.lock": text + table("six", version="1.17.0")}) / "poetry.lock"
    )
    assert [each.name for each in lock.packages] == ["six"]
    assert [line.partition(":")[0] for line in lock.unpinned] == ["long", "nul"]
