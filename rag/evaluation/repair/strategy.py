"""Strategies of repair: how a generator is asked for another answer."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to ask for another answer.

    Args:
        template: name of the template for the prompt of each turn.
        shows_error: show the last answer, its error, and the documentation of what the error is about.
        plan: name of the template for a prompt that is sent once, before the first turn, and whose answer
            each turn shows; empty for none.
    """

    template: str
    shows_error: bool
    plan: str = ""

    @property
    def templates(self) -> tuple[str, ...]:
        """Names of all its templates; see `rag.prompting.template.repair_template`."""
        return (self.template, self.plan) if self.plan else (self.template,)


STRATEGIES: Final[dict[str, Strategy]] = {
    # Chen et al. 2023, "Teaching Large Language Models to Self-Debug"
    "self-debugging": Strategy("repair-self-debugging", shows_error=True),
    # Yang et al. 2023, "InterCode", section 4.2: the same, but for what is shown
    "try-again": Strategy("repair-try-again", shows_error=False),
    # Wang et al. 2023, "Plan-and-Solve Prompting", with a turn for each attempt as in InterCode
    "plan-and-solve": Strategy("repair-solve", shows_error=True, plan="repair-plan"),
}
