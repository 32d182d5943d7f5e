"""Crawl a real Sphinx site and a real MkDocs site: whole, again, and resumed after a kill.

python -m bench.crawl FOLDER

The sites are built in FOLDER from source distributions that contain their documentation, by the tools of
their authors in a new environment, and served on the loopback interface. A later run uses the sites that
exist.
"""

import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, BinaryIO, NamedTuple

from corpora.crawl.site import Site
from corpora.document import Document, Listed, Skipped
from corpora.spec import CorpusSpec

_TOOLS = (
    *("sphinx==9.0.4", "pallets-sphinx-themes", "sphinx-tabs", "sphinxcontrib-log-cabinet"),
    *("mkdocs==1.6.1", "mkdocs-material", "mkdocstrings[python]"),
)
_SOURCES = {"sphinx": "werkzeug==3.1.9", "mkdocs": "starlette==1.10.0"}
# A form without text, and the page for missing pages. (`overrides/` holds templates of the theme, which
# MkDocs copies too and which no page links to.)
_NO_PAGES = frozenset({"search.html", "404.html"})
_CRAWL = """
import sys
from corpora.crawl.site import Site
from corpora.spec import CorpusSpec
list(Site(CorpusSpec("bench", "site", sys.argv[1], allow_private=True)).scan())
"""


class Run(NamedTuple):
    """The seconds that a crawl took, and its requests by the status of their answers."""

    seconds: float
    statuses: Counter[int]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: the bench kills clients."""


class Server:
    """A folder served over HTTP, with Last-Modified and ETag; `statuses` and `bodies` count its answers."""

    def __init__(self, folder: Path) -> None:
        self.statuses: Counter[int] = Counter()
        self.bodies: Counter[str] = Counter()
        counts = self

        class Handler(SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def send_head(self) -> BytesIO | BinaryIO | None:
                path = Path(self.translate_path(self.path))
                path = path / "index.html" if path.is_dir() else path
                tag = f'"{path.stat().st_mtime_ns:x}-{path.stat().st_size:x}"' if path.is_file() else ""
                if tag and self.headers["If-None-Match"] == tag:
                    self.send_response(304)
                    self.end_headers()
                    return None
                self.tag = tag
                return super().send_head()

            def end_headers(self) -> None:
                if tag := getattr(self, "tag", ""):
                    self.send_header("ETag", tag)
                self.tag = ""
                super().end_headers()

            def log_request(self, code: Any = "-", size: Any = "-") -> None:
                counts.statuses[int(code)] += 1
                if int(code) == 200:
                    counts.bodies[self.path] += 1

            def log_message(self, *arguments: object) -> None:
                """Keep quiet."""

        self._server = _QuietServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()


def build_sites(folder: Path) -> dict[str, Path]:
    """Build the two sites, unless they exist, and return their folders."""
    sites = {tool: folder / f"site-{tool}" for tool in _SOURCES}
    if all((site / "index.html").exists() for site in sites.values()):
        return sites
    venv.create(folder / "tools", with_pip=True)
    binaries = folder / "tools" / "bin"
    call(binaries / "pip", "install", "--quiet", *_TOOLS, *_SOURCES.values())
    for tool, source in _SOURCES.items():
        name = source.partition("==")[0]
        call(binaries / "pip", "download", "--quiet", "--no-deps", "--no-binary", name, "-d", folder, source)
        archive = next(folder.glob(f"{name}-*.tar.gz"))
        with tarfile.open(archive) as unpacked:
            unpacked.extractall(folder, filter="data")
        root = folder / archive.name.removesuffix(".tar.gz")
        if tool == "sphinx":
            call(binaries / "sphinx-build", "-q", "-b", "html", root / "docs", sites[tool])
        else:
            config = root / "mkdocs.yml"
            call(binaries / "mkdocs", "build", "--quiet", "--no-strict", "-f", config, "-d", sites[tool])
    return sites


def call(*command: str | Path) -> None:
    subprocess.run(list(map(str, command)), check=True, stdout=sys.stderr)


def crawl(server: Server) -> tuple[Run, list[Listed | Skipped], Site]:
    server.statuses.clear()
    server.bodies.clear()
    start = perf_counter()
    site = Site(CorpusSpec("bench", "site", server.url, allow_private=True))
    entries = list(site.scan())
    return Run(perf_counter() - start, Counter(server.statuses)), entries, site


def pages_built(folder: Path) -> set[str]:
    """Return the paths of all pages with text, as URLs may name them."""
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    return {page(path) for path in files if path not in _NO_PAGES and not path.startswith("overrides/")}


def page(path: str) -> str:
    """Return one name for both a folder and the index page in it."""
    return path.removesuffix("index.html") if "/" in path else path


def killed(server: Server, share: float) -> None:
    """Start a crawl in a new process and kill it when the server has sent `share` of all bodies."""
    pages = sum(server.bodies.values())
    server.bodies.clear()
    process = subprocess.Popen([sys.executable, "-c", _CRAWL, server.url])
    while sum(server.bodies.values()) < share * pages and process.poll() is None:
        sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def measure(tool: str, folder: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as cache, serving(folder) as server:
        os.environ["RAG_CACHE"] = f"{cache}/whole"
        first, entries, site = crawl(server)
        sent = Counter(server.bodies)
        found = {entry.path for entry in entries}
        built = pages_built(folder)
        missing = sorted(built - set(map(page, found)))
        listed = [entry for entry in entries if isinstance(entry, Listed)]
        empty = [entry.path for entry in listed if not isinstance(site.read(entry), Document)]
        second, again, _ = crawl(server)
        os.environ["RAG_CACHE"] = f"{cache}/killed"
        server.bodies = Counter(sent)
        killed(server, 0.5)
        before = Counter(server.bodies)
        resumed, after, _ = crawl(server)
        twice = (before + server.bodies) - sent
        assert entries == again == after, "the three crawls differ"
    reasons = Counter(entry.reason for entry in entries if isinstance(entry, Skipped))
    return [
        f"{tool}: {_SOURCES[tool]}",
        f"  pages built {len(built)}, found {len(built) - len(missing)}, missing {missing}",
        f"  listed {len(listed)}, without text {empty}, left out {dict(reasons)}",
        f"  first crawl   {first.seconds:5.2f} s, answers {dict(first.statuses)}",
        f"  second crawl  {second.seconds:5.2f} s, answers {dict(second.statuses)}",
        f"  killed after {sum(before.values())} bodies; resumed {resumed.seconds:5.2f} s, "
        f"{sum(server.bodies.values())} bodies, {sum(twice.values())} of them twice",
    ]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for tool, site in build_sites(folder.resolve()).items():
        print("\n".join(measure(tool, site)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
