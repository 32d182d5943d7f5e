"""Results of commands as text for people, 80 columns wide, or as JSON."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpora.counted import counted
from corpora.outside.characters import escape_for_terminal
from indexers.building.report import Progress, Report
from rag.cli.terminal import note
from rag.prompting.fence import safe_line
from rag.rendering.json_text import json_text

if TYPE_CHECKING:  # a search needs none of them
    from corpora.document import Skipped
    from indexers.deepening.deepen import Deepened
    from indexers.staleness import Staleness
    from indexers.status import DeepenedUnits, Status
    from rag.added_packages import AddedPackage
    from rag.generators.completion import Completion


_SHOWN_NOTES = 10  # without -v


def gated(confidence: float | None, gate: float) -> str:
    """Explain why no passage is in a prompt; empty if the gate let them pass."""
    if confidence is None or confidence >= gate:
        return ""
    return f"no passages: the probability that they answer is {confidence:.2f}, below the gate of {gate:g}"


def completion(answer: "Completion", *, json: bool) -> str:
    """Render the code of an answer."""
    return json_text(asdict(answer)) if json else answer.code


def completion_notes(answer: "Completion", max_tokens: int) -> list[str]:
    """Return what a reader has to know of an answer: that it was cut off, or made without a setting."""
    notes = []
    if answer.is_cut and answer.code.strip():
        notes.append(f"cut off at {max_tokens} tokens: allow a longer answer with --max-output-tokens")
    if answer.left_out:
        notes.append(f"made without {', '.join(answer.left_out)}: the backend does not take that")
    return notes


def report(
    done: Report,
    now: "Status",
    skipped: "Sequence[Skipped]",
    packages: "Sequence[AddedPackage]" = (),
    *,
    json: bool,
) -> str:
    """Render what an update did; `packages`, which are rendered by themselves, are part of the JSON."""
    if json:
        return json_text(
            {
                **asdict(done),
                "index": _status_record(now),
                "skipped_items": [asdict(item) for item in skipped],
                "packages": [asdict(one) for one in packages],
            }
        )
    lines = [
        *map(safe_line, done.decisions),
        f"{now.path}: {done.added} added, {done.changed} changed, {done.removed} removed, "
        f"{done.unchanged} unchanged in {done.seconds:.1f} s",
        f"{counted(now.counts.documents, 'document')}, {counted(now.counts.chunks, 'chunk')}, "
        f"{size(now.size_bytes)}; {counted(done.encoded, 'chunk')} encoded ({now.encoder})",
    ]
    if now.counts.twins:
        lines.append(
            f"{counted(now.counts.twins, 'near-duplicate')}, listed with the document that is indexed"
        )
    if now.deepened and now.deepened.left:
        lines.append(f"{counted(now.deepened.left, 'unit')} without deep vectors; rag index --deepen goes on")
    if done.redacted:
        lines.append(f"{counted(done.redacted, 'secret')} redacted")
    if done.invisible_chars:
        lines.append(f"{counted(done.invisible_chars, 'invisible character')} left out of pages")
    if done.guessed:
        lines.append(f"encodings guessed: {_counts(done.guessed)}  (a .gitattributes can state them)")
    if done.skipped:
        lines.append(f"skipped: {_counts(done.skipped)}" + ("" if skipped else "  (-v lists them)"))
    if done.notes:
        shown = done.notes if skipped else done.notes[:_SHOWN_NOTES]
        lines.append(f"missing in documents ({len(done.notes)}):")
        lines += [f"  {safe_line(note)}" for note in shown]
        if len(shown) < len(done.notes):
            lines.append(f"  and {len(done.notes) - len(shown)} more  (-v lists them)")
    lines += [
        f"fallback for {counted(count, 'document')}: {note}" for note, count in sorted(done.fallbacks.items())
    ]
    lines += [
        f"  {safe_line(item.path)}: {item.reason}{item.detail and f' ({safe_line(item.detail)})'}"
        for item in skipped
    ]
    return "\n".join(lines)


def update(done: Report, *, json: bool) -> str:
    """Render what one update of a watched index did, as one line."""
    if json:
        return json_text(asdict(done), indent=None)
    return (
        f"{done.added} added, {done.changed} changed, {done.removed} removed, {done.unchanged} unchanged "
        f"in {done.seconds:.1f} s"
    )


def repaired(chunks: int, *, json: bool) -> str:
    """Render what a repair did."""
    return json_text({"chunks": chunks}) if json else f"restored the search files: {counted(chunks, 'chunk')}"


def packed(index: Path, file: Path, size_bytes: int, *, json: bool) -> str:
    """Render that an index was packed into a file."""
    if json:
        return json_text({"index": str(index), "file": str(file), "size_bytes": size_bytes})
    return f"packed {index} into {file} ({size(size_bytes)})"


def unpacked(now: "Status", *, json: bool) -> str:
    """Render that an index was unpacked."""
    if json:
        return json_text(_status_record(now))
    counts = now.counts
    return (
        f"unpacked into {now.path}: {counted(counts.documents, 'document')}, "
        f"{counted(counts.chunks, 'chunk')}\nto bring it up to date, run: rag index"
    )


def deepened(done: "Deepened") -> str:
    """Render what a pass of deepening did."""
    if not done.units:
        return "nothing to deepen: the index holds no documentation"
    return (
        f"deepened: {done.done} of {counted(done.units, 'unit')} of documentation; "
        f"{counted(done.encoded, 'text')} encoded in {done.seconds:.1f} s"
    )


def deepening_stopped(now: "DeepenedUnits | None") -> str:
    """Say how far a pass of deepening came that was stopped."""
    kept = f"{now.done} of {counted(now.units, 'unit')}" if now else "no units"
    return f"stopped: {kept} of documentation are deepened\nrag index --deepen goes on from there"


def verified(problems: Sequence[str], now: "Status", *, json: bool) -> str:
    """Render the problems that a check found."""
    if json:
        return json_text({"problems": list(problems)})
    counts = f"{counted(now.counts.documents, 'document')}, {counted(now.counts.chunks, 'chunk')}"
    return "\n".join(problems) or f"{now.path}: sound; {counts}"


def status(now: "Status", late: "Sequence[Staleness]", *, json: bool) -> str:
    """Render what an index holds, and which changes in its sources it has not seen yet."""
    if json:
        return json_text({**_status_record(now), "behind": [asdict(one) for one in late]})
    counts = now.counts
    lines = [
        f"index      {now.path} (generation {now.generation}, {size(now.size_bytes)})",
        f"encoder    {now.encoder}"
        + (f" (recall@10 {now.recall_at_10:.3f} of exact search)" if now.recall_at_10 else ""),
        *([f"engine     {now.engine}"] if now.engine != "embedded" else []),
        *([f"deepened   {_depth(now.deepened)}"] if now.deepened else []),
        *(f"corpus     {spec.name}: {spec.kind} at {spec.location}" for spec in now.corpora),
        f"documents  {counts.documents} ({size(counts.source_bytes)}) in {counted(counts.chunks, 'chunk')}"
        + (f"; {counted(counts.twins, 'near-duplicate')}" if counts.twins else ""),
        f"languages  {_counts(counts.languages) or 'none'}",
        f"roles      {_counts(counts.roles) or 'none'}",
        f"cut by     {_counts(counts.methods) or 'nothing'}",
        f"skipped    {_counts(counts.skipped) or 'nothing'}",
        *(f"behind     {one.corpus}: {_lateness(one)}" for one in late),
    ]
    return "\n".join(lines)


def _depth(deepened: "DeepenedUnits") -> str:
    left = "; run: rag index --deepen" if deepened.left else ""
    return (
        f"{deepened.done} of {counted(deepened.units, 'unit')} of documentation "
        f"({size(deepened.size_bytes)}){left}"
    )


def _lateness(one: "Staleness") -> str:
    counts = {"new": one.new, "changed": one.changed, "gone": one.gone}
    changes = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return one.problem or (f"{changes}; run: rag index" if changes else "up to date")


def _status_record(now: "Status") -> dict[str, Any]:
    return asdict(now)


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered)


def size(n_bytes: int) -> str:
    """Render a number of bytes: `2.5 MB`, `0.3 kB`, `12 B`."""
    if n_bytes < 100:
        return f"{n_bytes} B"
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 100_000 else f"{n_bytes / 1e3:.1f} kB"


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a progress bar on standard error if that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda done, total, path: None
        return
    from rich.console import Console  # only a terminal needs it
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        BarColumn(30),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("scanning", total=None)
        yield lambda done, total, path: bars.update(
            task, completed=done, total=total, description=escape_for_terminal(path)[-30:]
        )


@contextmanager
def progress_of_steps() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each step on standard error if that is a terminal, else a line after each step."""
    if not sys.stderr.isatty():
        yield _note_end
        return
    from rich.console import Console  # only a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:12}", markup=False),
        BarColumn(30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        rows: dict[str, Any] = {}

        def show(step: str, done: int, of: int) -> None:
            if step not in rows:
                rows[step] = bars.add_task(step, total=of, completed=done)
            bars.update(rows[step], completed=done)

        yield show


@contextmanager
def progress_of_deepening() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error if that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda done, units: None
        return
    with progress_of_steps() as show_step:
        yield lambda done, units: show_step("deepening", done, units)


def _note_end(step: str, done: int, of: int) -> None:
    if done == of:
        note(f"{step}: {of}")
