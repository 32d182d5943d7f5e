"""Read the API of a library from a folder of its documentation: what it names, how that is called."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.api.docstring_notes import deprecation_in, notes_of, summary_of
from corpora.api.model import ApiModel, ApiObject, ObjectKind
from corpora.api.signature import Parameter, ParameterKind, Signature
from corpora.document import Document, Listed, Section
from corpora.errors import NothingToRead
from corpora.folder_kind import folder_kind
from corpora.pages.html_docs import HtmlDocs
from corpora.spec import CorpusSpec

DOCUMENTED: Final = "documented"
"""Label of an object of which a page tells."""

_NOT_ALL: Final = "its documentation need not name all of it"
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,80}(?:\.[A-Za-z_]\w{0,80}){1,12}")
_MAX_OBJECTS: Final = 200_000
_MAX_SIGNATURE: Final = 4_000  # characters
_MAX_DEFAULT: Final = 200
_PROPERTY: Final = re.compile(r"(?:abstract |async |static |classmethod )?property ")


@dataclass(frozen=True, slots=True)
class DocumentedApi:
    """What documentation tells of the API of a library.

    Attributes:
        model: of its objects; those that hold others may have more than is documented.
        texts: what is said of each object, by its path.
    """

    model: ApiModel
    texts: Mapping[str, str]


def is_documentation(location: str) -> bool:
    """Return whether a location is a folder of documentation."""
    try:
        path = Path(location).expanduser()
        return path.is_dir() and folder_kind(path).kind == "docs"
    except (OSError, RuntimeError, ValueError):
        return False


def read_documented_api(folder: Path) -> DocumentedApi:
    """Return the API that the pages in a folder tell of.

    Args:
        folder: built by Sphinx or another generator, of DevDocs, or any that `rag docs` reads.

    Raises:
        NothingToRead: no page of it documents an object by its dotted name.
        CorpusError: an index in it is damaged.
    """
    docs = HtmlDocs(CorpusSpec(name=folder.name or "docs", kind="docs", location=str(folder)))
    found: dict[str, tuple[Section, str]] = {}
    origins: Counter[tuple[str, str]] = Counter()
    for section, document in _sections(docs):
        origins[document.origin.library, document.origin.version] += 1
        known = found.get(section.name)
        if known is None or (section.signature, len(section.text)) > (known[0].signature, len(known[0].text)):
            found[section.name] = section, document.origin.path
    if not found:
        raise NothingToRead(
            f"no API can be read of the documentation in {folder}",
            why="no page of it documents an object by a dotted name, such as shop.Basket.add",
            fix="give the folder of the whole documentation, with its objects.inv or index.json",
        )
    library, version = origins.most_common(1)[0][0]
    objects = _objects(found)
    names = {path: path for path in objects if not _is_member(path, objects)}
    tops = tuple(sorted({path.partition(".")[0] for path in objects}))
    texts = {name: section.text for name, (section, _) in found.items()}
    return DocumentedApi(ApiModel(library, version, tops, objects, names, names), texts)


def _sections(docs: HtmlDocs) -> Iterator[tuple[Section, Document]]:
    """Yield the sections that are about an object with a dotted name."""
    count = 0
    for listed in docs.scan():
        document = docs.read(listed) if isinstance(listed, Listed) else listed
        if not isinstance(document, Document):
            continue
        for section in document.sections:
            if _NAME.fullmatch(section.name) and count < _MAX_OBJECTS:
                count += 1
                yield section, document


def _objects(found: Mapping[str, tuple[Section, str]]) -> dict[str, ApiObject]:
    """Return the records of what is documented, and of the modules and classes that it is in."""
    members: dict[str, dict[str, str]] = {}
    for name in found:
        holder, _, own = name.rpartition(".")
        while holder and own not in members.setdefault(holder, {}):
            members[holder][own] = f"{holder}.{own}"
            holder, _, own = holder.rpartition(".")
    objects: dict[str, ApiObject] = {}
    for path, held in members.items():
        is_class = _is_class(path, found)
        kind: ObjectKind = "class" if is_class else "module"
        objects[path] = ApiObject(path, kind, members=held, is_open=True, why_open=_NOT_ALL)
    for name, (section, page) in found.items():
        objects[name] = _object(name, section, page, objects.get(name))
    return objects


def _is_member(path: str, objects: Mapping[str, ApiObject]) -> bool:
    holder = objects.get(path.rpartition(".")[0])
    return holder is not None and holder.kind == "class"


def _is_class(path: str, found: Mapping[str, tuple[Section, str]]) -> bool:
    """Return whether what holds others is a class: it is called, or has the name of one."""
    section = found[path][0] if path in found else None
    words = section.signature.split("(")[0].split() if section else []
    if "class" in words or "exception" in words:
        return True
    if "module" in words:
        return False
    return bool(section and "(" in section.signature) or path.rpartition(".")[2][:1].isupper()


def _object(name: str, section: Section, page: str, holder: ApiObject | None) -> ApiObject:
    signature = _signature(name, section.signature)
    words = section.signature[:_MAX_SIGNATURE].split("(")[0].split()
    kind: ObjectKind = "function" if "(" in section.signature else "attribute"
    if holder is not None or {"class", "exception"} & {*words}:
        kind = holder.kind if holder is not None else "class"
    elif _PROPERTY.match(section.signature):
        kind = "property"
    notes = notes_of(section.text)
    return ApiObject(
        name,
        kind,
        (signature,) if signature is not None and kind in {"function", "class"} else (),
        members=holder.members if holder is not None else {},
        is_open=kind in {"class", "module"},
        why_open=_NOT_ALL if kind in {"class", "module"} else "",
        deprecated=deprecation_in(section.text, notes),
        summary=summary_of(section.text),
        notes=notes,
        file=page,
        labels=(DOCUMENTED,),
    )


def _signature(name: str, written: str) -> Signature | None:
    """Return the way to call what a page shows as `shop.pay(amount, currency='EUR')`; None for no call."""
    start, own = written.find("("), name.rpartition(".")[2]
    if start < 0 or len(written) > _MAX_SIGNATURE or not written[:start].rstrip().endswith(own):
        return None
    end = _closing(written, start)
    try:
        tree = ast.parse(f"def f{written[start : end + 1]}: pass")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None  # `pay(amount[, currency])`, or what no program says
    (function,) = tree.body
    return Signature(tuple(_parameters(function.args))) if isinstance(function, ast.FunctionDef) else None


def _closing(text: str, start: int) -> int:
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if not depth:
            return place
    return len(text)


def _parameters(given: ast.arguments) -> Iterator[Parameter]:
    placed = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(placed) - len(given.defaults)) + [*given.defaults]
    for number, (one, default) in enumerate(zip(placed, defaults, strict=True)):
        is_placed = number < len(given.posonlyargs)
        yield _parameter(one, "positional only" if is_placed else "positional or keyword", default)
    if given.vararg is not None:
        yield _parameter(given.vararg, "variadic positional", None)
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _parameter(one, "keyword only", default)
    if given.kwarg is not None:
        yield _parameter(given.kwarg, "variadic keyword", None)


def _parameter(one: ast.arg, kind: ParameterKind, default: ast.expr | None) -> Parameter:
    written = ast.unparse(default)[:_MAX_DEFAULT] if default is not None else None
    annotation = ast.unparse(one.annotation)[:_MAX_DEFAULT] if one.annotation is not None else ""
    return Parameter(one.arg, kind, written, annotation)
