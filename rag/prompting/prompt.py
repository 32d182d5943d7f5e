"""From a query and its hits to a prompt that never exceeds its token budget."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora.errors import PromptError
from rag.prompting.passage import Excerpt, Passage, distinct, excerpt, passage
from rag.prompting.template import render, template_names
from rag.prompting.token_count import count_tokens as estimate_tokens
from rag.retrieval.hit import Hit

__all__ = ["Prompt", "make_prompt", "template_names"]

MAX_PROMPT_TOKENS = 4096  # ten chunks of usual size, and it fits the window of small local models
MIN_TRIMMED_LINES = 5  # fewer lines of a longer passage are a signature without its meaning


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a generator is given, and what it was made from.

    `hits` are those whose passages are in it, in that order; `dropped` counts the hits left out
    for lack of room. `tokens` is the size of `system` and `text` together. `confidence` is how likely
    what was retrieved answers the query, shown or not; None where nobody looked (see `DocPrompter`).
    """

    text: str
    query: str
    hits: tuple[Hit, ...]
    template: str
    tokens: int
    dropped: int
    system: str = ""
    confidence: float | None = None

    @property
    def messages(self) -> list[dict[str, str]]:
        """The prompt as chat messages, each with `role` and `content`."""
        user = {"role": "user", "content": self.text}
        return [{"role": "system", "content": self.system}, user] if self.system else [user]

    @property
    def full_text(self) -> str:
        """The prompt for a generator that knows no roles: the system message, a blank line, the text."""
        return f"{self.system}\n\n{self.text}" if self.system else self.text


def make_prompt(
    query: str,
    hits: Iterable[Hit],
    *,
    template: str | Path = "docprompting",
    max_tokens: int = MAX_PROMPT_TOKENS,
    count_tokens: Callable[[str], int] | None = None,
    given: Mapping[str, str] | None = None,
) -> Prompt:
    """Make the prompt for `query` from as many of `hits`, best first, as `max_tokens` allow.

    The whole of it, system message included, has at most `max_tokens` by `count_tokens` (by
    default an estimate on the high side). Hits that repeat others are left out; one that does not
    fit whole keeps its first lines; lines are never cut.

    Retrieved text is cleaned, defused and fenced (see `rag.prompting.fence`). The query is not: it is what
    the caller asks, and may be about such things. Whoever passes on strangers' queries to a model
    that reads control tokens in its input should `defuse` them first.

    `template` is a built-in name (`template_names`) or the path of a Jinja2 file; `given` are more
    variables for it, printed as they are: fence in them what others wrote. Raises `PromptError` for a
    blank query, a faulty template, and a budget too small for the query and what is given.
    """
    if not query.strip():
        raise PromptError("the query is empty", why="there is nothing to ask for", fix="give a query")
    budget = _Budget(query, template, max_tokens, count_tokens or estimate_tokens, given or {})
    candidates = distinct(hits)
    parts = budget.pack(candidates)
    system, text, tokens = budget.rendered(parts)
    return Prompt(
        text=text,
        query=query,
        hits=tuple(part.hit for part in parts),
        template=str(template),
        tokens=tokens,
        dropped=len(candidates) - len(parts),
        system=system,
    )


@dataclass(frozen=True, slots=True)
class _Budget:
    """How many tokens there are, how they are counted, and what they are spent on."""

    query: str
    template: str | Path
    max_tokens: int
    count: Callable[[str], int]
    given: Mapping[str, str]

    def rendered(self, parts: Sequence[Excerpt]) -> tuple[str, str, int]:
        """System message, text, and the tokens of both, with `parts` as passages."""
        system, text = render(self.template, self.query, [passage(part) for part in parts], self.given)
        return system, text, self.count(text) + (self.count(system) if system else 0)

    def pack(self, hits: Sequence[Hit]) -> list[Excerpt]:
        """Choose what to show of `hits`, in their order, so that the rendered whole fits."""
        bare = self.rendered([])[2]
        if bare > self.max_tokens:
            raise PromptError(
                f"the token budget of {self.max_tokens} is too small",
                why=f"the query and the template {self.template} alone take {bare} tokens",
                fix=f"allow {bare} tokens and some hundreds for each passage, or shorten the query",
            )
        parts: list[Excerpt] = []
        room = self.max_tokens - bare
        for hit in hits:
            part = self._fit(excerpt(hit, parts), room)
            if part:
                parts.append(part)
                room -= self._cost(part)
        # Costs do not add up exactly: tokens merge across borders, and the template adds its own.
        while parts and (over := self.rendered(parts)[2] - self.max_tokens) > 0:
            last = parts.pop()
            part = self._trim(last, self._cost(last) - over)
            if part:
                parts.append(part)
        return parts

    def _cost(self, part: Excerpt) -> int:
        """Tokens that `part` takes in a prompt, nearly."""
        return self.count(_as_text(passage(part)))

    def _fit(self, part: Excerpt, room: int) -> Excerpt | None:
        """Take `part` whole if it has `room`, else its first lines, else nothing."""
        return part if self._cost(part) <= room else self._trim(part, room)

    def _trim(self, part: Excerpt, room: int) -> Excerpt | None:
        """Take the most lines of `part`, not all, that have `room`; None where too few would be left."""
        fewest, most = MIN_TRIMMED_LINES, part.shown - 1
        if most < fewest or self._cost(part.first(fewest)) > room:
            return None
        while fewest < most:  # the answer lies between them, `fewest` fits
            middle = (fewest + most + 1) // 2
            if self._cost(part.first(middle)) <= room:
                fewest = middle
            else:
                most = middle - 1
        return part.first(fewest)


def _as_text(shown: Passage) -> str:
    return f"{shown.title}\n{shown.source}\n{shown.version}\n{shown.text}\n\n"
