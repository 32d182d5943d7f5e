"""Images of a request: read within bounds, and kept by the prompt."""

import base64
import os
from pathlib import Path

import pytest

from corpora.errors import PromptError
from rag.generators.endpoints.chat_messages import chat_messages
from rag.prompting.message import MAX_IMAGE_BYTES, Image, Message, read_image
from rag.prompting.prompt import make_prompt

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
FILES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(20),
    "image/gif": b"GIF89a" + bytes(20),
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20),
}


@pytest.mark.parametrize("media_type", FILES)
def test_an_image_is_known_by_its_first_bytes_whatever_its_name(tmp_path: Path, media_type: str) -> None:
    (tmp_path / "shot.txt").write_bytes(FILES[media_type])
    assert read_image(tmp_path / "shot.txt") == Image(media_type, FILES[media_type])


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PN", b"RIFF\0\0\0\0WAVE"])
def test_what_is_no_image_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "shot.png").write_bytes(data)
    with pytest.raises(PromptError, match="is no image that models read"):
        read_image(tmp_path / "shot.png")


def test_a_file_that_is_absent_endless_or_too_large_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with (tmp_path / "large.png").open("wb") as file:
        file.write(PNG)
        file.truncate(MAX_IMAGE_BYTES + 1)
    for path in [tmp_path / "pipe.png", tmp_path / "large.png", tmp_path / "none.png", Path("a\0b")]:
        with pytest.raises(PromptError, match="cannot be read"):
            read_image(path)


def test_the_prompt_keeps_the_images_of_its_request_and_of_earlier_turns() -> None:
    image, older = Image("image/png", PNG), Image("image/gif", b"GIF89a")
    turns = [
        Message("user", "this?", (older,)),
        Message("assistant", "a cat"),
        Message("user", "and", (image,)),
    ]
    made = make_prompt(turns, [])
    assert [message.images for message in made.messages if message.role == "user"] == [(older,), (image,)]
    assert not any(message.images for message in make_prompt("this?", []).messages)


def test_an_image_is_sent_as_a_part_of_its_message_and_text_alone_as_text() -> None:
    plain, shown = chat_messages(
        [Message("system", "be brief"), Message("user", "?", (Image("image/png", PNG),))]
    )
    assert plain == {"role": "system", "content": "be brief"}
    address = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert shown["content"] == [
        {"type": "image_url", "image_url": {"url": address}},
        {"type": "text", "text": "?"},
    ]


def test_an_image_does_not_show_its_bytes() -> None:
    assert repr(Image("image/png", PNG)) == "Image(media_type='image/png')"
