"""The docstring of an object, with what its constructor and its parameters say."""

from inspect import cleandoc
from textwrap import indent

import griffe

from corpora.syntax.parse_python import literal_string


def docstring_of(member: griffe.Object) -> str:
    """Return the docstring of an object; of a class with that of its constructor."""
    own = member.docstring.value.strip() if member.docstring else ""
    more = ""
    if isinstance(member, griffe.Function):
        more = _parameter_docs(member)
    elif isinstance(member, griffe.Class):
        init = member.members.get("__init__")
        if isinstance(init, griffe.Function) and init.docstring:
            more = init.docstring.value.strip()
    return "\n\n".join(filter(None, (own, "" if more in own else more)))


def _parameter_docs(function: griffe.Function) -> str:
    """Return the texts of `Annotated[..., Doc("...")]` (PEP 727), one block per parameter."""
    blocks = []
    for parameter in function.parameters:
        annotation = parameter.annotation
        if not isinstance(annotation, griffe.ExprSubscript) or not isinstance(
            annotation.slice, griffe.ExprTuple
        ):
            continue
        for note in annotation.slice.elements[1:]:
            if isinstance(note, griffe.ExprCall) and str(note.function).endswith("Doc") and note.arguments:
                said = literal_string(str(note.arguments[0]))
                blocks.append(f"{parameter.name}:\n{indent(cleandoc(said), '  ')}" if said else "")
    return "\n".join(filter(None, blocks))
