"""Which sandbox the tests can use on this machine."""

import os
from typing import Final

import pytest

from corpora.errors import SandboxError
from rag.execution.sandbox import open_sandbox

_KNOWN = "DOCPROMPTING_TESTS_NO_BWRAP"


def _why_not() -> str:
    """Return why the sandbox "bwrap" does not start here, in three lines; empty if it does."""
    # tried once: the processes that run the tests inherit the answer
    if _KNOWN not in os.environ:
        try:
            open_sandbox("bwrap").close()
            os.environ[_KNOWN] = ""
        except SandboxError as error:
            os.environ[_KNOWN] = str(error)
    return os.environ[_KNOWN]


NO_BWRAP: Final = _why_not()
ISOLATION: Final = "process" if NO_BWRAP else "bwrap"
needs_bwrap: Final = pytest.mark.skipif(bool(NO_BWRAP), reason=NO_BWRAP.partition("\n")[0])
