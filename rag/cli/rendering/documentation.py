"""Results of `rag docs` as text or JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from corpora.counted import counted
from rag.added_packages import AddedPackage
from rag.cli.rendering.json_text import json_text
from rag.docs import DocumentedLibrary, SyncReport
from rag.prompting.fence import safe_line

_NAMES_SHOWN = 200


def documented_libraries(entries: Sequence[DocumentedLibrary], *, json: bool) -> str:
    """Render a line for each library and version."""
    if json:
        return json_text([asdict(entry) for entry in entries])
    if not entries:
        return "no documentation; add some with: rag docs add pkg:NAME==VERSION"
    lines = []
    for entry in entries:
        library = f"{entry.library or entry.corpus} {entry.version or '(version unknown)'}"
        source = entry.location if entry.kind != "package" or "/" in entry.location else "package"
        units = "unit " if entry.units == 1 else "units"
        fetched = f", fetched {entry.fetched_at[:10]}" if entry.fetched_at else ""
        lines.append(f"{safe_line(library):32} {entry.units:6} {units}  {safe_line(source)}{fetched}")
        if entry.corpus not in {entry.library, f"{entry.library}=={entry.version}", entry.location}:
            lines[-1] += f"  [{safe_line(entry.corpus)}]"
    return "\n".join(lines)


def package_coverage(package: AddedPackage, *, verbose: bool) -> str:
    """Render where a package was found and how much of it is documented; with `verbose`, what is not."""
    found = package.coverage
    lines = [
        f"{safe_line(package.library)} {safe_line(package.version)}"
        + (f", {safe_line(package.found)}" if package.found else "")
        + f": {counted(found.members, 'public member')}, {found.documented} with docstring, "
        f"{len(found.bare)} without, {len(found.unreachable)} unreachable"
    ]
    for title, names in (
        ("without docstring", found.bare),
        ("unreachable", [f"{name} ({why})" for name, why in found.unreachable]),
    ):
        if names and verbose:
            more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
            lines.append(f"  {title}: {', '.join(map(safe_line, names[:_NAMES_SHOWN]))}{more}")
    if package.offers_runtime:
        lines.append(
            f"  some of these may have a docstring when the package runs, in the sandbox: "
            f"rag docs add pkg:{safe_line(package.library)}=={safe_line(package.version)} --runtime"
        )
    return "\n".join(lines)


def removed(documents: int, *, json: bool) -> str:
    """Render how many documents were removed."""
    record = {"documents": documents}
    return json_text(record, indent=None) if json else f"removed {counted(documents, 'document')}"


def synced(report: SyncReport, *, json: bool) -> str:
    """Render what a sync did: in sum, then each package that was added, has no documentation or failed."""
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
    lines += [
        f"  {one.package.name} {one.package.version}: {counted(one.units, 'unit')}"
        for one in by_outcome["added"]
    ]
    empty = ", ".join(f"{one.package.name} {one.package.version}" for one in by_outcome["empty"])
    if empty:
        lines.append(f"without documentation: {empty}")
    lines += [
        f"failed: {one.package.name} {one.package.version}: {safe_line(one.detail)}"
        for one in by_outcome["failed"]
    ]
    lines += [f"left out, not pinned: {safe_line(line)}" for line in report.unpinned]
    lines += [f"removed: {safe_line(name)}" for name in report.removed]
    return "\n".join(lines)
