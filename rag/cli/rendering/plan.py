"""The plan of `rag index --dry-run` as text, 80 columns wide, or as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from textwrap import wrap

from corpora.counted import counted
from indexers.planning.plan import Holdings, Plan
from rag.cli.rendering.results import size
from rag.prompting.fence import safe_line
from rag.rendering.json_text import json_text

_COLUMNS = 80
_LANGUAGES = 10  # shown; the rest is summed up


def dry_run(made: Plan, *, json: bool) -> str:
    """Render what indexing would read, leave out and cost."""
    if json:
        return json_text(asdict(made))
    lines: list[str] = []
    for part in made.corpora:
        lines += [_cut(f"corpus {part.spec.name}: {part.spec.kind} at {part.spec.location}")]
        lines += [*_holdings(part.holdings), *_warnings(part.warnings), ""]
    if len(made.corpora) > 1:
        lines += ["all corpora", *_holdings(made.holdings), ""]
    if made.dropped:
        lines += [*_wrapped("would be removed: ", ", ".join(made.dropped)), ""]
    if made.unread:
        unread = f"{counted(made.unread, 'file')} not read for lack of time; some of them may be left out"
        lines += [*_wrapped("note: ", unread), ""]
    cost = made.estimate
    chunks = "chunk" if cost.chunks == 1 else "chunks"
    lines += [
        f"estimate   {_about(cost.chunks)} {chunks}, index {_megabytes(cost.index_bytes)}, "
        f"{_time(cost.seconds)}, {_megabytes(cost.memory_bytes)} of memory",
        f"           (from measured rates and a sample of {counted(cost.sampled_files, 'file')}; "
        "nothing was written)",
    ]
    return "\n".join(lines)


def _holdings(held: Holdings) -> Iterator[str]:
    work, total = held.work, held.total
    noun = "file " if total.files == 1 else "files"
    yield f"  {'to index':<16}{total.files:>9,} {noun} {size(total.size_bytes):>10}"
    shown = list(held.languages.items())
    if len(shown) > _LANGUAGES:
        rest = [amount for _, amount in shown[_LANGUAGES - 1 :]]
        shown = shown[: _LANGUAGES - 1]
    else:
        rest = []
    for language, amount in shown:
        yield f"    {language:<14}{amount.files:>9,}       {size(amount.size_bytes):>10}"
    if rest:
        files, size_bytes = sum(a.files for a in rest), sum(a.size_bytes for a in rest)
        yield f"    {f'{len(rest)} others':<14}{files:>9,}       {size(size_bytes):>10}"
    for left_out in held.skipped:
        figures = f"    {left_out.reason:<14}{left_out.items:>9,}       {size(left_out.size_bytes):>10}"
        if left_out is held.skipped[0]:
            yield "  left out"
        yield f"{figures}  {_examples(left_out.examples, _COLUMNS - len(figures) - 2)}"
    yield (
        f"  {work.new:,} new, {work.changed:,} changed, {work.gone:,} gone, {work.unchanged:,} unchanged; "
        f"{size(work.read_bytes)} to read"
    )


def _examples(paths: Sequence[str], width: int) -> str:
    """Join as many paths as fit into `width`; of the first one, show the end if it is too long."""
    first, *others = map(safe_line, paths)
    shown = first if len(first) <= width else f"...{first[3 - width :]}"
    for path in others:
        if len(shown) + 2 + len(path) <= width:
            shown += f", {path}"
    return shown


def _warnings(warnings: Iterable[str]) -> Iterator[str]:
    for text in warnings:
        yield from _wrapped("  warning: ", safe_line(text))


def _wrapped(label: str, text: str) -> list[str]:
    return wrap(label + text, _COLUMNS, subsequent_indent=" " * (len(label) - len(label.lstrip()) + 2))


def _cut(line: str) -> str:
    return line if len(line) <= _COLUMNS else f"{line[: _COLUMNS - 3]}..."


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _about(number: int) -> str:
    """Render an estimate with three significant digits: more would claim too much."""
    return f"{int(float(f'{number:.3g}')):,}"


def _megabytes(n_bytes: int) -> str:
    return f"{_about(round(n_bytes / 1e6))} MB" if n_bytes >= 10_000_000 else size(n_bytes)
