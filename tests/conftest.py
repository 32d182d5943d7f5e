"""What holds for every test."""

import signal


def pytest_configure() -> None:
    """Ctrl-C works here and in what tests start, also where a script runs the tests in its background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
