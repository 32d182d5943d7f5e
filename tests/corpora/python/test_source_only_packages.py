"""Versions without a wheel are read from their source, which pip only locates; nothing is built."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from corpora.errors import CorpusError
from corpora.library_api import read_api
from corpora.network.fetching import without_fetching
from corpora.python.fetching.sdists import fetched_sdist
from corpora.python.source import find_package
from tests.corpora.python.test_sdist import sdist

FILES = {
    "PKG-INFO": "Name: kettle\nVersion: 6.0\n",
    "kettle/__init__.py": 'def boil():\n    """Heat water."""\n',
}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder from which pip fetches."""
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


@pytest.mark.slow
def test_a_version_without_a_wheel_is_read_from_its_source(shelf: Path) -> None:
    built = shelf / "built"
    setup = {"setup.py": f"open({str(built)!r}, 'w')\n", "pyproject.toml": "[build-system]\nrequires = []\n"}
    archive = sdist(shelf / "kettle-6.0.tar.gz", FILES | setup, "kettle-6.0")
    with pytest.raises(CorpusError, match="cannot fetch kettle 6") as caught:
        find_package("kettle==6.0.0", hashes=(f"sha256:{'a' * 64}",))
    assert "lock file" in caught.value.why
    found = find_package("kettle==6.0.0")
    assert (found.library, found.version, found.tops) == ("kettle", "6.0", ("kettle",))
    assert found.found == "fetched as a source distribution"
    with without_fetching():
        assert "kettle.boil" in read_api("pkg:kettle==6.0.0").names
        find_package("kettle==6", hashes=(f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}",))
    assert not built.exists()


class _Pages(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


@contextmanager
def index_at(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.slow
def test_an_index_on_the_web_gives_its_own_files_and_none_of_this_machine(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.0", "3.0"):
        sdist(shelf / f"kettle-{version}.tar.gz", FILES, f"kettle-{version}")
    mine = sdist(tmp_path / "kettle-2.0.tar.gz", FILES, "kettle-2.0")
    links = ["/moved/kettle-1.0.tar.gz", mine.as_uri(), f"/kettle-3.0.tar.gz#sha256={'b' * 64}"]
    links += ["/kettle-4.0.tar.gz"]
    (shelf / "kettle").mkdir()
    page = "".join(f'<a href="{link}">{link.rpartition("/")[2].partition("#")[0]}</a>' for link in links)
    (shelf / "kettle" / "index.html").write_text(f"<!DOCTYPE html><html><body>{page}</body></html>")
    with index_at(shelf) as url:
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_INDEX_URL", url)
        assert fetched_sdist("kettle", "1.0").read_bytes() == (shelf / "kettle-1.0.tar.gz").read_bytes()
        for version, why in {
            "2.0": "pip finds none",
            "3.0": "not the one that its package index names",
            "4.0": "status 404",
        }.items():
            with pytest.raises(CorpusError) as caught:
                fetched_sdist("kettle", version)
            assert why in caught.value.why
