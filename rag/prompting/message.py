"""Messages of a conversation with a model, and their rendering as one text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from corpora.errors import PromptError
from rag.prompting.fence import clean, defuse, fence

MessageRole = Literal["system", "user", "assistant"]
"""Who speaks: whoever set up the conversation, whoever asks, or the model."""

_SAID: Final[dict[MessageRole, str]] = {
    "system": "Instructions given earlier:",
    "user": "Earlier in this conversation, the user asked:",
    "assistant": "Earlier in this conversation, you answered:",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message: who says it, and what."""

    role: MessageRole
    content: str


def split_request(query: str | Sequence[Message]) -> tuple[str, tuple[Message, ...]]:
    """Return the request that is to be answered, and the turns before it.

    Answers of a model are cleaned and defused: they may repeat what a retrieved page said. What users said
    stays as it is, as the request does.

    Args:
        query: the request; or a conversation, of which it is the last message.

    Raises:
        PromptError: the request is blank, the last message is not a user's, or one is a system message.
    """
    earlier: tuple[Message, ...] = ()
    if isinstance(query, str):
        text = query
    elif query and query[-1].role == "user":
        text, earlier = query[-1].content, tuple(map(_harmless, query[:-1]))
    else:
        raise PromptError(
            "the conversation does not end in a request",
            why=f"its last message is of the role {query[-1].role!r}" if query else "it has no messages",
            fix="give messages of which the last one is the user's",
        )
    if not text.strip():
        raise PromptError("the query is empty", why="there is nothing to ask for", fix="give a query")
    return text, earlier


def as_text(messages: Sequence[Message]) -> str:
    """Render `messages` as one text, for a model or a program that knows no roles.

    A leading system message and the last message stay as they are. Turns between them stand in fences that
    their text cannot close, so that no answer can pretend to be a later request.
    """
    parts: list[str] = []
    for number, message in enumerate(messages):
        is_plain = number == len(messages) - 1 or (number == 0 and message.role == "system")
        parts.append(message.content if is_plain else f"{_SAID[message.role]}\n{fence(message.content)}")
    return "\n\n".join(parts)


def _harmless(message: Message) -> Message:
    if message.role == "system":
        raise PromptError(
            "the conversation holds a system message",
            why="the prompt template writes the only one",
            fix="leave it out, or use a template of your own that sets `system`",
        )
    return message if message.role == "user" else replace(message, content=defuse(clean(message.content)))
