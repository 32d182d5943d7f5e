"""Results of `rag docs` as text or JSON."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from corpora.counted import counted
from rag.added_packages import AddedPackage
from rag.docs import DocumentedLibrary, Synced, SyncReport
from rag.prompting.fence import safe_line
from rag.rendering.json_text import json_text
from rag.retrieval.source_files import seen_from

_NAMES_SHOWN: Final = 200
_FIRST_SHOWN: Final = 3  # of the names that are only listed in full with -v
_NAME_CHARS: Final = 40  # longer names make the column no wider
_MOST_ADDED: Final = 20
_PACKAGES: Final = ("package", "npm")


def documented_libraries(entries: Sequence[DocumentedLibrary], *, json: bool) -> str:
    """Render a line for each library and version."""
    if json:
        return json_text([asdict(entry) for entry in entries])
    if not entries:
        return "no documentation; add some with: rag docs add pkg:NAME==VERSION"
    names = [_as_typed(entry.corpus) for entry in entries]
    width = min(max(map(len, names)), _NAME_CHARS)
    lines = []
    for name, entry in zip(names, entries, strict=True):
        units = "unit " if entry.units == 1 else "units"
        lines.append(f"{name:{width}} {entry.units:6} {units}  {_about(entry)}")
    return "\n".join(lines)


def _as_typed(name: str) -> str:
    """Return the name of a corpus as a shell takes it, to be copied behind `rag docs remove`."""
    typed = shlex.quote(safe_line(name))
    return f"-- {typed}" if name.startswith("-") else typed


def _about(entry: DocumentedLibrary) -> str:
    """Return what the name of a corpus does not say: library, version, source, and when it was fetched."""
    says_all = entry.corpus in {f"{entry.library}=={entry.version}", f"{entry.library}@{entry.version}"}
    if entry.kind == "changes" and entry.units:
        return safe_line(f"what changed in the API of {entry.library}")
    library = f"{entry.library or entry.corpus} {entry.version or '(version unknown)'}, "
    source = "package" if "/" not in entry.location and entry.kind in _PACKAGES else _place(entry.location)
    fetched = f", fetched {entry.fetched_at[:10]}" if entry.fetched_at else ""
    if not entry.units:
        return safe_line(f"nothing was found in {source if source != 'package' else 'the package'}")
    return safe_line(f"{'' if says_all else library}{source}{fetched}")


def _place(location: str) -> str:
    """Return a location as a user would type it here."""
    return seen_from(Path(location), Path.cwd()) if Path(location).is_absolute() else location


def package_coverage(package: AddedPackage, *, verbose: bool) -> str:
    """Render where a package was found and how much of it is documented; with `verbose`, what is not."""
    found = package.coverage
    lines = [
        f"{safe_line(package.library)} {safe_line(package.version)}"
        + (f": {safe_line(package.found)}" if package.found else ""),
        f"  {counted(found.members, 'public member')}: {found.documented} with docstring, "
        f"{len(found.bare)} without, {len(found.unreachable)} unreachable",
    ]
    for title, names in (
        ("without docstring", found.bare),
        ("unreachable", [f"{name} ({why})" for name, why in found.unreachable]),
    ):
        if names and verbose:
            more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
            lines.append(f"  {title}: {', '.join(map(safe_line, names[:_NAMES_SHOWN]))}{more}")
    if found.unreachable and not verbose:
        first = ", ".join(safe_line(name) for name, _ in found.unreachable[:_FIRST_SHOWN])
        rest = len(found.unreachable) - _FIRST_SHOWN
        lines.append(f"  unreachable: {first}{f' and {rest} more' if rest > 0 else ''} (-v tells why)")
    if package.offers_runtime:
        lines.append(
            "  a run in the sandbox may show more docstrings: "
            f"rag docs add pkg:{safe_line(package.library)}=={safe_line(package.version)} --runtime"
        )
    return "\n".join(lines)


def removed(documents: int, *, json: bool) -> str:
    """Render how many documents were removed."""
    record = {"documents": documents}
    return json_text(record, indent=None) if json else f"removed {counted(documents, 'document')}"


def synced(report: SyncReport, *, json: bool) -> str:
    """Render what a sync did: in sum, then the packages that were added, have no documentation or failed.

    Of many that were added, it shows those with most units.
    """
    if json:
        return json_text(asdict(report))
    by_outcome = {
        outcome: [one for one in report.packages if one.outcome == outcome]
        for outcome in ("added", "there", "empty", "failed")
    }
    lines = [
        f"{counted(len(report.packages), 'package')}: "
        f"{len(by_outcome['added'])} added, {len(by_outcome['there'])} already there, "
        f"{len(by_outcome['empty'])} without documentation, {len(by_outcome['failed'])} failed"
    ]
    lines += _added(by_outcome["added"])
    empty = ", ".join(f"{one.package.name} {one.package.version}" for one in by_outcome["empty"])
    if empty:
        lines.append(f"without documentation: {empty}")
    failed = [(f"{one.package.name} {one.package.version}", one.detail) for one in by_outcome["failed"]]
    lines += _by_reason("failed", failed)
    lines += _by_reason("left out", [_split_reason(line) for line in report.unpinned])
    if report.others:
        lines.append(f"for another platform or Python: {safe_line(', '.join(report.others))}")
    lines += [f"removed: {safe_line(name)}" for name in report.removed]
    return "\n".join(lines)


def _added(packages: Sequence[Synced]) -> list[str]:
    largest = sorted(packages, key=lambda one: one.units)[-_MOST_ADDED:]
    shown = [one for one in packages if one in largest]
    lines = [
        f"  {one.package.name} {one.package.version}{_alias(one)}: {counted(one.units, 'unit')}"
        for one in shown
    ]
    more = len(packages) - len(shown)
    return [*lines, f"  and {more} more  (rag docs list has all)"] if more else lines


def _alias(one: Synced) -> str:
    return f" ({one.package.alias} in this project)" if one.package.alias else ""


def _split_reason(line: str) -> tuple[str, str]:
    """Split `scipy>=1: no exact version` into what is left out and why."""
    label, _, reason = line.partition(": ")
    return label, reason


def _by_reason(title: str, entries: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line for each reason, with all that it holds for."""
    grouped: dict[str, list[str]] = {}
    for label, reason in entries:
        grouped.setdefault(reason, []).append(label)
    return [
        f"{title}: {safe_line(', '.join(names))}{f': {safe_line(why)}' if why else ''}"
        for why, names in grouped.items()
    ]
