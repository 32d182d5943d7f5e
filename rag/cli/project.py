"""Find out which index and which corpora a command means, from its arguments and its working folder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpora.errors import IndexNotFound, RagError
from corpora.own_folders import find_manifest, own_folders
from corpora.sources import with_own_names
from corpora.spec import CorpusSpec
from indexers.building.report import Progress, Report, silent
from indexers.building.writer_lock import put_back
from indexers.index import Index
from indexers.layout import Layout
from indexers.own_corpora import check_named, name_corpora, name_encoder

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
    """

    index: Path
    encoder: str
    corpora: tuple[CorpusSpec, ...]
    is_whole: bool
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What the command line says of its sources.

    Args:
        allow_private: whether the host of a URL may have a private address.
        python: the environment in which Python packages are looked for.
        runtime: whether Python packages are also asked at run time.
        kind: kind of the sources; empty to guess it.
        library: the library that the sources document, if they do not say it themselves.
        version: of that library.
    """

    allow_private: bool = False
    python: str = ""
    runtime: bool = False
    kind: str = ""
    library: str = ""
    version: str = ""

    def corpus(self, source: str, name: str) -> CorpusSpec:
        """Return the corpus for `source`, called `name` if there is one.

        Raises what `spec_for` raises; `CorpusError` for a library that the corpus cannot carry.
        """
        from corpora.decisions import check_library
        from corpora.sources import spec_for

        spec = spec_for(
            source, name=name, kind=self.kind, allow_private=self.allow_private, python=self.python
        )
        is_asked = self.runtime and spec.kind == "package"
        spec = replace(spec, runtime=is_asked, library=self.library, version=self.version)
        check_library(spec)
        return spec


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
        from rag.cli.project_limits import check_index

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
    asked: SourceOptions = SourceOptions(),
) -> IndexTarget:
    """Return what `rag index` is to bring up to date.

    With `sources`: those corpora, in the index `index` or in `.rag` in the working folder. Without: all
    corpora of the nearest `rag.toml`, or, if there is none, all that the index holds.

    Raises:
        RagError: one name is given for several sources; or a manifest leads out of its project, or an index
            was made elsewhere, and the user has not agreed to it.
    """
    from corpora.manifest import load_manifest
    from rag.cli.project_limits import check_manifest

    start = (start or Path.cwd()).resolve()
    if sources:
        if name and len(sources) > 1:
            raise RagError(
                f"--name {name} is given for {len(sources)} corpora",
                why="each corpus has a name of its own",
                fix="index them one by one, or list them in a rag.toml",
            )
        path = new_index(index, start)
        corpora = tuple(asked.corpus(source, name) for source in sources)
        corpora = corpora if name else tuple(with_own_names(corpora, _corpora_at(path)))
        from corpora.decisions import decisions

        decided = () if asked.kind else decisions(corpora)
        return IndexTarget(path, encoder, corpora, is_whole=False, decisions=decided)
    if (manifest_path := find_manifest(start)) and index is None:
        manifest = load_manifest(manifest_path)
        check_manifest(manifest)
        encoder = encoder or manifest.encoder
        return IndexTarget(
            manifest.index, encoder, manifest.corpora, is_whole=True, decisions=manifest.decisions
        )
    path = find_index(index, start)
    with Index.open(path) as known:
        corpora = tuple(known.catalog.corpora().values())
        check_named(path, corpora)
        return IndexTarget(path, encoder or known.encoder_name, corpora, is_whole=True)


def _corpora_at(path: Path) -> list[CorpusSpec]:
    """Return the corpora of the index at `path`; none if there is no index."""
    try:
        with Index.open(path) as known:
            return list(known.catalog.corpora().values())
    except RagError:  # or one that cannot be read, of which the update tells
        return []


def trust_project(index: Path | None = None, start: Path | None = None) -> None:
    """Remember that the user agrees to what the nearest `rag.toml` names or, without one, the index."""
    from corpora.manifest import load_manifest
    from rag.cli.project_limits import check_manifest

    path = find_manifest((start or Path.cwd()).resolve())
    if path and index is None:
        check_manifest(load_manifest(path), trust=True)
        return
    with Index.open(find_index(index, start)) as opened:
        trust_index(opened)


def trust_index(index: Index) -> None:
    """Remember that the user agrees to what an index that came from elsewhere names."""
    name_corpora(index.path, index.catalog.corpora().values())
    name_encoder(index.path, index.encoder_name)


def bring_up_to_date(
    target: IndexTarget, *, anew: bool = False, progress: Progress = silent, max_memory: int | None = None
) -> Report:
    """Update the index of `target` from its corpora, or build it `anew`.

    Packages that are to be asked at run time are asked before, unless their facts are there.
    """
    if any(spec.runtime for spec in target.corpora):
        from rag.cli.terminal import note
        from rag.runtime_facts import ask_again

        ask_again(target.corpora, note)
    if anew:
        from indexers.rebuild import rebuild

        done = rebuild(
            target.index, target.corpora, encoder=target.encoder, progress=progress, max_memory=max_memory
        )
    else:
        with Index.create(target.index, encoder=target.encoder) as index:
            done = index.update(
                target.corpora,
                prune=target.is_whole,
                encoder=target.encoder,
                progress=progress,
                max_memory=max_memory,
            )
    done.decisions = target.decisions
    return done


def bring_each_up_to_date(target: IndexTarget) -> Iterator[Report | RagError]:
    """Update the index of `target` from one corpus after another; yield what each did, or why it failed."""
    for spec in target.corpora:
        try:
            yield bring_up_to_date(replace(target, corpora=(spec,), is_whole=False))
        except RagError as error:
            yield error
