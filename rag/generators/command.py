"""Any program as a generator: the prompt on its standard input, the completion on its standard output."""

import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from corpora.credentials import credentials_in, without_credentials, without_known
from corpora.errors import GeneratorError
from rag.completion import DEFAULT_SAMPLING, Completion, Sampling, extract_code
from rag.prompt import Prompt

STDERR_LINES = 5  # of a failed program, shown to the user


@dataclass(frozen=True, slots=True)
class Command:
    """Run `command` once for each prompt, without a shell.

    The program finds what is asked of it in RAG_TEMPERATURE, RAG_MAX_TOKENS and RAG_SEED.

    Args:
        command: the program and its arguments, or both in one string with a shell's quoting.
        timeout_seconds: then it is killed, with all that it started.
        sampling: passed on in the environment.

    """

    command: str | Sequence[str]
    timeout_seconds: float = 300.0
    sampling: Sampling = DEFAULT_SAMPLING

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` with what the program prints."""
        arguments = self._arguments()
        process = self._start(arguments)
        try:
            # communicate() takes it well when the program stops reading, or never reads at all
            stdout, stderr = process.communicate(
                prompt.full_text.encode("utf-8", "replace"), timeout=self.timeout_seconds
            )
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise GeneratorError(
                f"the command {arguments[0]} was stopped",
                why=f"it took more than {self.timeout_seconds:g} seconds",
                fix="give it more time with timeout_seconds, or a smaller prompt",
            ) from error
        except BaseException:  # Ctrl-C must not leave it running
            _end(process)
            raise
        if process.returncode:
            raise GeneratorError(
                f"the command {arguments[0]} failed",
                why=without_credentials(_reason(process.returncode, stderr), self._known(arguments)),
                fix=f"run it by hand: {shlex.join(arguments)}",
            )
        text = without_known(stdout.decode("utf-8", "replace"), self._known(arguments))
        return Completion(text, extract_code(text), "command")

    @staticmethod
    def _known(arguments: list[str]) -> set[str]:
        """The credentials among the arguments: a program may repeat them."""
        return credentials_in(shlex.join(arguments)) | credentials_in(" ".join(arguments))

    def _arguments(self) -> list[str]:
        try:
            arguments = shlex.split(self.command) if isinstance(self.command, str) else list(self.command)
        except ValueError as error:
            raise GeneratorError(
                "the command is not understood", why=f"{error}: {self.command}", fix="mend its quoting"
            ) from error
        if not arguments:
            raise GeneratorError(
                "there is no command", why="it is empty", fix="name a program that reads a prompt from stdin"
            )
        return arguments

    def _start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        told = {
            "RAG_TEMPERATURE": str(self.sampling.temperature),
            "RAG_MAX_TOKENS": str(self.sampling.max_tokens),
            "RAG_SEED": str(self.sampling.seed),
        }
        try:
            return subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=os.environ | told,
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
            raise GeneratorError(
                f"the command {arguments[0]} cannot be started",
                why=str(error),
                fix="check that the program is installed, executable and on the PATH",
            ) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and all that it started, and let go of its pipes."""
    with suppress(ProcessLookupError):  # it may have ended by itself; what it started may run on
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with suppress(BrokenPipeError):  # what was still to be written is of no use any more
                pipe.close()


def _reason(code: int, stderr: bytes) -> str:
    how = f"it was ended by signal {-code}" if code < 0 else f"it exited with {code}"
    lines = stderr.decode("utf-8", "replace").strip().splitlines()[-STDERR_LINES:]
    return f"{how}: {' | '.join(lines)}" if lines else f"{how} and wrote nothing to stderr"
