"""The record of a crawl that is damaged, replaced by something else, or on a full disk."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
import zstandard

from corpora.crawl.record import RecordDamaged, unpack_body
from corpora.crawl.site import Site
from corpora.crawl.store import Store
from corpora.document import Document, Listed
from corpora.errors import CorpusError, RagError
from tests.crawled_site import SMALL, listed, site
from tests.full_disk import full_at
from tests.hostile_site import SiteServer, page, serving_site

PATHS = ["a.html", "b/", "b/c.html", "index.html"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))


def texts(corpus: Site) -> dict[str, str]:
    found = {}
    for entry in corpus.scan():
        if isinstance(entry, Listed):
            document = corpus.read(entry)
            assert isinstance(document, Document)
            found[entry.path] = document.text
    return found


def crawled(server: SiteServer) -> Site:
    corpus = site(server, "/docs/")
    assert listed(corpus) == PATHS
    return corpus


def record_of(corpus: Site) -> Path:
    with closing(sqlite3.connect(corpus.folder / "site.sqlite")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return corpus.folder / "site.sqlite"


def change(corpus: Site, *statements: str) -> None:
    with closing(sqlite3.connect(corpus.folder / "site.sqlite")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


@pytest.mark.slow
def test_damage_anywhere_in_a_record_gives_the_right_pages_or_a_clear_error() -> None:
    chance = Random(12)
    with serving_site({**SMALL}) as server:
        corpus = crawled(server)
        right, file = texts(corpus), record_of(corpus)
        whole = file.read_bytes()
        for number in range(16):
            for path in corpus.folder.glob("site.sqlite*"):
                path.unlink()
            data = bytearray(whole)
            if number % 3 == 2:
                del data[chance.randrange(len(data)) :]
            for _ in range(1 + 5 * (number % 2)):
                at = chance.randrange(max(1, len(data) - 8))
                data[at : at + 8] = chance.randbytes(8)
            file.write_bytes(data)
            try:
                assert texts(corpus) == right, number
            except RagError as error:
                assert error.why and error.fix, number
                assert texts(corpus) == right, number


def test_a_record_that_is_no_database_is_moved_aside_and_the_site_fetched_again() -> None:
    with serving_site({**SMALL}) as server:
        corpus = crawled(server)
        right = texts(corpus)
        for file in corpus.folder.glob("site.sqlite*"):
            file.write_bytes(b"no database" * 1_000)
        assert texts(corpus) == right
        assert (corpus.folder / "site.sqlite.damaged").read_bytes().startswith(b"no database")


@pytest.mark.parametrize("name", ["site.sqlite", "site.sqlite-wal", "site.sqlite-shm"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "empty"])
def test_a_record_that_is_no_regular_file_is_moved_aside(name: str, kind: str, tmp_path: Path) -> None:
    with serving_site({**SMALL}) as server:
        corpus = crawled(server)
        path = corpus.folder / name
        path.unlink(missing_ok=True)
        if kind == "folder":
            (path / "x").mkdir(parents=True)
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "link":
            path.symlink_to(tmp_path / "elsewhere")
        else:
            path.touch()
        assert listed(corpus) == PATHS
        assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER UPDATE ON urls BEGIN DELETE FROM urls; END",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t (x)",
        "CREATE INDEX i ON urls (abs(depth))",
        "DROP TABLE bodies",
        "ALTER TABLE urls ADD COLUMN x",
        "PRAGMA user_version = 7",
        "UPDATE meta SET value = 'soon' WHERE key = 'run'",
        "UPDATE meta SET value = x'ff' WHERE key = 'began'",
        "UPDATE urls SET depth = 'deep'",
        "UPDATE urls SET links = 'x'",
        "UPDATE urls SET status = 9.5",
        "UPDATE urls SET url = CAST(x'ff' AS TEXT) WHERE url LIKE '%a.html'",
    ],
)
def test_a_record_that_this_program_did_not_write_is_moved_aside(statement: str) -> None:
    with serving_site({**SMALL}) as server:
        corpus = crawled(server)
        change(corpus, statement)
        assert listed(corpus) == PATHS
        assert (corpus.folder / "site.sqlite.damaged").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bodies SET body = x'00'",
        "UPDATE bodies SET body = zeroblob(100000)",
        "UPDATE bodies SET body = substr(body, 1, length(body) / 2)",
        "DELETE FROM bodies",
        "UPDATE urls SET content_hash = 'x' WHERE content_hash != ''",
        "UPDATE urls SET links = x'00' WHERE length(links)",
        "UPDATE bodies SET body = (SELECT body FROM bodies ORDER BY number LIMIT 1)",
    ],
)
def test_damaged_pages_are_fetched_again(statement: str) -> None:
    with serving_site({**SMALL}) as server:
        corpus = crawled(server)
        right = texts(corpus)
        change(corpus, statement)
        assert texts(corpus) == right
        assert not (corpus.folder / "site.sqlite.damaged").exists()


def test_damage_after_the_scan_is_a_clear_error_on_reading() -> None:
    with serving_site({**SMALL}) as server:
        corpus = crawled(server)
        entry = next(entry for entry in corpus.scan() if isinstance(entry, Listed))
        change(corpus, "UPDATE bodies SET body = x'00'")
        with pytest.raises(CorpusError, match="is damaged") as caught:
            corpus.read(entry)
        assert "run the command again" in caught.value.fix
        (corpus.folder / "site.sqlite").write_bytes(b"x" * 10_000)
        with pytest.raises(CorpusError, match="is damaged"):
            corpus.read(entry)


def test_a_record_leads_to_no_other_site() -> None:
    with serving_site({**SMALL}) as server, serving_site({"/": page("Other")}) as other:
        corpus = crawled(server)
        change(
            corpus,
            f"UPDATE meta SET value = '{other.origin}/' WHERE key = 'base'",
            "UPDATE meta SET value = '0' WHERE key = 'finished'",
            f"UPDATE urls SET url = '{other.origin}/' || number, checked = 0 WHERE url LIKE '%.html'",
        )
        assert set(listed(corpus)) < set(PATHS)  # the rest of a run that was cut off
        assert listed(corpus) == PATHS
        assert not other.asked


@pytest.mark.parametrize(
    "packed", [b"", b"x", zstandard.compress(b"x")[:-1], zstandard.compress(b"\0" * 10**7)]
)
def test_a_body_that_does_not_unpack_within_bounds_is_damage(packed: bytes) -> None:
    with pytest.raises(RecordDamaged):
        unpack_body(packed, 1_000_000)


@pytest.mark.parametrize("name", ["lock", ""])
def test_a_folder_that_cannot_be_used_is_a_clear_error(name: str) -> None:
    with serving_site({**SMALL}) as server:
        corpus = site(server, "/docs/")
        corpus.folder.parent.mkdir(parents=True, exist_ok=True)
        if name:
            (corpus.folder / name).mkdir(parents=True)
        else:
            corpus.folder.write_bytes(b"")
        with pytest.raises(CorpusError, match="cannot be read or written") as caught:
            list(corpus.scan())
        assert str(corpus.folder) in caught.value.why


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are those of POSIX")
@pytest.mark.parametrize("limit", [0, 4_096, 40_000, 150_000, 300_000])
def test_a_full_disk_is_reported_and_fetched_pages_are_kept(limit: int) -> None:
    chance = Random(3)
    names = [f"{number}.html" for number in range(40)]
    with serving_site({"/": page("Home", *names)}) as server:
        server.pages |= {f"/{name}": page(chance.randbytes(6_000).hex()) for name in names}
        with full_at(limit), pytest.raises(CorpusError) as caught:
            list(site(server).scan())
        what, why, fix = str(caught.value).splitlines()
        assert what.startswith("the record of the crawl") and why.startswith("  why: ")
        assert "free disk space" in fix and "delete" not in fix
        kept = {path for path in server.bodies if path.endswith(".html")}
        server.bodies.clear()
        corpus = site(server)
        assert len(listed(corpus)) == 41
        assert sum(server.bodies[path] for path in kept) <= 12  # those under way, and in the log
        assert not list(corpus.folder.glob("*.damaged"))


def test_errors_can_be_passed_between_processes() -> None:
    import pickle

    error = CorpusError("what", why="why", fix="fix")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (CorpusError, str(error))


def test_the_store_accepts_its_own_database(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.check()
        assert store.rows() == []
