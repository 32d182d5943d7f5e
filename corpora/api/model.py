"""The records of a library's API at one version, whatever its language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from corpora.api.builtin_members import builtin_members, kinds_of
from corpora.api.class_order import class_order
from corpora.api.signature import KeywordUse, ReturnedCall, Signature

ObjectKind = Literal["module", "class", "function", "property", "attribute"]
NoteKind = Literal["added", "changed", "deprecated", "removed"]

OBJECT_KINDS: Final[tuple[ObjectKind, ...]] = get_args(ObjectKind)
NOTE_KINDS: Final[tuple[NoteKind, ...]] = get_args(NoteKind)


@dataclass(frozen=True, slots=True)
class Note:
    """What a docstring says of a version, as in `.. versionadded:: 2.0`.

    Attributes:
        kind, version: what happened in which version, as it is written; empty if it is not said.
        text: the rest of the note, on one line.
        about: the parameter or attribute that it is about; empty for the object itself.
    """

    kind: NoteKind
    version: str
    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ApiObject:
    """A module, class, function, property or attribute of a library.

    Attributes:
        path: where it is defined, dotted; the key of the object in its model.
        kind: what it is. A method is a function. An object that is called (a ufunc) may be an attribute.
        signatures: the ways to call it, overloads in their order; empty if it is not called, or if the source
            does not show how (compiled code, tricks of a metaclass). Those of a class are of its constructor.
        bases: of a class, dotted paths, also in other libraries (`builtins.dict`); "" for one that cannot be
            told. Of an attribute, the class of its value, where the source names it.
        members: of a module or a class: each name that it defines or imports itself, private ones included,
            with the path of the object that the name stands for, which may be in another library.
        is_open: whether it may have members that the source does not show.
        annotation: of an attribute or a property, as it is written; empty if there is none.
        value: of an attribute, as it is written and cut at `MAX_DEFAULT_CHARS`; empty if it is not known.
        deprecated: what the code or the docstring says of its deprecation; empty if it is not deprecated.
        summary: the first sentence of its docstring, on one line.
        notes: what the docstring says of versions.
        sketch: of the tokens of its body, see `corpora.api.sketch`; empty if there is no body.
        file: the path of its file, relative to the folder that holds the package; empty if it has none.
        line: of its definition in that file, 1-based; 0 if it is not known.
        labels: more of what it is, sorted: "async", "classmethod", "staticmethod", "abstract",
            "instance attribute" (the class itself does not have it), "dataclass", "enum", "final",
            "typed dict", "protocol", "compiled" (no source shows it), "stub" (a stub declares it),
            "writable", "takes more keywords" (a decorator may take some that no signature names),
            "may only raise" (it ends in `raise`, or does nothing but call another function); of
            TypeScript "interface", "type" (there is no value of this name), "internal" (not for users),
            "optional", "static", "namespace" (a function or class that holds more), "object", "constructor".
        why_open: the reason, where `is_open`.
        decorators: their paths, the outermost first.
        written: the signatures below decorators that may change them, where `signatures` is empty for that.
        maybe: names among `members` that are there only where some condition holds.
        refused: of a module, names for which its `__getattr__` raises, with what it says.
        keywords: what a function does with those that `**kwargs` take; None if it may do anything.
        returned: what a function or property without an annotation returns besides None, or what the methods
            of a class set an attribute to; empty if that is not known.
        reads: names that a function reads out of its `**kwargs` itself, whatever becomes of the others.
        filled: parameters that a function gives a value of its own where they are None.
        documented: defaults that its docstring tells of parameters whose signature has `None` or a mark.
    """

    path: str
    kind: ObjectKind
    signatures: tuple[Signature, ...] = ()
    bases: tuple[str, ...] = ()
    members: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False
    annotation: str = ""
    value: str = ""
    deprecated: str = ""
    summary: str = ""
    notes: tuple[Note, ...] = ()
    sketch: tuple[int, ...] = ()
    file: str = ""
    line: int = 0
    labels: tuple[str, ...] = ()
    why_open: str = ""
    decorators: tuple[str, ...] = ()
    written: tuple[Signature, ...] = ()
    maybe: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    keywords: KeywordUse | None = None
    returned: tuple[ReturnedCall, ...] = ()
    reads: tuple[str, ...] = ()
    documented: Mapping[str, str] = field(default_factory=dict)
    filled: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the last part of its path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class FoundObject:
    """What a name leads to.

    Attributes:
        name: that was looked up.
        path, object: of what it stands for; the object is None if no source shows it here.
        holder: path of the module or class that the last part of the name was asked of; empty for a top.
        through: path of the module or class whose own member it is: the holder, or one of its bases.
    """

    name: str
    path: str
    object: ApiObject | None
    holder: str = ""
    through: str = ""

    @property
    def is_inherited(self) -> bool:
        """Return whether a base of the holder has it."""
        return self.through != self.holder


@dataclass(frozen=True, slots=True)
class Missing:
    """Where a name that leads nowhere ends.

    Attributes:
        name: that was looked up.
        holder: path of the last object that the name leads to; empty if the model has no such top.
        part: the part that this object does not have.
        is_open: whether it may have it all the same.
    """

    name: str
    holder: str
    part: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ApiModel:
    """The API of a library at one version.

    Attributes:
        library: normalized name of the distribution.
        version, tops: of the library, empty if it is not known; the top-level names that are imported.
        objects: by their paths.
        names: the public names of modules and of what they hold, with paths; `find` follows those of members.
        best: the shortest public name of an object that has one, by its path.
    """

    library: str
    version: str
    tops: tuple[str, ...]
    objects: Mapping[str, ApiObject]
    names: Mapping[str, str]
    best: Mapping[str, str]
    _orders: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    _tops: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the tops fit to be asked for: a package of npm may have thousands."""
        object.__setattr__(self, "_tops", frozenset(self.tops))

    def find(self, name: str) -> FoundObject | None:
        """Return what a dotted name leads to, through imports and bases; None if it leads nowhere."""
        return found if isinstance(found := self.look_up(name), FoundObject) else None

    def look_up(self, name: str) -> FoundObject | Missing:
        """Return what a dotted name leads to, or where it ends.

        A part of an attribute, of a function or of another library's object is not followed: such a name
        ends in a `Missing` that is open.
        """
        top = self.top_of(name)
        if not top:
            return Missing(name, "", name.partition(".")[0], is_open=False)
        found = FoundObject(top, top, self.objects.get(top))
        for part in name[len(top) + 1 :].split(".") if name != top else ():
            held = found.object
            if held is not None and held.kind == "attribute" and held.bases:
                held = self.objects.get(held.bases[0])  # what it is, the class of its value says
            if held is None or held.kind not in {"module", "class"}:
                # In `tqdm.tqdm.auto`, the submodule counts, of which the package has a class of that name.
                held = self.objects.get(f"{found.holder}.{found.name.rpartition('.')[2]}")
                if held is None or held.kind != "module":
                    return Missing(name, found.path, part, is_open=True)
            place = self._place(held, part)
            if place is None:
                return Missing(name, held.path, part, is_open=self.is_open(held.path))
            path, through = place
            target = self.objects.get(path)
            path = target.path if target is not None else path
            found = FoundObject(f"{found.name}.{part}", path, target, held.path, through)
        return found

    def top_of(self, name: str) -> str:
        """Return the top that a dotted name begins with, which may have dots (`chart.js`); or empty."""
        end = len(name)
        while end > 0:
            if name[:end] in self._tops:
                return name[:end]
            end = name.rfind(".", 0, end)
        return ""

    def _place(self, holder: ApiObject, part: str) -> tuple[str, str] | None:
        """Return the path of a member, and that of the module or class that has it itself."""
        order = [*self.order(holder.path), *kinds_of(holder.kind, self.order(holder.path))]
        for base in order:
            path = self._own_members(base).get(part)
            if path is not None and (base == holder.path or self._is_handed_on(base, path)):
                return path, base
        return None

    def _own_members(self, path: str) -> Mapping[str, str]:
        known = self.objects.get(path)
        return known.members if known is not None else builtin_members(path) or {}

    def order(self, path: str) -> tuple[str, ...]:
        """Return a class and its bases in the order in which Python asks them; `builtins.object` last."""
        return class_order(path, self.objects, self._orders)

    def members_of(self, path: str) -> Mapping[str, str]:
        """Return the members of a module or class with inherited ones: their names, with paths of objects.

        Own ones come first, then those of the bases in the order in which Python asks them.
        """
        members: dict[str, str] = {}
        for base in self.order(path):
            for name, target in self._own_members(base).items():
                if name not in members and (base == path or self._is_handed_on(base, target)):
                    members[name] = target
        return members

    def _is_handed_on(self, base: str, target: str) -> bool:
        """Return whether what extends a class has one of its members: not those of an interface's value."""
        known = self.objects.get(base)
        if known is None or "interface" not in known.labels:
            return True
        member = self.objects.get(target)
        return member is None or "static" not in member.labels

    def is_open(self, path: str) -> bool:
        """Return whether a module or class may have members that the model does not show, by a base too."""
        for base in self.order(path):
            here = self.objects.get(base)
            if here is None:
                if builtin_members(base) is None:
                    return True  # of another library, whose model may tell
            elif here.is_open or here.kind not in {"module", "class"} or "" in here.bases:
                return True
        return False

    def is_public(self, name: str) -> bool:
        """Return whether users are meant to use a name: it is offered, or a public member of a class that is.

        `__init__` and the like are public members.
        """
        if name in self.names:
            return True
        holder, _, part = name.rpartition(".")
        if part.startswith("_") and not (part.startswith("__") and part.endswith("__")):
            return False
        found = self.find(name)
        if found is None or not holder:
            return False
        above = self.objects.get(found.holder)
        return above is not None and above.kind == "class" and self.is_public(holder)

    def public_name(self, path: str) -> str:
        """Return the shortest public name of an object, also of a member of a class; empty if it has none."""
        known = self.best.get(path, "")
        holder, _, part = path.rpartition(".")
        if known or not holder or (part.startswith("_") and not part.endswith("__")):
            return known
        above = self.objects.get(holder)
        if above is None or above.kind != "class":
            return ""
        prefix = self.public_name(holder)
        return f"{prefix}.{part}" if prefix else ""
