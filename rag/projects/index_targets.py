"""Find out which index and which corpora are meant, from what was named and from the working folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora.errors import IndexNotFound, RagError
from corpora.own_folders import find_manifest, own_folders
from corpora.spec import CorpusSpec
from indexers.building.report import PartlyUpdated, Progress, Report, silent
from indexers.building.writer_lock import put_back
from indexers.index import Index
from indexers.layout import Layout
from indexers.own_corpora import check_named, name_corpora, name_encoder, name_engine
from rag.named_sources import SourceOptions, corpora_in
from rag.notes import Listener, print_nothing

INDEX_FOLDER = ".rag"


@dataclass(frozen=True, slots=True)
class IndexTarget:
    """An index to bring up to date.

    Args:
        index: its folder.
        encoder: name of its encoder; empty for the default.
        corpora: what to index.
        is_whole: whether the index is to hold these corpora and no others.
        decisions: what folders were taken for, a line for each that is not usual.
        workers: where the corpora are read (see `pool_named`); empty for processes of this machine.
        engine: what holds and searches the index (see `engines_named`); empty for what it has, or the usual.
    """

    index: Path
    encoder: str
    corpora: tuple[CorpusSpec, ...]
    is_whole: bool
    decisions: tuple[str, ...] = ()
    workers: str = ""
    engine: str = ""


def find_index(named: Path | None = None, start: Path | None = None) -> Path:
    """Return the index `named`, else that of the nearest `rag.toml`, else the nearest `.rag` above `start`.

    Raises:
        IndexNotFound: there is none.
        ManifestError: the manifest names an index outside its project.
    """
    start = (start or Path.cwd()).resolve()
    if named is not None:
        return named
    if path := find_manifest(start):
        from corpora.manifest import load_manifest
        from rag.projects.manifest_limits import check_index

        manifest = load_manifest(path)
        check_index(manifest)
        return manifest.index
    for folder in own_folders(start):
        _check_no_link(folder / INDEX_FOLDER)
        put_back(folder / INDEX_FOLDER)
        if Layout(folder / INDEX_FOLDER).catalog.exists():
            return folder / INDEX_FOLDER
    raise IndexNotFound(start / INDEX_FOLDER)


def new_index(named: Path | None = None, start: Path | None = None) -> Path:
    """Return the folder for a new index: the one `named`, else `.rag` in `start`."""
    return named or _check_no_link((start or Path.cwd()).resolve() / INDEX_FOLDER)


def _check_no_link(index: Path) -> Path:
    """Return the folder of an index that nobody named. Raises `RagError` for a link."""
    if index.is_symlink():
        raise RagError(
            f"the index {index} is not used",
            why="it is a link, which may have come with a repository",
            fix=f"if it is yours, name it: --index {index}",
        )
    return index


def find_target(
    sources: Sequence[str],
    *,
    index: Path | None = None,
    name: str = "",
    encoder: str = "",
    start: Path | None = None,
    asked: SourceOptions | None = None,
) -> IndexTarget:
    """Return what `rag index` is to bring up to date.

    With `sources`: those corpora, in the index `index` or in `.rag` in the working folder. Without: all
    corpora of the nearest `rag.toml`, or, if there is none, all that the index holds.

    Raises:
        RagError: one name is given for several sources; or a manifest leads out of its project, or an index
            was made elsewhere, and the user has not agreed to it.
    """
    from corpora.manifest import load_manifest
    from rag.projects.manifest_limits import check_manifest

    start = (start or Path.cwd()).resolve()
    if sources:
        if name and len(sources) > 1:
            raise RagError(
                f"--name {name} is given for {len(sources)} corpora",
                why="each corpus has a name of its own",
                fix="index them one by one, or list them in a rag.toml",
            )
        from corpora.decisions import decisions

        path = new_index(index, start)
        known = corpora_in(path)
        asked = asked or SourceOptions()
        lines: list[str] = []
        corpora = asked.corpora(sources, known, name=name, note=lines.append)
        decided = (*lines, *(() if asked.kind else decisions(corpora)))
        return IndexTarget(path, encoder, corpora, is_whole=False, decisions=decided)
    if (manifest_path := find_manifest(start)) and index is None:
        manifest = load_manifest(manifest_path)
        check_manifest(manifest)
        if manifest.corpora:  # else it names a generator only
            encoder = encoder or manifest.encoder
            return IndexTarget(
                manifest.index,
                encoder,
                manifest.corpora,
                is_whole=True,
                decisions=manifest.decisions,
                workers=manifest.workers,
                engine=manifest.engine,
            )
    path = find_index(index, start)
    with Index.open(path) as opened:
        corpora = tuple(opened.catalog.corpora().values())
        check_named(path, corpora)
        return IndexTarget(path, encoder or opened.encoder_name, corpora, is_whole=True)


def trust_project(
    index: Path | None = None, start: Path | None = None, note: Listener = print_nothing
) -> None:
    """Remember that the user agrees to what the nearest `rag.toml` names or, without one, the index."""
    from corpora.manifest import load_manifest
    from rag.projects.manifest_limits import check_manifest

    path = find_manifest((start or Path.cwd()).resolve())
    if path and index is None:
        check_manifest(load_manifest(path), trust=True, note=note)
        return
    with Index.open(find_index(index, start)) as opened:
        trust_index(opened)


def trust_index(index: Index) -> None:
    """Remember that the user agrees to what an index that came from elsewhere names."""
    name_corpora(index.path, index.catalog.corpora().values())
    name_encoder(index.path, index.encoder_name)
    name_engine(index.path, index.engine_name)


def bring_up_to_date(
    target: IndexTarget,
    *,
    anew: bool = False,
    progress: Progress = silent,
    max_memory: int | None = None,
    note: Listener = print_nothing,
) -> Report:
    """Update the index of `target` from its corpora, or build it `anew`.

    Packages that are to be asked at run time are asked before, unless their facts are there.

    Raises what `Index.update` raises.
    """
    if any(spec.runtime for spec in target.corpora):
        from rag.runtime_facts import ask_again

        ask_again(target.corpora, note)
    try:
        done = _updated(target, anew=anew, progress=progress, max_memory=max_memory)
    except PartlyUpdated as error:
        error.report.decisions = target.decisions
        raise
    done.decisions = target.decisions
    return done


def _updated(target: IndexTarget, *, anew: bool, progress: Progress, max_memory: int | None) -> Report:
    from indexers.building.pools import pool_named

    pool = pool_named(target.workers)
    if anew:
        from indexers.building.update import UpdateOptions
        from indexers.rebuild import rebuild

        return rebuild(
            target.index,
            target.corpora,
            encoder=target.encoder,
            engine=target.engine,
            options=UpdateOptions(progress, max_memory, pool),
        )
    with Index.create(target.index, encoder=target.encoder, engine=target.engine) as index:
        return index.update(
            target.corpora,
            prune=target.is_whole,
            encoder=target.encoder,
            progress=progress,
            max_memory=max_memory,
            pool=pool,
        )
