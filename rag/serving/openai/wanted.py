"""What a request wants of context: said by its model, by headers, or by a field `rag` of its body."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from corpora.errors import RagError
from rag.doc_prompter import MAX_ROUNDS

PREFIX: Final = "rag/"
UNTOUCHED: Final = "rag/none"
"""A model of this name, or one that begins with it and a slash, is asked without context."""

DEFAULT_GATE: Final = 0.2
"""Of ten questions about a project, seven are above it, of ten others none or one; above 0.5, three."""

DEFAULT_CONTEXT_TOKENS: Final = 2_000
_MOST_TOKENS: Final = 100_000
_MOST_PASSAGES: Final = 50
_HEADER: Final = "x-rag-"
_NUMBERS: Final = {"k": (1, _MOST_PASSAGES), "max_tokens": (100, _MOST_TOKENS), "rounds": (1, MAX_ROUNDS)}


@dataclass(frozen=True, slots=True)
class WantedContext:
    """What context a request wants.

    Attributes:
        enabled: whether any.
        project: by name; empty for the first.
        library, version: whose documentation; empty for all.
        k: maximum number of passages.
        max_tokens: budget of the context, beside the turn itself.
        gate: the confidence below which there is none, 0 to 1.
        rounds: 2 to have the model answer once before, and to look up what its draft uses.
        include: whether the answer has a field `rag` that tells what was added, beside the header.
    """

    enabled: bool = True
    project: str = ""
    library: str = ""
    version: str = ""
    k: int = 6
    max_tokens: int = DEFAULT_CONTEXT_TOKENS
    gate: float = DEFAULT_GATE
    rounds: int = 1
    include: bool = False


def wanted_context(
    body: Mapping[str, Any], headers: Mapping[str, str], defaults: WantedContext
) -> WantedContext:
    """Return what a request wants; its body counts more than its headers.

    Raises:
        RagError: a value is not of its type or out of its range, or there is no such field.
    """
    said = body.get("rag", {})
    if said is None or isinstance(said, bool):
        said = {"enabled": bool(said)}
    if not isinstance(said, Mapping):
        raise _wrong("rag", said, 'an object such as {"project": "app"}')
    found: dict[str, Any] = {}
    for field in fields(WantedContext):
        header = _HEADER + field.name.replace("_", "-")
        if field.name in said:
            found[field.name] = _typed(field.name, said[field.name])
        elif header in headers:
            found[field.name] = _parsed(field.name, headers[header])
    if unknown := sorted(said.keys() - {field.name for field in fields(WantedContext)}):
        names = ", ".join(field.name for field in fields(WantedContext))
        raise RagError(
            f"the field rag has no {unknown[0]!r}"[:200], why=f"known are: {names}", fix="leave it out"
        )
    wanted = replace(defaults, **found)
    model = body.get("model")
    is_untouched = isinstance(model, str) and (model == UNTOUCHED or model.startswith(f"{UNTOUCHED}/"))
    return replace(wanted, enabled=False) if is_untouched else wanted


def backend_model(model: Any, default: str) -> Any:
    """Return the model that the backend is asked for.

    >>> backend_model("rag/none/qwen", ""), backend_model("rag/qwen", ""), backend_model("rag/none", "qwen")
    ('qwen', 'qwen', 'qwen')
    """
    if not isinstance(model, str) or model in ("", "rag", UNTOUCHED):
        return default or model
    name = model.removeprefix(f"{UNTOUCHED}/")
    return name if name != model else model.removeprefix(PREFIX)


def _typed(name: str, value: Any) -> Any:
    """Return a value of the body, of the type of its field."""
    wanted = type(getattr(WantedContext(), name))
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not wanted:
        raise _wrong(name, value, f"of the type {wanted.__name__}")
    return _in_range(name, value)


def _parsed(name: str, text: str) -> Any:
    """Return the value that a header says."""
    wanted = type(getattr(WantedContext(), name))
    try:
        if wanted is bool:
            return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
        return _in_range(name, wanted(text))
    except (ValueError, KeyError):
        raise _wrong(name, text, f"of the type {wanted.__name__}") from None


def _in_range(name: str, value: Any) -> Any:
    if name == "gate" and not 0 <= value <= 1:
        raise _wrong(name, value, "between 0 and 1")
    low, high = _NUMBERS.get(name, (None, None))
    if low is not None and high is not None and not low <= value <= high:
        raise _wrong(name, value, f"between {low} and {high}")
    return value


def _wrong(name: str, value: Any, wanted: str) -> RagError:
    return RagError(
        f"{name} cannot be {str(value)[:80]!r}",
        why=f"it has to be {wanted}",
        fix="correct it, or leave it out",
    )
