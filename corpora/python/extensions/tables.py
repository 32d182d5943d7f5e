"""What a compiled module says of itself in its file: the tables of its functions, types and attributes.

CPython's interface has them as arrays of pointers: `{"sqrt", math_sqrt, METH_O, "Return the square root."}`.
They are found by their form, wherever they lie; the code is not loaded, let alone run.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from corpora.python.extensions.elf_image import ElfImage

_METHOD, _GETTER, _MEMBER = "method", "getter", "member"
_ENTRY_BYTES: Final = {_METHOD: 32, _GETTER: 40, _MEMBER: 40}  # PyMethodDef, PyGetSetDef, PyMemberDef
_ENTRY_DOC_AT: Final = {_METHOD: 24, _GETTER: 24, _MEMBER: 32}
_NAME_AT, _SIZE_AT, _DOC_AT = 24, 32, 176  # of a PyTypeObject, since Python 3.8
_TABLES_AT: Final = {_METHOD: 232, _MEMBER: 240, _GETTER: 248}
_SPEC_SLOTS_AT: Final = 24  # of a PyType_Spec, which says the same in slots: {Py_tp_doc, "..."}
_DOC_SLOT: Final = 56
_TABLE_SLOTS: Final = {64: _METHOD, 72: _MEMBER, 73: _GETTER}
_MAX_SLOT, _MAX_SLOTS = 90, 90
_CALLS, _KNOWN_FLAGS = 0x8F, 0x3FF  # of a method: how it is called, of which it has one; and all there are
_MIN_OBJECT_BYTES, _MAX_OBJECT_BYTES = 16, 1_000_000
_MAX_ENTRIES: Final = 5_000  # of one table
_MAX_FOUND: Final = 50_000  # in one module
_MAX_CHARS: Final = 20_000_000  # of all docstrings of one module
_NAME: Final = re.compile(r"[^\W\d]\w{0,199}")
_DOTTED: Final = re.compile(r"[^\W\d]\w{0,99}(?:\.[^\W\d]\w{0,99}){1,9}")
_WORD_BYTES: Final = 8


class CompiledMember(NamedTuple):
    """A type, an attribute or a function of a compiled module.

    Attributes:
        owner: the dotted name of the type that has it, `numpy.random.mtrand.RandomState`; empty for a type,
            and for a function whose place no table tells.
        name: its own name; the dotted one of a type.
        doc: its docstring, empty if it has none.
        is_callable: whether it is a method or a function.
    """

    owner: str
    name: str
    doc: str
    is_callable: bool = False


def compiled_members(image: ElfImage) -> list[CompiledMember]:
    """Return the types in a compiled module, each before its members, and then all other functions."""
    return list(_Tables(image).found())


class _Tables:
    def __init__(self, image: ElfImage) -> None:
        self._image = image
        self._owned: set[int] = set()
        self._entries = 0
        self._chars = 0

    def found(self) -> Iterator[CompiledMember]:
        places = sorted(self._image.pointers)
        for place in places:
            name = self._name(place, _DOTTED)
            if name:
                slots = self._slots_at(place)
                yield from self._of_slots(slots, name) if slots else self._of_type(place - _NAME_AT, name)
        for place in places:
            if place not in self._owned and (name := self._method_name(place)):
                if self._entries > _MAX_FOUND:
                    return
                self._entries += 1
                yield CompiledMember("", name, self._doc(place + _ENTRY_DOC_AT[_METHOD]), is_callable=True)

    def _of_type(self, base: int, name: str) -> list[CompiledMember]:
        """Return a PyTypeObject and its members; nothing if there is none at `base`."""
        size = self._image.number_at(base + _SIZE_AT)
        if not _MIN_OBJECT_BYTES <= size <= _MAX_OBJECT_BYTES:
            return []
        tables = [(kind, self._image.pointers.get(base + at, 0)) for kind, at in _TABLES_AT.items()]
        doc = self._doc(base + _DOC_AT)
        members = [one for kind, start in tables for one in self._of_table(kind, start, name)]
        return [CompiledMember("", name, doc), *members] if doc or members else []

    def _slots_at(self, base: int) -> dict[int, int]:
        """Return the slots of a PyType_Spec, where the pointer of each lies; none if there is none there."""
        found: dict[int, int] = {}
        start = self._image.pointers.get(base + _SPEC_SLOTS_AT, -1)
        for number in range(_MAX_SLOTS if not self._image.is_code(start) else 0):
            place = start + 2 * _WORD_BYTES * number
            slot = self._image.number_at(place) if place not in self._image.pointers else -1
            if slot == 0:
                return found  # the slot 0 is the end
            if not 0 < slot <= _MAX_SLOT:
                break
            found[slot] = place + _WORD_BYTES
        return {}

    def _of_slots(self, slots: dict[int, int], name: str) -> list[CompiledMember]:
        doc = self._doc(slots.get(_DOC_SLOT, -1))
        tables = [
            (kind, self._image.pointers.get(slots.get(slot, -1), 0)) for slot, kind in _TABLE_SLOTS.items()
        ]
        members = [one for kind, start in tables for one in self._of_table(kind, start, name)]
        return [CompiledMember("", name, doc), *members]

    def _of_table(self, kind: str, start: int, owner: str) -> Iterator[CompiledMember]:
        """Yield the entries of a table, which ends with one without a name."""
        for number in range(_MAX_ENTRIES if start else 0):
            place = start + number * _ENTRY_BYTES[kind]
            self._entries += 1
            name = self._name(place, _NAME)
            if not name or self._entries > _MAX_FOUND:
                return
            self._owned.add(place)
            doc = self._doc(place + _ENTRY_DOC_AT[kind])
            yield CompiledMember(owner, name, doc, is_callable=kind == _METHOD)

    def _method_name(self, place: int) -> str:
        """Return the name of the function that a PyMethodDef describes; empty if there is none at `place`."""
        code = self._image.pointers.get(place + _WORD_BYTES)
        if code is None or place + 2 * _WORD_BYTES in self._image.pointers or not self._image.is_code(code):
            return ""
        flags = self._image.number_at(place + 2 * _WORD_BYTES)
        is_method = 0 < flags <= _KNOWN_FLAGS and flags & _CALLS
        return self._name(place, _NAME) if is_method else ""

    def _name(self, place: int, form: re.Pattern[str]) -> str:
        """Return the name that the pointer at a place leads to; empty if it leads to none of this form."""
        text = self._image.text_at(self._image.pointers.get(place, -1), max_bytes=1000)
        return text if text and form.fullmatch(text) else ""

    def _doc(self, place: int) -> str:
        text = self._image.text_at(self._image.pointers.get(place, -1)) or ""
        self._chars += len(text)
        return text if self._chars <= _MAX_CHARS else ""
