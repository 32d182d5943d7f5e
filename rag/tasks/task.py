"""A task: what it adds to retrieval and to the prompt, and how its answer is read.

    task           looked up beside the request   shown beside passages        read as
    (none)         nothing                        nothing                      code
    shell          nothing                        nothing                      one command
    notebook       names that its cells use       imports, cells, outputs      one cell
    edit           the code that is edited        imports, definitions, calls  the new function
    checks         nothing                        examples that must hold      code
    docstring      the signature                  signature and docstring      the body below them

Whatever a task shows is material with a value: where the budget of tokens is too small, the least valuable is
shortened first, and left out then. The request is never lost.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from corpora.errors import PromptError
from rag.generators.completion import Completion, Generator, continue_text, generator_name
from rag.prompting.message import Message
from rag.prompting.prompt import MAX_PROMPT_TOKENS, Prompt, make_prompt
from rag.prompting.template import check_is_shown
from rag.retrieval.hit import Hit
from rag.retrieval.search_options import SearchOptions
from rag.tokens.estimate import estimate_tokens
from rag.tokens.token_counter import TokenCounter, is_costly

_SHARE: Final = 0.6
"""Of the room that is left beside the request: for material, if there are passages, which get the rest."""

_MAX_LOOKED_UP: Final = 1500  # characters: the more words a question has, the less each counts
_SEPARATOR: Final = "\n\n"
_SEPARATOR_TOKENS: Final = 2


@dataclass(frozen=True, slots=True)
class Material:
    """Something that a task shows to the model.

    Args:
        field: variable of the template in which it is printed, with all else of this field in its order.
        forms: its text in full, then shorter ones. They are printed as they are: what others wrote has to be
            fenced in them.
        value: what is worth more is left out later.
        name: how it is called where it is left out.
        is_needed: whether a prompt without it makes no sense, so that it is always there, in full.
    """

    field: str
    forms: tuple[str, ...]
    value: float = 1.0
    name: str = ""
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class PromptTask:
    """What is asked for beside plain code; see the module.

    Args:
        template: name or path of the template; empty for that of whoever asks.
        fields: variables that the template is given, empty where no material is for them.
        material: what is shown beside passages.
        looked_up: text that is searched for with the request: names, or code.
        imports: packages whose documentation is meant; see `SearchOptions.imports`.
        stop: texts that end an answer which continues the prompt; empty if it is no continuation.
        read: returns the code in the text of an answer; None for what `extract_code` finds.
    """

    template: str | Path = ""
    fields: tuple[str, ...] = ()
    material: tuple[Material, ...] = ()
    looked_up: str = ""
    imports: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    read: Callable[[str], str] | None = None

    def query_of(self, request: str) -> str:
        """Return what is searched for where `request` is asked."""
        return f"{request}\n{self.looked_up[:_MAX_LOOKED_UP]}" if self.looked_up.strip() else request

    def search_of(self, options: SearchOptions) -> SearchOptions:
        """Return the options of that search."""
        if not self.imports:
            return options
        return replace(options, imports=tuple(dict.fromkeys((*options.imports, *self.imports))))

    def answer_of(self, completion: Completion) -> Completion:
        """Return an answer with the code that the task reads in it."""
        return replace(completion, code=self.read(completion.text)) if self.read else completion

    def generator_of(self, generator: Generator) -> Generator:
        """Return what is asked: the generator, or what has it continue the prompt."""
        return Continuing(generator, self.stop) if self.stop else generator


PLAIN_TASK: Final = PromptTask()
"""Code for a request, and nothing else."""


@dataclass(frozen=True, slots=True)
class Continuing:
    """A generator that answers a prompt by continuing its text, for models that know no requests."""

    generator: Generator
    stop: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return generator_name(self.generator)

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Continue the text of `prompt`, up to the first of the stops."""
        return continue_text(self.generator, prompt.text, self.stop)


class _MakePrompt(Protocol):
    def __call__(self, hits: Iterable[Hit], given: Mapping[str, str]) -> Prompt: ...


def make_task_prompt(  # noqa: PLR0913  they are options, by name
    query: str | Sequence[Message],
    hits: Sequence[Hit],
    task: PromptTask,
    *,
    template: str | Path = "docprompting",
    max_tokens: int = MAX_PROMPT_TOKENS,
    count_tokens: TokenCounter | None = None,
    further: Sequence[Hit] = (),
) -> Prompt:
    """Make the prompt of a task from its material and from as many of `hits` as fit.

    It never has more than `max_tokens`. Needed material and the request are always there. Of the room beside
    them, other material gets 60 % where there are hits, and what these leave.

    Args:
        query: the request, or a conversation that ends in it.
        hits: what was retrieved, best first.
        task: what is asked for.
        template: name or path of the template, unless the task has its own.
        max_tokens: budget of the prompt.
        count_tokens: counts the tokens of a text; an estimate on the high side by default.
        further: hits that come after those, of which only signatures are listed.

    Raises:
        PromptError: the budget is too small, or the template is faulty or has no place for the material.
    """
    chosen = task.template or template

    def made(hits: Iterable[Hit], given: Mapping[str, str]) -> Prompt:
        shown = [*hits]
        return make_prompt(
            query,
            shown,
            template=chosen,
            max_tokens=max_tokens,
            count_tokens=count_tokens,
            given=given,
            further=further if shown else (),
        )

    if not task.fields and not task.material:
        return made(hits, {})
    check_is_shown(chosen, {one.field for one in task.material})
    counter = count_tokens or estimate_tokens
    packing = _Packing(task, made, estimate_tokens if is_costly(counter) else counter)
    room = max_tokens - packing.prompt([], {})[0].tokens
    prompt, shown = packing.prompt(hits, packing.fitting(int(room * _SHARE) if hits else room))
    if packing.is_short(shown):
        wider = packing.fitting(packing.cost_of(shown) + max_tokens - prompt.tokens)
        other, shown_then = packing.prompt(hits, wider)
        if len(other.hits) >= len(prompt.hits):
            prompt, shown = other, shown_then
    return replace(prompt, omitted=packing.omitted(shown))


class _Packing:
    """Chooses which material of a task is shown, and in which of its forms, by number of the material."""

    def __init__(self, task: PromptTask, make: _MakePrompt, count: Callable[[str], int]) -> None:
        self._make = make
        self._material = task.material
        self._fields = tuple(dict.fromkeys((*task.fields, *(one.field for one in task.material))))
        self._costs = [
            [] if one.is_needed else [count(form) + _SEPARATOR_TOKENS for form in one.forms]
            for one in task.material
        ]
        optional = [number for number, one in enumerate(task.material) if not one.is_needed]
        self._by_value = sorted(optional, key=lambda number: -task.material[number].value)

    def fitting(self, room: int) -> dict[int, int]:
        """Return the forms that fit into so many tokens: the most valuable first, in full where that fits."""
        chosen: dict[int, int] = {}
        for number in self._by_value:
            form = next((at for at, cost in enumerate(self._costs[number]) if cost <= room), None)
            if form is not None:
                chosen[number] = form
                room -= self._costs[number][form]
        return chosen

    def prompt(self, hits: Sequence[Hit], shown: Mapping[int, int]) -> tuple[Prompt, dict[int, int]]:
        """Return the prompt with this material, and what of it is shown: costs do not add up exactly."""
        left = dict(shown)
        while True:
            try:
                return self._make(hits, self._given(left)), left
            except PromptError:
                if not left:
                    raise
                del left[max(left, key=self._by_value.index)]

    def cost_of(self, shown: Mapping[int, int]) -> int:
        """Return about how many tokens the optional material takes in these forms."""
        return sum(self._costs[number][form] for number, form in shown.items())

    def is_short(self, shown: Mapping[int, int]) -> bool:
        """Return whether something is left out, or not shown in full."""
        return len(shown) < len(self._by_value) or any(shown.values())

    def omitted(self, shown: Collection[int]) -> tuple[str, ...]:
        """Return the names of what is left out, in the order of the material."""
        return tuple(self._material[number].name for number in sorted(set(self._by_value) - set(shown)))

    def _given(self, shown: Mapping[int, int]) -> dict[str, str]:
        """Return the variables of the template."""
        texts: dict[str, list[str]] = {field: [] for field in self._fields}
        for number, one in enumerate(self._material):
            if one.is_needed:
                texts[one.field].append(one.forms[0])
            elif number in shown:
                texts[one.field].append(one.forms[shown[number]])
        return {field: _SEPARATOR.join(parts) for field, parts in texts.items()}
