"""Generators by name, and the function that opens one."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from corpora.errors import GeneratorError, UnknownName
from corpora.registry import Registry
from rag.generators.completion import Generator
from rag.generators.named import GeneratorName, MakerArguments

__all__ = ["GENERATORS", "GeneratorOptionsError", "generator_names", "open_generator"]

GENERATORS: Final = Registry[Callable[..., Generator]](
    "generator",
    "docprompting.generators",
    {
        "anthropic": "rag.generators.anthropic_api:AnthropicModel",
        "call": "rag.generators.named:open_called",
        "command": "rag.generators.command:Command",
        "echo": "rag.generators.echo:Echo",
        "local": "rag.generators.local:LocalModel",
        "openai": "rag.generators.endpoints.openai_api:OpenAIModel",
        "transformers": "rag.generators.transformers_model:TransformersModel",
    },
)
"""Classes or functions that make a generator, by name."""


class GeneratorOptionsError(GeneratorError):
    """A generator was opened without an argument that it needs, or with one that it does not know."""

    def __init__(
        self,
        name: str,
        missing: Sequence[str],
        unknown: Sequence[str],
        known: Sequence[str],
        *,
        model: str = "",
    ) -> None:
        """Describe which arguments of the generator `name` are wrong; `model` is what follows its colon."""
        lacks = f"it needs {', '.join(missing)}" if missing else ""
        extra = f"it does not know {', '.join(unknown)}" if unknown else ""
        super().__init__(
            f"the generator {name!r} cannot be opened with these options",
            why="; ".join(filter(None, (lacks, extra))),
            fix=(f"name it with its {model}, {name}:{model.upper()}; " if model in missing else "")
            + f"its options are: {', '.join(known) or 'none'}",
        )
        self.missing, self.unknown, self.known = tuple(missing), tuple(unknown), tuple(known)


def generator_names() -> tuple[str, ...]:
    """Return the names that `open_generator` knows: the built-in ones, then those of installed packages."""
    return GENERATORS.names()


def open_generator(name: str, **options: Any) -> Generator:
    """Open a generator by its name, or by that and a model: `local`, `openai:MODEL`, `local:FILE.gguf`.

    Args:
        name: the name, and after its first colon the model (of `command`, the program; of `call`, the
            function, as `package.module:function`).
        options: other arguments of its class.

    Raises:
        UnknownName: there is no such generator.
        GeneratorOptionsError: an option is missing or not known.
        GeneratorError: it has no models, and one is named.
        MissingExtra: the backend needs a package that is not installed.
    """
    asked = GeneratorName.parse(name)
    backend = _backend(asked, name)
    arguments = MakerArguments.of(backend)
    if asked.model:
        if not arguments.model or arguments.model in options:
            raise GeneratorError(
                f"the generator {name!r} cannot be opened",
                why=f"its {arguments.model} is given twice" if arguments.model else "it has no models",
                fix=f"write {asked.name} without what follows the colon",
            )
        options = {arguments.model: asked.model, **options}
    missing = [one for one in arguments.needed if one not in options]
    unknown = [] if arguments.takes_any else sorted(options.keys() - {*arguments.known})
    if missing or unknown:
        raise GeneratorOptionsError(asked.name, missing, unknown, arguments.known, model=arguments.model)
    return backend(**options)


def _backend(asked: GeneratorName, text: str) -> Callable[..., Generator]:
    try:
        return GENERATORS.get(asked.name)
    except UnknownName as error:
        if text.lower().endswith(".gguf"):  # a path, whose drive may look like a name
            fix = f"write local:{text} for a model in a file"
        elif ":" not in text and not error.fix.startswith("did you mean"):
            fix = f"write a model after the generator that has it, such as openai:{text}"
        else:
            raise
        raise UnknownName("generator", text, error.choices, fix=fix) from None
