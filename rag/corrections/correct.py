"""Check an answer and have the generator correct it, before anything runs.

The idea is that of repair by execution (`rag.evaluation.repair`): what is wrong goes back to the generator,
with the documentation of what is right. Here it is what a check against the libraries finds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from corpora.errors import GeneratorError, PromptError
from rag.checking.finding import CheckReport
from rag.corrections.findings import (
    errors_of,
    findings_as_feedback,
    names_in_findings,
    rank_of_report,
    unchecked_reason,
)
from rag.corrections.named_wrongly import documents_of_names
from rag.generators.checked_answer import AnswerCheck, CheckedTurn, WhyStopped
from rag.generators.completion import Completion, Generator, complete
from rag.prompting.cut import first_lines
from rag.prompting.fence import fence
from rag.prompting.message import Message
from rag.prompting.prompt import Prompt, make_prompt
from rag.prompting.template_files import repair_template
from rag.retrieval.hit import Hit
from rag.retrieval.second_round import Search

CheckCode = Callable[[str], CheckReport]
"""Checks a program that is given as text; see `rag.checking.check.CodeCheck`."""

FINDINGS_TEMPLATE: Final = "repair-findings"
MAX_CORRECTIONS: Final = 5
_PASSAGES: Final = 3  # added for the findings: these are about one function, seldom about more
_PATH: Final = "answer"
# Characters of the findings and of the answer that a prompt shows; tried in this order until it fits.
_ROOMS: Final = ((1500, 6000), (800, 1500), (400, 500))


class _Asked(NamedTuple):
    prompt: Prompt
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Corrector:
    """Checks an answer, and asks the generator for another one while there are errors in it.

    Args:
        generator: what is asked.
        check: checks code without running it.
        search: looks up documentation.
        turns: how often the generator is asked again, at most; 0 only checks.
        max_tokens: budget of each prompt.
        count_tokens: counts the tokens of a text; by default an estimate on the high side.
    """

    generator: Generator
    check: CheckCode
    search: Search
    turns: int
    max_tokens: int
    count_tokens: Callable[[str], int] | None = None

    def __call__(self, query: str | Sequence[Message], prompt: Prompt, answer: Completion) -> Completion:
        """Return the answer with the fewest errors, of equal ones the last, with its `check`.

        A generator that fails when it is asked again ends the turns; the answers so far are kept.

        Args:
            query: the request.
            prompt: that of the first answer.
            answer: the first answer.

        Raises:
            RagError: the libraries that the code is checked against cannot be read.
        """
        asked = _Asked(prompt)
        turns: list[CheckedTurn] = []
        best, chosen, error = answer, 0, ""
        stopped: WhyStopped | None = None
        while not stopped:
            turns.append(self._turn(len(turns), asked, answer))
            if _rank(turns[-1]) <= _rank(turns[chosen]):
                best, chosen = answer, turns[-1].number
            stopped = self._why_enough(turns)
            if not stopped:
                try:
                    asked = self._ask(query, prompt, turns)
                    answer = complete(self.generator, asked.prompt)
                except (GeneratorError, PromptError) as failed:
                    stopped, error = "asking failed", f"{failed.what}: {failed.why}"
        check = AnswerCheck(turns[chosen].report, tuple(turns), chosen, stopped, error)
        return replace(best, check=check)

    def _turn(self, number: int, asked: _Asked, answer: Completion) -> CheckedTurn:
        report = self.check(answer.code)
        findings = tuple(replace(finding, path=_PATH) for finding in report.findings)
        unchecked = tuple(replace(one, path=_PATH) for one in report.unchecked)
        return CheckedTurn(
            number,
            asked.prompt.text,
            answer.text,
            answer.code,
            replace(report, findings=findings, unchecked=unchecked),
            asked.names,
            tuple(f"{hit.chunk.origin.corpus}: {hit.chunk.location}" for hit in asked.prompt.hits),
            answer.prompt_tokens,
            answer.completion_tokens,
        )

    def _why_enough(self, turns: Sequence[CheckedTurn]) -> WhyStopped | None:
        """Return why the generator is not asked again; None if it is."""
        last = turns[-1]
        if not any(errors_of(turn.report) for turn in turns):  # it may be no Python on purpose
            return "not checked" if last.report.unchecked else "no errors"
        if not errors_of(last.report) and last.code.strip() and not last.report.unchecked:
            return "no errors"
        if not self.turns:
            return "only checked"
        if any(one.code.strip() == last.code.strip() for one in turns[:-1]):
            return "gave the same answer again"
        return "turns used up" if len(turns) > self.turns else None

    def _ask(self, query: str | Sequence[Message], first: Prompt, turns: Sequence[CheckedTurn]) -> _Asked:
        """Return the prompt that shows the last answer with its errors, and what is right."""
        turn = turns[-1]
        # An answer that cannot be checked is to be about the errors of the one before.
        errors = next(wrong for one in reversed(turns) if (wrong := errors_of(one.report)))
        names = names_in_findings(errors)
        found = documents_of_names(names, turn.code, first.query, self.search)[:_PASSAGES]
        hits = list({hit.chunk.chunk_id: hit for hit in (*found, *first.hits)}.values())
        looked_up = tuple(one.name for one in names.looked_up)
        for findings_chars, answer_chars in _ROOMS[:-1]:
            try:
                given = _given(turn, findings_chars, answer_chars)
                return _Asked(self._prompt(query, hits, given), looked_up)
            except PromptError:  # the prompt is too long; with the next room it shows less
                continue
        return _Asked(self._prompt(query, hits, _given(turn, *_ROOMS[-1])), looked_up)

    def _prompt(self, query: str | Sequence[Message], hits: Sequence[Hit], given: dict[str, str]) -> Prompt:
        return make_prompt(
            query,
            hits,
            template=repair_template(FINDINGS_TEMPLATE),
            max_tokens=self.max_tokens,
            count_tokens=self.count_tokens,
            given=given,
        )


def _rank(turn: CheckedTurn) -> tuple[bool, int]:
    return rank_of_report(turn.report, turn.code)


def _given(turn: CheckedTurn, findings_chars: int, answer_chars: int) -> dict[str, str]:
    """Return the variables of the template, fenced: programs and generators write what they like."""
    errors = errors_of(turn.report)
    why = unchecked_reason(turn.report) or "there is no code in it"
    said = findings_as_feedback(errors, turn.code, findings_chars) if errors else why
    return {
        "answer": fence(first_lines(turn.code, answer_chars), "python"),
        "error": fence(said, "text"),
    }
