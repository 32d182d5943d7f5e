"""Messages of a conversation with a model, which may show images, and their rendering as one text."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from corpora.errors import PromptError, reason_of
from corpora.outside.files import read_outside
from rag.prompting.fence import clean, defuse, fence

MessageRole = Literal["system", "user", "assistant"]
"""Who speaks: whoever set up the conversation, whoever asks, or the model."""

_SAID: Final[dict[MessageRole, str]] = {
    "system": "Instructions given earlier:",
    "user": "Earlier in this conversation, the user asked:",
    "assistant": "Earlier in this conversation, you answered:",
}


MAX_IMAGE_BYTES: Final = 20_000_000  # what the largest hosted models take; most take 5 MB
_MAGIC: Final = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that a model is shown, such as a screenshot.

    Args:
        media_type: `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        data: its file, as it is.
    """

    media_type: str
    data: bytes = field(repr=False)


def read_image(path: str | Path) -> Image:
    """Read an image, whose type is known by its first bytes.

    Raises:
        PromptError: there is no such file, it is too large, or it is no PNG, JPEG, GIF or WebP.
    """
    try:
        data = read_outside(path, max_bytes=MAX_IMAGE_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise PromptError(
            f"the image {path} cannot be read",
            why=reason_of(error),
            fix=f"name a PNG, JPEG, GIF or WebP of at most {MAX_IMAGE_BYTES // 1_000_000} MB",
        ) from error
    media_type = next((kind for magic, kind in _MAGIC if data.startswith(magic)), "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        media_type = "image/webp"
    if not media_type:
        raise PromptError(
            f"{path} is no image that models read",
            why="it does not begin as a PNG, JPEG, GIF or WebP does",
            fix="convert it to PNG",
        )
    return Image(media_type, data)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: who says it, what, and the images that it shows, which count no tokens in a budget."""

    role: MessageRole
    content: str
    images: tuple[Image, ...] = ()


def images_of(query: str | Sequence[Message]) -> tuple[Image, ...]:
    """Return the images of a request; of a conversation, those of its last message."""
    return query[-1].images if query and not isinstance(query, str) else ()


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
