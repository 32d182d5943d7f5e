"""`rag index`, `rag watch`, `rag status` and `rag verify`: commands for a whole index."""

import argparse
from dataclasses import replace
from pathlib import Path
from threading import Event

from corpora.counted import counted
from corpora.errors import CorpusError, IndexDamaged, RagError
from indexers.building.report import PartlyUpdated, Report
from indexers.deepening.deepen import Deepened, check_deepening, deepen
from indexers.deepening.idle import IdleDeepening
from indexers.index import Index
from indexers.planning.warnings import rule_warnings
from indexers.search.soundness import unchecked
from indexers.staleness import staleness
from indexers.verify import verify
from indexers.watch import watch
from rag.cli.added_docs import (
    VERBOSE_HELP,
    note_names,
    show_added,
    showing_what_was_done,
    source_options,
)
from rag.cli.options import (
    add_common_options,
    add_kind_options,
    add_package_options,
    add_private_option,
    memory_size,
)
from rag.cli.rendering import results
from rag.cli.terminal import note, show
from rag.projects.index_targets import (
    IndexTarget,
    bring_up_to_date,
    find_index,
    find_target,
    trust_index,
    trust_project,
)
from rag.prompting.fence import safe_line
from rag.rendering.system_errors import error_lines


def add_index_options(index: argparse.ArgumentParser) -> None:
    """Add the options of `rag index`."""
    add_common_options(index)
    index.description = (
        "Build an index of code and documentation, or bring it up to date. Only files that changed are read."
    )
    index.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="what to index: a folder of code or of documentation pages, a file of code, pkg:NAME for an "
        "installed Python package, python for its standard library, a wheel, the URL of a site, or a git "
        "repository (https://HOST/PATH.git, with @REVISION or without); default: all corpora that rag.toml "
        "lists, else all that the index already holds",
    )
    index.add_argument(
        "--name", default="", help="name of the corpus in the index; default: the name of the folder"
    )
    add_kind_options(index)
    index.add_argument(
        "--encoder",
        default="",
        help="encoder that turns text into vectors: builtin (the default), table:FOLDER for one made by "
        "'rag train', sentence-transformers:NAME_OR_FOLDER, or "
        "builtin+sentence-transformers:NAME_OR_FOLDER for both together",
    )
    add_private_option(index)
    index.add_argument(
        "--trust",
        action="store_true",
        help="agree, from now on, to the places outside this project that rag.toml or the index names",
    )
    index.add_argument(
        "--rebuild", action="store_true", help="build the index from scratch, then replace the old one"
    )
    other = index.add_mutually_exclusive_group()
    other.add_argument(
        "--repair", action="store_true", help="restore damaged search files from the catalog of the index"
    )
    other.add_argument(
        "--dry-run",
        action="store_true",
        help="show what would be read and skipped, and what it would cost; write nothing",
    )
    index.add_argument(
        "--memory",
        type=memory_size,
        metavar="SIZE",
        help="memory that all processes together may use, such as 2GB; default: half of what is free",
    )
    index.add_argument(
        "--workers",
        default="",
        metavar="NAME",
        help="where files are read: local, processes of this machine (the default), ray, or ray:ADDRESS for "
        "a cluster (needs the extra 'ray')",
    )
    index.add_argument(
        "--engine",
        default="",
        metavar="NAME",
        help="what holds and searches a new index: embedded, files in its folder (the default), lance, or "
        "lance:ADDRESS for an object store that many machines read (needs the extra 'lance')",
    )
    _add_deepen_option(index, "then give units of documentation the vectors of a small transformer")
    index.add_argument("-v", "--verbose", action="store_true", help=VERBOSE_HELP)
    add_package_options(index)
    index.set_defaults(run=run_index)


def add_watch_options(keep: argparse.ArgumentParser) -> None:
    """Add the options of `rag watch`."""
    add_common_options(keep)
    keep.description = "Watch the folders of an index, and update it with every change, until Ctrl-C."
    _add_deepen_option(keep, "while nothing changes, deepen the index as rag index --deepen does")
    keep.set_defaults(run=run_watch)


def _add_deepen_option(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "--deepen",
        action="store_true",
        help=f"{what}, the most used first: a pass of minutes that may be stopped, and goes on the next time "
        "(needs the extra 'compact')",
    )


def add_status_options(status: argparse.ArgumentParser) -> None:
    """Add the options of `rag status`."""
    add_common_options(status)
    status.description = "Show what an index holds, and which changes in its sources it has not seen yet."
    status.add_argument(
        "--trust",
        action="store_true",
        help="agree, from now on, to the places and the encoder that an index made elsewhere names",
    )
    status.set_defaults(run=run_status)


def add_verify_options(check: argparse.ArgumentParser) -> None:
    """Add the options of `rag verify`."""
    add_common_options(check)
    check.description = "Check an index for damage. The exit code is 1 if there is any."
    check.set_defaults(run=run_verify)


def run_index(options: argparse.Namespace) -> None:
    """Run `rag index`."""
    if options.deepen:
        check_deepening()
    if options.repair:
        with Index.open(find_index(options.index)) as index:
            show(results.repaired(index.repair(), json=options.json), json=options.json)
        return
    if options.trust:
        trust_project(options.index, note=note)
    note_names(options.sources)
    target = find_target(
        options.sources,
        index=options.index,
        name=options.name,
        encoder=options.encoder,
        asked=source_options(options),
    )
    target = replace(
        target, workers=options.workers or target.workers, engine=options.engine or target.engine
    )
    if options.dry_run:
        _show_plan(target, options)
        return
    if options.runtime:
        from rag.runtime_facts import ask_packages

        ask_packages(target.corpora, again=True, note=note)
    with results.progress() as progress, showing_what_was_done(options, target.index, target.corpora):
        done = bring_up_to_date(
            target, anew=options.rebuild, progress=progress, max_memory=options.memory, note=note
        )
    if options.deepen and options.json:  # whose one document tells of both
        _deepen(target.index)
    show_added(done, target.corpora, target.index, options)
    if options.deepen and not options.json:
        show(results.deepened(_deepen(target.index)))
    with Index.open(target.index) as index:
        status, skipped = index.status(), index.catalog.census.skipped()
    for warning in rule_warnings(status.counts.documents, skipped):
        note(f"warning: {safe_line(warning)}")


def _deepen(place: Path) -> Deepened:
    with Index.open(place) as index:
        try:
            with results.progress_of_deepening() as progress:
                return deepen(index, progress=progress)
        except KeyboardInterrupt:
            note(results.deepening_stopped(index.status().deepened))
            raise


def _show_plan(target: IndexTarget, options: argparse.Namespace) -> None:
    from indexers.planning.plan import plan  # it imports the parsers, which only reading needs
    from rag.cli.rendering.plan import dry_run

    made = plan(
        target.corpora,
        index=None if options.rebuild else target.index,
        encoder=target.encoder,
        prune=target.is_whole,
        max_memory=options.memory,
    )
    for line in target.decisions:
        note(safe_line(line))
    show(dry_run(made, json=options.json), json=options.json)


def run_watch(options: argparse.Namespace) -> None:
    """Run `rag watch`."""
    if options.deepen:
        check_deepening()
    target = find_target([], index=options.index)
    idle = IdleDeepening(target.index, note, begin=options.deepen)

    def report(outcome: Report | RagError) -> None:
        if isinstance(outcome, RagError):
            note(error_lines(outcome))
        elif outcome.added or outcome.changed or outcome.removed:
            show(results.update(outcome, json=options.json), json=options.json)
            idle.begin_anew()

    try:
        try:
            with results.progress() as progress:
                report(bring_up_to_date(target, progress=progress, note=note))
        except CorpusError as error:  # one that is gone or broken is no reason not to watch the others
            if isinstance(error, PartlyUpdated):
                report(error.report)
            report(error)
        note(f"watching the sources of {target.index}; press Ctrl-C to stop")
        watch(target.index, target.corpora, report, Event(), idle.step)
    except KeyboardInterrupt:
        idle.close()
        note("stopped watching; every completed update is kept")


def run_status(options: argparse.Namespace) -> None:
    """Run `rag status`."""
    with Index.open(find_index(options.index)) as index:
        if options.trust:
            trust_index(index)
        show(results.status(index.status(), staleness(index), json=options.json), json=options.json)


def run_verify(options: argparse.Namespace) -> None:
    """Run `rag verify`."""
    place = find_index(options.index)
    with Index.open(place) as index:
        problems = verify(index)
        show(results.verified(problems, index.status(), json=options.json), json=options.json)
        if missing := unchecked(index.catalog):
            note(f"note: {safe_line(missing)}")
    if problems:
        raise IndexDamaged(
            f"the index at {place} is damaged",
            why=f"the check found {counted(len(problems), 'problem')}, listed above",
            fix="run: rag index --repair; if that does not help: rag index --rebuild",
        )
