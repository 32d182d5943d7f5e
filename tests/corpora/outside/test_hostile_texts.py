"""No reader of text from outside takes long, whatever the text."""

import subprocess
import sys

import pytest

from tests import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["visible", "man", "docstring"])
def test_a_hostile_text_is_read_in_seconds(reader: str) -> None:
    command = [sys.executable, "-m", "tests.hostile_texts", reader]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    lines = run.stdout.splitlines()
    assert [line for line in lines if line.startswith("slow:")] == []
    assert lines[-1] == "done", f"ran for more than a minute: {lines[-1]}"
