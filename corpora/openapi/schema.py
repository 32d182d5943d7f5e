"""Describe parts of an API (parameters, bodies, schemas) in lines of text, within bounds on references."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from corpora.openapi.files import ApiFiles, Referent

JsonObject = dict[str, Any]

_MAX_REFERENCES = 20  # in a chain, each leading to the next
_MAX_TYPE_DEPTH = 3
_MAX_DEPTH = 3  # of properties within properties
_MAX_LINES = 200  # of one body or schema
_MAX_CHOICES = 12
_MAX_FIELDS = 30
_MAX_CHARS: Final = 4000  # of one description
_MAX_VALUE_CHARS = 80
_MAX_TYPE_CHARS = 1_000
_MAX_OUTER_SCHEMAS = 20_000
_MAX_STEPS = 5_000_000  # values looked at for a whole API; the largest need a tenth of it


class Api:
    """The description of an API, whose parts refer to each other.

    All methods raise `ValueError`, with a reason, if the references take too many steps to follow.
    """

    def __init__(self, files: ApiFiles) -> None:
        self.files = files
        self.content: JsonObject = as_object(files.content)
        self.outer_schemas: dict[Referent, Any] = {}  # those in other files that a type names
        self._steps = 0

    def _spend(self, steps: int = 1) -> None:
        """Count values that are looked at: many operations may refer to one large schema."""
        self._steps += steps
        if self._steps > _MAX_STEPS:
            raise ValueError("the parts of this API refer to each other too often")

    def list_of(self, part: Any) -> list[Any]:
        """Return the list that `part` is or refers to; empty if it is none."""
        found = self._followed(part)[0]
        return found if isinstance(found, list) else []

    def resolved(self, part: Any) -> JsonObject:
        """Return the object that `part` is or refers to; empty if it is none.

        What stands beside a reference counts, too (OpenAPI 3.1): a description replaces the one referred to,
        properties add to those there.
        """
        found, beside = self._followed(part)
        entry = as_object(found)
        for extra in reversed(beside):
            self._spend(len(entry))
            entry = {**entry, **{key: _joined(entry.get(key), value) for key, value in extra.items()}}
        return entry

    def object_at(self, *keys: str) -> JsonObject:
        """Return the object below these keys of the description, each of which may be a reference."""
        found = self.content
        for key in keys:
            found = self.resolved(found.get(key))
        return found

    def _followed(self, part: Any) -> tuple[Any, list[JsonObject]]:
        """Follow a chain of references to its end; with what stands beside each, the first first."""
        beside: list[JsonObject] = []
        for _ in range(_MAX_REFERENCES):
            self._spend()
            reference = as_object(part).get("$ref")
            if not isinstance(reference, str):
                return part, beside
            if len(part) > 1:
                beside.append({key: value for key, value in part.items() if key != "$ref"})
            part = self.files.at(reference)
        return None, beside

    def type_of(self, schema: Any, depth: int = 0) -> str:
        """Return the type of a schema in short: `User[]`, `"asc" | "desc"`, `string(date-time)`."""
        self._spend()
        return self._type_of(schema, depth)[:_MAX_TYPE_CHARS]

    def _type_of(self, schema: Any, depth: int) -> str:
        entry = as_object(schema)
        if isinstance(reference := entry.get("$ref"), str):
            place = self.files.place_of(reference)
            if place.file and len(self.outer_schemas) < _MAX_OUTER_SCHEMAS:
                self.outer_schemas.setdefault(place, {"$ref": reference})
            return place.name
        if depth >= _MAX_TYPE_DEPTH:
            return "object"
        for key, joint in (("oneOf", " | "), ("anyOf", " | "), ("allOf", " & ")):
            if isinstance(choices := entry.get(key), list) and choices:
                return joint.join(self.type_of(choice, depth + 1) for choice in choices[:_MAX_CHOICES])
        if isinstance(values := entry.get("enum"), list) and values:
            more = " | ..." if len(values) > _MAX_CHOICES else ""
            return " | ".join(_value(value) for value in values[:_MAX_CHOICES]) + more
        return self._plain_type(entry, depth)

    def _plain_type(self, entry: JsonObject, depth: int) -> str:
        kind = entry.get("type")
        shown = " | ".join(map(text_of, kind[:_MAX_CHOICES])) if isinstance(kind, list) else text_of(kind)
        if shown == "array" or "items" in entry:
            item = self.type_of(entry.get("items"), depth + 1)
            return f"({item})[]" if " " in item else f"{item}[]"  # `("a" | "b")[]`
        if isinstance(values := entry.get("additionalProperties"), dict):
            return f"map of {self.type_of(values, depth + 1)}"
        form = text_of(entry.get("format"))
        shown = shown or ("object" if "properties" in entry else "any")
        return f"{shown}({form})" if form else shown

    def call_of(
        self, shown: str, parameters: list[JsonObject], body: JsonObject, responses: JsonObject
    ) -> str:
        """Return an operation on one line: `GET /users/{id}(id: integer, full?: boolean = false) -> User`."""
        parts = []
        for entry in parameters:
            schema = _schema_in(entry)
            mark = "" if is_true(entry.get("required")) else "?"
            default = f" = {_value(schema['default'])}" if "default" in schema else ""
            parts.append(f"{text_of(entry.get('name'))}{mark}: {self.type_of(schema)}{default}")
        kinds = [self.type_of(schema) for _, schema in _contents(body)]
        parts += [f"body: {kind}" for kind in kinds[:1]]
        results = [
            self.type_of(schema)
            for code, response in islice(responses.items(), _MAX_LINES)
            if str(code).startswith("2")
            for _, schema in _contents(self.resolved(response))
        ]
        return f"{shown}({', '.join(parts)})" + (f" -> {results[0]}" if results else "")

    def parameters_of(self, parameters: list[JsonObject]) -> str:
        """Return a line for each parameter, with where it is sent (path, query, header)."""
        lines = [
            self._line(text_of(entry.get("name")), entry, text_of(entry.get("in"))) for entry in parameters
        ]
        return "\n".join(["Parameters:", *lines[:_MAX_LINES]]) if lines else ""

    def body_of(self, body: JsonObject) -> str:
        """Return the request body with its properties; all formats are named, the first schema is shown."""
        contents = _contents(body)
        if not contents:
            return ""
        formats = ", ".join(dict.fromkeys(name for name, _ in contents if name))
        schema = contents[0][1]
        needed = ["required"] if is_true(body.get("required")) else []
        label = ", ".join(filter(None, [formats, *needed]))
        said = description_of(body)
        head = f"Request body{f' ({label})' if label else ''}: {self.type_of(schema)}" + (
            f" - {said}" if said else ""
        )
        return "\n".join([head, *islice(self._properties(schema), _MAX_LINES)])

    def responses_of(self, responses: JsonObject) -> str:
        """Return a line for each response, and for the first success (2xx) also the names of its fields.

        The meaning of the fields is in the schema's own section: repeated for each operation that returns
        it, it would drown out what the operation does.
        """
        lines: list[str] = []
        is_shown = False
        for code, raw in islice(responses.items(), _MAX_LINES):
            response = self.resolved(raw)
            contents = _contents(response)
            kind = f" -> {self.type_of(contents[0][1])}" if contents else ""
            lines.append(f"- {code}: {description_of(response)}{kind}")
            if contents and not is_shown and str(code).startswith("2"):
                is_shown = True
                fields = ", ".join(islice(self._field_names(contents[0][1]), _MAX_FIELDS))
                lines += [f"  fields: {fields}"] if fields else []
        return "\n".join(["Responses:", *lines]) if lines else ""

    def _field_names(self, schema: Any, depth: int = 0) -> Iterator[str]:
        entry = self.resolved(schema)
        yield from map(str, self.resolved(entry.get("properties")))
        if depth < _MAX_DEPTH:
            choices = entry.get("allOf")
            for part in [entry.get("items"), *(choices[:_MAX_CHOICES] if isinstance(choices, list) else [])]:
                yield from self._field_names(part, depth + 1)

    def schema_of(self, name: str, schema: JsonObject) -> str:
        """Return a schema with its description and its properties."""
        head = f"{name}: {self.type_of(schema)}"
        head += "\nDeprecated." if is_true(schema.get("deprecated")) else ""
        lines = list(islice(self._properties(schema, is_body=False), _MAX_LINES))
        return "\n\n".join(filter(None, (head, description_of(schema), "\n".join(lines))))

    def _properties(
        self, schema: Any, depth: int = 0, above: frozenset[Referent] = frozenset(), *, is_body: bool = True
    ) -> Iterator[str]:
        """Yield a line for each property of a schema and of the schemas it is composed of.

        Args:
            schema: the schema, or a reference to one.
            depth: of nesting, which indents the lines.
            above: places that led here; one of them again would be endless.
            is_body: whether to list the properties of referenced schemas, too: a caller has to write them.
        """
        reference = as_object(schema).get("$ref")
        place = self.files.place_of(reference) if isinstance(reference, str) else None
        if depth >= _MAX_DEPTH or place in above:
            return
        above = above | {place} if place else above
        entry = self.resolved(schema)
        for key in ("allOf", "oneOf", "anyOf"):
            choices = entry.get(key)
            for choice in choices[:_MAX_CHOICES] if isinstance(choices, list) else []:
                yield from self._properties(choice, depth + 1, above, is_body=is_body)
        if isinstance(entry.get("items"), dict):
            yield from self._properties(entry["items"], depth + 1, above, is_body=is_body)
        required = entry.get("required")
        needed = {one for one in required if isinstance(one, str)} if isinstance(required, list) else set()
        self._spend(len(needed))
        for name, raw in self.resolved(entry.get("properties")).items():
            self._spend(1 + len(as_object(raw)))
            is_needed = name in needed
            yield "  " * depth + self._line(str(name), {**as_object(raw), "required": is_needed}, "")
            # `owner: Owner` refers to a schema with a section of its own, so its properties are not repeated.
            parts = as_object(raw).keys() | as_object(as_object(raw).get("items")).keys()
            if is_body or "$ref" not in parts:
                yield from self._properties(raw, depth + 1, above, is_body=is_body)

    def _line(self, name: str, entry: JsonObject, where: str) -> str:
        """Return a parameter or property on a line: `- limit (query, integer, default 20): How many`."""
        schema = _schema_in(entry)
        facts = [where, self.type_of(schema), "required" if is_true(entry.get("required")) else ""]
        facts += [f"default {_value(schema['default'])}"] if "default" in schema else []
        facts += ["deprecated"] if is_true(entry.get("deprecated")) else []
        said = description_of(entry) or description_of(schema)
        return f"- {name} ({', '.join(filter(None, facts))})" + (f": {said}" if said else "")


def as_object(value: Any) -> JsonObject:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _joined(inner: Any, outer: Any) -> Any:
    """Return what a key means whose value stands both beside a reference and where that leads."""
    if isinstance(inner, dict) and isinstance(outer, dict):
        return {**inner, **outer}
    return [*inner, *outer] if isinstance(inner, list) and isinstance(outer, list) else outer


def text_of(value: Any) -> str:
    """Return a text or a number as text; an empty text for anything else."""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def is_true(value: Any) -> bool:
    """Return whether a flag is set; in YAML, where all scalars are read as texts, it is `"true"`."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def description_of(entry: JsonObject) -> str:
    """Return the description of an entry, at most 4,000 characters, without what no reader sees."""
    from corpora.outside.invisible_elements import visible_markdown

    return visible_markdown(text_of(entry.get("description"))[:_MAX_CHARS])[0].strip()


def _schema_in(entry: JsonObject) -> JsonObject:
    """Return the schema of a parameter or property; for Swagger 2.0 and properties, that is `entry`."""
    if isinstance(entry.get("schema"), dict):
        return as_object(entry["schema"])
    for _, schema in _contents(entry):
        return schema
    return entry


def _contents(body: JsonObject) -> list[tuple[str, JsonObject]]:
    """Return format and schema of each content; in Swagger 2.0 there is one schema without format."""
    if isinstance(body.get("schema"), dict):
        return [("", body["schema"])]
    return [
        (str(name), as_object(as_object(content).get("schema")))
        for name, content in islice(as_object(body.get("content")).items(), _MAX_CHOICES)
        if as_object(content).get("schema")
    ]


def _value(value: Any) -> str:
    """Return a default or a choice as text.

    Lists and objects are not written out: in YAML, an alias can make them contain themselves.
    """
    if isinstance(value, dict | list):
        return "{...}" if isinstance(value, dict) else "[...]" if value else "[]"
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return shown if len(shown) <= _MAX_VALUE_CHARS else shown[: _MAX_VALUE_CHARS - 3] + "..."
