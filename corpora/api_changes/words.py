"""Changes of an API in words: what happened, and what to do."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from corpora.api.changes import ApiChange, ChangeKind
from corpora.api_changes.version_range import VersionRange

_MAX_SAID: Final = 300  # characters of a message
_MAX_WRITTEN: Final = 100  # characters of a parameter or a default
_MAX_LISTED: Final = 60  # parameters of which the same is said

GONE: Final[frozenset[ChangeKind]] = frozenset({"removed", "moved", "renamed"})
"""What happened to an object of which the old name leads nowhere any more."""

_SAID_OF_ALL: Final[frozenset[ChangeKind]] = frozenset({"parameter kind changed", "parameter removed"})
"""What is said once of all parameters that it happened to: a function may have forty."""


_FORMS: Final[dict[ChangeKind, str]] = {
    "parameter renamed": "has another name for `{parameter}`: `{new}`",
    "parameter made required": "needs an argument for `{parameter}`, which had a default: `{old}`",
    "parameter moved": "has `{parameter}` in another position: {new}, was {old}",
    "parameter added": "has a new parameter{needed}: `{new}`",
    "default changed": "has another default for `{parameter}`: `{new}`, was `{old}`",
    "bases changed": "is no longer a subclass of `{old}`",
    "no longer callable": "is not called any more: it is a {new}, and was a {old}",
    "kind changed": "is a {new}, and was a {old}",
}
"""Ends of sentences that begin with the name of an object."""


def shortened(text: str, most: int) -> str:
    """Return a text on one line, cut to `most` characters."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def what_became(change: ApiChange, versions: VersionRange, since: str) -> str:
    """Return what became of an object whose name is gone.

    Args:
        change: that the name is gone by.
        versions: the two versions.
        since: the version that deprecated it; empty if that is not known.
    """
    name, library = f"`{change.name}`", versions.library
    if change.kind == "moved":
        return f"{name} was moved: in {library} {versions.new} it is `{change.new}`."
    if change.kind == "renamed":
        return f"{name} was renamed: in {library} {versions.new} it is called `{change.new}`."
    there = f"it is there in {versions.old} and not in {versions.new}"
    was = f", deprecated since {since}" if since else ""
    use = f" Use `{change.replacement}` instead." if change.replacement else ""
    if change.version:
        return f"{name} was removed in {library} {change.version} ({there}{was}).{use}"
    return f"{name} was removed in {library} {versions.new} or before ({there}{was}).{use}"


def what_changed(changes: Sequence[ApiChange]) -> Iterator[str]:
    """Yield a line for each change of an object that is still there, and one for all parameters alike.

    What is said are ends of sentences that begin with its name: "takes `sep` no longer by position".
    """
    for kind, found in groupby(changes, key=lambda one: one.kind):
        alike = list(found)
        if kind in _SAID_OF_ALL:
            by_detail: dict[str, list[str]] = {}
            for one in alike:
                by_detail.setdefault(one.detail, []).append(f"`{one.parameter}`")
            for detail, names in by_detail.items():
                yield _of_all(kind, _listed(names), shortened(detail, _MAX_WRITTEN))
            continue
        yield from filter(None, map(_line, alike))


def _of_all(kind: ChangeKind, names: str, detail: str) -> str:
    if kind == "parameter removed":
        return f"does not take {names} any more" + (f" ({detail})" if detail else "")
    return f"takes {names} {detail or 'in another way'}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MAX_LISTED
    return ", ".join(names[:_MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


def _line(change: ApiChange) -> str:
    """Return what is said of one change; empty if there is nothing to say."""
    said = shortened(change.evidence, _MAX_SAID)
    if change.kind == "deprecated":
        use = f"; use `{change.replacement}` instead" if change.replacement else ""
        return f"is deprecated{use}{f': {said}' if said else ''}"
    if change.kind == "behaviour note":
        return f"changed{f' in version {change.new}' if change.new else ''}: {said}" if said else ""
    old, new = shortened(change.old, _MAX_WRITTEN), shortened(change.new, _MAX_WRITTEN)
    needed = " that it needs" if change.is_breaking else ""
    form = _FORMS.get(change.kind, "")
    return form.format(parameter=change.parameter, old=old, new=new, needed=needed)
