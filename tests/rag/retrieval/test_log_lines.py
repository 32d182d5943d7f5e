"""What a logger writes before a message is not looked for."""

from pathlib import Path
from time import process_time

import pytest

from rag import Index, retrieve
from rag.retrieval.questions.log_lines import without_times
from tests import SLOWNESS
from tests.small_corpora import write_tree

MESSAGE = "cannot open app.toml at 10:20:30"


@pytest.mark.parametrize(
    "before",
    [
        "2026-11-29T10:20:30.123Z ",
        "2026-11-29 10:20:30,123 ",
        "2026/11/29 10:20 - ",
        "[2026-11-29 10:20:30 +0100] ",
        "(10:20:30) ",
        "[12:33:01.123] ",
        "Nov 29 10:20:30 ",
        "Sun Nov  9 10:20:30: ",
        "E1129 10:20:30.123456   77 ",
        "  10:20:30 | ",
    ],
)
def test_the_time_before_a_message_is_left_out(before: str) -> None:
    assert without_times(before + MESSAGE) == MESSAGE
    assert without_times(f"{before}{MESSAGE}\n{before}{MESSAGE}") == f"{MESSAGE}\n{MESSAGE}"


@pytest.mark.parametrize(
    "text",
    [
        MESSAGE,
        "2026-11-29",
        "10:20:30",
        "what is 10:20:30",
        "app.py:10:20 x",
        "1:2",
        "plot\n2026-11-29 1.5",
        "",
    ],
)
def test_other_texts_keep_their_times(text: str) -> None:
    assert without_times(text) == text


def test_a_message_is_found_behind_its_time(tmp_path: Path) -> None:
    files = {f"at_{n}.py": f"def at_{n}(now):\n    return now - '12:33:0{n}.123'\n" for n in range(9)}
    files["flow.py"] = "def load(kind):\n    raise ValueError(f'Unknown flow type: {kind}')\n"
    files["types.py"] = 'class UnknownType:\n    """The type of a flow that is unknown."""\n'
    write_tree(tmp_path / "src", files)
    with Index.build(tmp_path / "index", [tmp_path / "src"]) as index:
        for question in ("[12:33:01.123] Unknown flow type: foo", "2026-11-29 12:33:02 Unknown flow type: x"):
            assert retrieve(index, question, 3)[0].chunk.origin.path == "flow.py"


@pytest.mark.parametrize("text", ["[" * 200_000, "10:20:30 " * 50_000, "2026-11-29 10:20\n" * 20_000])
def test_a_log_without_end_is_read_in_little_time(text: str) -> None:
    start = process_time()
    without_times(text)
    assert process_time() - start < SLOWNESS
