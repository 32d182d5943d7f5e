"""Templates of the user's own, in a folder that RAG_PROMPTS names."""

from pathlib import Path

import pytest

from corpora.errors import PromptError
from rag.cli.main import main
from rag.prompting.infill.formats import infill_format
from rag.prompting.infill.gap import Gap
from rag.prompting.infill.prompt import make_infill_prompt
from rag.prompting.prompt import make_prompt, template_names
from rag.prompting.template_files import known_templates
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]
FILES = {
    "chat.jinja": "{% set system %}Be brief.{% endset %}\n{{ query }}!\n",
    "terse.jinja": "{% extends 'chat.jinja' %}\n",
    "code.jinja": "{% extends 'docprompting.jinja' %}\n{% block task %}For: {{ query }}{% endblock %}\n",
    "infill/mine.jinja": (
        "{% set models = ['my-coder'] %}\n{% set stop = ['<end>'] %}\n<a>{{ prefix }}<b>{{ suffix }}<c>\n"
    ),
}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAG_PROMPTS", str(tmp_path / "own"))
    return write_tree(tmp_path / "own", FILES)


def test_a_template_takes_the_place_of_the_built_in_one_of_its_name(own: Path) -> None:
    made = make_prompt("sort a list", [], template="chat")
    assert (made.system, made.messages[-1].content.strip()) == ("Be brief.", "sort a list!")
    assert template_names() == ("chat", "code", "context", "docprompting", "terse")


def test_a_template_may_extend_a_built_in_one(own: Path) -> None:
    assert make_prompt("sort a list", [], template="code").text.strip() == "For: sort a list"
    assert make_prompt("sort a list", [], template="terse").messages[-1].content.strip() == "sort a list!"


def test_a_family_of_models_may_be_added(own: Path) -> None:
    family = infill_format("acme/my-coder-7b")
    made = make_infill_prompt(Gap("x = ", "\n"), model_format=family)
    assert (made.text, made.stop, made.family) == ("<a>x = <b>\n<c>", ("<end>",), "mine")


def test_a_template_that_was_changed_is_read_again(own: Path) -> None:
    assert infill_format("my-coder").stop == ("<end>",)
    path = own / "infill" / "mine.jinja"
    path.write_text("{% set models = ['my-coder'] %}{% set stop = ['<stop>'] %}{{ prefix }}")
    assert infill_format("my-coder").stop == ("<stop>",)


@pytest.mark.parametrize(
    ("name", "source", "why"),
    [
        ("chat", "{{ query }}\n{{ nothing }}", "line 2 of"),
        ("chat", "{% if %}", "line 1 of"),
        ("infill/mine", "{% set models = [] %}{% set stop = [] %}{{ query }}", "is given no query"),
        ("infill/mine", "{{ prefix }}", "sets no list of texts called 'models'"),
    ],
)
def test_a_template_with_a_mistake_is_told_before_it_is_used(
    own: Path, capsys: Captured, name: str, source: str, why: str
) -> None:
    (own / f"{name}.jinja").write_text(source)
    assert main(["prompts", "list"]) == 1
    assert why in capsys.readouterr().err
    assert main(["prompts", "render", name]) == 1
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/null/nothing"])
def test_a_template_that_is_no_file_is_refused_and_not_read(own: Path, capsys: Captured, target: str) -> None:
    (own / "endless.jinja").symlink_to(target)
    assert main(["prompts", "list"]) == 1
    assert "endless" in capsys.readouterr().err
    assert main(["prompts", "show", "endless"]) == 1


def test_a_template_cannot_reach_beyond_what_it_is_given(own: Path) -> None:
    (own / "chat.jinja").write_text("{{ query.__class__.__mro__ }}")
    with pytest.raises(PromptError, match="cannot be filled in"):
        make_prompt("q", [], template="chat")


def test_a_folder_that_is_not_there_is_an_error_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("RAG_PROMPTS", str(tmp_path / "nowhere"))
    with pytest.raises(PromptError, match="there is no folder of templates"):
        known_templates()
    for command in (["prompts", "list"], ["generate", "x"], ["complete", "a.py:1"]):
        assert main(command) == 1
        assert "RAG_PROMPTS names it" in capsys.readouterr().err


def test_all_templates_are_listed_with_what_they_are_for(own: Path, capsys: Captured) -> None:
    assert main(["prompts", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("infill/mine ") and line.endswith("mine.jinja") for line in lines)
    assert any(line.startswith("infill/starcoder2 ") for line in lines)


@pytest.mark.parametrize("name", [name for name in known_templates() if not name.startswith("repair-")])
def test_every_template_can_be_seen_filled_in(capsys: Captured, name: str) -> None:
    assert main(["prompts", "render", name]) == 0
    shown = capsys.readouterr().out
    assert "price_of" in shown
    assert main(["prompts", "show", name]) == 0
    assert "{#" in capsys.readouterr().out


def test_a_template_of_repair_is_shown_and_not_filled_in(capsys: Captured) -> None:
    assert main(["prompts", "show", "repair-plan"]) == 0
    assert main(["prompts", "render", "repair-plan"]) == 1
    assert "rag prompts show repair-plan" in capsys.readouterr().err


def test_a_template_that_comes_or_goes_is_noticed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_PROMPTS", str(tmp_path))
    assert "mine" not in known_templates()
    (tmp_path / "mine.jinja").write_text("{{ query }}")
    assert known_templates()["mine"].is_own
    (tmp_path / "mine.jinja").unlink()
    assert "mine" not in known_templates()
