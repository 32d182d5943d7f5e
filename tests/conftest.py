"""What holds for every test."""

import atexit
import os
import shutil
import signal
import tempfile

import pytest


def pytest_configure() -> None:
    """Ctrl-C works here and in what tests start, also where a script runs the tests in its background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "PYTEST_XDIST_WORKER" not in os.environ:  # (its workers inherit it)
        state = tempfile.mkdtemp(prefix="state-")
        atexit.register(shutil.rmtree, state, ignore_errors=True)
        os.environ["XDG_STATE_HOME"] = state  # what tests agree to is not remembered for the developer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files with slow tests first: at the end, one process would run them while others are idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
