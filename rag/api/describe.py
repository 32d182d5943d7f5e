"""What is to be shown of a library's API: its modules with what they offer, or one of its objects."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from corpora.api.model import ApiModel, ApiObject, FoundObject, Missing
from corpora.api.near_names import near_api_names, whole_name
from corpora.errors import CorpusError

_MAX_TOPS: Final = 8  # that a message lists


@dataclass(frozen=True, slots=True)
class ModuleSummary:
    """How much a public module offers.

    Attributes:
        name: by which it is imported.
        classes, functions, values: the numbers of public ones, those that it re-exports among them.
        summary: the first sentence of its docstring.
    """

    name: str
    classes: int
    functions: int
    values: int
    summary: str


@dataclass(frozen=True, slots=True)
class LibrarySummary:
    """What a library offers.

    Attributes:
        library, version: of the distribution.
        objects: the number of all objects that its source shows, private ones among them.
        names: the number of its public names, without members of classes.
        modules: its public modules.
    """

    library: str
    version: str
    objects: int
    names: int
    modules: tuple[ModuleSummary, ...]


@dataclass(frozen=True, slots=True)
class MemberGroup:
    """The members that a class or module has from one place.

    Attributes:
        of: path of the class that defines them.
        names: of the members, sorted.
    """

    of: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """One object of a library.

    Attributes:
        library, version: of the distribution.
        name: by which it was asked for, in full.
        object: what the name leads to; None if it is of another library or no source shows it.
        path: where it is defined.
        names: all public names of it.
        inherited_from: path of the class that the member is inherited from; empty if it is not inherited.
        members: own ones first, then those of each base that has more.
        is_open: whether it, or a base, may have members that are not shown.
        why_open: the reasons.
    """

    library: str
    version: str
    name: str
    object: ApiObject | None
    path: str
    names: tuple[str, ...]
    inherited_from: str
    members: tuple[MemberGroup, ...]
    is_open: bool
    why_open: tuple[str, ...]


def summarize_api(model: ApiModel) -> LibrarySummary:
    """Return what a library offers: its public modules, and how much is in them."""
    counts: dict[str, dict[str, int]] = {}
    modules: dict[str, ApiObject] = {}
    for name, path in model.names.items():
        found = model.objects.get(path)
        if found is not None and found.kind == "module":
            modules[name] = found
        holder = name.rpartition(".")[0]
        kind = found.kind if found is not None else "attribute"
        held = counts.setdefault(holder, {})
        held[kind] = held.get(kind, 0) + 1
    best = {name: found for name, found in modules.items() if model.best.get(found.path) == name}
    summaries = [
        ModuleSummary(
            name,
            counts.get(name, {}).get("class", 0),
            counts.get(name, {}).get("function", 0),
            counts.get(name, {}).get("attribute", 0),
            found.summary,
        )
        for name, found in sorted(best.items())
    ]
    sizes = len(model.objects), len(model.names)
    return LibrarySummary(model.library, model.version, *sizes, tuple(summaries))


def describe_object(model: ApiModel, name: str, *, private: bool = False) -> ObjectDescription:
    """Return what is known of one object of a library.

    Args:
        model: of the library.
        name: of the object; `DataFrame.merge` is enough for `pandas.DataFrame.merge`.
        private: whether members whose names begin with an underscore are listed.

    Raises:
        CorpusError: the library has no such name.
    """
    whole = whole_name(model, name)
    found = model.look_up(whole)
    if isinstance(found, Missing):
        raise _unknown(model, whole, found)
    target = found.object
    holds = target is not None and target.kind in {"class", "module"}
    return ObjectDescription(
        model.library,
        model.version,
        whole,
        target,
        found.path,
        _names_of(model, found),
        found.through if found.is_inherited else "",
        tuple(_groups(model, found.path, private=private)) if holds else (),
        model.is_open(found.path) if holds else False,
        tuple(_reasons(model, found.path)) if holds else (),
    )


def _unknown(model: ApiModel, name: str, found: Missing) -> CorpusError:
    near = near_api_names(model, found.name)
    holder = model.public_name(found.holder) or found.holder
    tops = ", ".join(model.tops[:_MAX_TOPS]) + (" and others" if len(model.tops) > _MAX_TOPS else "")
    why = f"{holder} has no {found.part}" if holder else f"its top-level names are {tops}"
    if holder and found.is_open:
        reason = next(iter(_reasons(model, found.holder)), "its source does not show its members")
        why += f", as far as its source shows ({reason})"
    library = f"{model.library} {model.version}".rstrip()
    return CorpusError(
        f"{library} has no {name}",
        why=why,
        fix=f"did you mean {', or '.join(near)}?" if near else "leave out the name to see all modules",
    )


def _names_of(model: ApiModel, found: FoundObject) -> tuple[str, ...]:
    """Return the public names of an object: of a member, those by the names of its class."""
    own = [name for name, path in model.names.items() if path == found.path]
    holder, _, part = found.path.rpartition(".")
    if not own and holder in model.objects and model.objects[holder].kind == "class":
        own = [f"{name}.{part}" for name, path in model.names.items() if path == holder]
    return tuple(own)


def _groups(model: ApiModel, path: str, *, private: bool) -> Iterable[MemberGroup]:
    seen: set[str] = set()
    for base in model.order(path):
        held = model.objects.get(base)
        names = [name for name in (held.members if held is not None else ()) if name not in seen]
        seen.update(names)
        shown = sorted(name for name in names if private or not name.startswith("_"))
        if shown:
            yield MemberGroup(base, tuple(shown))


def _reasons(model: ApiModel, path: str) -> Iterable[str]:
    """Yield why an object may have more members, for each of its bases that may."""
    for base in model.order(path):
        held = model.objects.get(base)
        if held is None and model.is_open(base):
            yield f"{base}: it is of another library"
        elif held is not None and held.is_open:
            yield f"{base}: {held.why_open or 'a base of it cannot be told'}"
