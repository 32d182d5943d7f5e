"""A solver for Inspect, so that its evaluations can use our retrieval; needs the extra `inspect`.

Inspect finds it as `rag/retrieved_docs`, by an entry point:

    inspect eval task.py --solver rag/retrieved_docs -S index=.rag -S answer=true
"""

from functools import cache
from pathlib import Path
from typing import Any

from corpora.errors import MissingExtra
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.adapters.retrieved import retrieved_texts
from rag.aio.prompter import AwaitedPrompter
from rag.doc_prompter import DEFAULT_PASSAGES, Untrusted
from rag.prompting.prompt import MAX_PROMPT_TOKENS
from rag.retrieval.search_options import SearchOptions

try:
    from inspect_ai.model import ChatMessageSystem
    from inspect_ai.solver import Generate, Solver, TaskState, solver
except ImportError as error:
    raise MissingExtra("inspect-ai", "inspect") from error

RETRIEVED = "docprompting"
"""Key in the store of a sample: what its prompt holds, as it is in the log."""


@solver
def retrieved_docs(  # noqa: PLR0913  they are options of a command line
    index: str = ".rag",
    *,
    k: int = DEFAULT_PASSAGES,
    max_tokens: int = MAX_PROMPT_TOKENS,
    template: str = "docprompting",
    gate: float = 0.0,
    untrusted: Untrusted = "mark",
    libraries: str | list[str] | None = None,
    languages: str | list[str] | None = None,
    answer: bool = False,
) -> Solver:
    """Put the documentation and code that a sample needs into its prompt, before `generate`.

    The last message of the user becomes a prompt that a `rag.DocPrompter` makes of it, within its budget and
    in its fences; its instructions come first, unless the sample has a system message. What was retrieved is
    in the store of the sample, under `docprompting`.

    Args:
        index: path of the folder of the index.
        k: maximum number of passages.
        max_tokens: budget of the prompt.
        template: name of a built-in template, or path of one of your own.
        gate: the confidence below which the prompt has no passages.
        untrusted: whether passages that read like instructions to a model are marked, or left out (`drop`).
        libraries: searches only the documentation of these libraries.
        languages: searches only documents in these languages.
        answer: whether the model is asked afterwards, as by `generate()`: for the command line, where this is
            the only solver.
    """
    search = SearchOptions(Filter(libraries=_texts(libraries), languages=_texts(languages)))

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        prompter = AwaitedPrompter(
            _opened(Path(index).absolute()),
            template=template,
            k=k,
            max_tokens=max_tokens,
            search=search,
            gate=gate,
            untrusted=untrusted,
        )
        prompt = await prompter.prompt(state.user_prompt.text)
        state.user_prompt.text = prompt.messages[-1].content
        if prompt.system and not any(message.role == "system" for message in state.messages):
            state.messages.insert(0, ChatMessageSystem(content=prompt.system))
        shown: list[Any] = [dict(one.metadata) for one in retrieved_texts(prompt.hits)]
        state.store.set(RETRIEVED, {"passages": shown, "confidence": prompt.confidence})
        return await generate(state) if answer else state

    return solve


@cache
def _opened(path: Path) -> Index:
    """Open an index once for all samples."""
    return Index.open(path)


def _texts(given: str | list[str] | None) -> tuple[str, ...]:
    return tuple(given.split(",")) if isinstance(given, str) else tuple(given or ())
