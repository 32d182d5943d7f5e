"""What changed between two versions of a library's documentation: names, ways to call, texts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from corpora.api.changes import ApiChange, ApiDiff, sorted_changes
from corpora.api.diff import diff
from corpora.documented_apis.read import DocumentedApi

_SENTENCE: Final = re.compile(r"[^.!?\n]{1,600}[.!?\n]?")
_MAX_SENTENCES: Final = 2_000  # of one text
_MAX_SHOWN: Final = 300  # characters
_MIN_WORDS: Final = 4  # of a sentence that says something
_GONE: Final = frozenset({"removed", "moved", "renamed"})


def compare_documentation(old: DocumentedApi, new: DocumentedApi) -> ApiDiff:
    """Return what changed from one version of a documentation to another.

    What is no longer documented may still be there: it is never known to break code. Where nothing else
    changed but the text, a note has the first new sentence.
    """
    found = diff(old.model, new.model)
    changes = [_no_longer_documented(one) for one in found.changes]
    told = {(one.path, one.name) for one in changes if one.kind != "added"}
    changes += _text_changes(old, new, {name for pair in told for name in pair})
    return ApiDiff(found.library, found.old, found.new, sorted_changes(changes))


def _no_longer_documented(change: ApiChange) -> ApiChange:
    if change.kind not in _GONE:
        return change
    detail = "; ".join(filter(None, (change.detail, "no longer documented")))
    return replace(change, is_certain=False, detail=detail)


def _text_changes(old: DocumentedApi, new: DocumentedApi, told: set[str]) -> Iterator[ApiChange]:
    for path in sorted(old.texts.keys() & new.texts.keys() - told):
        before, after = old.texts[path], new.texts[path]
        if new.model.objects[path].kind == "module":
            continue  # a page that lists what is in it
        if " ".join(before.split()) == " ".join(after.split()):
            continue
        known = set(_sentences(before))
        added = [one for one in _sentences(after) if one not in known]
        left = len(known - set(_sentences(after)))
        here = new.model.objects[path]
        if added or left:
            yield ApiChange(
                "behaviour note",
                path,
                path,
                here.kind,
                new=new.model.version,
                detail="its documentation says more" if added else "its documentation says less",
                evidence=" ".join(added)[:_MAX_SHOWN],
                file=here.file,
            )


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text that say something, in their order."""
    found = (" ".join(match[0].split()) for match in _SENTENCE.finditer(text))
    kept = [one for one in found if len(one.split()) >= _MIN_WORDS]
    return kept[:_MAX_SENTENCES]
