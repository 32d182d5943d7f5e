"""Hostile lock files, requirements and environments: invalid names, versions and paths."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.dependencies.lock_file import read_lock
from corpora.dependencies.package_name import (
    is_distribution_name,
    is_npm_name,
    is_npm_version,
    is_python_version,
)
from corpora.errors import CorpusError
from corpora.npm.fetch import fetched_tarball
from corpora.outside.child_process import run_bounded
from corpora.python.fetching.wheels import fetched_wheel
from corpora.sources import spec_for
from tests.small_corpora import write_tree

RAG = Path(sys.executable).with_name("rag")

NAMES = [
    "-revil", "--index-url=http://127.0.0.1", "-e", "../six", "six/../x", "six[extra]", "six @ file:///x", "",
    "six==1", "six;x", "six x", "six\n-revil", "\x1b[31msix", "\uff53ix", "six\0", "a" * 300, ".six", "six-",
    "$(id)", "https://127.0.0.1/x.whl", "git+ssh://x", "./six.whl", "*", "six?", "{six,x}", "~", "C:six",
    "six\u202e",
]  # fmt: skip
VERSIONS = [
    "1.0 -revil", "1.0\n", " 1.0", "../../1.0", "1.*", "", "*", "1.0;x", "1.0,<2", "==1.0", "===x", "1.0/..",
    "1.0 --no-binary=:all:", "latest", "file:///x", "1" * 5000, "1.0+a/b", "1.0\0", "\uff11.0",
    "1.0po\u017ft1", "[1]",
]  # fmt: skip
NPM_VERSIONS = [
    "latest", "^1.0.0", "1.x", "file:../x", "git+ssh://git@host/x", "https://127.0.0.1/x.tgz",
    "npm:other@1.0.0", "1.0.0/../..", "1.0.0 --registry=http://127.0.0.1", "workspace:*", "", "v1.0.0", "1.0",
    "1.0.0+", "\u0661.0.0",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_name_is_refused_everywhere(name: str) -> None:
    assert not is_distribution_name(name)
    assert not is_npm_name(name) or name in {"six-", "~"}  # (npm has such names, and they are harmless)
    with pytest.raises(CorpusError):
        fetched_wheel(name, "1.0")
    for spec in (f"pkg:{name}==1.0", f"npm:{name}@../1.0.0"):
        with pytest.raises(CorpusError):
            spec_for(spec)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_no_version_is_refused_everywhere(version: str) -> None:
    assert not is_python_version(version)
    with pytest.raises(CorpusError):
        fetched_wheel("six", version)


@pytest.mark.parametrize("version", NPM_VERSIONS)
def test_what_is_no_version_of_npm_is_refused_everywhere(version: str) -> None:
    assert not is_npm_version(version)
    with pytest.raises(CorpusError):
        fetched_tarball("zod", version)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("six", "1.17.0"),
        ("zope.interface", "5.0"),
        ("torch", "2.6.0+cpu"),
        ("a", "1!2.0rc1.post2.dev3"),
        ("A1", "2024.1"),
    ],
)
def test_names_and_versions_as_the_package_index_has_them_are_accepted(name: str, version: str) -> None:
    assert is_distribution_name(name) and is_python_version(version)


@pytest.mark.parametrize(
    "name", ["zod", "@types/react", "JSONStream", "lodash.merge", "@a_b/c", "7zip-bin", "a~b"]
)
def test_names_as_npm_has_them_are_accepted(name: str) -> None:
    assert is_npm_name(name) and is_npm_version("1.0.0-rc.1+build.5")


def toml(name: str, version: str, table: str = "package") -> str:
    return f"[[{table}]]\nname = {json.dumps(name)}\nversion = {json.dumps(version)}\n"


def npm_lock(place: str, **facts: object) -> str:
    return json.dumps({"lockfileVersion": 3, "packages": {"": {}, place: facts}})


FORMATS: dict[str, Callable[[str, str], str]] = {
    "uv.lock": toml,
    "poetry.lock": toml,
    "pdm.lock": toml,
    "pylock.toml": lambda name, version: toml(name, version, "packages"),
    "Pipfile.lock": lambda name, version: json.dumps({"default": {name: {"version": f"=={version}"}}}),
    "requirements.txt": lambda name, version: f"{name}=={version}\n",
    "package-lock.json": lambda name, version: npm_lock(f"node_modules/{name}", version=version),
}


MORE_FORMATS: dict[str, Callable[[str, str], str]] = {
    **FORMATS,
    "pnpm-lock.yaml": lambda name, version: (
        "lockfileVersion: '9.0'\npackages:\n  "
        + json.dumps(f"{name}@{version}")
        + ": {resolution: {integrity: x}}\n"
    ),
    "yarn.lock": lambda name, version: f"{json.dumps(f'{name}@^1')}:\n  version {json.dumps(version)}\n",
    "bun.lock": lambda name, version: json.dumps({"packages": {"x": [f"{name}@{version}", "", {}]}}),
    "pyproject.toml": lambda name, version: (
        f"[project]\ndependencies = [{json.dumps(f'{name}=={version}')}]\n"
    ),
}


@pytest.mark.parametrize("file", MORE_FORMATS)
@pytest.mark.parametrize(
    ("name", "version"), [("-revil", "1.0.0"), ("six", "1.0.0 -revil"), ("../../x", "1.0.0")]
)
def test_an_entry_of_a_lock_file_that_is_no_package_is_reported(
    tmp_path: Path, file: str, name: str, version: str
) -> None:
    (tmp_path / file).write_text(MORE_FORMATS[file](name, version))
    lock = read_lock(tmp_path / file)
    assert lock.packages == ()
    assert len(lock.unpinned) == 1


@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.skipif(not RAG.exists(), reason="needs the command rag")
def test_a_lock_file_does_not_have_pip_or_npm_do_anything_else(tmp_path: Path, file: str) -> None:
    canary = tmp_path / "canary"
    write_tree(
        tmp_path,
        {
            "evil": "./sdist\n",
            "sdist/setup.py": f"open({str(canary)!r}, 'w')\n",
            "sdist/package.json": json.dumps(
                {"name": "x", "version": "1.0.0", "scripts": {"prepack": f"touch {canary}"}}
            ),
            file: FORMATS[file]("-revil", "1.0.0"),
        },
    )
    environment = {**os.environ, "RAG_CACHE": str(tmp_path / "cache"), "PIP_NO_INDEX": "1"}
    done = subprocess.run(
        [str(RAG), "docs", "sync", file],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert not canary.exists()
    cache = tmp_path / "cache"
    assert not [path for path in cache.rglob("*") if path.suffix in {".whl", ".tgz"}]


PLACES = [
    "../../node_modules/x",
    "node_modules/../../../x",
    "/etc/node_modules/x",
    "node_modules/link",
    "..\\node_modules/x",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_place_out_of_the_project_is_not_read(tmp_path: Path, place: str) -> None:
    project = tmp_path / "a" / "b" / "project"
    described = json.dumps({"name": "x", "version": "1.0.0"})
    write_tree(tmp_path, {"x/package.json": described, "node_modules/x/package.json": described})
    write_tree(tmp_path / "a", {"node_modules/x/package.json": described})
    write_tree(
        project, {"package-lock.json": npm_lock(place, name="x", version="1.0.0"), "node_modules/.keep": ""}
    )
    (project / "node_modules" / "link").symlink_to(tmp_path / "x")
    lock = read_lock(project / "package-lock.json")
    assert [package.location for package in lock.packages] in ([""], [])


def test_requirements_out_of_the_project_are_not_read_nor_shown(tmp_path: Path) -> None:
    write_tree(tmp_path, {"secret.txt": "six==1.0\npassword hunter2\n", "project/in.txt": "attrs==25.1.0\n"})
    (tmp_path / "project" / "link.txt").symlink_to(tmp_path / "secret.txt")
    includes = ["../secret.txt", str(tmp_path / "secret.txt"), "link.txt", "in.txt"]
    lines = [f"-r {name}" for name in includes] + [
        "-r../secret.txt",
        "--requirement=../secret.txt",
        "-c ../secret.txt",
    ]
    (tmp_path / "project" / "requirements.txt").write_text("\n".join(lines))
    lock = read_lock(tmp_path / "project" / "requirements.txt")
    assert [package.name for package in lock.packages] == ["attrs"]
    assert "hunter2" not in str(lock)
    assert len(lock.unpinned) == 6


def test_requirements_in_the_same_repository_are_read(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"base.txt": "attrs==25.1.0\n", "app/requirements.txt": "-r ../base.txt\n", ".git/HEAD": ""}
    )
    assert [package.name for package in read_lock(tmp_path / "app" / "requirements.txt").packages] == [
        "attrs"
    ]


def test_requirements_that_include_each_other_many_times_are_read_once(tmp_path: Path) -> None:
    everything = "".join(f"-r {number}.txt\n" for number in range(40)) * 20
    files = {f"{number}.txt": everything + f"package-{number}==1.0\n" for number in range(40)}
    write_tree(tmp_path, files)
    assert len(read_lock(tmp_path / "0.txt").packages) == 40


HUGE = 200_000_000_000
BAD_FILES = {
    "deep JSON": ("package-lock.json", "[" * 200_000),
    "deep TOML": ("uv.lock", "package = " + "[" * 100_000),
    "a list for a table": ("package-lock.json", '{"packages": [1]}'),
    "numbers for names": ("Pipfile.lock", '{"default": {"six": 5}}'),
    "a version that is a number": ("pylock.toml", '[[packages]]\nname = "six"\nversion = 1.0\n'),
    "a marker that is too deep": ("requirements.txt", "six==1.0; " + "(" * 50_000),
    "a marker of nonsense": ("requirements.txt", "six==1.0; python_version < 'x' and extra == 'y'"),
    "no text": ("requirements.txt", "six==1.0\udcff"),
    "YAML of aliases": (
        "pnpm-lock.yaml",
        "a: &a [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1 or ''}, *a{n - 1 or ''}]\n" for n in range(1, 90)),
    ),
    "deep YAML": ("pnpm-lock.yaml", "packages: " + "[" * 10_000),
    "no lock of Yarn": ("yarn.lock", "<<<<<<< HEAD\nzod@^4:\n  version 4\n=======\n"),
    "deep JSON with commas": ("bun.lock", "[" * 100_000 + ",]" * 100_000),
    "a circle of packages": (
        "uv.lock",
        "".join(
            f'[[package]]\nname = "p{n}"\nsource = {{ virtual = "." }}\n'
            f'dependencies = [{{ name = "p{1 - n}" }}]\n'
            for n in (0, 1)
        ),
    ),
    "a line of a megabyte": ("requirements.txt", "a" * 1_000_000 + "==1.0"),
    "sixty thousand packages": ("requirements.txt", "".join(f"p{n}==1\n" for n in range(60_000))),
}


@pytest.mark.parametrize(("file", "text"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_lock_file_ends_in_a_clear_error_or_in_nothing(
    tmp_path: Path, file: str, text: str
) -> None:
    (tmp_path / file).write_text(text, errors="surrogateescape")
    try:
        lock = read_lock(tmp_path / file)
    except CorpusError as error:
        assert len(str(error)) < 2_000
    else:
        assert len(lock.packages) <= 1


@pytest.mark.parametrize("file", MORE_FORMATS)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_lock_file_that_is_a_pipe_or_without_end_is_not_read(tmp_path: Path, file: str) -> None:
    os.mkfifo(tmp_path / file)
    with pytest.raises(CorpusError):
        read_lock(tmp_path / file)
    (tmp_path / file).unlink()
    with (tmp_path / file).open("wb") as sparse:
        sparse.truncate(HUGE)
    with pytest.raises(CorpusError, match="more than"):
        read_lock(tmp_path / file)


def test_metadata_in_an_environment_is_input_as_well(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    write_tree(site, {
        "a.dist-info/METADATA": "Name: -revil\nVersion: 1.0\n\n",
        "b.dist-info/METADATA": "Name: six\nVersion: 1.0 -revil\n\n",
        "c.dist-info/METADATA": "Name: attrs\nVersion: 25.1.0\n\nName: other\n",
        "d.dist-info/INSTALLER": "pip\n",
    })  # fmt: skip
    if hasattr(os, "mkfifo"):
        (site / "e.dist-info").mkdir()
        os.mkfifo(site / "e.dist-info" / "METADATA")
    lock = read_lock(tmp_path)
    assert [package.name for package in lock.packages] == ["attrs"]
    assert len(lock.unpinned) == 2


def test_a_wheel_is_looked_for_by_its_name_and_not_by_a_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    write_tree(
        tmp_path / "wheels",
        {"six-1.17.0-py3-none-any.whl": "", "zope.interface-5.0-py3-none-any.whl": "", "x.whl": ""},
    )
    (tmp_path / "wheels" / "attrs-25.1.0-py3-none-any.whl").symlink_to("/etc/passwd")
    assert fetched_wheel("six", "1.17").name == "six-1.17.0-py3-none-any.whl"
    assert fetched_wheel("zope-interface", "5.0").name.startswith("zope.interface")


def test_a_child_that_never_ends_or_writes_without_end_is_stopped(tmp_path: Path) -> None:
    from corpora.outside.child_process import ChildError, isolated_python

    endless = isolated_python("-c", "import sys\nwhile True: sys.stdout.write('x' * 65536)")
    with pytest.raises(ChildError, match="more than 1000000 bytes"):
        run_bounded(endless, seconds=30, max_bytes=1_000_000)
    with pytest.raises(ChildError, match=r"no answer within 0\.5 seconds"):
        run_bounded(isolated_python("-c", "import time; time.sleep(60)"), seconds=0.5, max_bytes=10)
    # its child keeps the pipe open when it has ended
    orphan = "import subprocess, sys; subprocess.Popen(['sleep', '60'])"
    with pytest.raises(ChildError, match="no answer"):
        run_bounded(isolated_python("-c", orphan), seconds=1.5, max_bytes=10)
