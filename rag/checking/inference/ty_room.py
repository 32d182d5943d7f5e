"""The folder in which ty works: copies of programs, links to packages, and nothing else.

So neither the configuration of a checked folder nor that of the user counts. Nothing of a program or a
package runs.
"""

import ast
import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError
from corpora.outside.child_process import ChildError, clean_environment, run_bounded
from corpora.outside.json_documents import parsed_json
from rag.checking.inference.receivers import STAND_INS, revealing_copy, stand_in_name
from rag.checking.inference.type_display import elements
from rag.checking.inference.type_inference import SearchPath
from rag.checking.programs.program import CheckedProgram

_DECOYS: Final = "_rag_decoys"  # the class that holds decoys; a builtin in this folder
_SECONDS: Final = 120.0
_MAX_MEMORY: Final = 4_000_000_000
_MAX_OUTPUT_BYTES: Final = 100_000_000
_ARGUMENT: Final = "unknown-argument"
# (Older releases call a name that a module lacks `unresolved-import`, newer ones `missing-module-member`.)
_RULES: Final = ("missing-attribute", "missing-module-member", "unresolved-import", _ARGUMENT)
_REVEALED: Final = re.compile(r"(?:revealed-type: )?Revealed type: `([^\n]*)`")
_SIMPLE: Final = re.compile(r"tuple\[(.*), Literal\[(\d{1,6})\]\]")  # without decoys
_DOTTED: Final = re.compile(r"(?<!\w)[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)++")
_NUMBER: Final = re.compile(r"Literal\[(\d{1,6})\]")
# What the messages of the rules call what is not there.
_NAMED: Final = re.compile(r"(?:[Aa]ttribute|member|Argument) [`']([^\W\d]\w{0,200})[`']")
# What they call the type that is asked: `Frame` of "type `Frame`", of "bound method `Frame[int].mean`".
_HOLDER: Final = re.compile(r"(?:type|[Cc]lass|method|union) `([^`\n]+?)(?:\.\w+)?`(?!.* union `)")


@dataclass(slots=True)
class Reported:
    """What ty reports of one program; see `Inferred`."""

    missing: set[tuple[int, str]] = field(default_factory=set)
    unknown_arguments: set[tuple[int, str]] = field(default_factory=set)
    displays: dict[int, str] = field(default_factory=dict)
    holders: dict[tuple[int, str], str] = field(default_factory=dict)
    """What the messages call the types that are asked for what is not there."""

    def is_missing(self, program: CheckedProgram, node: ast.AST) -> bool:
        """Return whether an attribute that is read from `node` is reported."""
        return not self.missing.isdisjoint(_places(program, node)[0])

    def is_refused(self, program: CheckedProgram, node: ast.AST) -> bool:
        """Return whether an argument is reported of the call of what is read from `node`."""
        return not self.unknown_arguments.isdisjoint(_places(program, node)[1])

    def holder(self, program: CheckedProgram, node: ast.AST) -> str:
        """Return what a message calls the type of `node`; empty if none is about it."""
        if not self.holders:
            return ""
        found = (self.holders.get(place, "") for places in _places(program, node) for place in places)
        return next(filter(None, found), "")


def _places(program: CheckedProgram, node: ast.AST) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return where an attribute that is read from a node, and arguments of its call, would be reported."""
    read = program.parents[node]
    if not isinstance(read, ast.Attribute):
        return [], []
    call = program.parents[read]
    keywords = call.keywords if isinstance(call, ast.Call) and call.func is read else []
    given = [(keyword.end_lineno or 0, keyword.arg or "") for keyword in keywords]
    return [(read.end_lineno or 0, read.attr)], given


class TyRoom:
    """The folder in which ty works.

    Args:
        folder: an empty one.
        binary: path of ty.
        search: where modules are found.
    """

    def __init__(self, folder: Path, binary: str, search: SearchPath) -> None:
        self._folder, self._binary = folder, binary
        self._python = search.python or f"{sys.version_info.major}.{sys.version_info.minor}"
        self._roots = search.roots
        self._project = folder / "project"
        self._project.mkdir()
        site = folder / "env" / "lib" / f"python{self._python}" / "site-packages"
        site.mkdir(parents=True)
        (folder / "env" / "pyvenv.cfg").write_text(f"home = {folder}\nversion_info = {self._python}.0\n")
        for name, place in search.packages.items():
            with suppress(OSError):
                (site / name).symlink_to(place)

    def _declare(self, programs: Sequence[CheckedProgram], names: Iterable[str]) -> None:
        """Write what is a builtin in this folder: decoys, and the types that stand in for calls.

        Decoys have the names of classes, so that ty prints those with their modules.
        """
        texts = sorted({text for program in programs for text in program.stand_ins.values() if text})
        modules = {path.rpartition(".")[0] for text in texts for path in _DOTTED.findall(text)}
        lines = [f"import {module}\n" for module in sorted(modules)]
        if texts:
            lines.append(f"class {STAND_INS}:\n")
            lines += [f"    {stand_in_name(text)}: {text}\n" for text in texts]
        classes = "".join(f"    class {name}: ...\n" for name in sorted(names)) or "    pass\n"
        declared = "".join([*lines, f"class {_DECOYS}:\n", classes])
        (self._project / "__builtins__.pyi").write_text(declared, encoding="utf-8")

    def run(
        self,
        programs: Sequence[CheckedProgram],
        places: Sequence[Sequence[Any]],
        wanted: Sequence[Mapping[int, Sequence[str]]],
        chosen: Collection[int],
    ) -> list[Reported]:
        """Return for each program the displayed types of receivers by their indices, and what is reported.

        Args:
            programs: the programs.
            places: the receivers of each.
            wanted: the indices of those to reveal, each with names of classes to show with their modules.
            chosen: the indices of the programs that are read.

        Raises:
            RagError: ty failed, or took too long.
        """
        owners: dict[str, int] = {}
        shown = {name for index in chosen for names in wanted[index].values() for name in names}
        self._declare(programs, shown)
        for index, program in enumerate(programs):
            module = Path(program.module)
            # (Not under its own name: that module may be imported.)
            place = self._project / module.parent / f"{module.stem}__rag.py"
            if index not in chosen:
                place.unlink(missing_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            beside = {at: [f"{_DECOYS}.{name}" for name in names] for at, names in wanted[index].items()}
            copy = revealing_copy(program, beside, places[index])
            place.write_text(copy, encoding="utf-8", errors="replace")
            owners[str(place.relative_to(self._project))] = index
        said = [Reported() for _ in programs]
        for entry in self._entries():
            match entry:
                case {"check_name": str(rule), "description": str(text), "location": dict(at)}:
                    path = os.path.normpath(str(at.get("path", "")))
                    if (index := owners.get(path, -1)) >= 0:
                        _note(said[index], rule, text, at)
        return said

    def _entries(self) -> list[object]:
        """Run ty and return what it reports, in the format of GitLab."""
        extra = [argument for root in self._roots for argument in ("--extra-search-path", str(root))]
        rules = [argument for rule in _RULES for argument in ("--error", rule)]
        command = [
            self._binary, "check", "--output-format", "gitlab", "--no-progress", "--color", "never",
            "--exit-zero", "--ignore", "all", *rules, "--no-respect-ignore-files", "--project",
            str(self._project), "--python", str(self._folder / "env"), "--python-version", self._python,
            "--python-platform", "all", *extra, ".",
        ]  # fmt: skip
        # Its own folders for configuration and caches, and no other environment to look at.
        folders = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
        changes = dict.fromkeys(folders, str(self._folder / "home"))
        without = ("TY_", "VIRTUAL_ENV", "CONDA", "RUST", "RAYON", "UV_", "GIT_")
        try:
            done = run_bounded(
                command,
                seconds=_SECONDS,
                max_bytes=_MAX_OUTPUT_BYTES,
                cwd=self._project,
                env=clean_environment(changes, without=without),
                max_memory=_MAX_MEMORY,
            )
        except ChildError as error:
            fix = "check fewer files at once, or leave out types: rag check --types none"
            raise RagError("types cannot be inferred", why=str(error), fix=fix) from error
        with suppress(ValueError):
            entries = parsed_json(done.stdout)
            if isinstance(entries, list):
                return entries
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it printed no list"]
        raise RagError(
            "types cannot be inferred",
            why=f"ty ended with {done.returncode}: {last[0][:300]}",
            fix="leave out types: rag check --types none",
        )


def _note(said: Reported, rule: str, text: str, place: Mapping[str, Any]) -> None:
    """Note one entry."""
    if rule == "revealed-type" and (revealed := _REVEALED.fullmatch(text)):
        if simple := _SIMPLE.fullmatch(revealed[1]):
            display, number = simple.groups()
        else:
            display, number, *_ = [*elements(revealed[1]), "", ""]
            number = marked[1] if (marked := _NUMBER.fullmatch(number)) else ""
        if number:
            # An expression with two types (code that is checked twice) is known if both are.
            known = said.displays.setdefault(int(number), display)
            if known != display:
                said.displays[int(number)] = f"{known} | {display}"
    elif rule in _RULES and (named := _NAMED.search(text[:2_000])):
        match place:
            case {"positions": {"end": {"line": int(line)}}}:
                (said.unknown_arguments if rule == _ARGUMENT else said.missing).add((line, named[1]))
                if holder := _HOLDER.search(text[:2_000]):
                    said.holders[line, named[1]] = holder[1]
