"""Complete code at a cursor: its context, the prompt of the model's family, and the answer cut to fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corpora.errors import PromptError, RagError
from indexers.index import Index
from rag.editing.completion_prompt import make_completion_prompt
from rag.editing.context import Cursor, EditorContext, editor_context
from rag.editing.similar_code import RecentFile
from rag.generators.completion import Completion, Generator, continue_text, generator_name
from rag.generators.counting import counter_for
from rag.prompting.infill.formats import PLAIN, InfillFormat, infill_format
from rag.prompting.infill.gap import Gap
from rag.prompting.infill.prompt import MAX_INFILL_TOKENS, InfillPrompt
from rag.tokens.token_counter import TokenCounter

MAX_COMPLETION_ROUNDS: Final = 2
"""The second round looks for what the first answer uses (Zhang et al. 2023, "RepoCoder")."""

_MIN_REPEATED: Final = 4  # characters of a line that must be equal to one below the cursor to be a repetition


@dataclass(frozen=True, slots=True)
class CodeCompletion:
    """Code for a place in a file.

    Attributes:
        code: what to insert at the cursor.
        answer: the whole answer of the model.
        prompt: what it was given in the last round.
        rounds: how often it was asked.
    """

    code: str
    answer: Completion
    prompt: InfillPrompt
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class CodeCompleter:
    """Completes code at a cursor by a model that fills in the middle.

    Args:
        index: of the project, and of the libraries that it uses.
        generator: a model that continues texts (see `ContinuingGenerator`).
        family: name of the infill format; by default that of the model by its name, else `plain`.
        metadata: whether the names of the repository and of files are shown to a model that knows them.
        max_tokens: budget of the prompt.
        count_tokens: counts the tokens of a text; by default as the generator does (see `counter_for`).
        rounds: 1, or 2 to ask again with what the first answer uses.

    Raises:
        RagError: there is no such number of rounds.
        PromptError: there is no such format.
    """

    index: Index
    generator: Generator
    family: str = ""
    metadata: bool = True
    max_tokens: int = MAX_INFILL_TOKENS
    count_tokens: TokenCounter | None = None
    rounds: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.rounds <= MAX_COMPLETION_ROUNDS:
            raise RagError(
                f"the number of rounds cannot be {self.rounds}",
                why="each round asks the model once more, and later ones find nothing new",
                fix=f"choose 1 or {MAX_COMPLETION_ROUNDS}",
            )

    @property
    def model_format(self) -> InfillFormat:
        """How the model reads code with a gap."""
        return infill_format(self.family) if self.family else family_of(self.generator)

    def __call__(self, cursor: Cursor, *, recent: Sequence[RecentFile] | None = None) -> CodeCompletion:
        """Return code for a place in a file.

        Args:
            cursor: the place.
            recent: files that were edited lately; None for those of the project that changed last.

        Raises:
            GeneratorError: the generator fails, or cannot continue a text.
            PromptError: the budget is too small.
        """
        context = editor_context(self.index, cursor, recent=recent)
        prompt = self.prompt(context)
        answer = continue_text(self.generator, prompt.text, prompt.stop)
        made = 1
        if self.rounds > 1 and answer.text.strip():
            richer = self.prompt(editor_context(self.index, cursor, recent=recent, draft=answer.text))
            if richer.text != prompt.text:
                prompt, made = richer, made + 1
                answer = continue_text(self.generator, prompt.text, prompt.stop)
        return CodeCompletion(fitted(answer.text, context.gap, prompt.stop), answer, prompt, made)

    def prompt(self, context: EditorContext) -> InfillPrompt:
        """Return the prompt for a context. Raises `PromptError` if the budget is too small."""
        return make_completion_prompt(
            context,
            self.model_format,
            metadata=self.metadata,
            max_tokens=self.max_tokens,
            count_tokens=self.count_tokens or counter_for(self.generator, control_tokens=True),
        )


def family_of(generator: Generator) -> InfillFormat:
    """Return the infill format of a generator by its name; `plain` for one of no known family."""
    try:
        return infill_format(generator_name(generator).partition(":")[2])
    except PromptError:
        return infill_format(PLAIN)


def fitted(text: str, gap: Gap, stop: Sequence[str] = ()) -> str:
    r"""Return what of an answer is to be inserted: not what it repeats of the lines below the gap.

    >>> fitted("x + 1\n\ndef g():\n", Gap("y = ", "\n\ndef g():\n    pass\n"))
    'x + 1'
    """
    end = min((at for one in stop if (at := text.find(one)) >= 0), default=len(text))
    lines = text[:end].split("\n")
    rest, _, below = gap.suffix.partition("\n")
    if (same := rest.strip()) and lines[0].rstrip().endswith(same):
        return lines[0].rstrip().removesuffix(same)  # it wrote the rest of the line anew
    following = next((line.strip() for line in below.split("\n") if line.strip()), "")
    if len(following) >= _MIN_REPEATED:
        for number, line in enumerate(lines[1:], start=1):
            if line.strip() == following:
                return "\n".join(lines[:number]).rstrip("\n")
    return "\n".join(lines)
