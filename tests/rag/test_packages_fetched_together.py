"""Packages of a lock file that are fetched many at a time are those that each would be alone."""

import hashlib
import io
import json
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from functools import cache as cache_results
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest

from corpora.network.batches import Pin
from corpora.npm.fetch import fetch_tarballs, fetched_tarball
from corpora.npm.source import find_npm
from corpora.outside.child_process import find_program
from corpora.python.fetching.wheels import fetch_wheels, fetched_wheel
from tests.small_corpora import make_wheel

# npm writes the first two to one file
NPM = [
    Pin("types-react", "1.0.0"),
    Pin("@types/react", "1.0.0"),
    Pin("left-pad", "1.3.0"),
    Pin("@types/node", "20.0.0"),
]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.slow
def test_wheels_are_fetched_by_one_call_and_the_absent_one_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    names = [f"part{number}" for number in range(9)]
    for name in names:
        make_wheel(shelf, name, "1.0.0", {f"{name}.py": '"""A part."""\n'})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    wanted = [*(Pin(name, "1.0.0") for name in names), Pin("nowhere", "2.0")]
    assert list(fetch_wheels(wanted)) == [10]
    monkeypatch.delenv("PIP_FIND_LINKS")  # from now on, only the cache has any
    found = [fetched_wheel(name, "1.0.0").name.split("-")[0] for name in names[:5]]
    assert found == names[:5]


@cache_results  # (gzip writes down the time)
def tarball(name: str, version: str) -> bytes:
    manifest = json.dumps({"name": name, "version": version}).encode()
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(manifest)
        archive.addfile(member, io.BytesIO(manifest))
    return data.getvalue()


class Answering(BaseHTTPRequestHandler):
    """A registry of npm with the packages in `NPM`."""

    def do_GET(self) -> None:
        path, address = unquote(self.path), f"http://{self.headers['Host']}"
        body = b""
        for name, version, _ in NPM:
            packed = tarball(name, version)
            if path == f"/{name}":
                integrity = f"sha512-{b64encode(hashlib.sha512(packed).digest()).decode()}"
                dist = {"tarball": f"{address}/files/{name}.tgz", "integrity": integrity}
                one = {"name": name, "version": version, "dist": dist}
                body = json.dumps(
                    {"name": name, "dist-tags": {"latest": version}, "versions": {version: one}}
                ).encode()
            elif path == f"/files/{name}.tgz":
                body = packed
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_address[1]}/")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
        yield server
        server.shutdown()


@pytest.mark.slow
@pytest.mark.skipif(not find_program("npm"), reason="needs npm")
def test_tarballs_are_fetched_by_one_call_and_no_name_is_taken_for_another(
    registry: ThreadingHTTPServer, cache: Path
) -> None:
    assert list(fetch_tarballs(NPM)) == [4]
    assert sorted(path.name for path in (cache / "npm").glob("*.tgz")) == [
        "@types+node-20.0.0.tgz",
        "left-pad-1.3.0.tgz",
    ]
    for name, version, _ in NPM:  # one at a time
        fetched_tarball(name, version)
        source = find_npm(f"{name}@{version}")
        assert (source.library, source.version) == (name, version)


@pytest.mark.slow
def test_archives_that_are_not_those_of_the_lock_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    shelf = tmp_path / "shelf"
    made = {name: make_wheel(shelf, name, "1.0.0", {f"{name}.py": "x = 1\n"}) for name in ("a1", "b2", "c3")}
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    right = f"sha256:{hashlib.sha256(made['a1'].read_bytes()).hexdigest()}"
    wrong = f"sha256:{'0' * 64}"
    assert list(fetch_wheels([Pin("a1", "1.0.0", (right,)), Pin("c3", "1.0.0")])) == [1, 2]
    assert list(fetch_wheels([Pin("b2", "1.0.0", (wrong,))])) == [1]
    assert sorted(path.name[:2] for path in (cache / "wheels").glob("*.whl")) == ["a1", "c3"]


@pytest.mark.slow
@pytest.mark.skipif(not find_program("npm"), reason="needs npm")
def test_tarballs_that_are_not_those_of_the_lock_are_not_kept(
    registry: ThreadingHTTPServer, cache: Path
) -> None:
    wrong = f"sha512:{'0' * 128}"
    list(fetch_tarballs([Pin("left-pad", "1.3.0", (wrong,)), Pin("@types/node", "20.0.0")]))
    assert [path.name for path in (cache / "npm").glob("*.tgz")] == ["@types+node-20.0.0.tgz"]


@pytest.mark.slow
def test_a_wheel_for_an_older_python_is_found_where_constraints_name_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = make_wheel(tmp_path / "shelf", "tea", "1.0", {"tea.py": '"""Tea."""\n'})
    wheel.rename(wheel.with_name("tea-1.0-cp39-cp39-manylinux2014_x86_64.whl"))
    (tmp_path / "constraints.txt").write_text("tea<=9\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    (tmp_path / "pip.conf").write_text(f"[global]\nconstraint = {tmp_path / 'constraints.txt'}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert fetched_wheel("tea", "1.0").name == "tea-1.0-cp39-cp39-manylinux2014_x86_64.whl"
