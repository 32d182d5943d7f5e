"""Settings for all tests."""

import atexit
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.sandboxes import NO_BWRAP


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--engine NAME`."""
    parser.addoption("--engine", default="", help="the engine of every index that a test makes")


def pytest_configure(config: pytest.Config) -> None:
    """Make Ctrl-C work here and in what tests start, even if a script runs the tests in the background."""
    if engine := config.getoption("--engine"):
        from tests.engine_under_test import use_engine

        use_engine(engine)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Some images forbid to keep compiled modules: each of hundreds of processes would compile them anew.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if "PYTEST_XDIST_WORKER" not in os.environ:  # its workers inherit the folder
        state = tempfile.mkdtemp(prefix="state-")
        atexit.register(shutil.rmtree, state, ignore_errors=True)
        os.environ["XDG_STATE_HOME"] = state  # so that consent given by tests is not stored for the developer
        os.environ.pop("RAG_GENERATOR", None)
        os.environ["RAG_CACHE"] = f"{state}/cache"  # nor packages that they read


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is about the files of the usual engine where another is tested."""
    if item.config.getoption("--engine") and item.get_closest_marker("embedded_files"):
        pytest.skip("about files of the embedded engine")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among ten thousand tests: neither while they are collected nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every process begin with the files that take longest: none is to run one at the end, alone.

    The processes are given equal parts of the list, one after the other, and take from each other later.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    seconds: dict[Path, float] = defaultdict(float)
    for item in items:
        if mark := item.get_closest_marker("slow"):
            seconds[item.path] += mark.args[0] if mark.args else 3
    files: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    slow = sorted((path for path in files if path in seconds), key=lambda path: -seconds[path])
    fast = [item for path in files if path not in seconds for item in files[path]]
    size, ordered = -(-len(items) // processes), list[pytest.Item]()
    for number in range(processes):
        part = [item for path in slow[number::processes] for item in files[path]]
        more = max(size - len(part), 0)
        ordered += part + fast[:more]
        fast = fast[more:]
    items[:] = ordered + fast


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, once, why the tests of the sandbox were skipped."""
    if NO_BWRAP:
        terminalreporter.section("tests of the sandbox were skipped")
        terminalreporter.write_line(NO_BWRAP)
