"""Cut descriptions of HTTP APIs (OpenAPI 3, Swagger 2.0) into a section for each operation and schema."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from corpora.document import Section
from corpora.openapi.schema import Api, JsonObject, as_object, description_of, is_true, text_of
from corpora.outside.files import open_outside
from corpora.outside.json_documents import parsed_json
from corpora.outside.yaml_documents import parsed_yaml

API_SUFFIXES: Final = (".json", ".yaml", ".yml")

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
    """

    sections: tuple[Section, ...]
    library: str
    version: str


def looks_like_api(path: Path) -> bool:
    """Return whether a file of JSON or YAML declares near its start or end that it describes an API."""
    try:
        with open_outside(path) as stream:
            head = stream.read(_PROBE_BYTES)
            stream.seek(max(os.fstat(stream.fileno()).st_size - _PROBE_BYTES, 0))
            return _MARK.search(head) is not None or _MARK.search(stream.read(_PROBE_BYTES)) is not None
    except OSError:  # a file that cannot be read is no page
        return False


def api_sections(text: str, *, is_yaml: bool) -> ApiPage | str:
    """Parse the description of an API.

    Returns:
        The API, in which the anchor of a section is the JSON pointer of what it describes; the reason as a
        text if it is no description of an API.
    """
    try:
        if not text.strip():
            return "it is empty"
        content = parsed_yaml(text) if is_yaml else parsed_json(text)
    except ValueError as error:
        return str(error) if is_yaml else f"no JSON: {error}"
    if not isinstance(content, dict) or not ({"openapi", "swagger"} & content.keys()):
        return "it has neither the key openapi nor swagger at its top"
    api, info = Api(content), as_object(content.get("info"))
    sections = []
    chars = 0
    try:
        for section in chain(_overview(api, info), _operations(api), _schemas(api)):
            sections.append(section)
            chars += len(section.text) + len(section.name) + len(section.signature)
            if chars > _MAX_TEXT_CHARS:
                raise ValueError(f"an API whose description has more than {_MAX_TEXT_CHARS} characters")
    except ValueError as error:
        return str(error)
    library = "-".join(re.findall(r"\w+", text_of(info.get("title")).lower()))
    return ApiPage(tuple(sections), library, text_of(info.get("version")))


def _overview(api: Api, info: JsonObject) -> Iterator[Section]:
    title = text_of(info.get("title")) or "API"
    servers = [text_of(as_object(server).get("url")) for server in api.list_at("servers")]
    if host := text_of(api.content.get("host")):
        servers.append(f"{host}{text_of(api.content.get('basePath'))}")
    schemes = as_object(as_object(api.content.get("components")).get("securitySchemes"))
    schemes = schemes or as_object(api.content.get("securityDefinitions"))
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
        for path, raw in as_object(api.content.get(group)).items():
            item = api.resolved(raw)
            for method in _METHODS:
                operation = as_object(item.get(method))
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
    signature = api.call_of(shown, named, body, as_object(operation.get("responses")))
    name = text_of(operation.get("operationId"))
    summary = text_of(operation.get("summary"))
    heading = f"{shown} {summary}".strip()
    lines = [
        "\n".join(filter(None, (heading, f"operationId: {name}" if name else ""))),
        "Deprecated." if is_true(operation.get("deprecated")) else "",
        description_of(operation),
        api.parameters_of(named),
        api.body_of(body),
        api.responses_of(as_object(operation.get("responses"))),
    ]
    # People search for an operation by the words of its summary, so these are part of the section's name.
    title = f"{shown} {name}".strip() + (f": {summary}" if summary else "")
    return Section(title, "\n\n".join(filter(None, lines)), anchor, signature)


def _parameters(api: Api, item: JsonObject, operation: JsonObject) -> list[JsonObject]:
    """Return the parameters of the path and of the operation; the latter replace those of the same name."""
    found: dict[tuple[str, str], JsonObject] = {}
    for holder in (item, operation):
        entries = holder.get("parameters")
        for raw in entries[:_MAX_PARAMETERS] if isinstance(entries, list) else []:
            entry = api.resolved(raw)
            found[text_of(entry.get("name")), text_of(entry.get("in"))] = entry
    return list(found.values())


def _body(api: Api, operation: JsonObject, parameters: list[JsonObject]) -> JsonObject:
    """Return the request body, which in Swagger 2.0 is one of the parameters."""
    for entry in parameters:
        if entry.get("in") == "body":
            return {**entry, "content": {"": {"schema": entry.get("schema")}}}
    return api.resolved(operation.get("requestBody"))


def _schemas(api: Api) -> Iterator[Section]:
    modern = as_object(as_object(api.content.get("components")).get("schemas"))
    for prefix, schemas in (
        ("/components/schemas", modern),
        ("/definitions", as_object(api.content.get("definitions"))),
    ):
        for name, schema in schemas.items():
            text = api.schema_of(str(name), as_object(schema))
            yield Section(str(name), text, f"{prefix}/{name}", f"{name}: {api.type_of(schema)}")
