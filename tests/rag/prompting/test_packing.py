"""What is shown of hits where there is no room for all of them."""

from collections.abc import Sequence
from dataclasses import replace
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Origin
from indexers.chunking.chunk import Chunk
from rag.prompting.blocks import blocks_of
from rag.prompting.packing import Packer
from rag.prompting.passage import excerpt
from rag.prompting.prompt import Prompt, make_prompt, template_names
from rag.retrieval.hit import Hit
from tests.small_tokenizers import count_words, five_counters

DOCS = Origin("np", "sum.html", "text", "docs", library="numpy", version="2.1")
CODE = Origin("mono", "src/a.py", "python", "code")

CONCATENATE = """\
Join a sequence of arrays along an existing axis.

Parameters:
  arrays : sequence of array_like
    The arrays must have the same shape, except in the dimension of the axis.
  axis : int, optional
    The axis along which the arrays will be joined. Default is 0.

See also

vstack
  Stack arrays vertically.

When one or more of the arrays to be concatenated is a MaskedArray, this function will return a MaskedArray
object instead of an ndarray, but the input masks are not preserved.

#### Examples

>>> a = np.array([[1, 2], [3, 4]])
>>> np.concatenate((a, b), axis=0)
array([[1, 2],
       [3, 4]])

>>> np.concatenate((a, b), axis=None)
array([1, 2, 3, 4, 5, 6])"""

FUNCTION = '''\
@cached
def total(
    prices: list[float],
) -> float:
    """Add prices up.

    Prices that are not known count as nothing.
    """
    known = [price for price in prices if price is not None]

    result = 0.0
    for price in known:
        result += price
    return result'''


def docs(text: str, symbol: str = "numpy.concatenate", *, signature: str = "", rank: int = 1) -> Hit:
    signature = signature or f"{symbol}(arrays, axis=0)"
    origin = replace(DOCS, path=f"{symbol}.html")
    chunk = Chunk(origin, text, 1, text.count("\n") + 1, 0, len(text), symbol, signature=signature)
    return Hit(chunk, 1.0 / rank, rank)


def code(text: str, path: str = "src/a.py", *, signature: str = "", rank: int = 1) -> Hit:
    origin = replace(CODE, path=path)
    chunk = Chunk(origin, text, 1, text.count("\n") + 1, 0, len(text), signature and "f", signature=signature)
    return Hit(chunk, 1.0 / rank, rank)


def forms(prompt: Prompt) -> list[str]:
    return [one.form for one in prompt.passages]


def shortest(hit: Hit) -> str:
    """Return what is shown of a hit in its shortest form."""
    part = excerpt(hit)
    return part.showing(blocks_of(part)[0].lines).text


def room_for(hits: Sequence[Hit], more: int) -> int:
    """Return the budget in words of the shortest forms of hits, and some more."""
    for budget in range(1000):
        try:
            if len(make_prompt("q", hits, max_tokens=budget, count_tokens=count_words).hits) == len(hits):
                return budget + more
        except Exception:
            continue
    raise AssertionError("they never fit")


def test_the_shortest_form_of_documentation_is_its_signature_and_summary() -> None:
    assert shortest(docs(CONCATENATE)) == (
        "Join a sequence of arrays along an existing axis.\n... (24 more lines)"
    )


def test_the_shortest_form_of_code_is_its_signature_and_the_summary_of_its_docstring() -> None:
    found = shortest(code(FUNCTION, signature="def total(prices: list[float]) -> float"))
    assert found.split("\n")[:6] == [*FUNCTION.split("\n")[:5], "... (9 more lines)"]


def test_code_that_is_cut_off_behind_its_signature_shows_it_all_the_same() -> None:
    rest = code("\n".join(FUNCTION.split("\n")[4:]), signature="def total(prices: list[float]) -> float")
    text = make_prompt("q", [rest]).text
    assert '```python\ndef total(prices: list[float]) -> float\n...\n    """Add prices up.' in text
    assert shortest(rest).startswith('    """Add prices up.\n... (')


def test_the_shortest_form_of_code_is_its_declaration_wherever_it_stands() -> None:
    behind = code(f"LIMIT = 3\n\n\n{FUNCTION}", signature="def total(prices: list[float]) -> float")
    assert shortest(behind).split("\n")[:3] == ["... (3 more lines)", "@cached", "def total("]


def test_a_long_first_paragraph_is_no_part_of_the_shortest_form_of_documentation() -> None:
    assert shortest(docs("word " * 100 + "\n\nMore.")).startswith("... (")


def test_every_block_of_a_passage_is_shown_once() -> None:
    for hit in (docs(CONCATENATE), code(FUNCTION, signature="def total()"), code("x = 1\n" * 40)):
        part = excerpt(hit)
        lines = [place for block in blocks_of(part) for place in block.lines]
        assert sorted(lines) == list(range(len(part.lines)))


def test_every_hit_keeps_its_signature_before_another_is_shown_whole() -> None:
    hits = [
        docs(f"{name.title()} it.\n\n" + f"{name} {number} lines.\n" * 9, f"numpy.{name}", rank=number)
        for number, name in enumerate(("concatenate", "stack", "block", "append"), start=1)
    ]
    prompt = make_prompt("join arrays", hits, max_tokens=room_for(hits, 10), count_tokens=count_words)
    assert prompt.hits == tuple(hits)
    assert "whole" not in forms(prompt)
    for hit in hits:
        assert hit.chunk.signature in prompt.text


@pytest.mark.parametrize(
    ("request_text", "first"),
    [("which axis is joined by default", "The axis"), ("what becomes of masks", "Any masks")],
)
def test_what_the_request_names_is_added_first(request_text: str, first: str) -> None:
    text = "Join arrays.\n\nThe axis is zero by default.\n\nAny masks are dropped by it.\n\nThat is all."
    part = excerpt(docs(text))
    _, (_, block), *_ = Packer(request_text, [part], count_words).choose(1000).steps
    assert first in {part.lines[place][: len(first)] for place in blocks_of(part)[block].lines}


def test_gaps_say_how_many_lines_are_left_out() -> None:
    part = excerpt(docs(CONCATENATE))
    assert part.showing([0, 2, 3]).text == (
        "Join a sequence of arrays along an existing axis.\n\nParameters:\n"
        "  arrays : sequence of array_like\n... (21 more lines)"
    )
    assert part.showing([0, 8]).text.split("\n")[1:3] == ["... (7 more lines)", "See also"]


def test_examples_that_differ_come_before_another_api_of_low_score() -> None:
    def example(name: str, body: str, score: float, place: int) -> Hit:
        text = f"Use {name}.\n\n" + "\n".join(f">>> {body}({number}, {place})" for number in range(6))
        found = docs(text, name, rank=place)
        origin = replace(found.chunk.origin, path=f"{place}.html")
        return replace(found, score=score, chunk=replace(found.chunk, origin=origin))

    same = [
        example("numpy.pad", "pad constant edge", 1.0, 1),
        example("numpy.pad", "reflect symmetric wrap", 0.95, 2),
        example("numpy.tile", "tile", 0.1, 3),
    ]
    budget = room_for(same[:2], 55)
    prompt = make_prompt("pad an array", same, max_tokens=budget, count_tokens=count_words)
    assert prompt.hits == tuple(same[:2])
    assert [one.reason for one in prompt.left_out] == ["no room"]


def test_what_nearly_repeats_another_hit_comes_last_and_says_so() -> None:
    twin = docs(CONCATENATE + "\n\nNew.", "numpy.ma.concatenate", rank=2)
    other = docs(
        "Stack arrays in sequence vertically.\n\n" + "Rebuilds arrays divided. " * 9, "numpy.vstack", rank=3
    )
    hits = [docs(CONCATENATE), twin, other]
    tight = room_for([hits[0], other], 0)
    prompt = make_prompt("q", hits, max_tokens=tight, count_tokens=count_words)
    assert prompt.hits == (hits[0], other)
    assert [(one.hit, one.reason) for one in prompt.left_out] == [(twin, "repeats another")]
    assert make_prompt("q", hits).hits == tuple(hits)


def test_hits_without_room_are_named() -> None:
    hits = [docs(f"{number}\n\n{CONCATENATE}", f"numpy.f{number}", rank=number + 1) for number in range(3)]
    hits = [
        replace(one, chunk=replace(one.chunk, text=f"{number}\n\n{one.chunk.text}"))
        for number, one in enumerate(hits)
    ]
    bare = make_prompt("q", [], count_tokens=count_words).tokens
    prompt = make_prompt("q", hits, max_tokens=bare + 1, count_tokens=count_words)
    assert (prompt.hits, prompt.dropped) == (
        (),
        len([one for one in prompt.left_out if one.reason == "no room"]),
    )
    assert {one.hit.chunk.symbol for one in prompt.left_out} == {"numpy.f0", "numpy.f1", "numpy.f2"}


def test_with_room_for_all_everything_is_whole() -> None:
    hits = [docs(CONCATENATE), code(FUNCTION, signature="def total()", rank=2)]
    prompt = make_prompt("q", hits)
    assert forms(prompt) == ["whole", "whole"]
    assert CONCATENATE in prompt.text and FUNCTION in prompt.text
    assert not prompt.left_out


def test_overlapping_lines_belong_to_the_hit_that_is_shown() -> None:
    lines = [f"line_{number} = {number}" for number in range(1, 41)]
    wide = Hit(Chunk(CODE, "\n".join([*lines[:19], "w " * 400]), 1, 20, 0, 1), 1.0, 1)
    late = Hit(Chunk(CODE, "\n".join(lines[17:40]), 18, 40, 0, 1), 0.9, 2)
    prompt = make_prompt("q", [wide, late], max_tokens=400, count_tokens=count_words)
    assert len(set(prompt.text.split("\n")) & set(lines)) >= 20


@pytest.mark.parametrize("line", ["", "x", "def f(x):", "```", "#", "- a", ">>> f(x)"])
@pytest.mark.parametrize("kind", ["docs", "code"])
def test_packing_is_about_linear_in_hostile_texts(line: str, kind: str) -> None:
    text = "\n".join(["f", *[line] * 20_000, "g"])
    many = docs(text) if kind == "docs" else code(text, signature="def g()")
    start = process_time()
    make_prompt("q", [many], max_tokens=500)
    assert process_time() - start < 5


class Costly:
    """Counts words, and how often it is asked."""

    name, is_costly = "server:words", True

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, text: str) -> int:
        self.asked += 1
        return count_words(text)


def test_a_costly_counter_is_asked_about_whole_prompts_only() -> None:
    hits = [docs(CONCATENATE.replace("arrays", f"x{number}"), f"numpy.f{number}") for number in range(8)]
    counter = Costly()
    prompt = make_prompt("join", hits, max_tokens=400, count_tokens=counter)
    assert prompt.tokens == count_words(prompt.text) <= 400
    assert len(prompt.hits) > 4
    assert counter.asked <= 6


line = st.text(st.sampled_from("ab =(`<|>\t_é漢\u200b>#:.\"'-"), max_size=24) | st.sampled_from(
    [
        "",
        "",
        "Parameters:",
        ">>> f(x)",
        "```",
        "~~~",
        "def f(x):",
        '    """Do it.',
        "## Notes",
        "    return x",
    ]
)
chunks = st.builds(
    lambda lines, start, path, kind, signature, score: Hit(
        Chunk(
            Origin("c", path, "python", kind),
            "\n".join(lines),
            start,
            start + max(0, len(lines) - 1),
            0,
            1,
            symbol="f" if signature else "",
            signature=signature,
        ),
        score,
        1,
    ),
    st.lists(line, max_size=30),
    st.integers(1, 30),
    st.sampled_from(["a.py", "b.py"]),
    st.sampled_from(["docs", "code"]),
    st.sampled_from(["", "def f(x)", "f(x[, y])"]),
    st.floats(-1, 1),
)


@pytest.mark.parametrize("name", sorted(five_counters()))
@settings(max_examples=40, deadline=None)
@given(
    st.text(min_size=1).filter(str.strip),
    st.lists(chunks, max_size=6),
    st.lists(chunks, max_size=6),
    st.integers(0, 700),
    st.sampled_from(template_names()),
)
def test_prompts_keep_their_budget_order_and_fences(name, query, hits, further, extra, template) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    counter = five_counters()[name]
    bare = make_prompt(query, [], template=template, max_tokens=10**9, count_tokens=counter).tokens
    options: dict[str, Any] = {"template": template, "max_tokens": bare + extra, "count_tokens": counter}
    prompt = make_prompt(query, hits, further=further, **options)
    assert sum(counter(message.content) for message in prompt.messages) == prompt.tokens <= bare + extra
    assert query in prompt.text
    # no passage twice, in the order of the hits, and each hit is either shown or left out
    places = [next(place for place, hit in enumerate(hits) if hit is shown) for shown in prompt.hits]
    shown_texts = [hit.chunk.text for hit in prompt.hits]
    assert len(set(places)) == len(places) and len(set(shown_texts)) == len(shown_texts)
    listed = {id(hit) for hit in prompt.listed}
    assert len(listed) == len(prompt.listed) and not listed & {id(hit) for hit in prompt.hits}
    assert listed <= {id(hit) for hit in (*hits, *further)}
    assert len(prompt.hits) + len(prompt.left_out) + sum(id(hit) in listed for hit in hits) == len(hits)
    assert [one.hit for one in prompt.passages] == list(prompt.hits)
    if prompt.hits or prompt.listed:
        passages = len(prompt.hits) + bool(prompt.listed)
        assert is_fenced_whole(prompt.messages[-1].content, query, passages)


def is_fenced_whole(text: str, query: str, passages: int) -> bool:
    """Return whether the fences of a prompt's passages are as many as were opened, and all closed."""
    before = text.rpartition(query)[0] or text
    fence, opened = "", 0
    for each in before.split("\n"):
        ticks = each[: len(each) - len(each.lstrip("`"))]
        if fence:
            fence = "" if each == fence else fence
        elif len(ticks) >= 3:
            fence, opened = ticks, opened + 1
    return not fence and opened == 2 * passages


@settings(max_examples=30, deadline=None)
@given(st.lists(chunks, max_size=6), st.integers(0, 400))
def test_the_same_hits_are_always_packed_alike(hits: list[Hit], extra: int) -> None:
    budget = make_prompt("q", [], count_tokens=count_words).tokens + extra
    first, second = (make_prompt("q", hits, max_tokens=budget, count_tokens=count_words) for _ in range(2))
    assert first == second
