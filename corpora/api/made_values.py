"""What an attribute is that a call makes from other objects of a library: `select = factory(make)`."""

import re
from collections.abc import Iterator
from typing import Final

from corpora.api.model import ApiModel, ApiObject

_CALL: Final = re.compile(r"([A-Za-z_][\w.]{0,120})\((.{1,200})\)", re.DOTALL)
_DOTTED: Final = re.compile(r"[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){0,6}")


def made_from(made: ApiObject, model: ApiModel) -> ApiObject | None:
    """Return the function or class that a call is given first; None if an attribute is not made so."""
    found = next(_given(made, model), None)
    return found if found is not None and found.kind in {"function", "class"} else None


def accessed_class(made: ApiObject, model: ApiModel) -> ApiObject | None:
    """Return the class of what a descriptor gives, as in `str = CachedAccessor("str", StringMethods)`."""
    call = _CALL.fullmatch(made.value)
    maker = _named(call[1], made, model) if call else None
    if maker is None or maker.kind != "class" or "__get__" not in model.members_of(maker.path):
        return None
    return next((one for one in _given(made, model) if one.kind == "class"), None)


def _given(made: ApiObject, model: ApiModel) -> Iterator[ApiObject]:
    """Yield the objects of the library that a call is given, in their order."""
    call = _CALL.fullmatch(made.value) if made.kind == "attribute" else None
    for part in call[2].split(",") if call else ():
        if _DOTTED.fullmatch(part.strip()) and (found := _named(part.strip(), made, model)) is not None:
            yield found


def _named(dotted: str, made: ApiObject, model: ApiModel) -> ApiObject | None:
    """Return what a name means where an attribute is made: in its class, or in the module."""
    holder = made.path.rpartition(".")[0]
    while holder:
        found = model.find(f"{holder}.{dotted}")
        if found is not None:
            return found.object
        above = model.objects.get(holder)
        if above is None or above.kind == "module":
            return None
        holder = holder.rpartition(".")[0]
    return None
