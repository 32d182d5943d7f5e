"""The prompt that completes code at a cursor, from its context, in the format of a family of models."""

from collections.abc import Sequence
from typing import Final

from rag.editing.context import ContextPart, EditorContext
from rag.prompting.infill.formats import InfillFormat
from rag.prompting.infill.prompt import MAX_INFILL_TOKENS, InfillPrompt, Snippet, make_infill_prompt
from rag.tokens.remembered import RememberedCounts
from rag.tokens.token_counter import TokenCounter, is_costly

_MAX_WHOLE: Final = 4  # definitions of which the body is tried


def make_completion_prompt(
    context: EditorContext,
    model_format: InfillFormat,
    *,
    metadata: bool = True,
    max_tokens: int = MAX_INFILL_TOKENS,
    count_tokens: TokenCounter | None = None,
) -> InfillPrompt:
    """Make the prompt for a place in a file.

    The parts of the context stand in their order; definitions each as it is used, those of one file together.
    Where all of that fits, the nearest definitions are shown with their bodies.

    Args:
        context: of the place.
        model_format: how the model reads code with a gap.
        metadata: whether the names of the repository and of files are shown.
        max_tokens: budget of the prompt.
        count_tokens: counts the tokens of a text; an estimate on the high side by default.

    Raises:
        PromptError: the budget is too small for the line of the cursor.
    """
    # Up to five prompts are made, mostly of the same lines.
    remembered = count_tokens
    if count_tokens is not None and not is_costly(count_tokens):
        remembered = RememberedCounts(count_tokens)

    def made(parts: Sequence[ContextPart], whole: int) -> InfillPrompt:
        return make_infill_prompt(
            context.gap,
            _snippets(parts, whole),
            model_format=model_format,
            metadata=metadata,
            max_tokens=max_tokens,
            count_tokens=remembered,
        )

    best = made(context.parts, 0)
    count = sum(part.kind == "definition" for part in context.parts)
    if best.dropped or best.left_out_lines:
        return best
    for whole in range(1, min(count, _MAX_WHOLE) + 1):
        richer = made(context.parts, whole)
        if richer.dropped or richer.left_out_lines:
            break
        best = richer
    return best


def _snippets(parts: Sequence[ContextPart], whole: int) -> list[Snippet]:
    """Return parts as snippets in their order; the first definitions with their bodies.

    The definitions of one file are one snippet, in the place of the first of them.
    """
    texts: dict[tuple[str, int], list[tuple[int, str]]] = {}
    count = 0
    for number, part in enumerate(parts):
        is_definition = part.kind == "definition"
        text = part.whole if is_definition and count < whole else part.text
        count += is_definition
        key = (part.path, -1 if is_definition else number)
        texts.setdefault(key, []).append((part.start_line, text))
    return [
        Snippet("\n\n".join(text for _, text in sorted(pieces)), path) for (path, _), pieces in texts.items()
    ]
