"""The messages of a prompt in the form of the chat completions protocol."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from rag.prompting.message import Image, Message


def chat_messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Return messages as the protocol has them: the content is text, or parts where there are images."""
    return [{"role": message.role, "content": _content(message)} for message in messages]


def data_address(image: Image) -> str:
    """Return an image as an address that holds all of it (RFC 2397)."""
    return f"data:{image.media_type};base64,{b64encode(image.data).decode('ascii')}"


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.content  # not every server reads parts
    images = [{"type": "image_url", "image_url": {"url": data_address(image)}} for image in message.images]
    return [*images, {"type": "text", "text": message.content}]
