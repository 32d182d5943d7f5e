"""Settings for all tests."""

import atexit
import os
import shutil
import signal
import tempfile

import pytest


def pytest_configure() -> None:
    """Make Ctrl-C work here and in what tests start, even if a script runs the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "PYTEST_XDIST_WORKER" not in os.environ:  # its workers inherit the folder
        state = tempfile.mkdtemp(prefix="state-")
        atexit.register(shutil.rmtree, state, ignore_errors=True)
        os.environ["XDG_STATE_HOME"] = state  # so that consent given by tests is not stored for the developer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first: at the end, one process would run them while the others are idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
