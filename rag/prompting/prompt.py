"""Make a prompt of a query and its hits that never exceeds its token budget."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpora.errors import PromptError
from rag.prompting.message import Message, as_text, images_of, split_request
from rag.prompting.passage import Excerpt, Passage, distinct, excerpt, passage, suspicious_words
from rag.prompting.template import render, template_names
from rag.retrieval.hit import Hit
from rag.tokens.estimate import estimate_tokens

__all__ = ["Prompt", "make_prompt", "template_names"]

MAX_PROMPT_TOKENS = 4096  # room for ten chunks of usual size, and in the window of small local models
MIN_TRIMMED_LINES = 5  # fewer lines of a longer passage show little more than a signature


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a generator is given, and what it was made from.

    Args:
        messages: in order; the last one is the user's request with the passages retrieved for it.
        query: the request alone.
        hits: those whose passages are in the prompt, in that order.
        template: name or path of the template.
        tokens: size of the whole prompt, by the counter that it was made with.
        dropped: number of hits left out for lack of room.
        suspicious: those of the hits that read like instructions to a model, and are marked.
        refused: number of hits left out because of that (see `DocPrompter`).
        confidence: how likely what was retrieved answers the query, shown or not, from 0 to 1; None if
            nobody looked (see `DocPrompter`).
    """

    messages: tuple[Message, ...]
    query: str
    hits: tuple[Hit, ...] = ()
    template: str = ""
    tokens: int = 0
    dropped: int = 0
    suspicious: tuple[Hit, ...] = ()
    refused: int = 0
    confidence: float | None = None

    @property
    def text(self) -> str:
        """Return the whole prompt as one text, for a generator that knows no roles."""
        return as_text(self.messages)

    @property
    def system(self) -> str:
        """Return the content of the system message; empty if there is none."""
        first = self.messages[0]
        return first.content if first.role == "system" else ""


def make_prompt(
    query: str | Sequence[Message],
    hits: Iterable[Hit],
    *,
    template: str | Path = "docprompting",
    max_tokens: int = MAX_PROMPT_TOKENS,
    count_tokens: Callable[[str], int] | None = None,
    given: Mapping[str, str] | None = None,
) -> Prompt:
    """Make the prompt for `query` from as many of `hits`, best first, as `max_tokens` allow.

    The whole of it, system message and earlier turns included, has at most `max_tokens` by `count_tokens`
    (by default an estimate on the high side). Hits that repeat others are left out; one that does not
    fit whole keeps its first lines; lines are never cut.

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
        count_tokens: counts the tokens of a text.
        given: more variables for the template, printed as they are: fence in them what others wrote.

    Raises:
        PromptError: the query is blank, the template is faulty, or the budget is too small for the query
            and what is given.
    """
    request, earlier = split_request(query)
    budget = _Budget(request, earlier, template, max_tokens, count_tokens or estimate_tokens, given or {})
    candidates = distinct(hits)
    parts = budget.pack(candidates)
    messages, tokens = budget.rendered(parts)
    if images := images_of(query):
        messages = (*messages[:-1], replace(messages[-1], images=images))
    return Prompt(
        messages=messages,
        query=request,
        hits=tuple(part.hit for part in parts),
        template=str(template),
        tokens=tokens,
        dropped=len(candidates) - len(parts),
        suspicious=tuple(part.hit for part in parts if suspicious_words(part.hit)),
    )


@dataclass(frozen=True, slots=True)
class _Budget:
    """What a prompt may cost, how that is counted, and everything it is made of but its passages."""

    query: str
    earlier: tuple[Message, ...]
    template: str | Path
    max_tokens: int
    count: Callable[[str], int]
    given: Mapping[str, str]

    def rendered(self, parts: Sequence[Excerpt]) -> tuple[tuple[Message, ...], int]:
        """Return the messages of a prompt with `parts` as passages, and the tokens of all of them."""
        system, text = render(self.template, self.query, [passage(part) for part in parts], self.given)
        instructions = [Message("system", system)] if system else []
        messages = (*instructions, *self.earlier, Message("user", text))
        tokens = sum(self.count(message.content) for message in messages)
        # One text says who said what, in words that cost tokens: the budget holds for it, too.
        return messages, max(tokens, self.count(as_text(messages))) if self.earlier else tokens

    def pack(self, hits: Sequence[Hit]) -> list[Excerpt]:
        """Choose what to show of `hits`, in their order, so that the rendered prompt fits."""
        bare = self.rendered([])[1]
        if bare > self.max_tokens:
            raise PromptError(
                f"the token budget of {self.max_tokens} is too small",
                why=f"the query{' with the turns before it' if self.earlier else ''} and the template "
                f"{self.template} alone take {bare} tokens",
                fix=f"allow {bare} tokens and a few hundred for each passage, or shorten the query",
            )
        parts: list[Excerpt] = []
        room = self.max_tokens - bare
        for hit in hits:
            part = self._fit(excerpt(hit, parts), room)
            if part:
                parts.append(part)
                room -= self._cost(part)
        # Costs do not add up exactly: tokens merge across borders, and the template adds some of its own.
        while parts and (over := self.rendered(parts)[1] - self.max_tokens) > 0:
            last = parts.pop()
            part = self._trim(last, self._cost(last) - over)
            if part:
                parts.append(part)
        return parts

    def _cost(self, part: Excerpt) -> int:
        """Estimate the number of tokens that `part` takes in a prompt."""
        return self.count(_as_text(passage(part)))

    def _fit(self, part: Excerpt, room: int) -> Excerpt | None:
        """Return `part` whole if it fits into `room`, else its first lines, else None."""
        return part if self._cost(part) <= room else self._trim(part, room)

    def _trim(self, part: Excerpt, room: int) -> Excerpt | None:
        """Return as many lines of `part`, but not all, as fit into `room`; None if they are too few."""
        fewest, most = MIN_TRIMMED_LINES, part.shown - 1
        if most < fewest or self._cost(part.first(fewest)) > room:
            return None
        while fewest < most:  # binary search: `fewest` lines fit, more than `most` do not
            middle = (fewest + most + 1) // 2
            if self._cost(part.first(middle)) <= room:
                fewest = middle
            else:
                most = middle - 1
        return part.first(fewest)


def _as_text(shown: Passage) -> str:
    return f"{shown.title}\n{shown.source}\n{shown.version}\n{shown.text}\n\n"
