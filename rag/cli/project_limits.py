"""Limits of a `rag.toml`, which may come with the repository of a stranger: what needs consent."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from corpora.dependencies.requirements_file import project_of
from corpora.errors import ManifestError
from corpora.manifest import Manifest
from corpora.outside.consent import agree, has_agreed
from corpora.spec import CorpusSpec

_MANIFEST: Final = "manifest"
_SHOWN: Final = 3


def check_manifest(manifest: Manifest, *, trust: bool = False) -> None:
    """Check that a manifest stays in its project, or that the user has agreed to where it leads.

    Without consent it may name folders, files and an index in its project, public sites, repositories at
    https, and packages by name. Consent is given once, for everything else in this manifest.

    Args:
        manifest: the manifest as it was read.
        trust: whether the user agrees now.

    Raises:
        ManifestError: it leads out of its project, and the user has not agreed.
    """
    _check(manifest, [*_index_beyond(manifest), *_beyond(manifest)], trust=trust)


def check_index(manifest: Manifest) -> None:
    """Check that the index of a manifest is in its project; see `check_manifest`."""
    _check(manifest, [*_index_beyond(manifest)], trust=False)


def _check(manifest: Manifest, named: Iterable[str], *, trust: bool) -> None:
    place = os.path.realpath(manifest.path)
    strange = [what for what in named if not has_agreed(_MANIFEST, place, what)]
    if trust:
        for what in strange:
            agree(_MANIFEST, place, what)
    elif strange:
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        raise ManifestError(
            f"{manifest.path} is not followed",
            why=f"it leads out of its project, to {', '.join(strange[:_SHOWN])}{more}",
            fix="if you agree to all of it, run: rag index --trust",
        )


def _index_beyond(manifest: Manifest) -> Iterator[str]:
    if not manifest.index.resolve().is_relative_to(project_of(manifest.path)):
        yield f"the index {manifest.index}"


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
