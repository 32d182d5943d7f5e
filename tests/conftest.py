"""What holds for every test."""

import atexit
import os
import shutil
import signal
import tempfile


def pytest_configure() -> None:
    """Ctrl-C works here and in what tests start, also where a script runs the tests in its background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "PYTEST_XDIST_WORKER" not in os.environ:  # (its workers inherit it)
        state = tempfile.mkdtemp(prefix="state-")
        atexit.register(shutil.rmtree, state, ignore_errors=True)
        os.environ["XDG_STATE_HOME"] = state  # what tests agree to is not remembered for the developer
