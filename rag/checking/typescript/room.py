"""The folder in which the compiler of TypeScript works: copies of programs, and links to packages.

It has no configuration: neither `tsconfig.json` nor plugins of the checked project are read.
Programs and packages are only read by the compiler; nothing of them runs. Where bubblewrap works, it sees
nothing else and has no network.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError, SandboxError
from corpora.outside.child_process import ChildError, Finished, absolute_path, run_bounded
from corpora.outside.json_documents import parsed_json
from rag.checking.typescript.compiler import Compiler
from rag.checking.typescript.packages import CountedPackages, NamedPackage, modules_above, unpack_package
from rag.checking.typescript.program import ScriptProgram
from rag.execution.bubblewrap import find_bubblewrap

_SCRIPTS: Final = Path(__file__).with_name("node")
_MODULES: Final = "node_modules"
_SECONDS: Final = 240.0
_MEGABYTES: Final = 3_000
_MAX_OUTPUT_BYTES: Final = 50_000_000
_MAX_LISTED: Final = 20_000
_SYSTEM: Final = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_KEPT: Final = ("LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")


class TypescriptRoom:
    """The folder in which the compiler works.

    Args:
        folder: an empty one.
        compiler: what runs.
        seconds: how long it may take.
    """

    def __init__(self, folder: Path, compiler: Compiler, seconds: float = _SECONDS) -> None:
        self._folder = Path(os.path.realpath(folder))
        self._compiler, self._seconds = compiler, seconds
        self._project = self._folder / "project"
        self._project.mkdir()
        self._modules: list[Path] = []
        self._outside: list[str] = []

    def _inside(self, place: Path) -> Path:
        """Return where a path of the system is in this room, so that what is relative leads to the same."""
        return self._project / place.relative_to(place.anchor)

    def add_packages(
        self, programs: Sequence[ScriptProgram], counted: CountedPackages, *, installed: bool
    ) -> None:
        """Link the packages that programs find, and add those that take their place.

        Args:
            programs: the programs.
            counted: packages that were named or fetched.
            installed: whether those that are installed count.

        Raises:
            RagError: a package cannot be unpacked.
        """
        found = (
            dict.fromkeys(one for each in programs for one in modules_above(each.place)) if installed else {}
        )
        own = {folder: list(packages) for folder, packages in counted.fetched.items()}
        if counted.named and not found and not own:
            own[Path("/") / _MODULES] = []
        for folder in dict.fromkeys([*found, *own]):
            replaced = [*counted.named, *own.get(folder, [])]
            target = self._inside(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._modules.append(target)
            if folder in found:
                self._outside.append(os.path.realpath(folder))
            if not replaced:
                target.symlink_to(folder)
                continue
            target.mkdir()
            for one in {each.name: each for each in reversed(replaced)}.values():
                self._add(one, target)
            if folder in found:
                _link_entries(folder, target)

    def _add(self, package: NamedPackage, modules: Path) -> None:
        target = modules / package.name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if package.place.is_dir():
                real = os.path.realpath(package.place)
                target.symlink_to(real)
                head, mark, _ = real.rpartition(f"/{_MODULES}/")
                self._outside.append(f"{head}/{_MODULES}" if mark else real)
            else:
                unpack_package(package.place, target)
        except (OSError, ValueError) as error:
            raise RagError(
                f"cannot read the npm package {package.name}",
                why=str(error),
                fix="fetch it again with npm pack",
            ) from error

    def add_program(self, place: Path, text: str) -> str:
        """Copy a program into the room and return its path there.

        Raises:
            OSError: it cannot be written, as its path is too long.
        """
        target = self._inside(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", errors="replace")
        return str(target)

    def run(self, files: Sequence[str], context: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
        """Return the lines that the check printed, and why it ended early; empty if it did not.

        Args:
            files: paths in this room of the programs to check.
            context: those that only declare.

        Raises:
            RagError: node cannot be started, or fails.
        """
        allowed = [str(self._folder), *self._outside, os.path.realpath(self._compiler.folder)]
        request = {
            "compiler": os.path.realpath(self._compiler.main),
            "files": list(files),
            "context": list(context),
            "allowed": allowed,
            "modules": [str(one) for one in self._modules],
            "typeRoots": [str(one / "@types") for one in self._modules],
        }
        place = self._folder / "request.json"
        place.write_text(json.dumps(request), encoding="utf-8")
        command = [
            self._compiler.node, f"--max-old-space-size={_MEGABYTES}", "--no-warnings",
            str(_SCRIPTS / "main.cjs"), str(place),
        ]  # fmt: skip
        try:
            done = self._bounded(command, allowed)
        except ChildError as error:
            return list(_lines(error.printed)), str(error)
        except OSError as error:
            raise RagError("node does not run", why=str(error), fix="install Node.js again") from error
        return list(_lines(done.stdout)), _failure(done)

    def _bounded(self, command: Sequence[str], allowed: Sequence[str]) -> Finished:
        for sandbox in _sandboxes(self._compiler, allowed):
            done = self._run([*sandbox, *command])
            # Where namespaces are forbidden, as in most containers, it does not start.
            if not (sandbox and done.returncode and done.stderr.startswith(b"bwrap:")):
                break
        return done

    def _run(self, command: Sequence[str]) -> Finished:
        # Nothing else of the user's environment: it holds options of node, and secrets.
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return run_bounded(
            command,
            seconds=self._seconds,
            max_bytes=_MAX_OUTPUT_BYTES,
            cwd=self._folder,
            env={**kept, "PATH": absolute_path(), "HOME": str(self._folder / "home")},
        )


def _sandboxes(compiler: Compiler, allowed: Sequence[str]) -> Iterator[list[str]]:
    """Yield how to start a program that sees only some folders, then nothing, to start it as it is."""
    with suppress(SandboxError):
        command = [find_bubblewrap(), "--die-with-parent", "--new-session", "--unshare-all"]
        for place in _SYSTEM:
            if Path(place).is_symlink():
                command += ["--symlink", str(Path(place).readlink()), place]
            else:
                command += ["--ro-bind-try", place, place]
        # (`/home/u/.nvm/versions/node/v22/bin/node`, and what lies beside it)
        prefix = Path(os.path.realpath(compiler.node)).parent.parent
        places = [*allowed, str(_SCRIPTS), *([] if prefix.is_relative_to("/usr") else [str(prefix)])]
        for place in sorted(dict.fromkeys(places)):
            command += ["--ro-bind", place, place]
        yield [*command, "--proc", "/proc", "--dev", "/dev", "--"]
    yield []


def _failure(done: Finished) -> str:
    """Return why node ended early; empty if it did not."""
    said = done.stderr.decode("utf-8", "replace")
    if "JavaScript heap out of memory" in said:
        return f"the compiler needs more than {_MEGABYTES} MB of memory"
    # The last line of what an exception prints is the version of node.
    named = [line.strip() for line in said.splitlines() if "rror:" in line]
    reason = f": {named[0][:300]}" if named else ""
    return f"node ended with {done.returncode}{reason}" if done.returncode else ""


def _link_entries(folder: Path, target: Path) -> None:
    """Link what is installed in a folder, but for what is there already."""
    for number, entry in enumerate(sorted(folder.iterdir())):
        place = target / entry.name
        if number > _MAX_LISTED:
            break
        if not place.exists():
            place.symlink_to(entry)
        elif entry.name.startswith("@") and entry.is_dir() and not place.is_symlink():
            _link_entries(entry, place)


def _lines(printed: bytes) -> Iterator[dict[str, Any]]:
    for line in printed.splitlines():
        with suppress(ValueError):
            parsed = parsed_json(line)
            if isinstance(parsed, dict):
                yield parsed


def temporary_room() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for a room, which is removed with it."""
    return tempfile.TemporaryDirectory(prefix="rag-check-")
