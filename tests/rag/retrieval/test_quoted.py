"""What a question means literally."""

from pathlib import Path

import pytest

from indexers.index import Index
from rag.retrieval.questions.quoted import quoted_in
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import write_tree


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('"connection reset by peer"', ("connection reset by peer",)),
        ('where is "no route" raised', ("no route",)),
        ('who reads "verbose"', ("verbose",)),
        ('"one thing" or "another thing"', ("one thing", "another thing")),
        ("\u201cno route\u201d to host", ("no route",)),
        ('a=["x y"]', ()),
        ('reply = Response.make(404, b"not here", {"Content-Type": "text/plain"})', ()),
        ('print( "not here" )', ()),
        ('where does connect() say "no route"', ("no route",)),
        ('Error: cannot load the module "calendar" from the list of plug-ins of this app', ()),
        ('two lines\nof "some code"', ()),
        ('an empty "" quote and an "open one', ()),
    ],
)
def test_text_between_quotes_is_meant_literally_unless_it_is_a_name_in_a_message(
    text: str, quoted: tuple[str, ...]
) -> None:
    assert quoted_in(text) == quoted


def test_chunks_that_hold_what_is_quoted_come_first(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "a.py": "def retry():\n    # retry the connection: reset the peer, retry again\n    retry = 1\n",
            "b.py": "def close():\n    raise OSError('Connection reset by peer')\n",
            "c.py": "def wait():\n    # by peers that reset a connection\n    pass\n",
        },
    )
    index = Index.in_memory([tmp_path])
    assert retrieve(index, 'retry "connection reset by peer"')[0].chunk.origin.path == "b.py"
    assert retrieve(index, "retry connection reset by peer")[0].chunk.origin.path != "c.py"
    assert retrieve(index, 'retry "no such words"')[0].chunk.origin.path == "a.py"
