"""`rag api diff`: what changed in the API of a library from one version to another."""

import argparse
from difflib import get_close_matches
from typing import Final

from corpora.api.changes import ApiDiff
from corpora.dependencies.package_name import is_python_version
from rag.api.diff_apis import diff_apis
from rag.cli.api.compared_locations import compared_locations, names_library
from rag.cli.api.environment import add_environment_option
from rag.cli.api.yanked import note_yanked
from rag.cli.terminal import note, show
from rag.prompting.fence import safe_line
from rag.rendering.api_changes import changes_as_json, changes_as_markdown, changes_as_text

_FETCHED: Final = "\0"  # --notes without a path


def add_diff_options(diff: argparse.ArgumentParser) -> None:
    """Add the options of `rag api diff`."""
    diff.description = (
        "Say what changed in the public API of a library: names that were removed, moved or renamed, "
        "parameters, defaults and base classes that changed, deprecations and notes, breaking changes first. "
        "Both versions are read as text; nothing of them is run."
    )
    diff.add_argument(
        "versions",
        nargs="+",
        metavar="VERSION",
        help="NAME OLD NEW, as in pandas 1.5.3 2.2.3; or two locations: NAME==VERSION, an installed package, "
        "a wheel, an sdist, a folder, REPOSITORY@REVISION, or two folders of documentation; of npm, "
        "npm:zod 3.23.8 4.1.0, or two .tgz; or two revisions of the git repository here: v1.0 HEAD",
    )
    add_environment_option(diff)
    diff.add_argument(
        "--notes",
        nargs="?",
        default="",
        const=_FETCHED,
        metavar="PATH",
        help="release notes to take lines from that name what changed: an sdist, a folder, or a file such as "
        "CHANGES.rst; without PATH, the sdist of the newer version, which is fetched, or its repository; "
        "default: the newer version, if that is an sdist",
    )
    diff.add_argument("--name", metavar="PREFIX", help="only this module, class or function and all below it")
    diff.add_argument("--breaking", action="store_true", help="only what is known to break code")
    shown = diff.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print JSON")
    shown.add_argument("--markdown", action="store_true", help="print Markdown")
    diff.add_argument(
        "--fail-on",
        choices=("breaking", "any"),
        help="exit with 1 if there are breaking changes, or any changes",
    )
    diff.set_defaults(run=run_diff)


def run_diff(options: argparse.Namespace) -> int:
    """Compare two versions and print what changed."""
    if len(options.versions) == 2 and names_library(options.notes):  # --notes pandas 1.5.3 2.2.3
        options.versions, options.notes = [options.notes, *options.versions], _FETCHED
    old, new = compared_locations(options.versions)
    is_fetched = options.notes == _FETCHED
    notes = "" if is_fetched else options.notes
    found = diff_apis(old, new, python=options.python, notes=notes, fetch_notes=is_fetched)
    _note_versions(found, options.notes)
    for version in (found.old, found.new):
        note_yanked(found.library, version)
    if options.name:
        found = _below(found, options.name)
    if options.breaking:
        found = ApiDiff(found.library, found.old, found.new, found.breaking)
    if options.json:
        show(changes_as_json(found), json=True)
    else:
        show(changes_as_markdown(found) if options.markdown else changes_as_text(found))
    is_failed = bool(found.breaking if options.fail_on == "breaking" else found.changes)
    return int(bool(options.fail_on) and is_failed)


def _note_versions(found: ApiDiff, notes: str) -> None:
    """Say that release notes are of no use where a version is none, as `HEAD`."""
    unknown = [one for one in (found.old, found.new) if not is_python_version(one.removeprefix("v"))]
    if notes and unknown:
        shown = " and ".join(safe_line(one) or "a version that is not known" for one in unknown)
        are = "is no version number" if len(unknown) == 1 else "are no version numbers"
        note(f"no lines of the release notes are shown: {shown} {are}, as v1.0 would be")


def _below(found: ApiDiff, name: str) -> ApiDiff:
    """Return the changes below a name; where there are none, say which name may be meant."""
    kept = found.below(name)
    if not kept.changes:
        known = {part for one in found.changes for each in one.all_names for part in _prefixes(each)}
        near = get_close_matches(name, known, n=1)
        note(f"nothing changed below {name}" + (f"; did you mean {near[0]}?" if near else ""))
    return kept


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
