"""Warnings about what was probably not meant to be indexed, or to be left out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from corpora.document import Listed, Skipped
from corpora.kinds import kind_named
from corpora.spec import CorpusSpec
from corpora.syntax.languages import language_of

# Reported by a corpus in place of a file: a rule of its `.gitignore` is not followed, or git does not answer.
_RULES: Final = {"(.gitignore)": ".gitignore", "(git)": "git", "(sparse checkout)": "sparse checkout"}

_DATA_LANGUAGES: Final = frozenset({"csv", "gettext", "json", "xml"})

# Folders that often hold generated or foreign code. skip_rules enters them, since as often they hold what
# the corpus is about.
_LOOKS: Final = {
    "build output": "_build artifacts bin build debug dist obj out output public release target",
    "generated code": "autogen gen generated generated-sources",
    "vendored code": "bundled contrib deps dependencies extern external godeps subprojects",
    "data": "assets corpus data dataset datasets fixtures static testdata",
}
_LOOK_OF_NAME: Final = {name: look for look, names in _LOOKS.items() for name in names.split()}


def rule_warnings(documents: int, skipped: Iterable[Skipped], include: Sequence[str] = ()) -> list[str]:
    """Return a warning for each ignore rule that cannot be followed, and one if nothing is left to index."""
    skipped = list(skipped)
    notes = [f"{_RULES[item.path]}: {item.detail}" for item in skipped if item.path in _RULES]
    left_out = [item for item in skipped if item.path not in _RULES]
    return [*notes, _why_empty(left_out, include)] if not documents else notes


def _why_empty(skipped: Sequence[Skipped], include: Sequence[str]) -> str:
    if not skipped:
        reason = f"nothing matches include = {list(include)}" if include else "no file is there"
        return f"nothing to index: {reason}, or git ignores all of it"
    reason, count = Counter(item.reason for item in skipped).most_common(1)[0]
    example = next(item for item in skipped if item.reason == reason)
    detail = f" ({example.detail})" if example.detail else ""
    return (
        f"nothing to index: all {len(skipped)} items are left out, "
        f"{count} as {reason!r}, such as {example.path}{detail}"
    )


def share_warnings(spec: CorpusSpec, listed: Sequence[Listed]) -> Iterator[str]:
    """Yield what makes up more than half of the bytes and is probably not what people search for."""
    if not kind_named(spec.kind).is_code:
        return
    folders, languages, data = Counter[str](), Counter[str](), Counter[str]()
    for item in listed:
        top, slash, _ = item.path.partition("/")
        language = language_of(item.path)
        languages[language] += item.size_bytes
        if slash:
            folders[top] += item.size_bytes
            data[top] += item.size_bytes if language in _DATA_LANGUAGES else 0
    total = sum(languages.values())
    if (found := _most(folders, total)) and (look := _look(found[0], data[found[0]], folders)):
        yield f"{found[0]}/ makes up {found[1]:.0%} of the bytes and looks like {look}{_advice(found[0])}"
    elif (found := _most(languages, total)) and found[0] in _DATA_LANGUAGES:
        yield f"{found[1]:.0%} of the bytes are {found[0]}: data, not code; a .ragignore leaves files out"


def _most(sizes: Mapping[str, int], total: int) -> tuple[str, float] | None:
    """Return the largest name and its share, if that is more than half."""
    largest = max(sizes, key=lambda name: sizes[name], default="")
    return (largest, sizes[largest] / total) if largest and sizes[largest] * 2 > total else None


def _look(folder: str, data_bytes: int, folders: Mapping[str, int]) -> str:
    return _LOOK_OF_NAME.get(folder.lower()) or ("data" if data_bytes * 2 > folders[folder] else "")


def _advice(folder: str) -> str:
    return f"; a line {folder}/ in a .ragignore leaves it out"
