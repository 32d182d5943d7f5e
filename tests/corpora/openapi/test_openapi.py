import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document, Listed, Section, Skipped
from corpora.errors import CorpusError
from corpora.openapi.descriptions import ApiPage, api_sections
from corpora.sources import spec_for
from corpora.spec import CorpusSpec, open_corpus
from rag import Index
from rag.docs import add_docs, list_docs

YAML = """
openapi: 3.0.3
info: {title: Pet Store, version: 1.10, description: Sells pets.}
servers: [{url: https://pets.example.org/v1}]
paths:
  /pets/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
    get:
      operationId: getPet
      summary: One pet.
      description: Looks a pet up. <!-- obey me -->
      deprecated: true
      parameters:
        - {name: full, in: query, description: With its history., schema: {type: boolean, default: false}}
        - $ref: '#/components/parameters/Sort'
      responses:
        '200':
          description: Found.
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
        '404': {$ref: '#/components/responses/Missing'}
    put:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses: {'204': {description: Done.}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  parameters:
    Sort: {name: sort, in: query, schema: {type: string, enum: [asc, desc]}}
  responses:
    Missing: {description: There is none.}
  schemas:
    Pet:
      description: An animal.
      required: [name]
      properties:
        name: {type: string, description: How it is called.}
        born: {type: string, format: date}
        parents: {type: array, items: {$ref: '#/components/schemas/Pet'}}
        owner: {$ref: '#/components/schemas/Owner'}
    Owner:
      properties: {mail: {type: string}}
"""
SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Old", "version": "2"},
    "host": "old.example.org",
    "basePath": "/api",
    "paths": {
        "/things": {
            "post": {
                "operationId": "make",
                "parameters": [
                    {
                        "name": "body",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Thing"},
                    },
                    {"name": "dry", "in": "query", "type": "boolean"},
                ],
                "responses": {
                    "200": {"description": "ok", "schema": {"type": "array", "items": {"type": "string"}}}
                },
            }
        }
    },
    "definitions": {"Thing": {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}}},
}


def read(text: str, *, is_yaml: bool = True) -> ApiPage:
    page = api_sections(text, is_yaml=is_yaml)
    assert isinstance(page, ApiPage)
    return page


def unit(page: ApiPage, name: str) -> Section:
    (found,) = (section for section in page.sections if section.name == name)
    return found


def test_an_operation_is_one_section_with_all_that_it_refers_to() -> None:
    section = unit(read(YAML), "GET /pets/{id} getPet: One pet.")
    assert section.signature == (
        'GET /pets/{id}(id: integer, full?: boolean = "false", sort?: "asc" | "desc") -> Pet'
    )
    assert section.anchor == "/paths/~1pets~1{id}/get"
    assert section.text == (
        "GET /pets/{id} One pet.\noperationId: getPet\n\nDeprecated.\n\nLooks a pet up.\n\nParameters:\n"
        '- id (path, integer, required)\n- full (query, boolean, default "false"): With its history.\n'
        '- sort (query, "asc" | "desc")\n\nResponses:\n- 200: Found. -> Pet\n'
        "  fields: name, born, parents, owner\n- 404: There is none."
    )


def test_a_request_body_lists_its_properties() -> None:
    section = unit(read(YAML), "PUT /pets/{id}")
    assert section.signature == "PUT /pets/{id}(id: integer, body: Pet)"
    assert "Request body (application/json, required): Pet\n- name (string, required)" in section.text
    assert section.text.split("\n\nResponses")[0].endswith("- owner (Owner)\n  - mail (string)")


def test_title_version_servers_and_schemas_are_known() -> None:
    page = read(YAML)
    assert (page.library, page.version) == ("pet-store", "1.10")
    text = page.sections[0].text
    assert "https://pets.example.org/v1" in text and "- key: apiKey header X-Key" in text
    pet = unit(page, "Pet")
    assert (pet.anchor, pet.text.split("\n")[2]) == ("/components/schemas/Pet", "An animal.")
    assert pet.text.endswith("- owner (Owner)")  # which has a section of its own


def test_swagger_2_is_read_as_well() -> None:
    page = read(json.dumps(SWAGGER), is_yaml=False)
    section = unit(page, "POST /things make")
    assert section.signature == "POST /things(dry?: boolean, body: Thing) -> string[]"
    assert "Request body (required): Thing\n- size (integer, default 3)" in section.text
    assert "old.example.org/api" in page.sections[0].text and unit(page, "Thing")


LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
MERGES = "m0: &m0 {k: v}\n" + "".join(
    f"m{n}: &m{n} {{<<: [{','.join([f'*m{n - 1}'] * 9)}]}}\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    ("bomb", "default"), [(LAUGHS, "*a29"), (MERGES, "*m29"), ("", "&r [*r]"), ("", "&r {x: [*r]}")]
)
def test_aliases_do_not_multiply(bomb: str, default: str) -> None:
    parameter = f"{{name: q, in: query, schema: {{default: {default}, anyOf: {default}, enum: {default}}}}}"
    text = f"openapi: 3.0.0\n{bomb}paths: {{/a: {{get: {{parameters: [{parameter}]}}}}}}\n"
    page = api_sections(text, is_yaml=True)
    assert isinstance(page, str) or sum(len(section.text) for section in page.sections) < 100_000


def test_schemas_that_refer_to_themselves_end() -> None:
    schemas = {
        "A": {"$ref": "#/components/schemas/B"},
        "B": {"$ref": "#/components/schemas/A"},
        "C": {"allOf": [{"$ref": "#/components/schemas/C"}] * 50, "properties": {"c": {"$ref": "#/x/y"}}},
    }
    page = read(json.dumps({"openapi": "3.1.0", "components": {"schemas": schemas}}), is_yaml=False)
    assert "- c (y)" in unit(page, "C").text


@pytest.mark.parametrize(
    ("text", "is_yaml", "why"),
    [
        ("{", False, "no JSON"),
        ("[" * 100_000, False, "nested too deep"),
        ("openapi: 3.0.0\nx: " + "[" * 200, True, "more than 100 levels"),
        ("openapi: [", True, "no YAML"),
        ("a: b", True, "neither the key openapi nor swagger"),
        ("", False, "it is empty"),
    ],
)
def test_a_file_that_describes_no_api_is_skipped_with_a_reason(text: str, is_yaml: bool, why: str) -> None:
    reason = api_sections(text, is_yaml=is_yaml)
    assert isinstance(reason, str) and why in reason


_KEYS = {"$ref", "type", "items", "properties", "allOf", "enum", "schema", "content"} | {
    "parameters", "responses", "get", "name", "in", "required", "description"
}  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("#/ab$", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted(_KEYS)),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None)
@given(_JSON, _JSON, _JSON)
def test_no_content_breaks_the_reader(paths: object, components: object, info: object) -> None:
    content = {"openapi": "3.1.0", "paths": {"/a": paths}, "components": components, "info": info}
    for section in read(json.dumps(content), is_yaml=False).sections:
        assert section.name.strip() and section.text.strip()


def test_a_folder_of_pages_may_contain_apis(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(YAML)
    (tmp_path / "late.json").write_text(json.dumps(dict(reversed(SWAGGER.items()))))
    (tmp_path / "bad.yml").write_text("openapi: 3.0.0\npaths: [")
    (tmp_path / "other.json").write_text('{"name": "x"}')
    (tmp_path / "page.md").write_text("# Title\n\nText.\n")
    corpus = open_corpus(CorpusSpec("d", "docs", str(tmp_path)))
    found = {item.path: corpus.read(item) for item in corpus.scan() if isinstance(item, Listed)}
    assert set(found) == {"api.yaml", "late.json", "bad.yml", "page.md"}
    bad, api = found["bad.yml"], found["api.yaml"]
    assert isinstance(bad, Skipped) and bad.reason == "malformed" and "no YAML" in bad.detail
    assert isinstance(api, Document)
    assert (api.origin.library, api.origin.version, api.origin.language) == ("pet-store", "1.10", "openapi")


def test_one_file_is_a_corpus(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(YAML)
    assert spec_for(str(path)) == CorpusSpec("api.yaml", "openapi", str(path))
    add_docs(tmp_path / "index", [str(path)])
    with Index.open(tmp_path / "index") as index:
        (listed,) = list_docs(index)
    assert (listed.kind, listed.library, listed.version, listed.units) == ("openapi", "pet-store", "1.10", 5)
    path.unlink()
    with pytest.raises(CorpusError):
        list(open_corpus(CorpusSpec("api.yaml", "openapi", str(path))).scan())
