"""The public names of an API by the objects that they stand for, members of classes with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from corpora.api.made_values import accessed_class
from corpora.api.model import ApiModel, ApiObject, ObjectKind

_MAX_DEPTH: Final = 4  # of classes in classes
_NOT_COMPARED: Final = frozenset(
    """
    __abstractmethods__ __all__ __annotations__ __author__ __builtins__ __cached__ __copyright__ __date__
    __dict__ __doc__ __file__ __init__ __init_subclass__ __loader__ __match_args__ __module__ __name__ __new__
    __package__ __path__ __qualname__ __slots__ __spec__ __weakref__ __dir__ __getattr__ __getattribute__
    __setattr__ __delattr__ __reduce__ __reduce_ex__ __getstate__ __setstate__ __sizeof__ __repr__ __str__
    __hash__ __del__ __copy__ __deepcopy__ __class_getitem__ __set_name__ __orig_bases__ __parameters__
    __signature__ __text_signature__ __wrapped__ __version__ __version_info__ __git_version__
    __unicode__ __nonzero__ __div__ __rdiv__ __idiv__ __cmp__ __coerce__ __long__ __oct__ __hex__
    __metaclass__ __getslice__ __setslice__ __delslice__
    """.split()  # noqa: SIM905 (a list to read)
)
"""Special names that each object has, that say how a module was made, or that Python 3 does not ask for:
`__init__` is the class's call."""


@dataclass(slots=True)
class Surface:
    """The public names of an API.

    Attributes:
        model: that they are of.
        names: of each object, by its path: all public names of modules, and of what modules hold.
        classes: public classes by their paths, with the name that the names of their members begin with.
        accessors: names of members of classes that give an object of a class, by the path of that class:
            `pandas.Series.str`.
    """

    model: ApiModel
    names: Mapping[str, list[str]]
    classes: Mapping[str, str] = field(default_factory=dict)
    accessors: Mapping[str, list[str]] = field(default_factory=dict)

    def kind(self, path: str) -> ObjectKind:
        """Return what an object is; one of another library, which the model does not know, an attribute."""
        known = self.model.objects.get(path)
        return known.kind if known else "attribute"

    def members(self, path: str) -> dict[str, str]:
        """Return the public members of a class with inherited ones: their names, with paths of objects."""
        members = {
            name: target for name, target in self.model.members_of(path).items() if is_compared_member(name)
        }
        return {name: target for name, target in members.items() if not self._is_internal(target)}

    def _is_internal(self, path: str) -> bool:
        """Return whether the library says of a member that it is not for users."""
        known = self.model.objects.get(path)
        return known is not None and "internal" in known.labels

    def own_place(self, holder: str, member: str) -> str:
        """Return the path of a member in the most basic class of the library that has it.

        A member that classes override is the same thing for those who call it.
        """
        place = ""
        for base in self.model.order(holder):
            known = self.model.objects.get(base)
            place = known.members.get(member, place) if known else place
        return place


def surface_of(model: ApiModel) -> Surface:
    """Return the public names of an API by the objects that they stand for."""
    names: dict[str, list[str]] = {}
    for name, path in model.names.items():
        # (what is imported for type checkers is public, and not there)
        if name.rpartition(".")[2] not in _NOT_COMPARED and model.find(name) is not None:
            names.setdefault(path, []).append(name)
    for path, known in names.items():
        best = model.best.get(path, "")
        known.sort(key=lambda name: (name != best, len(name), name))
    classes = dict(_classes(model, names))
    accessors: dict[str, list[str]] = {}
    for name, path in [*_accessors(model, classes)]:
        accessors.setdefault(path, []).append(name)
        if len(name) < len(classes.get(path, "." * 300)):
            classes[path] = name
    return Surface(model, names, classes, accessors)


def _classes(model: ApiModel, names: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield public classes, and the public classes in them, with their names."""
    for path, known in names.items():
        found = model.objects.get(path)
        if found is not None and found.kind == "class":
            yield from _with_inner(model, found, known[0], _MAX_DEPTH)


def _accessors(model: ApiModel, classes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield names under which members of classes give objects of other classes: `pandas.Series.str`."""
    for path, name in classes.items():
        for member, target in model.objects[path].members.items():
            made = model.objects.get(target)
            if made is not None and made.value and is_compared_member(member):
                given = accessed_class(made, model)
                if given is not None:
                    yield f"{name}.{member}", given.path


def _with_inner(model: ApiModel, found: ApiObject, name: str, depth: int) -> Iterator[tuple[str, str]]:
    yield found.path, name
    for member, path in found.members.items() if depth else ():
        inner = model.objects.get(path)
        if (
            inner
            and inner.kind == "class"
            and path == f"{found.path}.{member}"
            and is_compared_member(member)
        ):
            yield from _with_inner(model, inner, f"{name}.{member}", depth - 1)


def is_compared_member(name: str) -> bool:
    """Return whether a member of a class is for its users, and says something of its API."""
    if name.startswith("__") and name.endswith("__"):
        return name not in _NOT_COMPARED
    return not name.startswith("_")
