"""Objects that only one version has, matched with those that only the other has: moved or renamed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from corpora.api.model import ApiModel, ApiObject
from corpora.api.sketch import likeness

_MOVED: Final = 0.4
"""Of bodies of the same name that are one thing: unrelated functions share 0.1 to 0.2 of their tokens."""
_RENAMED: Final = 0.7
_MEMBERS: Final = 0.5  # share of the members of a class or module
_FEW: Final = 3  # members that two classes may share by chance
_NAMES_ALIKE: Final = 0.6
_MOST: Final = 60  # objects that one word leads to; more say nothing
_BANDS: Final = 4  # places of a sketch that are looked up together


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An object that may have a counterpart in the other version.

    Attributes:
        path: of the object.
        name: its best public name, or the name of a member.
        place: where its counterpart has to be: a class in its old version, or empty for anywhere.
    """

    path: str
    name: str
    place: str = ""


def match_objects(
    gone: Sequence[Unmatched], added: Sequence[Unmatched], old: ApiModel, new: ApiModel
) -> dict[str, tuple[str, str]]:
    """Return the counterparts of objects that are gone.

    It finds the same pairs if both versions are exchanged.

    Returns:
        For the path of an object in the old version that of its counterpart, and what they have in common.
    """
    pairs = []
    for one, other in _alike(gone, added, old, new):
        before, after = old.objects.get(one.path), new.objects.get(other.path)
        if before is not None and after is not None and before.kind == after.kind:
            score, why = _score(one.name, other.name, before, after)
            if score:
                ends = sorted((one.path, other.path))
                pairs.append((-score, ends, one.path, other.path, why))
    pairs.sort()
    found: dict[str, tuple[str, str]] = {}
    taken: set[str] = set()
    for _, _, path, counterpart, why in pairs:
        if path not in found and counterpart not in taken:
            found[path] = (counterpart, why)
            taken.add(counterpart)
    return found


def _alike(
    gone: Sequence[Unmatched], added: Sequence[Unmatched], old: ApiModel, new: ApiModel
) -> Iterator[tuple[Unmatched, Unmatched]]:
    """Yield pairs that have a name, a sentence or a part of their bodies in common."""
    by_key: dict[tuple[object, ...], list[Unmatched]] = {}
    for other in added:
        for key in _keys(other, new):
            by_key.setdefault(key, []).append(other)
    sizes: dict[tuple[object, ...], int] = {}
    keys = [(one, [*_keys(one, old)]) for one in gone]
    for _, its in keys:
        for key in its:
            sizes[key] = sizes.get(key, 0) + 1
    for one, its in keys:
        seen: set[str] = set()
        for key in its:
            others = by_key.get(key, ())
            if len(others) <= _MOST and sizes[key] <= _MOST:
                for other in others:
                    if other.path not in seen:
                        seen.add(other.path)
                        yield one, other


def _keys(one: Unmatched, model: ApiModel) -> Iterable[tuple[object, ...]]:
    found = model.objects.get(one.path)
    if found is None:
        return
    yield one.place, found.kind, "name", one.name.rpartition(".")[2]
    if found.summary:
        yield one.place, found.kind, "summary", found.summary
    for start in range(0, len(found.sketch), _BANDS):
        yield one.place, found.kind, start, found.sketch[start : start + _BANDS]
    if one.place:
        yield one.place, found.kind
    if found.kind in {"module", "class"}:
        for member in sorted(name for name in found.members if not name.startswith("_"))[:_BANDS]:
            yield one.place, found.kind, "member", member


def _score(name: str, other: str, before: ApiObject, after: ApiObject) -> tuple[float, str]:
    """Return how sure it is that two objects are one, 0 if they are not, and why."""
    last, other_last = name.rpartition(".")[2], other.rpartition(".")[2]
    is_same_name = last == other_last
    reasons: list[str] = []
    score = 0.0
    body = likeness(before.sketch, after.sketch)
    if body >= (_MOVED if is_same_name else _RENAMED):
        reasons.append("body")
        score += body
    is_said_alike = bool(before.summary) and before.summary == after.summary
    if is_said_alike:
        reasons.append("docstring")
        score += 0.5
    is_called_alike = _is_called_alike(before, after)
    if is_called_alike:
        reasons.append("signature")
        score += 0.3
    shared, most = _shared_members(before, after)
    if most and shared / most >= _MEMBERS and (is_same_name or shared >= _FEW):
        reasons.append("members")
        score += shared / most
    is_same_value = bool(before.value) and before.value == after.value
    if is_same_name:
        if before.kind == "attribute" and is_same_value:
            reasons.append("value")
            score += 0.3
        return (score + 1, ", ".join(("name", *reasons))) if reasons else (0.0, "")
    alike = names_alike(last, other_last)
    is_one = (
        ("body" in reasons and (is_said_alike or (is_called_alike and alike >= _NAMES_ALIKE)))
        or (is_said_alike and is_called_alike)
        or ("members" in reasons and (is_said_alike or alike >= _NAMES_ALIKE))
    )
    return (score + alike / 2, ", ".join(reasons)) if is_one else (0.0, "")


def _is_called_alike(before: ApiObject, after: ApiObject) -> bool:
    """Return whether both take the same parameters, and at least one."""
    if not before.signatures or not after.signatures:
        return False
    names = [tuple(one.name for one in found.signatures[0].parameters) for found in (before, after)]
    return bool(names[0]) and names[0] == names[1]


def _shared_members(before: ApiObject, after: ApiObject) -> tuple[int, int]:
    """Return how many public members two classes or modules share, and how many both have together."""
    if before.kind not in {"class", "module"}:
        return 0, 0
    one, other = ({name for name in found.members if name[:1] != "_"} for found in (before, after))
    return len(one & other), len(one | other)


def names_alike(name: str, other: str) -> float:
    """Return how alike two names are, 0 to 1, without regard to case and underscores."""
    plain = [text.replace("_", "").lower() for text in (name, other)]
    if min(map(len, plain)) >= _FEW and (plain[0] in plain[1] or plain[1] in plain[0]):
        return 1.0
    first, second = sorted(plain)  # `ratio` depends on the order
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
