"""Prompts as text for people, or as JSON, and notes on what is in them and what is not."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpora.counted import counted
from rag.prompting.fence import safe_line
from rag.rendering.hits import hit_record
from rag.rendering.json_text import json_text
from rag.tokens.token_counter import ESTIMATE

if TYPE_CHECKING:
    from rag.prompting.prompt import Prompt
    from rag.retrieval.hit import Hit

_SHOWN_PLACES = 4  # of hits that are not in a prompt
_FORMS = {"trimmed": "trimmed", "signature": "with the signature only"}
_REASONS = {
    "no room": "for lack of room",
    "repeats another": "that repeats another",
    "reads like instructions": "that reads like instructions to a model",
}
_SHOWN_NAMES = 5  # of material that was left out


def prompt(made: "Prompt", *, json: bool, folders: Mapping[str, Path] = {}) -> str:
    """Render a prompt as one text, as a generator that knows no roles is given it.

    `folders` are those of the corpora whose documents are files (see `source_folders`).
    """
    if not json:
        return made.text
    return json_text({**prompt_record(made), "hits": [hit_record(hit, folders) for hit in made.hits]})


def prompt_record(made: "Prompt") -> dict[str, Any]:
    """Return a prompt as plain data: its texts, its size, and what is in it and what is not."""
    return {
        "query": made.query,
        "template": made.template,
        "system": made.system,
        "text": made.messages[-1].content,
        "tokens": made.tokens,
        "counter": made.counter,
        "passages": [
            {"place": one.hit.chunk.location, "form": one.form, "tokens": one.tokens} for one in made.passages
        ],
        "left_out": [{"place": _place(one.hit), "reason": one.reason} for one in made.left_out],
        "dropped": made.dropped,
        "suspicious": len(made.suspicious),
        "refused": made.refused,
        "confidence": made.confidence,
        "omitted": list(made.omitted),
    }


def passage_notes(made: "Prompt") -> list[str]:
    """Describe the size of a prompt and what it holds; then what was left out, and why."""
    forms = Counter[str](one.form for one in made.passages)
    shortened = [f"{forms[form]} {said}" for form, said in _FORMS.items() if forms[form]]
    shown = counted(len(made.hits), "passage") + (f" ({', '.join(shortened)})" if shortened else "")
    shown += f", {len(made.listed)} more listed" if made.listed else ""
    by = "estimated" if made.counter == ESTIMATE else f"by {safe_line(made.counter)}"
    marked = f", {len(made.suspicious)} marked: it reads like instructions to a model"
    notes = [f"{counted(made.tokens, 'token')} ({by}), {shown}" + (marked if made.suspicious else "")]
    reasons = Counter[str](one.reason for one in made.left_out if one.reason != "gate")
    if reasons:
        each = [f"{reasons[reason]} {said}" for reason, said in _REASONS.items() if reasons[reason]]
        places = [_place(one.hit) for one in made.left_out if one.reason != "gate"]
        more = f" and {len(places) - _SHOWN_PLACES} more" if len(places) > _SHOWN_PLACES else ""
        notes.append(f"left out: {', '.join(each)}: {', '.join(places[:_SHOWN_PLACES])}{more}")
    return notes


def _place(hit: "Hit") -> str:
    return safe_line(hit.chunk.symbol or hit.chunk.location)


def omitted_material(made: "Prompt") -> str:
    """Name what a task has to show that found no room in a prompt."""
    named = ", ".join(made.omitted[:_SHOWN_NAMES])
    more = f" and {len(made.omitted) - _SHOWN_NAMES} more" if len(made.omitted) > _SHOWN_NAMES else ""
    return f"left out for lack of room: {safe_line(named)}{more}"
