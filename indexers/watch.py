"""Keep an index fresh: watch the folders of its corpora and bring it up to date with each change."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event

from corpora.errors import CorpusError, MissingExtra, RagError
from corpora.kinds import KINDS, kind_named
from corpora.source_tree.skip_rules import UNLISTED
from corpora.spec import CorpusSpec
from indexers.building.report import Report
from indexers.index import Index

_QUIET_MS = 300  # an editor writes a file in several steps, a checkout writes thousands of files
_LONGEST_BATCH_MS = 3_000  # a build that never rests does not hold the index up for longer
_RETRY_MS = 1_000  # an update that failed (another process is writing) is tried again


def watch(
    index_path: str | Path,
    specs: Sequence[CorpusSpec],
    on_update: Callable[[Report | RagError], None],
    stop: Event,
    idle: Callable[[], None] = lambda: None,
) -> None:
    """Bring the index at `index_path` up to date now and after each change, until `stop` is set.

    Args:
        index_path: the folder of an index; it is opened for each update, so that it may be rebuilt
            meanwhile.
        specs: its corpora; only folders of code and of pages are watched. One whose folder is gone keeps
            no other from being watched, and is watched as soon as the folder is there.
        on_update: called in this thread with what an update of one corpus did, or why it failed. What
            failed is tried again, and the same failure is reported once.
        stop: looked at several times a second.
        idle: called again and again while nothing changes; changes wait until it returns.

    Raises:
        CorpusError: there is no folder to watch, or it cannot be watched.
        MissingExtra: `watchfiles` is not installed.
    """
    # The location of an installed manual page is its name.
    watched = [
        spec for spec in specs if kind_named(spec.kind).is_watched and Path(spec.location).is_absolute()
    ]
    if not watched:
        kinds = [name for name in KINDS if kind_named(name).is_watched]
        raise CorpusError(
            "there is nothing to watch",
            why=f"no corpus is of the kind {' or '.join(kinds)}",
            fix="run: rag index  after installing or upgrading a package",
        )
    problems = {root: problem for root in map(_root, watched) if (problem := _problem_with(root))}
    if len(problems) == len({_root(spec) for spec in watched}):
        raise _cannot_watch(problems, next(iter(problems.values())))
    failures: dict[str, str] = {}
    while not stop.is_set():
        _follow(index_path, watched, on_update, stop, failures, idle)


def _follow(
    index_path: str | Path,
    specs: Sequence[CorpusSpec],
    on_update: Callable[[Report | RagError], None],
    stop: Event,
    failures: dict[str, str],
    idle: Callable[[], None],
) -> None:
    """Watch until `stop`, or until a corpus that failed works again: its folder may be a new one.

    `failures` holds the last failure of each corpus, empty where the last update succeeded.
    """
    # All corpora are updated once: something may have changed before the watch began.
    pending = {spec.name for spec in specs}
    has_recovered = False
    for paths in _changes(specs, Path(index_path), stop):
        pending |= _touched(specs, paths)
        # One by one: a folder that is gone does not keep the others waiting.
        for spec in [spec for spec in specs if spec.name in pending]:
            outcome = _update(index_path, spec)
            problem = str(outcome) if isinstance(outcome, RagError) else ""
            before = failures.get(spec.name, "")
            if not problem:
                pending.discard(spec.name)
                has_recovered = has_recovered or bool(before)
            if not problem or problem != before:
                on_update(outcome)
            failures[spec.name] = problem
        if has_recovered:
            return
        if not paths:
            idle()


def _update(index_path: str | Path, spec: CorpusSpec) -> Report | RagError:
    try:
        with Index.open(index_path) as index:
            return index.update([spec])
    except RagError as error:
        return error
    except OSError as error:
        return RagError(
            f"the index at {index_path} was not brought up to date",
            why=str(error),
            fix="nothing, if it passes: the update is tried again",
        )


def _changes(specs: Sequence[CorpusSpec], index_path: Path, stop: Event) -> Iterator[list[Path]]:
    """Yield absolute paths of what changed, in batches; an empty batch first, and at intervals."""
    try:
        import watchfiles
    except ImportError as error:
        raise MissingExtra("watchfiles", "watch") from error
    own = Path(os.path.realpath(index_path))
    roots = sorted({root for root in map(_root, specs) if not _problem_with(root)})
    if not roots:  # all are gone; they are looked for until one is back
        while not stop.wait(_RETRY_MS / 1000):
            yield []
    try:
        for batch in watchfiles.watch(
            *roots,
            watch_filter=lambda _, path: _is_source(Path(path), roots, own),
            debounce=_LONGEST_BATCH_MS,
            step=_QUIET_MS,
            stop_event=stop,
            rust_timeout=_RETRY_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            yield [Path(path) for _, path in batch]
    except OSError as error:  # no such folder, or more folders than the system lets one watch
        if any(map(_problem_with, roots)):
            return  # it went just now: the others are watched anew
        raise _cannot_watch(roots, error) from error


def _problem_with(root: Path) -> OSError | None:
    """Return why a folder cannot be watched; None if it can."""
    try:
        root.stat()
    except OSError as error:
        return error
    return None


def _cannot_watch(roots: Iterable[Path], error: OSError) -> CorpusError:
    return CorpusError(
        f"cannot watch {', '.join(map(str, roots))}",
        why=error.strerror or str(error),
        fix="check the folder; on Linux, raise fs.inotify.max_user_watches for a large tree",
    )


def _is_source(path: Path, roots: Iterable[Path], own: Path) -> bool:
    """Return whether a change at `path` may concern a corpus, as one of the index or of `.git` does not."""
    if path.is_relative_to(own):
        return False
    below = (path.relative_to(root).parts for root in roots if path.is_relative_to(root))
    return any(UNLISTED.isdisjoint(parts) for parts in below)


def _touched(specs: Sequence[CorpusSpec], paths: Sequence[Path]) -> set[str]:
    """Return the names of the corpora that hold any of `paths`."""
    roots = {spec.name: _root(spec) for spec in specs}
    return {name for name, root in roots.items() if any(path.is_relative_to(root) for path in paths)}


def _root(spec: CorpusSpec) -> Path:
    return Path(os.path.realpath(spec.location))
