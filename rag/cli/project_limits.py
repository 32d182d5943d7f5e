"""What a `rag.toml` may name without a question: it may have come with a stranger's repository."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from corpora.errors import ManifestError
from corpora.manifest import Manifest
from corpora.outside.consent import agree, has_agreed
from corpora.spec import CorpusSpec

_MANIFEST: Final = "manifest"
_SHOWN: Final = 3


def check_manifest(manifest: Manifest, *, trust: bool = False) -> None:
    """Raise `ManifestError` where a manifest leads out of its project and its user has not agreed to that.

    Within its project it names folders, files and the index; beyond it, public sites and packages by their
    names. Everything else its user agrees to once, for this manifest.

    Args:
        manifest: as it was read.
        trust: whether the user agrees now.
    """
    _check(manifest, [*_index_beyond(manifest), *_beyond(manifest)], trust=trust)


def check_index(manifest: Manifest) -> None:
    """Raise `ManifestError` where the index of a manifest lies out of its project; see `check_manifest`."""
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
            why=f"it leads out of its project: {', '.join(strange[:_SHOWN])}{more}",
            fix="if you agree to all of it, run: rag index --trust",
        )


def _index_beyond(manifest: Manifest) -> Iterator[str]:
    if not manifest.index.resolve().is_relative_to(_project_of(manifest.path)):
        yield f"the index {manifest.index}"


def _beyond(manifest: Manifest) -> Iterator[str]:
    """What a manifest names that lies beyond its project, in words."""
    project = _project_of(manifest.path)
    model = manifest.encoder.rpartition("+")[2]
    if model.startswith("table:") or Path(model.partition(":")[2] or model).exists():
        yield f"the encoder {manifest.encoder}"
    for spec in manifest.corpora:
        if spec.allow_private:
            yield f"the address {spec.location}, even if it is private"
        elif _is_path(spec) and not Path(spec.location).resolve().is_relative_to(project):
            yield f"the {spec.kind} at {spec.location}"


def _is_path(spec: CorpusSpec) -> bool:
    location = Path(spec.location)
    # (npm finds what is installed in the folders above, as node does)
    return location.is_absolute() and not (spec.kind == "npm" and "node_modules" in location.parts)


def _project_of(manifest: Path) -> Path:
    """The folder of the manifest, or the git repository that it lies in."""
    folder = manifest.resolve().parent
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)
