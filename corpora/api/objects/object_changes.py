"""What changed in an object that two versions of a library have."""

from collections.abc import Iterator, Mapping

from corpora.api.changes import ApiChange
from corpora.api.model import ApiModel, ApiObject
from corpora.api.objects.bases import base_change
from corpora.api.objects.calls import call_changes
from corpora.api.objects.kinds import kind_change
from corpora.api.objects.object_pair import ObjectPair
from corpora.api.replacements import replacement_for


def object_changes(
    name: str,
    before: ApiObject | None,
    after: ApiObject | None,
    old: ApiModel,
    new: ApiModel,
    now_at: Mapping[str, str],
) -> Iterator[ApiChange]:
    """Yield what changed in an object.

    Args:
        name: its public name.
        before: the object in the old version; None for one of another library.
        after: the same in the new version.
        old: the older version.
        new: the newer one.
        now_at: for paths of the old version where the same object is in the new one.
    """
    if before is None or after is None:
        return
    pair = ObjectPair(name, before, after, old, new, now_at)
    kinds = [*kind_change(pair)]
    yield from kinds
    if not kinds:
        yield from call_changes(pair)
    yield from base_change(pair)
    yield from _said(pair)


def _said(pair: ObjectPair) -> Iterator[ApiChange]:
    """Yield what the newer version says of an object, and the older one did not."""
    before, after = pair.before, pair.after
    if after.deprecated and not before.deprecated:
        instead = replacement_for(pair.name, after.deprecated, pair.new)
        yield pair.change("deprecated", evidence=after.deprecated, replacement=instead)
    known = {(note.kind, note.version, note.text) for note in before.notes}
    versions = {note.version for note in before.notes if note.kind == "changed"}
    for note in after.notes:
        is_new = (note.kind, note.version, note.text) not in known
        if note.kind == "changed" and is_new and note.text and note.version not in versions:
            yield pair.change("behaviour note", new=note.version, detail=note.kind, evidence=note.text)
