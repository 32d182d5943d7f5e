"""The pages of the API reference: which names stand on which page; mkdocstrings reads their docstrings."""

from collections.abc import Sequence
from importlib import import_module
from inspect import iscoroutinefunction

import rag
import rag.aio
import rag.evaluation
import rag.execution

_INTRODUCTION = """# Python API

Everything here is imported from `rag`: `from rag import Index, retrieve`. A name is loaded when it is
first used, so that a program which searches loads nothing that only generators need.

The [asynchronous names](asynchronous.md), [evaluation and the sandbox](evaluation.md), and the
[extension points](extension-points.md), which other packages implement, are on pages of their own.
"""

_EVALUATION = """# Evaluation and sandbox

Imported from `rag.evaluation` and `rag.execution`; the guide is [Evaluate](../guide/evaluation.md).
"""

_ASYNCHRONOUS = """# Asynchronous API

Imported from `rag.aio`, under the names of [`rag`](api.md) and with their arguments; the guide is
[Use as a library](../guide/library.md).
"""

_EXTENSION_POINTS = """# Extension points

The interfaces that a source, an encoder, an engine, a generator, a reranker or a data set of your own
implements. How to make one reachable by name is in the [architecture](../architecture.md#how-to-add).
Mistakes of a user are reported as [`RagError`][rag.RagError].
"""

# The sections of the first page: title, and the modules (or packages) that define its names.
_SECTIONS = (
    ("From a question to code", ("rag.doc_prompter",)),
    ("Indexes", ("indexers", "corpora")),
    ("Documentation at exact versions", ("rag.docs",)),
    ("Retrieval", ("rag.retrieval", "rag.rerankers")),
    ("Prompts", ("rag.prompting",)),
    ("Generators", ("rag.generators",)),
    ("More", ("rag",)),
)

# The interfaces and the records that they deal in: title, module, names; all its classes where none is named.
_INTERFACES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("A source", "corpora.document", ()),
    ("The kind of a source", "corpora.kinds", ()),
    ("An encoder", "indexers.encoders.encoder", ("Encoder", "EncoderPassage", "Parts", "Question")),
    ("An engine", "indexers.search.engines", ("Engines",)),
    ("The two sides of an engine", "indexers.search.interfaces", ()),
)


def api_pages() -> dict[str, str]:
    """Return the text of each page of the API reference by its name."""
    return {
        "reference/api.md": _INTRODUCTION + _public_names(),
        "reference/asynchronous.md": _ASYNCHRONOUS + _asynchronous(),
        "reference/evaluation.md": _EVALUATION
        + _section("Evaluation", "rag.evaluation", rag.evaluation.__all__)
        + _section("Sandbox", "rag.execution", rag.execution.__all__),
        "reference/extension-points.md": _EXTENSION_POINTS
        + "".join(_section(title, module, names or _classes(module)) for title, module, names in _INTERFACES)
        + "\n## A generator\n\nImplement [`Generator`][rag.Generator]: any callable that takes a"
        " [`Prompt`][rag.Prompt] and returns text, or a [`Completion`][rag.Completion].\n"
        "\n## A reranker\n\nImplement [`Reranker`][rag.Reranker].\n"
        "\n## A data set\n\nImplement a function that takes a path and yields"
        " [`Task`][rag.evaluation.Task]s.\n",
    }


def _asynchronous() -> str:
    """Return the functions that are awaited, with links to what they do, then the reference of the rest."""
    awaited = [
        name
        for name in rag.aio.__all__
        if name in rag.__all__ and iscoroutinefunction(getattr(rag.aio, name))
    ]
    links = "".join(f"- `await rag.aio.{name}(...)`: as [`rag.{name}`][rag.{name}]\n" for name in awaited)
    rest = [name for name in rag.aio.__all__ if name not in awaited]
    return f"\n## Functions\n\n{links}" + _section("More", "rag.aio", rest)


def _public_names() -> str:
    """Return the names of `rag` by section: each name in the first whose modules define it."""
    left = dict(rag._HOMES)
    text = ""
    for title, homes in _SECTIONS:
        names = [
            name for name, home in left.items() if any(f"{home}.".startswith(f"{one}.") for one in homes)
        ]
        if names:
            text += _section(title, "rag", names)
        left = {name: home for name, home in left.items() if name not in names}
    if left:
        raise LookupError(f"no section of the API reference has {', '.join(left)}")
    return text


def _classes(module: str) -> list[str]:
    """Return the public classes that a module defines, in its order."""
    members = vars(import_module(module)).items()
    return [
        name
        for name, value in members
        if isinstance(value, type) and value.__module__ == module and not name.startswith("_")
    ]


def _section(title: str, module: str, names: Sequence[str]) -> str:
    """Return a section with the reference of each name that `module` exports."""
    return f"\n## {title}\n" + "".join(f"\n::: {module}.{name}\n" for name in names)
