"""The ways to ask for another answer."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to ask for another answer.

    Args:
        template: of the prompt of each turn.
        shows_error: whether the prompt shows the last answer, what came of it, and the documentation of that.
        plan: template of a prompt that is sent once, before the first turn, and whose answer each turn shows;
            or empty.
    """

    template: str
    shows_error: bool
    plan: str = ""

    @property
    def templates(self) -> tuple[str, ...]:
        """Names of all templates that it fills in; see `rag.prompting.template.repair_template`."""
        return (self.template, self.plan) if self.plan else (self.template,)


STRATEGIES: Final[dict[str, Strategy]] = {
    # Chen et al. 2023, "Teaching Large Language Models to Self-Debug"
    "self-debugging": Strategy("repair-self-debugging", shows_error=True),
    # Yang et al. 2023, "InterCode", section 4.2: the same, but for what is shown
    "try-again": Strategy("repair-try-again", shows_error=False),
    # Wang et al. 2023, "Plan-and-Solve Prompting", with a turn for each attempt as in InterCode
    "plan-and-solve": Strategy("repair-solve", shows_error=True, plan="repair-plan"),
}
