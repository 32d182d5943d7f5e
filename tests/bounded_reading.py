"""Read corpora in separate processes, and report the result, the memory and the time of each.

`reading` starts this very file. It forks once for each thing to read, so that the memory of one does not
count for the next, and nothing that is read can harm the test. What one had to import, which takes longer
than to read most things, is imported before the next fork.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from corpora.document import Listed, Skipped
from corpora.errors import RagError
from corpora.spec import CorpusSpec, open_corpus
from rag.evaluation.datasets.dataset import open_dataset
from tests import ROOT

_SECONDS = 60  # wall time after which a read that hangs is ended
_MEMORY_BYTES = 3 << 30  # limit of address space: a bomb that goes off ends with its process


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of reading one thing.

    Args:
        report: each document by its library and path, what was skipped and why, or the error.
        is_ours: whether it ended without an error or with a `RagError`.
        peak_mb: the most resident memory, in MB.
        cpu_s: processor time in seconds.
    """

    report: str
    is_ours: bool
    peak_mb: float
    cpu_s: float


@contextmanager
def reading() -> Iterator[Callable[[str, Path | str], Outcome]]:
    """Yield a function that reads a corpus of a kind (or a `dataset`) at a location, in a new process."""
    command = [sys.executable, "-m", "tests.bounded_reading"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:

        def read(kind: str, location: Path | str) -> Outcome:
            assert server.stdin and server.stdout
            server.stdin.write(json.dumps([kind, str(location)]) + "\n")
            server.stdin.flush()
            return Outcome(*json.loads(server.stdout.readline()))

        yield read


def _reports(kind: str, location: str) -> Iterable[str]:
    if kind == "dataset":
        yield f"{len(open_dataset(location).tasks)} tasks"
        return
    corpus = open_corpus(CorpusSpec("x", kind, location))
    for listed in list(corpus.scan()):
        read = corpus.read(listed) if isinstance(listed, Listed) else listed
        if isinstance(read, Skipped):
            yield f"skipped {read.path[:80]}: {read.reason} ({read.detail[:200]})"
        else:
            names = ", ".join(section.name for section in read.sections[:5])
            yield f"{read.origin.library} {read.origin.path} [{names[:200]}]"


def _read_one(kind: str, location: str, answers: int) -> None:
    known = set(sys.modules)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    signal.alarm(_SECONDS)
    try:
        report, is_ours = "; ".join(_reports(kind, location)), True
    except RagError as error:
        report, is_ours = str(error), True
    except BaseException as error:
        report, is_ours = f"{type(error).__name__}: {error}", False
    imported = sorted(sys.modules.keys() - known)
    with os.fdopen(answers, "w", encoding="utf-8") as answer:
        json.dump([report[:3_000], is_ours, imported], answer)
    os._exit(0)


def _serve() -> None:
    for line in sys.stdin:
        kind, location = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _read_one(kind, location, writing)
        os.close(writing)
        with open(reading, "rb") as answer:  # noqa: PTH123
            text = answer.read()
        _, _, used = os.wait4(child, 0)
        report, is_ours, modules = (
            json.loads(text) if text else ("it was ended from outside: it hangs", False, [])
        )
        for module in modules:
            with suppress(ImportError):  # compiled code makes modules that no file has
                import_module(module)
        seconds = used.ru_utime + used.ru_stime
        sys.stdout.write(json.dumps([report, is_ours, used.ru_maxrss / 1024, seconds]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
