"""Indexes that somebody made to do harm, and what the commands do with each.

This runs in a separate process, so that a hang or a crash ends that one and not the tests.
"""

import json
import os
import resource
import shutil
import signal
import sqlite3
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import zstandard

from indexers.layout import Layout
from tests.damaged_index import said, unrecord

# for each attack, all of these are run,
COMMANDS = (("search", "--json", "parse a date string"), ("status",), ("verify",))
# and one of these, in turn
MORE_COMMANDS = (
    ("search", "--language", "python", "a date"),
    ("docs", "list"),
    ("prompt", "parse a date string"),
)
# attacks after which a command that writes is run, too
REACHING_OUT = (
    "a link",
    "a journal",
    "a pipe as l",
    "checksums",
    "files to be",
    "vectors elsewhere",
    "a trigger",
)
_SECONDS = 30


def change(*statements: str, values: tuple[object, ...] = ()) -> Callable[[Path], None]:
    """Make an attack that changes what the catalog holds."""

    def apply(index: Path) -> None:
        database = sqlite3.connect(Layout(index).catalog)
        for statement in statements:
            database.execute(statement, values)
        database.commit()
        database.close()

    return apply


def schema(where: str, sql: str) -> Callable[[Path], None]:
    """Make an attack that changes what the catalog says of its own tables."""
    return change("PRAGMA writable_schema = ON", f"UPDATE sqlite_schema SET {sql} WHERE {where}")


def write(name: str, data: bytes) -> Callable[[Path], None]:
    """Make an attack that overwrites a file; `*` in its name matches the only such file."""

    def apply(index: Path) -> None:
        for path in list(index.glob(name)) if "*" in name else [index / name]:
            path.unlink(missing_ok=True)
            path.write_bytes(data)

    return apply


def instead(name: str, make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Make an attack that replaces a file or folder by something else."""

    def apply(index: Path) -> None:
        path = next(iter(index.glob(name)), index / name)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        make(path)

    return apply


def link(target: str) -> Callable[[Path], object]:
    """Make a link to a file or folder beside the index."""

    def make(path: Path) -> None:
        index = next(parent for parent in path.parents if parent.name == "work")
        path.symlink_to(index.parent / target)

    return make


def sparse(path: Path) -> None:
    """Make a sparse file of 60 GB."""
    with path.open("wb") as file:
        file.truncate(60 << 30)


def lists(part: str, change_it: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Make an attack that changes entries of a JSON file."""

    def apply(index: Path) -> None:
        for path in index.glob(part):
            data = json.loads(path.read_text())
            data = change_it(data) or data
            path.unlink()
            path.write_text(json.dumps(data))

    return apply


def journal(index: Path) -> None:
    """Return a journal that SQLite would roll back, then deleting the file that it names."""
    victim = str(index.parent / "victim").encode()
    page = 512
    header = bytes.fromhex("d9d505f920a163d7") + struct.pack(">IIIII", 0, 0, 1, page, page)
    name = struct.pack(">I", 1) + victim + struct.pack(">II", len(victim), sum(victim))
    tail = name + bytes.fromhex("d9d505f920a163d7")
    (index / "catalog.sqlite-journal").write_bytes(header.ljust(page, b"\0") + tail)


def frame_of(size: int) -> bytes:
    """Return the beginning of a compressed text that claims to unpack to this many bytes."""
    return b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", size) + bytes(9)


def npy(header: str, data: bytes = b"") -> bytes:
    """Return a numpy file with any header."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header.encode() + b"\n" + data


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
DEEP = "[" * 100_000
UNSIZED = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1_000_000))
OTHER_FILES = '{"generation": 1, "lexical": {"../../../victim": [3, 4]}, "dense": {"/etc/passwd": [1, 2]}}'
IDS, SEGMENTS = "dense/*/ids.npy", "lexical/*/meta.json"
HISTORY = "INSERT INTO history VALUES (1, hex(zeroblob(20)), ?)"
TEXTS = "UPDATE texts SET text_and_signatures = ?"

ATTACKS: dict[str, Callable[[Path], None]] = {
    "a view that never ends": change(
        "ALTER TABLE chunks RENAME TO real", f"CREATE VIEW chunks AS {ENDLESS} i AS chunk_id FROM n"
    ),
    "facts that never end": change(
        "ALTER TABLE meta RENAME TO real", f"CREATE VIEW meta AS {ENDLESS} hex(zeroblob(9999)), i FROM n"
    ),
    "a trigger": change("CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM chunks; END"),
    "a virtual table": change("CREATE VIRTUAL TABLE v USING fts5(x)"),
    "a generated column": change("ALTER TABLE texts ADD COLUMN x AS (hex(text_and_signatures))"),
    "an index of an expression": change("CREATE INDEX evil ON chunks (hex(symbol))"),
    "many tables": change(*[f"CREATE TABLE t{n} (x)" for n in range(1000)]),
    "a table at the pages of another": schema(
        "name = 'chunks'", "rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'texts')"
    ),
    "a table in circles": schema("name = 'documents'", "rootpage = 1"),
    "no tables": change("DROP TABLE chunks"),
    "a number where a name belongs": change("UPDATE documents SET path = x'00ff'"),
    "a text where a number belongs": change("UPDATE chunks SET start_byte = 'x'"),
    "a text that is no UTF-8": change("UPDATE documents SET library = CAST(x'ff41' AS TEXT)"),
    "nothing where a name belongs": schema("name = 'documents'", "sql = replace(sql, ' NOT NULL', '')"),
    "an unknown kind": change("UPDATE documents SET kind = 'evil'"),
    "a negative place": change("UPDATE chunks SET start_byte = -5, end_byte = -1"),
    "names that are none": change("UPDATE chunks SET names = '99'"),
    "names that are no text": change("UPDATE chunks SET names = x'00ff'"),
    "names without end": change("UPDATE chunks SET names = ?", values=("0a\n" * 5_000_000,)),
    "a place beyond": change("UPDATE chunks SET end_byte = 99999999999"),
    "a huge id": change("UPDATE documents SET document_id = 9223372036854775807 WHERE document_id = 1"),
    "a spec in depth": change("UPDATE corpora SET spec = ?", values=(DEEP,)),
    "a spec of numbers": change('UPDATE corpora SET spec = \'{"name": 1, "kind": 2, "location": 3}\''),
    "a spec of more": change("UPDATE corpora SET spec = '{\"__class__\": 1}'"),
    "a corpus without a spec": change("DELETE FROM corpora"),
    "a generation that is none": change("UPDATE meta SET value = '../../x' WHERE key = 'generation'"),
    "a generation below zero": change("UPDATE meta SET value = -7 WHERE key = 'generation'"),
    "a generation of ages": change("UPDATE meta SET value = 1 << 62 WHERE key = 'generation'"),
    "a version that is none": change("UPDATE meta SET value = x'00' WHERE key = 'format_version'"),
    "a recall that is none": change("INSERT OR REPLACE INTO meta VALUES ('recall_at_10', 9e999)"),
    "an encoder that is none": change("UPDATE meta SET value = 'table:/dev/zero' WHERE key = 'encoder'"),
    "an encoder of this folder": change("UPDATE meta SET value = './evil' WHERE key = 'encoder'"),
    "locks in depth": change("INSERT OR REPLACE INTO meta VALUES ('locked', ?)", values=(DEEP,)),
    "checksums in depth": change("INSERT OR REPLACE INTO meta VALUES ('checksums', ?)", values=(DEEP,)),
    "checksums of other files": change(
        "INSERT OR REPLACE INTO meta VALUES ('checksums', ?)", values=(OTHER_FILES,)
    ),
    "a seal in depth": write("catalog.json", DEEP.encode()),
    "a text of gigabytes": change(TEXTS, values=(frame_of(1 << 31),)),
    "a text of 60 MB": change(TEXTS, values=(zstandard.compress(bytes(60_000_000)),)),
    "a text that says it has exabytes": change(TEXTS, values=(frame_of(1 << 60),)),
    "a text that does not say how large it is": change(TEXTS, values=(UNSIZED,)),
    "a text that is no zstd": change(TEXTS, values=(b"\0" * 100,)),
    "a history of gigabytes": change(HISTORY, values=(frame_of(1 << 31),)),
    "a history of nothing but words": change(HISTORY, values=(zstandard.compress(bytes(15_000_000)),)),
    "a history that is none": change(HISTORY, values=(b"\0" * 100,)),
    "a journal that names a file": journal,
    "a log that is none": write("catalog.sqlite-wal", os.urandom(5000)),
    "a shared memory that is none": write("catalog.sqlite-shm", os.urandom(40_000)),
    "a pipe as catalog": instead("catalog.sqlite", os.mkfifo),
    "a pipe as log": instead("catalog.sqlite-wal", os.mkfifo),
    "a pipe as seal": instead("catalog.json", os.mkfifo),
    "a pipe as lock": instead("writer.lock", os.mkfifo),
    "a pipe as vectors": instead("dense/rows-*.bin", os.mkfifo),
    "a pipe as ids": instead("dense/*/ids.npy", os.mkfifo),
    "a pipe as segments": instead("lexical/*/meta.json", os.mkfifo),
    "a pipe as terms": instead("lexical/*/*.term", os.mkfifo),
    "a folder as catalog": instead("catalog.sqlite", Path.mkdir),
    "a folder as ids": instead("dense/*/ids.npy", Path.mkdir),
    "an endless catalog": instead("catalog.sqlite", sparse),
    "endless ids": instead("dense/*/ids.npy", sparse),
    "endless vectors": instead("dense/rows-*.bin", sparse),
    "endless facts": instead("dense/*/index.json", sparse),
    "endless segments": instead("lexical/*/meta.json", sparse),
    "endless terms": instead("lexical/*/*.term", sparse),
    "an endless seal": instead("catalog.json", sparse),
    "a link as shared memory": instead("catalog.sqlite-shm", link("victim")),
    "a link as catalog": instead("catalog.sqlite", link("victim")),
    "a link as lock": instead("writer.lock", link("victim")),
    "a link as note": instead("writer.json", link("victim")),
    "a link as vectors": instead("dense/rows-*.bin", link("victim")),
    "a link as generation": instead("dense/0*", link("folder")),
    "a link as part": instead("lexical", link("folder")),
    "a link as terms": instead("lexical/*/*.term", link("victim")),
    "a link that leads nowhere": instead(".gitignore", link("nowhere")),
    "vectors elsewhere": lists("dense/*/index.json", lambda d: d.update(rows_file="../../../victim")),
    "vectors at a path": lists("dense/*/index.json", lambda d: d.update(rows_file="/etc/passwd")),
    "vectors by the billion": lists("dense/*/index.json", lambda d: d.update(rows=1 << 39)),
    "vectors below zero": lists("dense/*/index.json", lambda d: d.update(rows=-1)),
    "a number as truth": lists("dense/*/index.json", lambda d: d.update(has_codes=1)),
    "codes that are not there": lists("dense/*/index.json", lambda d: d.update(has_codes=True)),
    "facts in depth": write("dense/*/index.json", DEEP.encode()),
    "facts that are a list": write("dense/*/index.json", b"[1, 2]"),
    "ids that are pickled": write(IDS, npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")),
    "ids by the billion": write(
        IDS, npy("{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999,), }")
    ),
    "ids in depth": write("dense/*/ids.npy", npy("(" * 60_000)),
    "vectors of NaN": write("dense/rows-*.bin", np.full(99_000, np.nan, dtype=np.float32).tobytes()),
    "vectors of infinity": write("dense/rows-*.bin", np.full(99_000, np.inf, dtype=np.float32).tobytes()),
    "segments in depth": write("lexical/*/meta.json", DEEP.encode()),
    "segments that are elsewhere": lists(SEGMENTS, lambda d: d["segments"][0].update(segment_id="../../x")),
    "segments of billions": lists(SEGMENTS, lambda d: d["segments"][0].update(max_doc=4_000_000_000)),
    "segments without end": lists(SEGMENTS, lambda d: d.update(segments=d["segments"] * 3000)),
    "another schema": lists("lexical/*/meta.json", lambda d: d.update(schema=[])),
    "files to be deleted": write("lexical/*/.managed.json", b'["../../../victim"]'),
    "files to be deleted, in depth": write("lexical/*/.managed.json", DEEP.encode()),
    "terms that are none": write("lexical/*/*.term", os.urandom(20_000)),
    "no terms": write("lexical/*/*.term", b""),
}


def outcome(sound: Path, work: Path, name: str) -> dict[str, object]:
    """Run the commands on one attack; return what went wrong, and the longest processor time of a command."""
    shutil.rmtree(work.parent, ignore_errors=True)
    shutil.copytree(sound, work)
    (work.parent / "folder").mkdir()
    for victim in (work.parent / "victim", work.parent / "folder" / "victim"):
        victim.write_bytes(b"precious")
    ATTACKS[name](work)
    wrong, longest = [], 0.0
    turn = list(ATTACKS).index(name) % len(MORE_COMMANDS)
    for command in (*COMMANDS, MORE_COMMANDS[turn]):
        signal.alarm(_SECONDS)
        begun = process_time()
        try:
            code, out, err = said([*command, "--index", str(work)])
            shown = [line for line in err.splitlines() if not line.startswith(("note: ", "about "))]
            if (
                code
                and not (len(shown) == 1 and shown[0].startswith("nothing found"))
                and not (code == 1 and len(shown) == 3 and shown[0].startswith("error: "))
            ):
                wrong.append(f"{command}: {code} {err}")
            if "NaN" in out or "Infinity" in out:
                wrong.append(f"{command}: not a number")
        except Exception as error:
            wrong.append(f"{command}: {type(error).__name__}: {error}")
        longest = max(longest, process_time() - begun)
    if name.startswith(REACHING_OUT):
        signal.alarm(_SECONDS)
        try:
            said(["index", "--index", str(work)])  # even when asked to update it, nothing outside may change
        except Exception as error:
            wrong.append(f"index: {type(error).__name__}: {error}")
    victims = [work.parent / "victim", work.parent / "folder" / "victim"]
    if any(not one.is_file() or one.read_bytes() != b"precious" for one in victims):
        wrong.append("a file outside of the index was written or deleted")
    return {"name": name, "wrong": wrong, "seconds": longest}


def _imported_by_commands(sound: Path) -> list[str]:
    """Return the modules that the commands import; once they are, no child has to import them."""
    reading, writing = os.pipe()
    if not os.fork():
        for command in (*COMMANDS, *MORE_COMMANDS):
            said([*command, "--index", str(sound)])
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            pipe.write("\n".join(set(sys.modules) - {"__main__"}))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        return pipe.read().split()


def run(sound: Path, work: Path) -> None:
    """Print the outcomes as lines of JSON, each with its peak memory in KB."""
    unrecord(sound)
    for module in _imported_by_commands(sound):
        with suppress(ImportError):  # compiled code makes modules that no file has
            import_module(module)
    for name in ATTACKS:
        child = os.fork()  # so that the peak memory of each is its own
        if not child:
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            found = outcome(sound, work, name)
            found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            os.write(1, json.dumps(found).encode() + b"\n")
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            os.write(1, json.dumps({"name": name, "wrong": ["it ended the process"]}).encode() + b"\n")


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
