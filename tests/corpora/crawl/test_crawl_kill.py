import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import monotonic, sleep

import pytest

from corpora.crawl.site import Site
from corpora.document import Document, Listed
from corpora.errors import CorpusError
from corpora.spec import CorpusSpec
from tests import ROOT
from tests.hostile_site import Pages, SiteServer, page, serving_site

PAGES = 120
CRAWL = """
import sys
from corpora.crawl.site import Site
from corpora.spec import CorpusSpec
list(Site(CorpusSpec("manual", "site", sys.argv[1], allow_private=True)).scan())
"""


def linked(number: int) -> str:
    return page(f"Page {number}", *(f"{n}.html" for n in (2 * number + 1, 2 * number + 2) if n < PAGES))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))


def start(server: SiteServer) -> subprocess.Popen[bytes]:
    root = ROOT
    return subprocess.Popen([sys.executable, "-c", CRAWL, f"{server.origin}/0.html"], cwd=root)


def wait_for(server: SiteServer, bodies: int) -> None:
    end = monotonic() + 20
    while sum(server.bodies.values()) < bodies:
        assert monotonic() < end
        sleep(0.002)


@pytest.mark.slow
def test_a_killed_crawl_continues_and_refetches_only_pages_that_were_under_way() -> None:
    pages: Pages = {f"/{number}.html": linked(number) for number in range(PAGES)}
    with serving_site(pages) as server:
        fetched = Counter[str]()
        for bodies in (15, 30, 30):
            server.bodies.clear()
            process = start(server)
            wait_for(server, bodies)
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait(10) == -signal.SIGKILL
            fetched += server.bodies
        server.bodies.clear()
        corpus = Site(CorpusSpec("manual", "site", f"{server.origin}/0.html", allow_private=True))
        entries = list(corpus.scan())
        fetched += server.bodies
        assert sorted(entry.path for entry in entries) == sorted(f"{number}.html" for number in range(PAGES))
        assert all(isinstance(e, Listed) and isinstance(corpus.read(e), Document) for e in entries)
        assert max(fetched.values()) <= 4
        # Each kill costs what was under way or not yet written: at most twice the connections.
        assert sum(fetched.values()) <= PAGES + 3 * 8
        server.bodies.clear()
        assert list(corpus.scan()) == entries
        assert not +server.bodies


def test_two_processes_cannot_crawl_the_same_site_at_once() -> None:
    pages: Pages = {f"/{number}.html": linked(number) for number in range(PAGES)}
    with serving_site(pages) as server:
        process = start(server)
        wait_for(server, 3)
        os.kill(process.pid, signal.SIGSTOP)
        corpus = Site(CorpusSpec("manual", "site", f"{server.origin}/0.html", allow_private=True))
        with pytest.raises(CorpusError, match="another process is crawling it"):
            list(corpus.scan())
        process.kill()
        process.wait(10)
        assert len(list(corpus.scan())) == PAGES
