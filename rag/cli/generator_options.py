"""Options of commands that make a prompt or have a model answer it."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from corpora.network.cache import cache_folder
from corpora.own_folders import find_manifest
from rag.cli.options import HelpWithNames, count, positive, probability, temperature
from rag.cli.terminal import note
from rag.generators import generator_names
from rag.generators.answer_cache.cached import CachedGenerator
from rag.generators.completion import DEFAULT_SAMPLING, Generator, Sampling, generator_name
from rag.generators.named import GeneratorName
from rag.generators.settings import DEFAULT_GENERATOR, GeneratorSettings, with_cache
from rag.generators.usage import MeteredGenerator, Prices
from rag.prompting.fence import safe_line
from rag.prompting.listing import DEFAULT_FURTHER
from rag.prompting.prompt import MAX_PROMPT_TOKENS
from rag.prompting.template_files import template_names


def add_prompt_options(options: argparse.ArgumentParser) -> None:
    """Add the options of commands that make a prompt."""
    names = ", ".join(template_names())
    options.add_argument(
        "--template",
        default="docprompting",
        help=f"prompt template: {names}, or the path of a Jinja2 file; default: %(default)s",
    )
    options.add_argument(
        "--max-tokens",
        type=positive,
        default=MAX_PROMPT_TOKENS,
        metavar="N",
        help="maximum number of tokens in the prompt; default: %(default)s",
    )
    options.add_argument(
        "--further",
        type=count,
        default=DEFAULT_FURTHER,
        metavar="N",
        help="number of hits beyond the passages that are listed by their signatures alone; default: "
        "%(default)s",
    )
    options.add_argument(
        "--gate",
        type=probability,
        default=0.0,
        metavar="P",
        help="leave out all passages if the estimated probability that they answer the request is below "
        "P (0 to 1); default: 0, never",
    )


def add_untrusted_option(options: argparse.ArgumentParser) -> None:
    """Add the option that says what becomes of passages that speak to a model."""
    options.add_argument(
        "--untrusted",
        choices=("mark", "drop"),
        default="mark",
        help="whether passages that read like instructions to a model are marked as such, or left out; "
        "default: mark",
    )


def add_generator_options(options: argparse.ArgumentParser) -> None:
    """Add the options of commands that have a model answer."""
    options.add_argument(
        "--generator",
        metavar="NAME[:MODEL]",
        help=HelpWithNames(
            "what answers: openai:MODEL, local:FILE.gguf, 'command:PROGRAM ...', call:MODULE:FUNCTION; names "
            f"are %(names)s; default: ${GENERATOR_VARIABLE}, the one that rag.toml names, or local",
            generator_names,
        ),
    )
    options.add_argument(
        "--base-url",
        default="",
        metavar="URL",
        help="address of an OpenAI-compatible API, up to and with /v1; default: $OPENAI_BASE_URL, else "
        "OpenAI's",
    )
    options.add_argument(
        "--temperature",
        type=temperature,
        metavar="T",
        help=f"sampling temperature; default: {DEFAULT_SAMPLING.temperature}",
    )
    options.add_argument(
        "--max-output-tokens",
        type=positive,
        metavar="N",
        help=f"maximum number of tokens in an answer; default: {DEFAULT_SAMPLING.max_tokens}",
    )
    options.add_argument(
        "--seed", type=int, metavar="N", help=f"seed of the sampling; default: {DEFAULT_SAMPLING.seed}"
    )
    options.add_argument(
        "--price",
        type=_prices,
        metavar="IN,OUT",
        help="US dollars for a million tokens of prompts and of answers, to say what was spent; a third "
        "price is that of cached prompts",
    )
    options.add_argument(
        "--cache",
        action=argparse.BooleanOptionalAction,
        help="keep answers on disk, and give them again when the same is asked; default: no",
    )
    for old, model in _REPLACED.items():
        options.add_argument(old, action=_Replaced, dest=argparse.SUPPRESS, const=model)


GENERATOR_VARIABLE: Final = "RAG_GENERATOR"

_REPLACED: Final = {
    "--backend": "--generator NAME or --generator NAME:MODEL",
    "--model": "--generator openai:MODEL or --generator local:FILE",
    "--command": "--generator 'command:PROGRAM ...'",
}
"""Options of older versions, and what is written instead."""

_OF_FILES: Final = ("local", "transformers")  # generators whose models are files or folders


class _Replaced(argparse.Action):
    """An option of an older version: an error that says how it is written now."""

    def __init__(self, option_strings: Sequence[str], dest: str, const: str) -> None:
        super().__init__(option_strings, dest, const=const, help=argparse.SUPPRESS)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        """Exit with 2."""
        parser.error(f"{self.option_strings[0]} is gone; write {self.const}")


def _prices(text: str) -> Prices:
    try:
        return Prices.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 0.25,2") from None


def chosen_settings(options: argparse.Namespace) -> GeneratorSettings:
    """Return what the user says of the generator: by options, else by a variable, else by the `rag.toml`.

    The table of a `rag.toml` counts as a whole, and only if nothing else names a generator: its address and
    its prices are those of its own generator. Options for single values go before it; those of the sampling
    that were not given are filled in, for whoever reads them later.

    Raises:
        ManifestError: the `rag.toml` names one, and has a mistake or needs consent.
    """
    table, path = ({}, None) if options.generator or _variable() else _project_table()
    places = (
        (options.generator, "--generator"),
        (_variable(), GENERATOR_VARIABLE),
        (table.get("name"), str(path)),
        (DEFAULT_GENERATOR, "the default"),
    )
    name, origin = next((name, place) for name, place in places if name)
    sampling = Sampling(
        _first(options.temperature, table.get("temperature"), DEFAULT_SAMPLING.temperature),
        _first(options.max_output_tokens, table.get("max_tokens"), DEFAULT_SAMPLING.max_tokens),
        _first(options.seed, table.get("seed"), DEFAULT_SAMPLING.seed),
    )
    options.temperature, options.max_output_tokens = sampling.temperature, sampling.max_tokens
    options.seed = sampling.seed
    prices = (
        Prices(**{key: float(price) for key, price in table["prices"].items()}) if "prices" in table else None
    )
    return GeneratorSettings(
        _placed(name, path) if path else name,
        options.base_url or table.get("base_url", ""),
        table.get("timeout_seconds"),
        table.get("max_concurrency"),
        sampling,
        options.price or prices,
        bool(_first(options.cache, table.get("cache"), False)),
        origin,
        table.get("options", {}),
    )


def _variable() -> str:
    return os.environ.get(GENERATOR_VARIABLE, "").strip()


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


def _project_table() -> tuple[dict[str, Any], Path | None]:
    """Return the table `[generator]` of the nearest `rag.toml`, and its path; none where it has none."""
    path = find_manifest(Path.cwd())
    if path is None:
        return {}, None
    from corpora.manifest_tables import generator_table, parsed_manifest
    from rag.projects.manifest_limits import check_generator

    table = generator_table(path, parsed_manifest(path))
    check_generator(path, table)
    return table, path if table else None


def _placed(name: str, manifest: Path) -> str:
    """Return a name whose model is a path with that path from the folder of the manifest."""
    asked = GeneratorName.parse(name)
    is_path = asked.name in _OF_FILES and asked.model
    return f"{asked.name}:{manifest.parent / asked.model}" if is_path else name


def chosen_generator(options: argparse.Namespace) -> Generator:
    """Open the generator that the options ask for, counted and, if wanted, with a cache of its answers.

    Raises:
        GeneratorError: the generator needs a model that was not named, or does not take an option.
        RagError: it cannot be opened for another reason; see `open_generator`.
    """
    return opened(chosen_settings(options))


def opened(settings: GeneratorSettings) -> Generator:
    """Open a generator; see `chosen_generator`."""
    generator = settings.open()
    if not settings.cache:
        return generator
    cached, why = with_cache(generator, cache_folder("answers"))
    if why:
        note(f"answers are not kept: {why}")
    return cached


def note_usage(generator: Generator) -> None:
    """Say on stderr what was asked of a generator, and what it cost; nothing if it was asked nothing."""
    if isinstance(generator, CachedGenerator):
        tally = generator.tally
        if tally.found:
            note(f"answers from the cache: {tally.found:,}")
        if tally.unkept:
            note(f"some answers are not kept: {tally.unkept}")
        generator = generator.generator
    if isinstance(generator, MeteredGenerator) and generator.usage.calls:
        note(generator.usage.line)


def note_toy(generator: Generator) -> bool:
    """Say on stderr, before it is asked, that the default model is a toy; return whether it is asked."""
    is_toy: bool = getattr(generator, "is_toy", False)
    if is_toy:
        note(
            f"model: {safe_line(generator_name(generator))}, a toy of 135M parameters to try the commands; "
            "name another with --generator"
        )
    return is_toy
