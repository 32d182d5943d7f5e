"""Run an answer, show the generator the result, and ask again: one loop for Python and bash.

Yang et al. 2023, "InterCode: Standardizing and Benchmarking Interactive Coding with Execution Feedback".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Final, NamedTuple

from corpora.errors import GeneratorError, GeneratorUnavailable, PromptError, RagError, UnknownName
from rag.corrections.correct import FINDINGS_TEMPLATE, CheckCode
from rag.corrections.findings import names_in_findings
from rag.corrections.named_wrongly import documents_of_names
from rag.evaluation.answer import answer_of
from rag.evaluation.repair.error_docs import error_documents, error_names
from rag.evaluation.repair.feedback import Feedback, try_out
from rag.evaluation.repair.findings import CheckedAnswer, checked, program_of
from rag.evaluation.repair.strategy import STRATEGIES, Strategy
from rag.evaluation.repair.trial import FEEDBACK_MODES, FeedbackMode, Stage, stages_of, trial_of
from rag.evaluation.repair.trim import Room
from rag.evaluation.repair.turn import FindingsStage, Repaired, Stopped, Turn, TurnKind
from rag.evaluation.sample import Sample
from rag.evaluation.task import Task
from rag.execution import Sandbox
from rag.generators.completion import Completion, Generator, complete
from rag.prompting.cut import first_lines
from rag.prompting.fence import fence
from rag.prompting.prompt import MAX_PROMPT_TOKENS, Prompt, make_prompt
from rag.prompting.template_files import repair_template
from rag.retrieval.hit import Hit
from rag.retrieval.second_round import Search

DEFAULT_TURNS: Final = 3  # published gains come from the first turns (Chen et al. 2023, figure 4)
DEFAULT_ERROR_PASSAGES: Final = 3  # an error is about one function, seldom about more


class _PromptRoom(NamedTuple):
    """How much a prompt shows of the last error, answer and plan."""

    error: Room
    answer_chars: int
    plan_chars: int


class _Asked(NamedTuple):
    """A prompt, the names that were looked up for it, and what was answered, if it was asked here."""

    prompt: Prompt
    names: tuple[str, ...] = ()
    completion: Completion | None = None


# Tried in this order until the prompt fits its budget.
_ROOMS: Final = (
    _PromptRoom(Room(20, 1500), 6000, 1500),
    _PromptRoom(Room(12, 800), 1500, 600),
    _PromptRoom(Room(6, 400), 500, 250),
    _PromptRoom(Room(3, 160), 160, 80),
)


@dataclass(frozen=True, slots=True)
class Repairer:
    """Repairs samples: runs them, shows the generator what went wrong, and asks for another answer.

    With feedback that begins with "findings", answers are first checked without running them, and asked for
    again while there are errors; the answer with the fewest, of equal ones the last, is what is run then.

    The same answers of the generator give the same turns. A generator that samples must depend on nothing
    but the prompt and its own seed.

    Args:
        generator: anything that makes text of a prompt; see `open_generator`.
        sandbox: where answers are run.
        search: looks up the documentation of an error, such as
            `lambda query, k: retrieve(index, query, k)`; None adds no documentation.
        strategy: a name in `STRATEGIES`.
        turns: maximum number of further answers that the generator is asked for, by findings and by errors
            each.
        feedback: what is run and shown; see `FeedbackMode`.
        k: maximum number of passages added for an error; the passages of the sample's prompt follow them.
        max_tokens: token budget of each prompt; answer and error are cut to fit.
        count_tokens: counts the tokens of a text; by default an estimate on the high side.
        check: checks a program without running it, such as a `CodeCheck`; needed for feedback by findings.

    Raises:
        UnknownName: there is no such strategy or feedback mode.
        RagError: `turns` is less than 1, or there is no check to find anything.
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
    check: CheckCode | None = None

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise UnknownName("repair strategy", self.strategy, STRATEGIES)
        if self.feedback not in FEEDBACK_MODES:
            raise UnknownName("feedback", self.feedback, FEEDBACK_MODES)
        if self.turns < 1:
            raise RagError(
                f"a repair of {self.turns} turns is not possible",
                why="each turn asks for another answer, so there has to be one",
                fix="ask for 1 turn or more",
            )
        if "findings" in stages_of(self.feedback) and self.check is None:
            raise RagError(
                "there is nothing that finds errors",
                why=f"the feedback is {self.feedback}, and no check was given",
                fix="give one: Repairer(..., check=CodeCheck(python=...))",
            )

    def __call__(
        self, task: Task, sample: Sample, prompt: Prompt, timeout_seconds: float | None = None
    ) -> Repaired:
        """Repair `sample`, the answer of a generator to `prompt`.

        Every turn asks the query of `prompt` again, with its passages. `timeout_seconds` limits each program;
        None leaves the limit of the sandbox. A generator that fails, and a prompt that does not fit, end the
        repair and are reported in the result.

        Raises:
            GeneratorUnavailable: the generator answers no prompt at all.
        """
        run = _Run(self, task, prompt, timeout_seconds, sample.text, sample.answer)
        error = ""
        try:
            stopped = run.repair()
        except GeneratorUnavailable:
            raise
        except GeneratorError as failed:
            stopped, error = "generator failed", str(failed)
        except PromptError as failed:
            stopped, error = "prompt too long", str(failed)
        if any(turn.step == "repair" for turn in run.log) and run.text != sample.text:
            sample = replace(sample, text=run.text, answer=run.answer, log_likelihood=None)
        by_findings = run.by_findings(stopped)
        return Repaired(sample, tuple(run.log), stopped, self.strategy, self.feedback, error, by_findings)


@dataclass(slots=True)
class _Run:
    """The repair of one sample: what its turns share, and their log.

    `text` and `answer` are what the repair has come to so far.
    """

    repairer: Repairer
    task: Task
    prompt: Prompt
    timeout_seconds: float | None
    text: str
    answer: str
    log: list[Turn] = field(default_factory=list)
    plan: str = ""
    stage: Stage = "visible"
    checks: list[CheckedAnswer] = field(default_factory=list)
    after_findings: tuple[str, Stopped] | None = None

    @property
    def strategy(self) -> Strategy:
        return STRATEGIES[self.repairer.strategy]

    def repair(self) -> Stopped:
        stopped: Stopped = "passed"
        for stage in stages_of(self.repairer.feedback):
            self.stage = stage
            stopped = self._by_turns()
            if stage == "findings":
                self.after_findings = self.answer, stopped
        return stopped

    def by_findings(self, stopped: Stopped) -> FindingsStage | None:
        """Return what came of findings; `stopped` says why the whole repair ended."""
        if not self.checks:
            return None
        answer, why = self.after_findings or (self.answer, stopped)
        after = next(one for one in reversed(self.checks) if one.answer == answer)
        first = self.checks[0]
        in_stage = takewhile(lambda turn: turn.step != "run", self.log)
        turns = sum(turn.step == "repair" for turn in in_stage)
        return FindingsStage(len(first.errors), len(after.errors), answer, first.unchecked, turns, why)

    def _by_turns(self) -> Stopped:
        """Try the answer, and ask for others while there is something wrong with the last one."""
        answer = self.answer
        feedback = self._try(answer)
        self._note("run" if self.log else "sample", _Asked(self.prompt), self.text, answer, feedback)
        if self.strategy.plan and not self.plan and not feedback.passed:
            self._make_plan()
        answers = {_key(answer)}
        for number in range(1, self.repairer.turns + 1):
            if feedback.passed:
                return "passed"
            asked = self._asked(number, answer, feedback)
            text = asked.completion.text if asked.completion else ""
            answer = answer_of(self.task, text)
            if _key(answer) in answers:
                self._note("repair", asked, text, answer, None)
                return "gave the same answer again"
            answers.add(_key(answer))
            feedback = self._try(answer)
            self._note("repair", asked, text, answer, feedback)
            if not isinstance(feedback, CheckedAnswer) or self._is_best(feedback):
                self.text, self.answer = text, answer
        return "passed" if feedback.passed else "turns used up"

    def _is_best(self, found: CheckedAnswer) -> bool:
        return found.rank <= min(one.rank for one in self.checks)

    def _try(self, answer: str) -> Feedback | CheckedAnswer:
        if self.stage == "findings":
            assert self.repairer.check is not None
            found = checked(self.task, answer, self.repairer.check)
            self.checks.append(found)
            return found
        trial = trial_of(self.task, answer, self.stage, self.timeout_seconds)
        return try_out(trial, self.repairer.sandbox)

    def _make_plan(self) -> None:
        prompt = self._prompt(self.strategy.plan, self.prompt.hits, {})
        completion = complete(self.repairer.generator, prompt)
        self.plan = completion.text
        self._note("plan", _Asked(prompt, completion=completion), self.plan, "", None)

    def _asked(self, number: int, answer: str, feedback: Feedback | CheckedAnswer) -> _Asked:
        asked = self._ask(number, answer, feedback)
        return asked._replace(completion=complete(self.repairer.generator, asked.prompt))

    def _ask(self, number: int, answer: str, feedback: Feedback | CheckedAnswer) -> _Asked:
        template = FINDINGS_TEMPLATE if self.stage == "findings" else self.strategy.template
        if not self.strategy.shows_error:
            template = self.strategy.template
            return _Asked(self._prompt(template, self.prompt.hits, {"wrong": str(number)}))
        names, found = self._documents(answer, feedback)
        hits = list({hit.chunk.chunk_id: hit for hit in (*found, *self.prompt.hits)}.values())
        for room in _ROOMS[:-1]:
            try:
                return _Asked(self._prompt(template, hits, self._shown(answer, feedback, room)), names)
            except PromptError:  # the prompt is too long; with the next room it shows less
                continue
        return _Asked(self._prompt(template, hits, self._shown(answer, feedback, _ROOMS[-1])), names)

    def _documents(
        self, answer: str, feedback: Feedback | CheckedAnswer
    ) -> tuple[tuple[str, ...], list[Hit]]:
        search = self.repairer.search
        if search is None:
            return (), []
        source = program_of(self.task, answer)
        if isinstance(feedback, CheckedAnswer):
            names = names_in_findings(feedback.errors)
            found = documents_of_names(names, source, self.task.intent, search)
        else:
            names = error_names(feedback, source)
            found = error_documents(names, feedback, source, self.task.intent, search)
        return tuple(one.name for one in names.looked_up), found[: self.repairer.k]

    def _shown(self, answer: str, feedback: Feedback | CheckedAnswer, room: _PromptRoom) -> dict[str, str]:
        """Return the variables of the template, fenced: programs and generators write what they like."""
        shown = {
            "answer": fence(first_lines(answer, room.answer_chars), self.task.language),
            "error": fence(feedback.error(room.error), "text"),
        }
        if self.plan:
            shown["plan"] = fence(first_lines(self.plan, room.plan_chars), "text")
        return shown

    def _prompt(self, template: str, hits: Sequence[Hit], given: dict[str, str]) -> Prompt:
        return make_prompt(
            self.prompt.query,
            hits,
            template=repair_template(template),
            max_tokens=self.repairer.max_tokens,
            count_tokens=self.repairer.count_tokens,
            given=given,
        )

    def _note(
        self,
        step: TurnKind,
        asked: _Asked,
        text: str,
        answer: str,
        feedback: Feedback | CheckedAnswer | None,
    ) -> None:
        number = sum(turn.step == "repair" for turn in self.log) + (step == "repair")
        found = feedback if isinstance(feedback, CheckedAnswer) else None
        made = asked.completion
        turn = Turn(
            number,
            step,
            asked.prompt.text,
            text,
            answer,
            feedback.ran if feedback else "nothing",
            feedback.verdict if isinstance(feedback, Feedback) else None,
            asked.names,
            tuple(f"{hit.chunk.origin.corpus}: {hit.chunk.location}" for hit in asked.prompt.hits),
            found.errors if found else (),
            found.unchecked if found else "",
            made.prompt_tokens if made else None,
            made.completion_tokens if made else None,
        )
        self.log.append(turn)


def _key(answer: str) -> str:
    """Return what makes two answers the same: their text without blank lines around it."""
    return answer.strip("\n").rstrip()
