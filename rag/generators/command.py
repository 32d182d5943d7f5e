"""Any program as a generator: the prompt on its standard input, the completion on its standard output."""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Thread
from time import monotonic
from typing import IO, Any

from corpora.errors import GeneratorError, GeneratorUnavailable, reason_of
from corpora.outside.child_process import absolute_path
from corpora.redaction.credentials import credentials_in, without_credentials, without_known
from rag.generators.answer_cache.answer_key import states_of_named_files
from rag.generators.completion import DEFAULT_SAMPLING, Completion, Sampling, refuse_images
from rag.generators.extraction.extract_code import extract_code
from rag.generators.stop_strings import before_stop
from rag.prompting.prompt import Prompt

STDERR_LINES = 5  # last lines of a failed program that are shown
MAX_SHOWN_BYTES = 2_000  # of these lines together
MAX_OUTPUT_BYTES = 8_000_000  # far more than a model writes
_STEP_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Command:
    """A program that is run once for each prompt, without a shell.

    It finds the sampling settings in the variables RAG_TEMPERATURE, RAG_MAX_TOKENS and RAG_SEED.

    Args:
        command: the program and its arguments, as a list or as one string quoted as for a shell.
        timeout_seconds: time after which it is killed, with every process that it started.
        sampling: how to generate; passed on in the environment.

    """

    command: str | Sequence[str]
    timeout_seconds: float = 300.0
    sampling: Sampling = DEFAULT_SAMPLING

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return "command"

    @property
    def cache_key(self) -> Mapping[str, Any]:
        """Return what decides its answers as far as can be seen: the command, and the files that it names."""
        arguments = self._arguments()
        program = shutil.which(arguments[0], path=absolute_path()) or arguments[0]
        files = states_of_named_files((program, *arguments[1:]))
        return {"generator": "command", "arguments": arguments, "files": files}

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` with what the program prints. Raises `GeneratorError` if it fails."""
        refuse_images(prompt, self.name)
        text = self._output(prompt.text)
        return Completion(text, extract_code(text), self.name)

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        """Return what the program prints when it reads `text`, up to the first of the texts `stop`."""
        printed = self._output(text)
        continued = before_stop(printed, stop)
        return Completion(continued, continued, self.name)

    def _output(self, text: str) -> str:
        """Return what the program prints when it reads `text`. Raises `GeneratorError` if it fails."""
        arguments = self._arguments()
        process = self._start(arguments, text.encode("utf-8", "replace"))
        outputs = [_Output(pipe, process) for pipe in (process.stdout, process.stderr) if pipe]
        try:
            is_done = _wait(process, outputs, self.timeout_seconds)
        except BaseException:  # Ctrl-C must not leave it running
            _end(process)
            raise
        stdout, stderr = (bytes(output.data) for output in outputs)
        is_flood = any(output.is_too_long for output in outputs)
        if is_flood or not is_done:
            _end(process)
            raise GeneratorError(
                f"the command {arguments[0]} was stopped",
                why=f"it wrote more than {MAX_OUTPUT_BYTES} bytes"
                if is_flood
                else f"it took more than {self.timeout_seconds:g} seconds",
                fix="make it print the completion only"
                if is_flood
                else "give it more time with timeout_seconds, or a smaller prompt",
            )
        if process.returncode:
            raise GeneratorError(
                f"the command {arguments[0]} failed",
                why=without_credentials(_reason(process.returncode, stderr), self._known(arguments)),
                fix=f"run it by hand: {shlex.join(arguments)}",
            )
        return without_known(stdout.decode("utf-8", "replace"), self._known(arguments))

    @staticmethod
    def _known(arguments: list[str]) -> set[str]:
        """Return the credentials among the arguments, which a program may repeat."""
        return credentials_in(shlex.join(arguments)) | credentials_in(" ".join(arguments))

    def _arguments(self) -> list[str]:
        try:
            arguments = shlex.split(self.command) if isinstance(self.command, str) else list(self.command)
        except ValueError as error:
            raise GeneratorUnavailable(
                "the command cannot be parsed", why=f"{error}: {self.command}", fix="correct its quoting"
            ) from error
        if not arguments:
            raise GeneratorUnavailable(
                "there is no command",
                why="it is empty",
                fix="name a program that reads a prompt from standard input",
            )
        return arguments

    def _start(self, arguments: list[str], prompt: bytes) -> subprocess.Popen[bytes]:
        settings = {
            "RAG_TEMPERATURE": str(self.sampling.temperature),
            "RAG_MAX_TOKENS": str(self.sampling.max_tokens),
            "RAG_SEED": str(self.sampling.seed),
        }
        try:
            with TemporaryFile() as asked:  # not a pipe: the program may leave it unread
                asked.write(prompt)
                asked.seek(0)
                return subprocess.Popen(
                    arguments,
                    stdin=asked,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=os.environ | {"PATH": absolute_path()} | settings,  # not from the working folder
                    bufsize=0,  # so that a pipe can be closed while a thread waits for it
                    start_new_session=True,  # so that what it starts can be ended with it
                )
        except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
            raise GeneratorUnavailable(
                f"the command {arguments[0]} cannot be started",
                why=reason_of(error),
                fix="check that the program is installed, executable and on the PATH",
            ) from error


class _Output:
    """Output of a program, read from a pipe up to a limit; a program that writes more is killed."""

    def __init__(self, pipe: IO[bytes], process: subprocess.Popen[bytes]) -> None:
        self.data = bytearray()
        self.is_too_long = False
        self._pipe, self._process = pipe, process
        # A daemon: a process that left the session may keep the pipe open for ever, and the thread with it.
        self.thread = Thread(target=self._read, name="command-output", daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with suppress(OSError, ValueError):  # the pipe was closed
            while data := self._pipe.read(_STEP_BYTES):
                if len(self.data) + len(data) > MAX_OUTPUT_BYTES:
                    self.is_too_long = True
                    _kill(self._process)
                    return
                self.data += data


def _wait(process: subprocess.Popen[bytes], outputs: list[_Output], seconds: float) -> bool:
    """Wait until a program has ended and its pipes are closed; return False if that takes too long."""
    deadline = monotonic() + seconds
    for output in outputs:
        output.thread.join(max(0.0, deadline - monotonic()))
        if output.thread.is_alive():
            return False
    try:
        process.wait(max(0.0, deadline - monotonic()))
    except subprocess.TimeoutExpired:
        return False
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and every process that it started, and close its pipes."""
    _kill(process)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):  # the program may have ended by itself, while what it started runs on
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _reason(code: int, stderr: bytes) -> str:
    how = f"it was ended by signal {-code}" if code < 0 else f"it exited with {code}"
    end = stderr[-MAX_SHOWN_BYTES:].decode("utf-8", "replace")
    lines = end.strip().splitlines()[-STDERR_LINES:]
    return f"{how}: {' | '.join(lines)}" if lines else f"{how} and wrote nothing to stderr"
