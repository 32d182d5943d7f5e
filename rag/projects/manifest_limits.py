"""Limits of a `rag.toml`, which may come with the repository of a stranger: what needs consent."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from corpora.dependencies.requirements_file import project_of
from corpora.errors import ManifestError
from corpora.manifest import Manifest
from corpora.outside.characters import escape_for_terminal
from corpora.outside.consent import agree, has_agreed
from corpora.redaction.credentials import without_credentials
from corpora.spec import CorpusSpec
from rag.notes import Listener, print_nothing

_MANIFEST: Final = "manifest"
_SHOWN: Final = 3
_MAX_SHOWN_CHARS: Final = 300
_MOST_UNASKED_TOKENS: Final = 16_384  # for which the built-in model takes 0.4 GB

HARMLESS_GENERATORS: Final = ("echo", "local")
"""Generators that run no program, load no file that is named, and send nothing anywhere."""


def check_manifest(manifest: Manifest, *, trust: bool = False, note: Listener = print_nothing) -> None:
    """Check that a manifest stays in its project, or that the user has agreed to where it leads.

    Without consent it may name folders, files and an index in its project, public sites, repositories at
    https, and packages by name. Consent is given once, for everything else in this manifest.

    Args:
        manifest: the manifest as it was read.
        trust: whether the user agrees now.
        note: called with a line for each thing that the user agrees to.

    Raises:
        ManifestError: it leads out of its project, and the user has not agreed.
    """
    named = [*_index_beyond(manifest), *_beyond(manifest)]
    # What answers is checked when it is asked, since most commands ask nothing; but it is agreed to with all
    # else, so that it is shown with all else, and first.
    if trust or any(not _is_agreed(manifest.path, what) for what in named):
        named = [*_generator_beyond(manifest.path, manifest.generator), *named]
    _check(manifest.path, named, trust=trust, note=note)


def check_index(manifest: Manifest) -> None:
    """Check that the index of a manifest is in its project; see `check_manifest`."""
    _check(manifest.path, [*_index_beyond(manifest)], trust=False)


def check_generator(path: Path, table: Mapping[str, Any]) -> None:
    """Check that the user has agreed to the generator that the table `[generator]` of a manifest names.

    Whatever runs a program, loads a file or sends text and a key to a server needs consent, given as for
    `check_manifest`; the built-in model and the echo need none.

    Raises:
        ManifestError: the user has not agreed, or cannot.
    """
    _check(path, [*_generator_beyond(path, table)], trust=False, instead="name one with --generator")


def _check(
    path: Path,
    named: Iterable[str],
    *,
    trust: bool,
    instead: str = "",
    note: Listener = print_nothing,
) -> None:
    strange = [what for what in named if not _is_agreed(path, what)]
    if trust:
        for what in strange:
            agree(_MANIFEST, os.path.realpath(path), what)
            note(f"agreed: {path} leads to {what}")
    elif strange:
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        raise ManifestError(
            f"{path} is not followed",
            why=f"it leads out of its project, to {', '.join(strange[:_SHOWN])}{more}",
            fix="if you agree to all of it, run: rag index --trust" + (f"; or {instead}" if instead else ""),
        )


def _is_agreed(path: Path, what: str) -> bool:
    return has_agreed(_MANIFEST, os.path.realpath(path), what)


def _index_beyond(manifest: Manifest) -> Iterator[str]:
    if not manifest.index.resolve().is_relative_to(project_of(manifest.path)):
        yield f"the index {manifest.index}"


def _generator_beyond(path: Path, table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a description of the generator of a manifest, unless it is one that harms nobody.

    Raises:
        ManifestError: it may not stand there, or cannot be shown whole, so that nobody can agree to it.
    """
    name = table.get("name", "")
    leads = {"base_url", "options"} & table.keys()  # elsewhere than the name says
    is_long = table.get("max_tokens", 0) > _MOST_UNASKED_TOKENS
    if not name or (name in HARMLESS_GENERATORS and not (leads or is_long)):
        return
    from rag.generators.named import GeneratorName  # searches need no generator

    described = f"the generator {name}" + (f" at {table['base_url']}" if "base_url" in table else "")
    if "options" in table:
        described += f" with {json.dumps(table['options'], sort_keys=True, ensure_ascii=False)}"
    if is_long:
        described += f", answers of {table['max_tokens']} tokens"
    why = ""
    if GeneratorName.parse(name).name == "call":
        why = "it would import a module and run it"
    elif without_credentials(described) != described or escape_for_terminal(described) != described:
        why = "it holds a credential, or characters that cannot be shown"
    elif "\n" in described or len(described) > _MAX_SHOWN_CHARS:
        why = "it is not shown whole on one line"
    if why:
        raise ManifestError(
            f"{path}: the generator in [generator] is not used",
            why=why,
            fix="name it yourself, with --generator or RAG_GENERATOR, and a key in its own variable",
        )
    yield described


def _beyond(manifest: Manifest) -> Iterator[str]:
    """Yield descriptions of what a manifest names outside its project."""
    project = project_of(manifest.path)
    model = manifest.encoder.rpartition("+")[2]
    if model.startswith("table:") or Path(model.partition(":")[2] or model).exists():
        yield f"the encoder {manifest.encoder}"
    for spec in manifest.corpora:
        if spec.runtime:
            yield f"code to run in the sandbox: that of the package {spec.location}"
        if spec.allow_private:
            yield f"the address {spec.location}, even if it is private"
        elif spec.kind == "git" and not spec.location.startswith("https://"):  # ssh shows who the user is
            yield f"the repository {spec.location}"
        elif _is_path(spec) and not Path(spec.location).resolve().is_relative_to(project):
            yield f"the {spec.kind} at {spec.location}"


def _is_path(spec: CorpusSpec) -> bool:
    location = Path(spec.location)
    # npm finds packages that are installed in folders above, as node does.
    return location.is_absolute() and not (spec.kind == "npm" and "node_modules" in location.parts)
