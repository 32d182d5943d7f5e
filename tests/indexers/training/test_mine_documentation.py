"""Questions and the documentation that answers them, mined for the compact encoder."""

import json
import sys
from pathlib import Path

import pytest

from indexers.training.compact import mine
from indexers.training.compact.asked import is_question, mentioned_names
from indexers.training.compact.documented_units import public_name
from indexers.training.compact.guides import GuidePassage, guide_passages
from indexers.training.compact.mine import DocumentationPair, mine_project

MODULE = '''
"""Tea."""
from tealib._pot import Kettle

class Pot:
    """A pot for tea."""

    def brew(self, leaves):
        """Make tea of leaves.

        The water must boil; see :meth:`Pot.warm_up` for a pot that was heated before.
        """

    def warm_up(self):
        """Heat the pot before the water comes in."""

    def _hidden(self):
        """Nobody asks for this one."""

def steep(leaves, minutes):
    """Leave leaves in hot water.

    Longer makes the tea darker and more bitter, shorter makes it light and sweet; three minutes suit most.
    """
'''

EXAMPLE = """
import tealib
from tealib import pots

# let the leaves sit in hot water for a while
cup = tealib.steep(leaves, 3)
# get the china warm before pouring
pot.warm_up()
"""

GUIDE = """
Making tea
==========

To let the leaves give off their taste, wait some minutes::

    import tealib
    tealib.steep(leaves, 3)

Use :func:`tealib.steep` to let leaves rest in hot water.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "tea"
    for path, text in {
        "tealib/__init__.py": MODULE,
        "examples/cup.py": EXAMPLE,
        "docs/guide.rst": GUIDE,
        "CHANGELOG.md": "Use `tealib.steep()` to break everything that worked.",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def asked(pairs: list[DocumentationPair], kind: str) -> dict[str, str]:
    return {pair.query: pair.name for pair in pairs if pair.kind == kind}


def test_a_comment_asks_for_what_is_called_below_it(project: Path) -> None:
    assert asked(mine_project(project), "comment") == {
        "let the leaves sit in hot water for a while": "tealib.steep",
        "get the china warm before pouring": "tealib.Pot.warm_up",
    }


def test_the_sentence_before_an_example_asks_for_what_it_calls(project: Path) -> None:
    found = asked(mine_project(project), "example")
    assert found["To let the leaves give off their taste, wait some minutes"] == "tealib.steep"


def test_a_sentence_that_refers_to_a_name_asks_for_it_without_the_name(project: Path) -> None:
    found = asked(mine_project(project), "mention")
    assert found["let leaves rest in hot water"] == "tealib.steep"
    assert "tealib.Pot.warm_up" in found.values()


def test_the_first_paragraph_of_a_docstring_asks_for_the_rest(project: Path) -> None:
    (pair,) = [pair for pair in mine_project(project) if pair.query == "Leave leaves in hot water"]
    assert pair.text.startswith("Longer makes the tea darker")
    assert (pair.kind, pair.name, pair.project) == ("summary", "tealib.steep", "tea")


def test_private_names_and_changelogs_are_left_out(project: Path) -> None:
    pairs = mine_project(project)
    assert not [pair for pair in pairs if "_hidden" in pair.name or "break everything" in pair.query]


def test_the_same_project_gives_the_same_pairs(project: Path) -> None:
    assert mine_project(project) == mine_project(project)


def test_files_that_are_no_python_or_no_notebook_are_no_error(project: Path) -> None:
    (project / "tealib" / "broken.py").write_text("def (:")
    (project / "docs" / "broken.ipynb").write_text('{"cells": [1]}')
    (project / "docs" / "deep.ipynb").write_text("[" * 100_000)
    assert mine_project(project)


def test_pairs_are_written_as_lines_of_json(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["mine", "--out", str(tmp_path / "pairs.jsonl"), str(project)])
    mine.main()
    rows = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert [DocumentationPair(**row) for row in rows] == mine_project(project)


@pytest.mark.parametrize(
    "text", ["two words", "x = f(a)[0] + g(b)[1]", "TODO make this work at last", "word " * 60, ""]
)
def test_fragments_code_and_boilerplate_are_no_questions(text: str) -> None:
    assert not is_question(text)


def test_a_sentence_with_many_names_is_a_list_and_asks_for_none() -> None:
    assert not [*mentioned_names("See `a.b()`, `a.c()` and `a.d()` for more of the same.")]


def test_the_code_of_a_markdown_guide_follows_its_paragraph() -> None:
    text = "# Title\n\nRead a file\nline by line:\n\n```python\n>>> open(path)\n<file>\n```\nThen close it.\n"
    assert [*guide_passages(text, ".md")] == [
        GuidePassage("Read a file line by line:", "open(path)"),
        GuidePassage("Then close it."),
    ]


def test_a_notebook_is_read_as_its_cells() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["Draw the map:"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "draw(map)"]},
    ]
    assert [*guide_passages(json.dumps({"cells": cells}), ".ipynb")] == [
        GuidePassage("Draw the map:", "draw(map)")
    ]


def test_a_name_is_the_one_that_documentation_lists() -> None:
    assert public_name("lib.lib", "f") == "lib.f"
    assert public_name("lib._a._b", "C.m") == "lib.C.m"
