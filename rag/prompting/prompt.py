"""Make a prompt of a query and its hits that never exceeds its token budget."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.prompting.fitting import PromptBudget
from rag.prompting.message import Message, as_text, images_of, split_request
from rag.prompting.packing import PackedPassage
from rag.prompting.passage import distinct, suspicious_words
from rag.prompting.template_files import template_names
from rag.retrieval.hit import Hit
from rag.tokens.estimate import estimate_tokens
from rag.tokens.remembered import RememberedCounts
from rag.tokens.token_counter import ESTIMATE, TokenCounter, counter_name, is_costly

__all__ = ["Prompt", "make_prompt", "template_names"]

MAX_PROMPT_TOKENS = 4096  # room for ten chunks of usual size, and in the window of small local models

LeftOutReason = Literal["no room", "repeats another", "reads like instructions", "gate"]
"""Why a hit is not in a prompt."""


@dataclass(frozen=True, slots=True)
class LeftOutHit:
    """A hit that is not in a prompt, and why."""

    hit: Hit
    reason: LeftOutReason


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a generator is given, and what it was made from.

    Args:
        messages: in order; the last one is the user's request with the passages retrieved for it.
        query: the request alone.
        hits: those whose passages are in the prompt, in that order.
        template: name or path of the template.
        tokens: size of the whole prompt, by the counter that it was made with.
        passages: what is shown of each of the hits.
        listed: further hits, of which only a line with the signature is shown.
        left_out: the hits that are not in the prompt, and why.
        suspicious: those of the hits that read like instructions to a model, and are marked.
        confidence: how likely what was retrieved answers the query, shown or not, from 0 to 1; None if
            nobody looked (see `DocPrompter`).
        counter: name of what counted the tokens; `estimate` if they are estimated.
        omitted: names of the material of a task that found no room (see `rag.tasks`).
    """

    messages: tuple[Message, ...]
    query: str
    hits: tuple[Hit, ...] = ()
    template: str = ""
    tokens: int = 0
    passages: tuple[PackedPassage, ...] = ()
    listed: tuple[Hit, ...] = ()
    left_out: tuple[LeftOutHit, ...] = ()
    suspicious: tuple[Hit, ...] = ()
    confidence: float | None = None
    counter: str = ESTIMATE
    omitted: tuple[str, ...] = ()

    @property
    def dropped(self) -> int:
        """Return the number of hits left out for lack of room."""
        return sum(one.reason == "no room" for one in self.left_out)

    @property
    def refused(self) -> int:
        """Return the number of hits left out because they read like instructions to a model."""
        return sum(one.reason == "reads like instructions" for one in self.left_out)

    @property
    def text(self) -> str:
        """Return the whole prompt as one text, for a generator that knows no roles."""
        return as_text(self.messages)

    @property
    def system(self) -> str:
        """Return the content of the system message; empty if there is none."""
        first = self.messages[0]
        return first.content if first.role == "system" else ""


def make_prompt(  # noqa: PLR0913  they are options, by name
    query: str | Sequence[Message],
    hits: Iterable[Hit],
    *,
    template: str | Path = "docprompting",
    max_tokens: int = MAX_PROMPT_TOKENS,
    count_tokens: TokenCounter | None = None,
    given: Mapping[str, str] | None = None,
    further: Iterable[Hit] = (),
) -> Prompt:
    """Make the prompt for `query` from as many of `hits`, best first, as `max_tokens` allow.

    The whole of it, system message and earlier turns included, has at most `max_tokens` by `count_tokens`
    (by default an estimate on the high side). Hits that repeat others are left out. Where there is no room
    for all, each hit keeps its signature, and what is worth most for its tokens is added to that: see
    `rag.prompting.packing`. Their order stays; lines are never cut.

    Retrieved text is cleaned, defused and fenced (see `rag.prompting.fence`). The query is not: it is what
    the caller asks, and may be about such things. Whoever passes on strangers' queries to a model
    that reads control tokens in its input should `defuse` them first.

    >>> turns = [Message("user", "sort a list"), Message("assistant", "sorted(x)")]
    >>> [one.role for one in make_prompt([*turns, Message("user", "in reverse")], []).messages]
    ['user', 'assistant', 'user']

    Args:
        query: the request; or a conversation that ends in it, whose earlier turns are kept whole. Images
            of its messages are handed on.
        hits: what was retrieved for the request, best first.
        template: a built-in name (`template_names`) or the path of a Jinja2 file.
        max_tokens: budget of the prompt.
        count_tokens: counts the tokens of a text, see `TokenCounter`.
        given: more variables for the template, printed as they are: fence in them what others wrote.
        further: hits that come after `hits`, of which only signatures are listed, in a last passage. Those of
            `hits` that would show no more than that are listed with them.

    Raises:
        PromptError: the query is blank, the template is faulty, or the budget is too small for the query
            and what is given.
    """
    request, earlier = split_request(query)
    counter = count_tokens or estimate_tokens
    count = RememberedCounts(counter)
    count_piece = estimate_tokens if is_costly(counter) else count
    budget = PromptBudget(request, earlier, template, max_tokens, count, count_piece, given or {})
    everything = list(hits)
    candidates = distinct(everything)
    packed = budget.pack_listing(candidates, [*further])
    messages = packed.messages
    if images := images_of(query):
        messages = (*messages[:-1], replace(messages[-1], images=images))
    shown = {id(hit) for hit in (*(part.hit for part in packed.parts), *packed.listed)}
    kept = {id(hit) for hit in candidates}
    return Prompt(
        messages=messages,
        query=request,
        hits=tuple(part.hit for part in packed.parts),
        template=str(template),
        tokens=packed.tokens,
        passages=tuple(packed.passages),
        listed=packed.listed,
        left_out=tuple(
            LeftOutHit(
                hit, "no room" if id(hit) in kept and id(hit) not in packed.repeating else "repeats another"
            )
            for hit in everything
            if id(hit) not in shown
        ),
        suspicious=tuple(part.hit for part in packed.parts if suspicious_words(part.hit)),
        counter=counter_name(count_tokens),
    )
