"""Run an answer, tell the generator what came of it, and ask again: one loop for Python and bash.

Yang et al. 2023, "InterCode: Standardizing and Benchmarking Interactive Coding with Execution Feedback".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from corpora.errors import GeneratorError, PromptError, RagError, UnknownName
from rag.evaluation.answer import answer_of
from rag.evaluation.repair.error_docs import error_documents, error_names
from rag.evaluation.repair.strategy import STRATEGIES, Strategy
from rag.evaluation.repair.told import Told, try_out
from rag.evaluation.repair.trial import FEEDBACK_MODES, FeedbackMode, Ran, trial_of
from rag.evaluation.repair.trim import first_lines
from rag.evaluation.repair.turn import Repaired, Step, Stopped, Turn
from rag.evaluation.sample import Sample
from rag.evaluation.task import Task
from rag.execution import Sandbox
from rag.generators.completion import Generator, complete
from rag.prompting.fence import fence
from rag.prompting.prompt import MAX_PROMPT_TOKENS, Prompt, make_prompt
from rag.retrieval.hit import Hit
from rag.retrieval.second_round import Search

DEFAULT_TURNS: Final = 3  # published gains come from the first (Chen et al. 2023, figure 4)
DEFAULT_ERROR_PASSAGES: Final = 3  # of an error: it is about one function, seldom about more


class _Room(NamedTuple):
    """How much of what is told is shown."""

    error_lines: int
    error_chars: int
    answer_chars: int
    plan_chars: int


class _Asked(NamedTuple):
    """A prompt, and the names that were looked up for it."""

    prompt: Prompt
    names: tuple[str, ...] = ()


# Tried in this order until the prompt fits its budget.
_ROOMS: Final = (
    _Room(20, 1500, 6000, 1500),
    _Room(12, 800, 1500, 600),
    _Room(6, 400, 500, 250),
    _Room(3, 160, 160, 80),
)


@dataclass(frozen=True, slots=True)
class Repairer:
    """Mends samples by running them and asking again.

    The same generator answers give the same turns. A generator that samples must do so by the prompt and
    its own seed.

    Args:
        generator: anything that makes text of a prompt; see `open_generator`.
        sandbox: where answers are run.
        search: where the documentation of an error is looked up, as
            `lambda query, k: retrieve(index, query, k)`; None adds none.
        strategy: a name of `STRATEGIES`.
        turns: how often the generator is asked for another answer, at the most.
        feedback: what is run, and told: see `FeedbackMode`.
        k: passages that are added for an error at the most; those of the sample's prompt follow them.
        max_tokens: budget of each prompt, counted by `count_tokens`; answer and error are cut to it.
        count_tokens: counts the tokens of a text; an estimate on the high side by default.

    Raises `UnknownName` for a strategy or feedback that there is not, `RagError` for less than one turn.
    """

    generator: Generator
    sandbox: Sandbox
    search: Search | None = None
    strategy: str = "self-debugging"
    turns: int = DEFAULT_TURNS
    feedback: FeedbackMode = "visible"
    k: int = DEFAULT_ERROR_PASSAGES
    max_tokens: int = MAX_PROMPT_TOKENS
    count_tokens: Callable[[str], int] | None = None

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise UnknownName("repair strategy", self.strategy, STRATEGIES)
        if self.feedback not in FEEDBACK_MODES:
            raise UnknownName("feedback", self.feedback, FEEDBACK_MODES)
        if self.turns < 1:
            raise RagError(
                f"{self.turns} turns mend nothing",
                why="each asks for another answer",
                fix="ask for 1 or more",
            )

    def __call__(
        self, task: Task, sample: Sample, prompt: Prompt, timeout_seconds: float | None = None
    ) -> Repaired:
        """Mend `sample`, which a generator made of `prompt`.

        Every turn asks the prompt's query again, with its passages. `timeout_seconds` is that of each
        program. A generator that fails, and a task for which no prompt fits, end the turns and are told.
        """
        run = _Run(self, task, prompt, timeout_seconds)
        error = ""
        try:
            stopped = run.repair(sample)
        except GeneratorError as failed:
            stopped, error = "generator failed", str(failed)
        except PromptError as failed:
            stopped, error = "prompt too long", str(failed)
        last = next(turn for turn in reversed(run.log) if turn.step != "plan")
        if last.step == "repair":
            sample = replace(sample, text=last.text, answer=last.answer, log_likelihood=None)
        return Repaired(sample, tuple(run.log), stopped, self.strategy, self.feedback, error)


@dataclass(slots=True)
class _Run:
    """One sample on its way: what its turns share, and their log."""

    by: Repairer
    task: Task
    prompt: Prompt
    timeout_seconds: float | None
    log: list[Turn] = field(default_factory=list)
    plan: str = ""

    @property
    def strategy(self) -> Strategy:
        return STRATEGIES[self.by.strategy]

    def repair(self, sample: Sample) -> Stopped:
        answer = sample.answer
        told = self._try(answer)
        self._note("sample", _Asked(self.prompt), sample.text, answer, told)
        if self.strategy.plan and not told.verdict.passed:
            self._make_plan()
        answers = {_key(answer)}
        for number in range(1, self.by.turns + 1):
            if told.verdict.passed:
                return "passed"
            asked = self._ask(number, answer, told)
            text = complete(self.by.generator, asked.prompt).text
            answer = answer_of(self.task, text)
            if _key(answer) in answers:
                self._note("repair", asked, text, answer, None)
                return "gave the same answer again"
            answers.add(_key(answer))
            told = self._try(answer)
            self._note("repair", asked, text, answer, told)
        return "passed" if told.verdict.passed else "turns used up"

    def _try(self, answer: str) -> Told:
        trial = trial_of(self.task, answer, self.by.feedback, self.timeout_seconds)
        return try_out(trial, self.by.sandbox)

    def _make_plan(self) -> None:
        prompt = self._prompt(self.strategy.plan, self.prompt.hits, {})
        self.plan = complete(self.by.generator, prompt).text
        self._note("plan", _Asked(prompt), self.plan, "", None)

    def _ask(self, number: int, answer: str, told: Told) -> _Asked:
        template = self.strategy.template
        if not self.strategy.shows_error:
            return _Asked(self._prompt(template, self.prompt.hits, {"wrong": str(number)}))
        names, found = self._documents(answer, told)
        hits = list({hit.chunk.chunk_id: hit for hit in (*found, *self.prompt.hits)}.values())
        for room in _ROOMS[:-1]:
            try:
                return _Asked(self._prompt(template, hits, self._shown(answer, told, room)), names)
            except PromptError:  # too long: the next shows less
                continue
        return _Asked(self._prompt(template, hits, self._shown(answer, told, _ROOMS[-1])), names)

    def _documents(self, answer: str, told: Told) -> tuple[tuple[str, ...], list[Hit]]:
        if self.by.search is None:
            return (), []
        is_text = self.task.place == "as text"
        source = f"{self.task.shown}\n{answer}" if is_text else self.task.source(answer)
        names = error_names(told, source)
        found = error_documents(names, told, source, self.task.intent, self.by.search)
        return tuple(one.name for one in names.looked_up), found[: self.by.k]

    def _shown(self, answer: str, told: Told, room: _Room) -> dict[str, str]:
        """The variables of the template, fenced: programs and generators write what they like."""
        shown = {
            "answer": fence(first_lines(answer, room.answer_chars), self.task.language),
            "error": fence(told.error(room.error_lines, room.error_chars), "text"),
        }
        if self.plan:
            shown["plan"] = fence(first_lines(self.plan, room.plan_chars), "text")
        return shown

    def _prompt(self, template: str, hits: Sequence[Hit], given: dict[str, str]) -> Prompt:
        return make_prompt(
            self.prompt.query,
            hits,
            template=template,
            max_tokens=self.by.max_tokens,
            count_tokens=self.by.count_tokens,
            given=given,
        )

    def _note(self, step: Step, asked: _Asked, text: str, answer: str, told: Told | None) -> None:
        number = sum(turn.step == "repair" for turn in self.log) + (step == "repair")
        ran: Ran = told.ran if told else "nothing"
        verdict = told.verdict if told else None
        places = tuple(f"{hit.chunk.origin.corpus}: {hit.chunk.location}" for hit in asked.prompt.hits)
        given = asked.prompt.text
        self.log.append(Turn(number, step, given, text, answer, ran, verdict, asked.names, places))


def _key(answer: str) -> str:
    """What makes two answers the same: all but blank lines around them (indentation counts)."""
    return answer.strip("\n").rstrip()
