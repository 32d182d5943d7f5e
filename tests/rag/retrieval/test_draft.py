"""The names that a draft uses, and the second round of retrieval that looks them up."""

from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import RagError
from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.doc_prompter import DocPrompter
from rag.prompting.prompt import Prompt
from rag.retrieval.draft import MAX_DRAFT_CHARS, MAX_NAMES, read_draft
from rag.retrieval.retrieve import retrieve
from rag.retrieval.second_round import look_up, merge_draft
from tests.small_corpora import write_tree


def names(text: str) -> list[str]:
    draft = read_draft(text)
    assert draft is not None
    return [one.name for one in draft.used]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import numpy as np\nnp.pad(a, 1)", ["numpy.pad"]),
        ("import os.path\nos.path.join(a, b)", ["os.path.join"]),
        ("from os import path as p\np.join(a, b)", ["os.path.join"]),
        ("from billing import send, Client as C\nsend(1)\nC()", ["billing.send", "billing.Client"]),
        ("from . import sibling\nsibling.run()", ["sibling.run"]),
        ("import billing\nc = billing.Client()\nc.send()", ["billing.Client", "billing.Client.send"]),
        ("pd.read_csv(path)", ["pandas.read_csv"]),
        ("class Mine(billing.Base):\n    pass\nMine()", [".Base"]),
        ("frame.pivot('a').query('b')", [".pivot", ".query"]),
        ("from shop import open\nopen('a')", ["shop.open"]),
    ],
)
def test_names_are_resolved_through_imports_and_usual_aliases(code: str, expected: list[str]) -> None:
    assert names(code) == expected


def test_builtins_everyday_methods_and_its_own_functions_are_no_names_to_look_up() -> None:
    assert names("def mine(x):\n    return x\nprint(len(mine(', '.join(y))))\ny.append(1)") == []


def test_what_is_known_comes_before_methods_of_unknown_things() -> None:
    assert names("a.mystery()\nimport numpy\nnumpy.pad(a)") == ["numpy.pad", ".mystery"]


def test_a_draft_that_was_cut_off_still_gives_its_names() -> None:
    text = "import numpy as np\nfrom billing import (send\nx = np.pad(a, (1, 2)\nsend(x"
    assert names(text) == ["numpy.pad", "billing.send"]


def test_other_languages_give_the_names_that_they_call() -> None:
    assert names("let mut v = Vec::new();\nstore.put(key, value);\nif (ready(v)) {}") == [
        "Vec.new",
        "ready",
        ".put",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n\n",
        "sorry",
        "I am not able to write this program for you.",
        "You should call sort() on the list and then return it to the caller.\nThat is all there is.",
        "this is not code",
    ],
)
def test_prose_is_no_draft(text: str) -> None:
    assert read_draft(text) is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    draft = read_draft(text)
    assert draft is None or len(draft.used) <= MAX_NAMES


@pytest.mark.parametrize(
    "text", ["(" * 10**5, "-" * 10**5 + "1", "a." * 10**5 + "b()", "\n" * 10**5, "from a import (\n" * 10**4]
)
def test_hostile_drafts_are_read_in_linear_time(text: str) -> None:
    start = perf_counter()
    draft = read_draft(text)
    assert perf_counter() - start < 1
    assert draft is None or len(draft.code) <= MAX_DRAFT_CHARS


BILLING = {
    "billing/client.py": "class Client:\n    def transmit(self, invoice):\n        '''Hand it over.'''\n",
    "billing/money.py": "def round_half_even(amount):\n    '''Banker's rounding.'''\n    return amount\n",
    "other/money.py": "def round_up(amount):\n    '''Ceiling of an amount of money.'''\n    return -amount\n",
} | {f"letters/l{n}.py": f"def send_letter_{n}(text):\n    return post(text, {n})\n" for n in range(12)}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index.in_memory([write_tree(tmp_path_factory.mktemp("trees") / "app", BILLING)])


DRAFT = "from billing.money import round_half_even as r\nr(1.5)\nClient().transmit(2)\nround_down(3)\n"


def test_names_are_found_exactly_or_not_at_all(index: Index) -> None:
    draft = read_draft(DRAFT)
    assert draft is not None
    found = look_up("send", draft, lambda query, k: retrieve(index, query, k))
    assert [hit.chunk.symbol for hit in found][:1] == ["round_half_even"]
    assert "round_up" not in {hit.chunk.symbol for hit in found}


def test_what_a_package_exports_is_found_where_it_is_defined(index: Index) -> None:
    draft = read_draft("import app\napp.round_up(1)")  # the corpus is called so
    assert draft is not None
    found = look_up("send", draft, lambda query, k: retrieve(index, query, k))
    assert [hit.chunk.origin.path for hit in found] == ["other/money.py"]


def test_a_name_of_another_module_is_not_meant(index: Index) -> None:
    draft = read_draft("from elsewhere import round_up\nround_up(1)")
    assert draft is not None
    assert look_up("send", draft, lambda query, k: retrieve(index, query, k)) == []


def test_merged_hits_say_what_each_ranking_gave_them(index: Index) -> None:
    draft = read_draft(DRAFT)
    assert draft is not None
    first = retrieve(index, "send a letter", 5)
    merged = merge_draft("send a letter", first, draft, lambda query, k: retrieve(index, query, k), 5)
    assert [hit.rank for hit in merged] == [1, 2, 3, 4, 5]
    assert all(hit.score == pytest.approx(sum(share for _, share in hit.shares)) for hit in merged)
    assert {"round_half_even"} < {hit.chunk.symbol for hit in merged}
    assert merged[0].chunk.chunk_id in {hit.chunk.chunk_id for hit in (first[0], *merged[:2])}


class Drafts:
    """A generator that gives one answer after the other and keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.prompts = list(answers), list[Prompt]()

    def __call__(self, prompt: Prompt) -> str:
        self.prompts.append(prompt)
        return self.answers[min(len(self.prompts), len(self.answers)) - 1]


def symbols(prompt: Prompt) -> set[str]:
    return {hit.chunk.symbol for hit in prompt.hits}


def test_the_second_prompt_shows_what_the_first_draft_uses(index: Index) -> None:
    model = Drafts(f"```python\n{DRAFT}```", "```python\ndone()\n```")
    completion = DocPrompter(index, model, k=4, rounds=2)("send a letter")
    assert (completion.code, completion.rounds) == ("done()", 2)
    assert "round_half_even" not in symbols(model.prompts[0])
    assert "round_half_even" in symbols(model.prompts[1])
    assert model.prompts[1].query == "send a letter"


def test_one_round_is_the_default(index: Index) -> None:
    model = Drafts(DRAFT)
    assert DocPrompter(index, model)("send a letter").rounds == len(model.prompts) == 1


@pytest.mark.parametrize("answer", ["", "I do not know how to do this, I am afraid."])
def test_a_draft_that_is_no_code_changes_nothing(index: Index, answer: str) -> None:
    model = Drafts(answer)
    completion = DocPrompter(index, model, rounds=3)("send a letter")
    assert (completion.text, completion.rounds, len(model.prompts)) == (answer, 1, 1)


def test_rounds_end_when_a_draft_adds_nothing(index: Index) -> None:
    model = Drafts(DRAFT)
    assert DocPrompter(index, model, rounds=3)("send a letter").rounds == len(model.prompts) == 2


@pytest.mark.parametrize("rounds", [0, -1, 99])
def test_rounds_are_bounded(index: Index, rounds: int) -> None:
    with pytest.raises(RagError, match="number of rounds cannot be"):
        DocPrompter(index, Drafts(""), rounds=rounds)


def test_a_closed_gate_shows_no_passage_and_makes_no_second_round(index: Index) -> None:
    model = Drafts(DRAFT)
    completion = DocPrompter(index, model, rounds=2, gate=1.0)("send a letter")
    assert model.prompts[0].hits == () and completion.rounds == len(model.prompts) == 1
    assert completion.confidence == model.prompts[0].confidence
    assert completion.confidence is not None and 0 < completion.confidence < 1


def test_methods_are_looked_up_in_the_library_that_the_draft_imports(tmp_path: Path) -> None:
    pages = {"a": "billing", "b": "shipping"}
    for folder, library in pages.items():
        page = f"<h1>{library}</h1><dl class='py method'><dt id='{library}.Box.unfold'>{library}.Box.unfold()"
        write_tree(tmp_path / folder, {"index.html": f"{page}</dt><dd>Unfolds a box.</dd></dl>"})
    specs = [CorpusSpec(name, "docs", str(tmp_path / folder), library=name) for folder, name in pages.items()]
    index = Index.in_memory(specs)
    for library in pages.values():
        draft = read_draft(f"import {library}\nx = {library}.get()\nx.unfold()")
        assert draft is not None
        found = look_up("open it", draft, lambda query, k: retrieve(index, query, k))
        assert [hit.chunk.origin.library for hit in found] == [library]
