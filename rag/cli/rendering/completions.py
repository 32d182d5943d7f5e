"""Completions of code, and what they were made from, as text or as JSON."""

from dataclasses import asdict

from corpora.counted import counted
from corpora.outside.characters import escape_for_terminal
from rag.editing.complete import CodeCompletion
from rag.editing.context import EditorContext
from rag.prompting.fence import safe_line
from rag.prompting.infill.prompt import InfillPrompt
from rag.rendering.json_text import json_text
from rag.tokens.token_counter import ESTIMATE


def completion_as_json(completion: CodeCompletion) -> str:
    """Return a completion as JSON."""
    return json_text(
        {
            "code": completion.code,
            "generator": completion.answer.generator,
            "finish": completion.answer.finish,
            "rounds": completion.rounds,
            "prompt_tokens": completion.answer.prompt_tokens,
            "completion_tokens": completion.answer.completion_tokens,
        }
    )


def prompt_as_json(prompt: InfillPrompt) -> str:
    """Return the prompt of a completion as JSON."""
    return json_text(
        {
            "text": prompt.text,
            "stop": list(prompt.stop),
            "format": prompt.family,
            "tokens": prompt.tokens,
            "counter": prompt.counter,
            "snippets": [asdict(one) for one in prompt.snippets],
            "dropped": [asdict(one) for one in prompt.dropped],
            "left_out_lines": prompt.left_out_lines,
        }
    )


def prompt_notes(prompt: InfillPrompt) -> list[str]:
    """Return what a prompt holds, and what was left out, in words."""
    by = "estimated" if prompt.counter == ESTIMATE else f"by {safe_line(prompt.counter)}"
    size = f"{counted(prompt.tokens, 'token')} ({by}), {counted(len(prompt.snippets), 'snippet')}"
    left_out = []
    if prompt.dropped:
        left_out.append(counted(len(prompt.dropped), "snippet"))
    if prompt.left_out_lines:
        left_out.append(f"{counted(prompt.left_out_lines, 'line')} of the file")
    room = f", {' and '.join(left_out)} left out for lack of room" if left_out else ""
    return [f"format {prompt.family}, {size}{room}"]


def context_as_text(context: EditorContext, *, json: bool) -> str:
    """Return what was found for a place in a file: one line for each part, or JSON."""
    if json:
        return json_text(
            {
                "path": context.gap.path,
                "language": context.gap.language,
                "repository": context.gap.repository,
                "parts": [asdict(part) for part in context.parts],
            }
        )
    lines = [
        f"{part.kind:<10}  {part.path}:{part.start_line}" + (f"  {part.name}" if part.name else "")
        for part in context.parts
    ]
    return "\n".join(map(escape_for_terminal, lines)) or "nothing was found for this place"
