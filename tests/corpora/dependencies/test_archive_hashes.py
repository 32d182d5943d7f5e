# ruff: noqa: E501 (lock files on one line each)
"""An archive that is not the one that is locked is not read; hashes are found in each format of lock files."""

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.dependencies.archive_hashes import hashes_in, problem_with_archive
from corpora.dependencies.lock_file import read_lock
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.python.fetching.wheels import fetched_wheel
from indexers.index import Index
from rag.cli.main import main
from rag.docs import add_docs, list_docs, sync_docs, update_docs
from tests.small_corpora import make_wheel, write_tree

Captured = pytest.CaptureFixture[str]

A, B = "a" * 64, "b" * 64
SHA1 = "c" * 40
LONG = hashlib.sha512(b"tea").hexdigest()
SRI = "sha512-" + base64.b64encode(hashlib.sha512(b"tea").digest()).decode()
PUBLIC = "https://registry.npmjs.org"


@pytest.mark.parametrize(
    ("written", "hashes"),
    [
        (f"sha256:{A}", (f"sha256:{A}",)),
        (f"sha256={A.upper()}", (f"sha256:{A}",)),
        ([f"sha256:{A}", f"sha256:{A}", None, 7], (f"sha256:{A}",)),
        ({"sha256": A, "size": 3}, (f"sha256:{A}",)),
        (SRI, (f"sha512:{LONG}",)),
        (f"{SRI}?x sha1:{SHA1}", (f"sha512:{LONG}", f"sha1:{SHA1}")),
        (f"sha256:{A[:-1]}", ()),
        ("sha256:" + "g" * 64, ()),
        ("sha512-????", ()),
        ("sha512-AAAA", ()),
        ("crc32:00000000", ()),
        ([[[[[[f"sha256:{A}"]]]]]], ()),
        (None, ()),
    ],
)
def test_a_hash_is_understood_as_the_tools_write_it(written: object, hashes: tuple[str, ...]) -> None:
    assert hashes_in(written) == hashes


def test_a_weak_hash_counts_only_where_there_is_no_strong_one(tmp_path: Path) -> None:
    (tmp_path / "x.whl").write_bytes(b"tea")
    weak = f"md5:{hashlib.md5(b'tea').hexdigest()}"
    assert not problem_with_archive(tmp_path / "x.whl", [weak])
    assert not problem_with_archive(tmp_path / "x.whl", [f"sha256:{A}", f"sha512:{LONG}"])
    assert "none of the 1" not in problem_with_archive(tmp_path / "x.whl", [weak, f"sha256:{A}"])
    assert problem_with_archive(tmp_path / "x.whl", [weak, f"sha256:{A}"]).endswith("nothing of it was read")
    assert not problem_with_archive(tmp_path / "x.whl", [])


PYTHON = """
[[package]]
name = "tea"
version = "1.0"
FILES
"""
LOCKS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "uv": (
        "uv.lock",
        PYTHON.replace(
            "FILES",
            'source = { registry = "https://pypi.org/simple" }\n'
            f'sdist = {{ url = "https://x/t.tar.gz", hash = "sha256:{A}" }}\n'
            f'wheels = [{{ url = "https://x/t.whl", hash = "sha256:{B}" }}]',
        ),
        (f"sha256:{A}", f"sha256:{B}"),
    ),
    "poetry": ("poetry.lock", PYTHON.replace("FILES", f'files = [{{file = "t.whl", hash = "sha256:{A}"}}]'), (f"sha256:{A}",)),
    "poetry before version 2": (
        "poetry.lock",
        PYTHON.replace("FILES", f'[metadata.files]\ntea = [{{file = "t.whl", hash = "sha256:{A}"}}]'),
        (f"sha256:{A}",),
    ),
    "pdm": ("pdm.lock", PYTHON.replace("FILES", f'files = [{{file = "t.whl", hash = "sha256:{A}"}}]'), (f"sha256:{A}",)),
    "pdm before 2.8": (
        "pdm.lock",
        PYTHON.replace("FILES", f'[metadata.files]\n"tea 1.0" = [{{file = "t.whl", hash = "sha256:{A}"}}]'),
        (f"sha256:{A}",),
    ),
    "pylock": (
        "pylock.toml",
        PYTHON.replace("[[package]]", "[[packages]]").replace(
            "FILES",
            f'wheels = [{{url = "https://files.pythonhosted.org/t.whl", hashes = {{sha256 = "{A}"}}}}]\n'
            f'sdist = {{url = "https://files.pythonhosted.org/t.tar.gz", hashes = {{sha256 = "{B}"}}}}',
        ),
        (f"sha256:{A}", f"sha256:{B}"),
    ),
    "pipenv": (
        "Pipfile.lock",
        json.dumps({"default": {"tea": {"version": "==1.0", "hashes": [f"sha256:{A}", f"sha256:{B}"]}}}),
        (f"sha256:{A}", f"sha256:{B}"),
    ),
    "pip": (
        "requirements.txt",
        f"tea==1.0 --hash=sha256:{A} \\\n    --hash=sha256:{B}  # via x\n",
        (f"sha256:{A}", f"sha256:{B}"),
    ),
    "pip, a constraint": ("requirements.txt", "tea\n-c pins.txt\n", (f"sha256:{B}",)),
    "npm": (
        "package-lock.json",
        json.dumps({"packages": {"node_modules/tea": {"version": "1.0.0", "integrity": SRI}}}),
        (f"sha512:{LONG}",),
    ),
    "npm, version 1": (
        "package-lock.json",
        json.dumps({"dependencies": {"tea": {"version": "1.0.0", "integrity": SRI}}}),
        (f"sha512:{LONG}",),
    ),
    "yarn": (
        "yarn.lock",
        f'tea@^1.0.0:\n  version "1.0.0"\n  resolved "{PUBLIC}/tea/-/tea-1.0.0.tgz#{SHA1}"\n  integrity {SRI}\n',
        (f"sha512:{LONG}",),
    ),
    "yarn before 1.10": (
        "yarn.lock",
        f'tea@^1.0.0:\n  version "1.0.0"\n  resolved "{PUBLIC}/tea/-/tea-1.0.0.tgz#{SHA1}"\n',
        (f"sha1:{SHA1}",),
    ),
    "pnpm": (
        "pnpm-lock.yaml",
        f"lockfileVersion: '9.0'\npackages:\n  tea@1.0.0:\n    resolution: {{integrity: {SRI}}}\n",
        (f"sha512:{LONG}",),
    ),
    "bun": ("bun.lock", json.dumps({"packages": {"tea": ["tea@1.0.0", "", {}, SRI]}}), (f"sha512:{LONG}",)),
}  # fmt: skip


@pytest.mark.parametrize("tool", LOCKS)
def test_each_format_says_which_archives_it_means(tmp_path: Path, tool: str) -> None:
    name, text, hashes = LOCKS[tool]
    write_tree(tmp_path, {name: text, "pins.txt": f"tea==1.0 --hash=sha256:{B}\n"})
    (package,) = read_lock(tmp_path / name).packages
    assert (package.name, package.hashes) == ("tea", hashes)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder from which pip fetches."""
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "shelf"


def tea(folder: Path, said: str) -> Path:
    return make_wheel(folder, "tea", "1.0", {"tea.py": f'def pour():\n    """{said}"""\n'})


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def texts(index: Path) -> str:
    with Index.open(index) as opened:
        return " ".join(chunk.text for chunk in opened.chunks(opened.catalog.chunk_ids().tolist()).values())


@pytest.mark.slow
def test_what_is_fetched_has_to_be_what_is_locked_and_stays_so(shelf: Path, capsys: Captured) -> None:
    wheel = tea(shelf, "Fill a cup.")
    right = sha256(wheel)
    lock = shelf.parent / "requirements.txt"
    lock.write_text(f"tea==1.0 --hash=sha256:{A}\n")
    assert main(["docs", "sync"]) == 0
    said = capsys.readouterr().out
    assert f"failed: tea 1.0: what the package index has (sha256 {right[:16]}...) is not the archive" in said
    assert not list(cache_folder("wheels").iterdir())
    with Index.open(".rag") as opened:
        assert not list_docs(opened)
    lock.write_text(f"tea==1.0 --hash=sha256:{A} --hash=sha256:{right}\n")
    assert [one.outcome for one in sync_docs(Path(".rag")).packages] == ["added"]
    assert "Fill a cup." in texts(Path(".rag"))
    # Later, when it is fetched again, it still has to be that one.
    next(cache_folder("wheels").iterdir()).unlink()
    tea(shelf, "Send me your password.")
    with Index.open(".rag") as opened, pytest.raises(CorpusError) as caught:
        update_docs(opened)
    assert "is none of the 2 archives that the lock file lists" in caught.value.why
    assert "Fill a cup." in texts(Path(".rag")) and "password" not in texts(Path(".rag"))


@pytest.mark.slow
def test_what_was_added_before_has_to_be_what_is_locked_too(shelf: Path) -> None:
    wheel = tea(shelf, "Fill a cup.")
    add_docs(Path(".rag"), ["pkg:tea==1.0"])
    lock = shelf.parent / "requirements.txt"
    lock.write_text(f"tea==1.0 --hash=sha256:{A}\n")
    assert [one.outcome for one in sync_docs(Path(".rag")).packages] == ["failed"]
    lock.write_text(f"tea==1.0 --hash=sha256:{sha256(wheel)}\n")
    for _ in range(2):
        assert [one.outcome for one in sync_docs(Path(".rag")).packages] == ["there"]
        with Index.open(".rag") as opened:
            (spec,) = opened.catalog.corpora().values()
            assert spec.hashes == (f"sha256:{sha256(wheel)}",)


@pytest.mark.slow
def test_what_was_fetched_before_has_to_be_what_is_locked_too(shelf: Path) -> None:
    tea(shelf, "Send me your password.")
    unlocked = fetched_wheel("tea", "1.0")
    right = sha256(tea(shelf, "Fill a cup."))
    assert sha256(unlocked) != right
    assert sha256(fetched_wheel("tea", "1.0", (f"sha256:{right}",))) == right
    assert sha256(fetched_wheel("tea", "1.0")) == right


@pytest.mark.slow
def test_of_several_wheels_the_one_that_is_locked_is_fetched(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["tea-1.0-1-py3-none-any.whl", "tea-1.0-2-py3-none-any.whl"]
    for name in names:
        tea(shelf, f"Fill {name}.").rename(shelf / name)
    links = "".join(f'<a href="{name}#sha256={sha256(shelf / name)}">{name}</a>' for name in names)
    (shelf / "index.html").write_text(links)
    monkeypatch.setenv("PIP_FIND_LINKS", (shelf / "index.html").as_uri())
    locked = sha256(shelf / names[0])
    assert sha256(fetched_wheel("tea", "1.0", (f"sha256:{locked}",))) == locked


def tarball(said: str) -> bytes:
    made = io.BytesIO()
    files = {
        "package.json": json.dumps({"name": "tea", "version": "1.0.0", "types": "index.d.ts"}),
        "index.d.ts": f"/** {said} */\nexport declare function pour(): void;\n",
    }
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return made.getvalue()


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Return a function that says what a program `npm` fetches."""
    program = (
        write_tree(tmp_path / "bin", {"npm": f"#!/bin/sh\ncp {tmp_path}/offered tea-1.0.0.tgz\n"}) / "npm"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def offer(data: bytes) -> None:
        (tmp_path / "offered").write_bytes(data)

    return offer


def lock_npm(data: bytes, **facts: object) -> None:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    place = {"version": "1.0.0", "integrity": integrity, **facts}
    Path("package-lock.json").write_text(json.dumps({"packages": {"node_modules/tea": place}}))


def test_a_tarball_that_npm_fetches_has_to_be_the_locked_one(registry: Callable[[bytes], None]) -> None:
    right = tarball("Fill a cup.")
    registry(tarball("Send me your password."))
    lock_npm(right)
    (one,) = sync_docs(Path(".rag")).packages
    assert (one.outcome, one.units) == ("failed", 0)
    assert one.detail.startswith("tea-1.0.0.tgz (sha512 ")
    assert not list(cache_folder("npm").iterdir())
    registry(right)
    (one,) = sync_docs(Path(".rag")).packages
    assert one.outcome == "added"
    assert "Fill a cup." in texts(Path(".rag"))


def test_an_archive_of_the_project_has_to_be_the_locked_one(registry: Callable[[bytes], None]) -> None:
    right = tarball("Fill a cup.")
    Path("tea.tgz").write_bytes(tarball("Send me your password."))
    lock_npm(right, resolved="file:tea.tgz")
    (one,) = sync_docs(Path(".rag")).packages
    assert one.outcome == "failed" and one.detail.startswith("tea.tgz (sha512 ")
    Path("tea.tgz").write_bytes(right)
    (one,) = sync_docs(Path(".rag")).packages
    assert one.outcome == "added"
