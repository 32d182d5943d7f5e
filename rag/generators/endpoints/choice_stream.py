"""What the streams of chats and of text completions share: events that hold the next piece of a choice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rag.generators.endpoints.protocol import LogProbabilities


@dataclass(slots=True)
class ChoiceStream:
    """What a stream says of its only choice beside the text.

    Args:
        finish: why it ended, once it has.
        usage: the numbers of tokens.
    """

    finish: str = ""
    usage: Any = None
    _log_probabilities: LogProbabilities = field(default_factory=LogProbabilities)

    @property
    def is_whole(self) -> bool:
        """Whether the server has said why the answer ended."""
        return bool(self.finish)

    def take(self, event: dict[str, Any], text_of: Callable[[dict[str, Any]], str]) -> str:
        """Keep what an event says, and return its text, which `text_of` reads in its choice."""
        self.usage = event.get("usage") or self.usage
        # The last event may have no choice: it tells how many tokens were used.
        choices = event.get("choices") or [] if "usage" in event else event["choices"]
        if not choices:
            return ""
        choice = choices[0]
        self.finish = str(choice.get("finish_reason") or self.finish)
        self._log_probabilities.take(choice.get("logprobs"))
        return text_of(choice)

    def answer(self, said: dict[str, Any]) -> dict[str, Any]:
        """Return the answer as it would be without a stream; `said` is what its choice holds."""
        choice = {**said, "finish_reason": self.finish, "logprobs": self._log_probabilities.as_said()}
        return {"choices": [choice], "usage": self.usage}
