"""Change one function or class of a file as a sentence asks, with what the project and its libraries say.

    the definition             always, whole
    imports of the file        always
    what it uses               from the same file and from others: signatures first, bodies if they fit
    callers                    lines around calls of it in other files
    documentation              retrieved for the instruction and the code

The answer is the whole definition anew. It takes the place of the old one in the text of the file; nothing is
written unless that is asked for (see `rag.tasks.write_edit`).
"""

import ast
import difflib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from corpora.errors import GeneratorError
from corpora.syntax.imported_packages import imported_packages
from corpora.syntax.parse_python import parse_python
from indexers.index import Index
from rag.editing.context import Cursor, EditorContext, editor_context
from rag.editing.definitions import OwnFile
from rag.generators.completion import Completion, Generator, complete
from rag.generators.counting import counter_for
from rag.prompting.cut import first_lines
from rag.prompting.fence import clean, fence, safe_line
from rag.prompting.passage import suspicious_words
from rag.prompting.prompt import MAX_PROMPT_TOKENS, Prompt
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions
from rag.tasks.edited_file import EditedFile, EditPlace, definition_at, read_edited_file
from rag.tasks.import_lines import import_lines
from rag.tasks.new_definition import replaced
from rag.tasks.source_definitions import SourceDefinition
from rag.tasks.task import Material, PromptTask, make_task_prompt
from rag.tokens.token_counter import TokenCounter

EDIT_TEMPLATE: Final = "tasks/edit"
DEFAULT_EDIT_PASSAGES: Final = 4

_SPARE: Final = 6  # hits in addition, in place of those of the file itself
_MAX_IMPORT_CHARS: Final = 3_000
_SHORT_CHARS: Final = 300
_MAX_CHARS: Final = 6_000
_MAX_OF_FILE: Final = 20
_NAME: Final = re.compile(r"\b[A-Za-z_]\w{0,79}\b")
_MARKS: Final = {"python": "#", "ruby": "#", "bash": "#", "elixir": "#", "lua": "--", "haskell": "--"}
# What is worth how much: what the code uses says most about how to change it.
_OF_FILE, _CLASS, _DEFINITION, _CALLER, _SIMILAR = 0.9, 1.0, 0.8, 0.6, 0.2


@dataclass(frozen=True, slots=True)
class CodeEdit:
    """A change to one definition of a file, which is not written yet.

    Attributes:
        file: as it was read.
        name: of the definition.
        text: of the file with the change.
        prompt: what the model was given.
        completion: its answer; the code of it is the new definition as it was answered.
        imports: lines of imports that were added.
        left_out: names of other definitions in the answer, which are not part of the change.
    """

    file: EditedFile
    name: str
    text: str
    prompt: Prompt
    completion: Completion
    imports: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return self.text == self.file.text

    @property
    def diff(self) -> str:
        """The change as a unified diff, empty if there is none; its line ends are those of the file."""
        named = _shown_path(self.file.path)
        old, new = _lines(self.file.text), _lines(self.text)
        lines = difflib.unified_diff(old, new, f"a/{named}", f"b/{named}")
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
        )


@dataclass(frozen=True, slots=True)
class CodeEditor:
    """Has a model change functions and classes.

    Args:
        index: of the project, and of the libraries that it uses.
        generator: what is asked; None if only prompts are wanted.
        k: maximum number of passages of documentation or code that are retrieved.
        max_tokens: budget of the prompt.
        search: which documents are searched, and how hits are ordered.
        count_tokens: counts the tokens of a text; by default as the generator does (see `counter_for`).
        untrusted: what becomes of passages that read like instructions to a model: they are marked as such,
            or left out.
    """

    index: Index
    generator: Generator | None = None
    k: int = DEFAULT_EDIT_PASSAGES
    max_tokens: int = MAX_PROMPT_TOKENS
    search: SearchOptions = DEFAULT_SEARCH
    count_tokens: TokenCounter | None = None
    untrusted: Literal["mark", "drop"] = "mark"

    def prompt(self, place: EditPlace | str, instruction: str) -> Prompt:
        """Return what a model would be given. Raises as a call does."""
        file, definition = _found(place)
        return self._prompt(file, definition, instruction)

    def __call__(self, place: EditPlace | str, instruction: str) -> CodeEdit:
        """Return the change that a model makes to a definition, by an instruction in words.

        Args:
            place: the definition, as `FILE:LINE` or `FILE:NAME`.
            instruction: what to change.

        Raises:
            RagError: there is no such file or definition, or it could not be written again.
            PromptError: the budget is too small for the definition.
            GeneratorError: the generator fails, there is none, or its answer does not fit.
        """
        file, definition = _found(place)
        prompt = self._prompt(file, definition, instruction)
        completion = complete(_given(self.generator), prompt)
        new = replaced(file, definition, completion.text)
        return CodeEdit(file, definition.name, new.text, prompt, completion, new.imports, new.left_out)

    def _prompt(self, file: EditedFile, definition: SourceDefinition, instruction: str) -> Prompt:
        text = _plain(file.text)
        cursor = Cursor(file.path, text, definition.last_line, 1)
        context = editor_context(self.index, cursor, recent=())
        task = edit_task(file, definition, context)
        own = OwnFile(context.gap.repository, context.gap.path)
        search = task.search_of(self.search)
        found = retrieve(self.index, task.query_of(instruction), self.k + _SPARE, search)
        shown = {part.whole.strip() for part in context.parts}
        new = [hit for hit in found if not _is_of(hit, own) and hit.chunk.text.strip() not in shown]
        kept = [hit for hit in new if self.untrusted == "mark" or not suspicious_words(hit)]
        return make_task_prompt(
            instruction,
            kept[: self.k],
            task,
            max_tokens=self.max_tokens,
            count_tokens=self.count_tokens or counter_for(self.generator),
        )


def edit_task(file: EditedFile, definition: SourceDefinition, context: EditorContext) -> PromptTask:
    """Return the task to change a definition of a file.

    Args:
        file: the file.
        definition: what is to be changed.
        context: what the project has on what is used there.
    """
    code = _code(file, definition)
    text = _plain(file.text)
    imports = import_lines(text) if file.language == "python" else ()
    needed = [
        Material("code", (fence(code, file.language),), name="code", is_needed=True),
        Material("name", (safe_line(definition.name),), name="name", is_needed=True),
    ]
    if imports:
        shown = fence(first_lines("\n".join(imports), _MAX_IMPORT_CHARS), file.language)
        needed.append(Material("imports", (shown,), name="imports", is_needed=True))
    around = [*_of_file(file, definition, code), *_of_others(context, file.language)]
    return PromptTask(
        EDIT_TEMPLATE,
        ("code", "name", "imports", "around"),
        (*needed, *around),
        looked_up=code,
        imports=imported_packages(text, file.language),
    )


def _of_file(file: EditedFile, definition: SourceDefinition, code: str) -> Iterator[Material]:
    """Yield what the definition uses of its own file, and the head of the class that it belongs to."""
    used = frozenset(_NAME.findall(code))
    path = safe_line(file.path.name)
    outer = definition.name.rpartition(".")[0]
    if values := _values(file, used):
        yield Material(
            "around", (_marked(first_lines(values, _MAX_CHARS), path, 1, file.language),), _OF_FILE
        )
    count = 0
    for one in file.parsed.definitions:
        is_apart = one.end <= definition.start or one.start >= definition.end
        parent, _, last = one.name.rpartition(".")
        if one.name == outer and not is_apart:
            above = _code(file, replace(one, end=max(one.start, definition.start))).rstrip()
            head = _marked(first_lines(above, _SHORT_CHARS), path, one.first_line, file.language)
            yield Material("around", (head,), _CLASS, one.name)
        elif is_apart and last in used and parent in {"", outer} and count < _MAX_OF_FILE:
            count += 1
            text = _code(file, one)
            forms = dict.fromkeys(first_lines(text, chars) for chars in (_MAX_CHARS, _SHORT_CHARS))
            shown = tuple(_marked(form, path, one.first_line, file.language) for form in forms)
            yield Material("around", shown, _OF_FILE, one.name)


def _values(file: EditedFile, used: frozenset[str]) -> str:
    """Return the lines of Python that bind names at the margin which are used."""
    tree = parse_python(_plain(file.text)) if file.language == "python" else None
    lines = _plain(file.text).split("\n")
    found: list[str] = []
    for node in tree.body if tree else ():
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = {one.id for one in targets if isinstance(one, ast.Name)}
        if names & used and isinstance(node, ast.Assign | ast.AnnAssign):
            found.append(first_lines("\n".join(lines[node.lineno - 1 : node.end_lineno]), _SHORT_CHARS))
    return "\n".join(found)


def _of_others(context: EditorContext, language: str) -> Iterator[Material]:
    """Yield definitions of what is used of other files, callers, and similar code."""
    values = {"definition": _DEFINITION, "caller": _CALLER, "similar": _SIMILAR}
    seen: set[str] = set()
    for rank, part in enumerate(context.parts):
        forms = (part.whole, part.text) if part.kind == "definition" else (part.text,)
        if part.whole in seen:
            continue
        seen.add(part.whole)
        shown = tuple(
            _marked(first_lines(form, _MAX_CHARS), safe_line(part.path), part.start_line, language)
            for form in dict.fromkeys(forms)
        )
        value = values[part.kind] - rank / 1000
        yield Material("around", shown, value, f"{part.kind} {part.name or part.path}")


def _marked(code: str, path: str, line: int, language: str) -> str:
    """Return code in a fence, with its place in a comment there."""
    return fence(f"{_MARKS.get(language, '//')} {path}:{line}\n{clean(code)}", language)


def _found(place: EditPlace | str) -> tuple[EditedFile, SourceDefinition]:
    place = EditPlace.named(place) if isinstance(place, str) else place
    file = read_edited_file(place.path)
    return file, definition_at(file, place)


def _given(generator: Generator | None) -> Generator:
    if generator is None:
        raise GeneratorError(
            "there is no generator to ask",
            why="this CodeEditor was made without one, which is enough for its prompts only",
            fix="give it one: CodeEditor(index, open_generator(...))",
        )
    return generator


def _code(file: EditedFile, definition: SourceDefinition) -> str:
    """Return the source of a definition, with the indentation of its first line."""
    data = file.text.encode("utf-8")
    begin = data.rfind(b"\n", 0, definition.start) + 1
    begin = begin if not data[begin : definition.start].strip() else definition.start
    return _plain(data[begin : definition.end].decode("utf-8", "replace"))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _is_of(hit: Hit, own: OwnFile) -> bool:
    return own.is_at(hit.chunk.origin.corpus, hit.chunk.origin.path)


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their line ends; only a line feed ends one, as in every diff."""
    *whole, last = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([last] if last else [])]


def _shown_path(path: Path) -> str:
    """Return a path as `git apply` takes it: from the working folder, if it is there."""
    try:
        absolute, here = path.absolute(), Path.cwd()
    except OSError:
        return safe_line(path.as_posix())
    inside = absolute.relative_to(here) if absolute.is_relative_to(here) else path
    return safe_line(inside.as_posix().lstrip(os.sep))
