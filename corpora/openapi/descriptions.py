"""Cut descriptions of HTTP APIs (OpenAPI 3, Swagger 2.0) into a section for each operation and schema."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from corpora.document import Section
from corpora.openapi.files import ApiFiles, parsed_api
from corpora.openapi.schema import Api, JsonObject, as_object, description_of, is_true, text_of
from corpora.outside.files import open_outside

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PROBE_BYTES = 4096
# `openapi: 3.`, `"swagger": "2.`: at the start, after `{` or `,`, or at the start of a line.
_MARK = re.compile(
    rb"""(?:\A\s*+|[{,]\s*+|(?<!\s)[^\S\n]*+\n\s*+)["']?(?:openapi|swagger)["']?\s*+:\s*+["']?[23]\."""
)
_MAX_OPERATIONS = 20_000
_MAX_PARAMETERS = 200  # of one operation
_MAX_TEXT_CHARS = 32_000_000  # of all sections together: many operations may refer to one large schema


@dataclass(frozen=True, slots=True)
class ApiPage:
    """The sections of an API.

    `library` is its title in lower case with hyphens (`pet-store`), `version` the version of the API.
    `unresolved` are its references that lead nowhere, each with its place and the reason.
    """

    sections: tuple[Section, ...]
    library: str
    version: str
    unresolved: tuple[str, ...] = ()


def looks_like_api(path: Path) -> bool:
    """Return whether a file of JSON or YAML declares near its start or end that it describes an API."""
    try:
        with open_outside(path) as stream:
            head = stream.read(_PROBE_BYTES)
            stream.seek(max(os.fstat(stream.fileno()).st_size - _PROBE_BYTES, 0))
            return _MARK.search(head) is not None or _MARK.search(stream.read(_PROBE_BYTES)) is not None
    except OSError:  # a file that cannot be read is no page
        return False


def api_sections(text: str, *, is_yaml: bool, folder: Path | None = None, path: str = "") -> ApiPage | str:
    """Parse the description of an API.

    Args:
        text: of its file.
        is_yaml: whether that is YAML; else it is JSON.
        folder: where the other files lie that the description may refer to; None if it is one file alone.
        path: of its file in `folder`.

    Returns:
        The API, in which the anchor of a section is the JSON pointer of what it describes; the reason as a
        text if it is no description of an API.
    """
    try:
        if not text.strip():
            return "it is empty"
        content = parsed_api(text, is_yaml=is_yaml)
    except ValueError as error:
        return str(error)
    if not isinstance(content, dict) or not ({"openapi", "swagger"} & content.keys()):
        return "it has neither the key openapi nor swagger at its top"
    api = Api(ApiFiles(content, folder, path))
    info = api.object_at("info")
    sections = []
    chars = 0
    try:
        for section in chain(_overview(api, info), _operations(api), _schemas(api), _outer_schemas(api)):
            sections.append(section)
            chars += len(section.text) + len(section.name) + len(section.signature)
            if chars > _MAX_TEXT_CHARS:
                raise ValueError(f"an API whose description has more than {_MAX_TEXT_CHARS} characters")
    except ValueError as error:
        return str(error)
    library = "-".join(re.findall(r"\w+", text_of(info.get("title")).lower()))
    return ApiPage(tuple(sections), library, text_of(info.get("version")), tuple(api.files.unresolved()))


def _overview(api: Api, info: JsonObject) -> Iterator[Section]:
    title = text_of(info.get("title")) or "API"
    servers = [text_of(as_object(server).get("url")) for server in api.list_of(api.content.get("servers"))]
    if host := text_of(api.content.get("host")):
        servers.append(f"{host}{text_of(api.content.get('basePath'))}")
    schemes = api.object_at("components", "securitySchemes") or api.object_at("securityDefinitions")
    lines = [f"{title} {text_of(info.get('version'))}".strip(), text_of(info.get("summary"))]
    lines += [description_of(info)]
    lines += ["Servers:\n" + "\n".join(f"- {url}" for url in servers if url)] if any(servers) else []
    if schemes:
        shown = (f"- {name}: {_scheme(api.resolved(scheme))}" for name, scheme in list(schemes.items())[:50])
        lines += ["Authentication:\n" + "\n".join(shown)]
    yield Section(title, "\n\n".join(filter(None, lines)), "/info")


def _scheme(scheme: JsonObject) -> str:
    parts = [text_of(scheme.get(key)) for key in ("type", "scheme", "in", "name")]
    said = description_of(scheme)
    return " ".join(filter(None, parts)) + (f": {said}" if said else "")


def _operations(api: Api) -> Iterator[Section]:
    count = 0
    for group in ("paths", "webhooks"):
        for path, raw in api.object_at(group).items():
            item = api.resolved(raw)
            for method in _METHODS:
                operation = api.resolved(item.get(method))
                if not operation or count >= _MAX_OPERATIONS:
                    continue
                count += 1
                pointer = str(path).replace("~", "~0").replace("/", "~1")  # RFC 6901: `/a/b` is `~1a~1b`
                shown = f"{method.upper()} {'webhook ' if group == 'webhooks' else ''}{path}"
                yield _operation(api, shown, f"/{group}/{pointer}/{method}", item, operation)


def _operation(api: Api, shown: str, anchor: str, item: JsonObject, operation: JsonObject) -> Section:
    parameters = _parameters(api, item, operation)
    body = _body(api, operation, parameters)
    named = [entry for entry in parameters if entry.get("in") != "body"]
    responses = api.resolved(operation.get("responses"))
    signature = api.call_of(shown, named, body, responses)
    name = text_of(operation.get("operationId"))
    summary = text_of(operation.get("summary"))
    heading = f"{shown} {summary}".strip()
    lines = [
        "\n".join(filter(None, (heading, f"operationId: {name}" if name else ""))),
        "Deprecated." if is_true(operation.get("deprecated")) else "",
        description_of(operation),
        api.parameters_of(named),
        api.body_of(body),
        api.responses_of(responses),
    ]
    # People search for an operation by the words of its summary, so these are part of the section's name.
    title = f"{shown} {name}".strip() + (f": {summary}" if summary else "")
    return Section(title, "\n\n".join(filter(None, lines)), anchor, signature)


def _parameters(api: Api, item: JsonObject, operation: JsonObject) -> list[JsonObject]:
    """Return the parameters of the path and of the operation; the latter replace those of the same name."""
    found: dict[tuple[str, str], JsonObject] = {}
    for holder in (item, operation):
        for raw in api.list_of(holder.get("parameters"))[:_MAX_PARAMETERS]:
            entry = _composed(api, raw)
            found[text_of(entry.get("name")), text_of(entry.get("in"))] = entry
    return list(found.values())


def _composed(api: Api, raw: Any) -> JsonObject:
    """Return a parameter; one that is composed of others (`allOf`) has the keys of all of them."""
    entry = api.resolved(raw)
    if "name" in entry:
        return entry
    for part in api.list_of(entry.get("allOf"))[:_MAX_PARAMETERS]:
        entry = {**api.resolved(part), **entry}
    return entry


def _body(api: Api, operation: JsonObject, parameters: list[JsonObject]) -> JsonObject:
    """Return the request body, which in Swagger 2.0 is one of the parameters."""
    for entry in parameters:
        if entry.get("in") == "body":
            return {**entry, "content": {"": {"schema": entry.get("schema")}}}
    return api.resolved(operation.get("requestBody"))


def _schemas(api: Api) -> Iterator[Section]:
    """Yield the schemas that the description names."""
    for keys in (("components", "schemas"), ("definitions",)):
        for name, raw in api.object_at(*keys).items():
            yield _schema(api, str(name), raw, f"/{'/'.join(keys)}/{name}")


def _outer_schemas(api: Api) -> Iterator[Section]:
    """Yield the schemas of other files that types name, and that the description itself does not."""
    done = {id(api.resolved(raw)) for raw in api.object_at("components", "schemas").values()}
    number = 0
    while batch := list(api.outer_schemas.items())[number:]:  # each may name others
        number += len(batch)
        for place, raw in batch:
            found = api.resolved(raw)
            if found and id(found) not in done:
                done.add(id(found))
                yield _schema(api, place.name, raw, str(place))


def _schema(api: Api, name: str, raw: Any, anchor: str) -> Section:
    schema = api.resolved(raw)
    return Section(name, api.schema_of(name, schema), anchor, f"{name}: {api.type_of(schema)}")
