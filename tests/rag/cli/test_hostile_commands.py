"""Programs as generators: some flood, some never end, some leave others running."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from corpora.errors import GeneratorError
from rag.generators.command import MAX_OUTPUT_BYTES, Command
from rag.generators.completion import complete
from rag.prompting.prompt import make_prompt
from tests import ROOT

if sys.platform == "win32":
    pytest.skip("sessions and signals are those of POSIX", allow_module_level=True)

PROMPT = make_prompt("x " * 100_000, [], template="chat", max_tokens=10**7)
IGNORING = "import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 13, 15)]; "


def run(program: str, seconds: float = 1.0) -> str:
    return complete(Command([sys.executable, "-c", program], seconds), PROMPT).text


@pytest.mark.parametrize(
    "program",
    [
        "import time\nwhile True: print('x', end='', flush=True); time.sleep(0.02)",
        "import time, sys\nwhile True: print('x', end='', flush=True, file=sys.stderr); time.sleep(0.02)",
        "import os, time; os.close(0); time.sleep(60)",
        "import os, time; os.close(1); os.close(2); time.sleep(60)",
        IGNORING + "import time\nwhile True: time.sleep(1)",
        "import os, time; os.fork() or time.sleep(60)",
        "import os, time; os.setsid() if os.getpgrp() != os.getpid() else 0; time.sleep(60)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
def test_a_command_that_does_not_end_is_ended(program: str) -> None:
    start = monotonic()
    with pytest.raises(GeneratorError, match="more than 1 seconds"):
        run(program)
    assert monotonic() - start < 10


def test_a_command_whose_child_leaves_the_session_and_holds_the_pipe_is_left(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    program = (
        "import os, sys, time\n"
        f"if not os.fork(): os.setsid(); open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    try:
        with pytest.raises(GeneratorError, match="more than 1 seconds"):
            run(program)
    finally:
        os.kill(int(mark.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("how", ["while True: {0}.write('x' * 1_000_000)", "{0}.write('x' * 20_000_000)"])
def test_a_command_that_floods_is_ended(stream: str, how: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(GeneratorError, match=f"wrote more than {MAX_OUTPUT_BYTES} bytes"):
        run("import sys\n" + how.format(f"sys.{stream}"), 60)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_command_may_read_nothing_some_or_all_of_its_prompt() -> None:
    assert run("print('a')", 60) == "a\n"
    assert run("import os; os.close(0); print('b')", 60) == "b\n"
    assert run("import sys; sys.stdin.read(3); print('c')", 60) == "c\n"
    assert len(run("import sys; print(sys.stdin.read())", 60)) > 100_000


def test_of_a_failed_command_the_last_words_are_shown() -> None:
    with pytest.raises(GeneratorError) as caught:
        run("import sys; sys.stderr.write('x' * 5_000_000 + 'the end'); sys.exit(3)", 60)
    assert caught.value.why.endswith("the end") and len(caught.value.why) < 2_100


@pytest.mark.slow
def test_the_first_interrupt_ends_a_command_and_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    child = f"import time; open({str(mark)!r}, 'w').write('up'); time.sleep(60)"
    program = (
        f"{IGNORING}import os, sys; os.fork(); os.execv(sys.executable, [sys.executable, '-c', {child!r}])"
    )
    outer = (
        "import sys; from rag.generators.command import Command\n"
        "from rag.prompting.prompt import make_prompt\n"
        f"Command([sys.executable, '-c', {program!r}])(make_prompt('x', [], template='chat'))"
    )
    folder = ROOT
    process = subprocess.Popen([sys.executable, "-c", outer], stderr=subprocess.PIPE, cwd=folder)
    try:
        end = monotonic() + 60
        while not mark.exists() and monotonic() < end:
            sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)  # (which a child that is left would hold)
    finally:
        process.kill()
        process.wait()
    assert b"KeyboardInterrupt" in stderr
