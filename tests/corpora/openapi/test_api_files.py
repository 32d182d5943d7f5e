"""An API that is described in several files is one document, and nothing outside of its folder is read."""

import json
import os
from pathlib import Path
from time import process_time

import pytest

from corpora.document import Document, Listed, Skipped
from corpora.openapi import parts
from corpora.openapi.descriptions import ApiPage, api_sections
from corpora.outside.yaml_documents import parsed_yaml
from corpora.spec import CorpusSpec, open_corpus
from tests import SLOWNESS
from tests.small_corpora import write_tree

ROOT = """
openapi: 3.1.0
info: {title: Shop, version: '2'}
paths:
  /users: {$ref: paths/users.yaml}
  /users/{id}: {$ref: './paths/users.yaml#/one'}
  /pets:
    get: {$ref: paths/pets.json#/list}
  /self: {$ref: 'openapi.yaml#/paths/~1users~1%7Bid%7D'}
components:
  schemas:
    User: {$ref: schemas/User.yaml}
webhooks:
  sold: {$ref: 'paths/users.yaml#/sold'}
"""
FILES = {
    "openapi.yaml": ROOT,
    "paths/users.yaml": """
parameters: [{$ref: '../common.yml#/parameters/tenant'}]
get:
  operationId: listUsers
  parameters: [{$ref: '#/page'}]
  responses:
    '200':
      description: All.
      content: {application/json: {schema: {type: array, items: {$ref: ../schemas/User.yaml}}}}
    '400': {$ref: ../common.yml#/responses/Bad, description: Wrong page.}
page: {name: page, in: query, schema: {type: [integer, 'null']}}
one:
  get: {operationId: getUser, responses: {'200': {content: {a/b: {schema: {$ref: '../schemas/User.yaml'}}}}}}
sold:
  post: {operationId: onSold, requestBody: {content: {a/b: {schema: {$ref: '../schemas/Sale.yaml#/Sale'}}}}}
""",
    "paths/pets.json": '{"list": {"operationId": "listPets", "responses": {"200": {"description": "All."}}}}',
    "common.yml": """
parameters: {tenant: {name: tenant, in: header, required: true, schema: {type: string}}}
responses: {Bad: {description: Bad request.}}
""",
    "schemas/User.yaml": "type: object\nproperties:\n  name: {type: string}\n  friend: {$ref: User.yaml}\n",
    "schemas/Sale.yaml": """
Sale: {properties: {buyer: {$ref: User.yaml}, of: {$ref: '#/Thing'}}}
Thing: {type: string}
""",
}  # fmt: skip


def read(folder: Path, kind: str = "openapi", name: str = "openapi.yaml") -> Document:
    location = folder / name if kind == "openapi" else folder
    corpus = open_corpus(CorpusSpec("api", kind, str(location)))
    (listed,) = (one for one in corpus.scan() if isinstance(one, Listed) and one.path.endswith(name))
    document = corpus.read(listed)
    assert isinstance(document, Document)
    return document


@pytest.mark.parametrize("kind", ["openapi", "docs"])
def test_references_into_other_files_are_followed(tmp_path: Path, kind: str) -> None:
    write_tree(tmp_path, FILES)
    document = read(tmp_path, kind)
    assert document.notes == ()
    assert {one.name: one.signature for one in document.sections[1:]} == {
        "GET /users listUsers": "GET /users(tenant: string, page?: integer | null) -> User[]",
        "GET /users/{id} getUser": "GET /users/{id}() -> User",
        "GET /pets listPets": "GET /pets()",
        "GET /self getUser": "GET /self() -> User",
        "POST webhook sold onSold": "POST webhook sold(body: Sale)",
        "User": "User: object",
        "Sale": "Sale: object",
        "Thing": "Thing: string",
    }
    texts = {one.name: one.text for one in document.sections}
    assert "- 400: Wrong page." in texts["GET /users listUsers"]
    assert "- name (string)\n- friend (User)" in texts["User"]


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("missing.yaml#/X", "there is no such file"),
        ("common.yml#/nothing/here", "there is nothing at this place"),
        ("#/components/nothing", "there is nothing at this place"),
        ("../secret.yaml", "it is outside of the folder of the description"),
        ("a/../../secret.yaml", "it is outside of the folder of the description"),
        ("%2e%2e/secret.yaml", "it is outside of the folder of the description"),
        ("link.yaml", "it is outside of its folder"),
        ("linked/secret.yaml", "it is outside of its folder"),
        ("/etc/secret.yaml", "it is outside of the folder of the description"),
        ("file:///etc/secret.yaml", "it is in the network, and nothing is fetched"),
        ("https://example.org/api.yaml#/X", "it is in the network, and nothing is fetched"),
        ("//example.org/api.yaml", "it is in the network, and nothing is fetched"),
        ("C:\\secret.yaml", "it is outside of the folder of the description"),
        ("notes.txt", "its file is none of .json, .yaml, .yml"),
        ("broken.yaml", "no YAML: "),
        ("pipe.yaml", "not a regular file but a pipe"),
        ("common.yml#nothing", "it is no JSON pointer"),
        ("x" * 2_000 + ".yaml", "it is too long"),
    ],
)
def test_what_cannot_be_followed_is_reported_with_file_and_pointer(
    tmp_path: Path, reference: str, why: str
) -> None:
    folder = tmp_path / "api"
    operation = {"responses": {"200": {"$ref": reference}}}
    write_tree(
        folder,
        {
            **FILES,
            "paths/users.yaml": json.dumps({"one": {"get": {"operationId": "getUser"}}}),
            "notes.txt": "x",
            "broken.yaml": "a: [",
            "openapi.yaml": json.dumps({"openapi": "3.0.0", "paths": {"/a": {"get": operation}}}),
        },
    )
    write_tree(
        tmp_path, {"secret.yaml": "description: SECRET\n", "other/secret.yaml": "description: SECRET\n"}
    )
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "linked").symlink_to(tmp_path / "other")
    os.mkfifo(folder / "pipe.yaml")
    document = read(folder)
    (note,) = document.notes
    assert note.startswith(f"openapi.yaml#/paths/~1a/get/responses/200 refers to {reference[:100]}")
    assert why in note
    assert "SECRET" not in document.text


def test_a_reference_in_a_part_that_leads_nowhere_names_that_part(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {**FILES, "common.yml": "parameters: {tenant: {$ref: gone.yaml}}\nresponses: {Bad: {}}\n"}
    )
    assert read(tmp_path).notes == (
        "common.yml#/parameters/tenant refers to gone.yaml: there is no such file",
    )


def test_references_in_a_circle_end(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "openapi.yaml": "openapi: 3.0.0\npaths: {/a: {$ref: b.yaml}, /c: {get: {responses: {'200': "
            "{content: {a/b: {schema: {$ref: 'd.yaml#/A'}}}}}}}}",
            "b.yaml": "$ref: c.yaml",
            "c.yaml": "$ref: b.yaml",
            "d.yaml": "A: {properties: {b: {$ref: 'e.yaml#/B'}}, allOf: [{$ref: 'd.yaml#/A'}]}",
            "e.yaml": "B: {properties: {a: {$ref: 'd.yaml#/A'}}, items: {$ref: '#/B'}}",
        },
    )
    assert [one.name for one in read(tmp_path).sections] == ["API", "GET /c", "A", "B"]


def test_a_change_in_a_part_changes_the_stamp_of_the_whole(tmp_path: Path) -> None:
    write_tree(tmp_path, FILES)
    stamps = []
    for kind in ("openapi", "docs"):
        location = tmp_path / "openapi.yaml" if kind == "openapi" else tmp_path
        corpus = open_corpus(CorpusSpec("api", kind, str(location)))
        (tmp_path / "schemas" / "User.yaml").write_text("type: object\n")
        (before,) = corpus.scan()
        (tmp_path / "schemas" / "User.yaml").write_text("type: object\ndescription: Longer.\n")
        (after,) = corpus.scan()
        assert isinstance(before, Listed) and isinstance(after, Listed)
        stamps.append(before.stamp != after.stamp)
    assert stamps == [True, True]


def described(folder: Path, count: int) -> Path:
    """Write descriptions of which each refers to four others."""
    for number in range(count):
        others = ((number + step) % count for step in (1, 7, 49, 343))
        paths = "".join(f'  /a{number}/{k}:\n    $ref: "f{k}.yaml#/paths/~1a{k}"\n' for k in others)
        write_tree(folder, {f"f{number}.yaml": f"openapi: 3.0.0\npaths:\n{paths}"})
    return folder


@pytest.mark.slow
def test_many_descriptions_that_refer_to_each_other_are_scanned_in_bounded_time(tmp_path: Path) -> None:
    corpus = open_corpus(CorpusSpec("api", "docs", str(described(tmp_path, 500))))
    start = process_time()
    assert sum(isinstance(one, Listed) for one in corpus.scan()) == 500
    assert process_time() - start < 8 * SLOWNESS  # it took half a minute


def test_a_change_counts_though_not_all_references_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_MAX_STEPS", 30)
    corpus = open_corpus(CorpusSpec("api", "docs", str(described(tmp_path, 20))))
    before = {one.path: one for one in corpus.scan()}
    (tmp_path / "f7.yaml").write_text("openapi: 3.0.0\npaths: {}\n")
    after = {one.path: one for one in corpus.scan()}
    assert before["f0.yaml"] != after["f0.yaml"]


def test_descriptions_that_are_parts_of_another_are_not_indexed_twice(tmp_path: Path) -> None:
    def api(paths: object, schemas: object) -> str:
        return json.dumps({"openapi": "3.0.0", "paths": paths, "components": {"schemas": schemas}})

    operation = {
        "get": {
            "responses": {
                "200": {"content": {"a/b": {"schema": {"$ref": "common.json#/components/schemas/A"}}}}
            }
        }
    }
    write_tree(
        tmp_path,
        {
            "openapi.json": api({"/a": operation, "/b": {"$ref": "b.json#/paths/~1b"}}, {}),
            "common.json": api({}, {"A": {"type": "object"}}),
            "b.json": api({"/b": operation}, {}),
            "other.json": api({"/c": operation}, {"X": {"$ref": "openapi.json#/paths"}}),
        },
    )
    corpus = open_corpus(CorpusSpec("api", "docs", str(tmp_path)))
    skipped = {one.path: one.detail for one in corpus.scan() if isinstance(one, Skipped)}
    assert skipped == {"b.json": "a part of openapi.json", "common.json": "a part of openapi.json"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", {"x": "1", "y": "3"}),
        ("a: &a {x: 1}\nc: &c {x: 2, z: 1}\nb: {q: 1, <<: [*a, *c]}", {"x": "1", "z": "1", "q": "1"}),
        ("a: &a {x: 1}\nc: &c {w: 2}\nb:\n  <<: *a\n  k: 1\n  <<: *c", {"x": "1", "w": "2", "k": "1"}),
        ("a: &a {x: 1}\nc: &c {<<: *a, y: 2}\nb: {<<: *c}", {"x": "1", "y": "2"}),
        ("a: &a {x: 1}\nb:\n  - <<: *a\n    k: v\n  - <<: {m: n}", [{"x": "1", "k": "v"}, {"m": "n"}]),
        ("a: &a {x: 1}\nb: {'<<': *a}", {"<<": {"x": "1"}}),
        ("b: {<<: text}", {"<<": "text"}),
        ("a: &a {x: {y: 1}}\nb: {<<: *a, x: {z: 2}}", {"x": {"z": "2"}}),
    ],
)
def test_merge_keys_add_the_entries_of_other_mappings(text: str, value: object) -> None:
    assert parsed_yaml(text)["b"] == value


def test_merge_keys_that_multiply_are_refused() -> None:
    text = "a: &a {" + ", ".join(f"k{number}: v" for number in range(3_000)) + "}\n"
    text += "".join(f"b{number}: {{<<: *a}}\n" for number in range(1_000))
    with pytest.raises(ValueError, match="merge keys add more than"):
        parsed_yaml(text)


MERGED = """
openapi: 3.0.0
x-page: &page {in: query, schema: {type: integer}}
x-errors: &errors
  '404': {description: Not there.}
paths:
  /a:
    get: &get
      operationId: getA
      parameters: [{<<: *page, name: page}]
      responses: {<<: *errors, '200': {description: Fine.}}
    head: {<<: *get, operationId: headA}
"""


def test_an_api_with_merge_keys_is_read_whole() -> None:
    page = api_sections(MERGED, is_yaml=True)
    assert isinstance(page, ApiPage)
    assert [one.signature for one in page.sections[1:]] == [
        "GET /a(page?: integer)",
        "HEAD /a(page?: integer)",
    ]
    assert all("- 404: Not there.\n- 200: Fine." in one.text for one in page.sections[1:])


def test_a_parameter_that_is_composed_of_others_has_all_their_keys() -> None:
    parameter = {"allOf": [{"$ref": "#/components/parameters/P"}, {"description": "Better."}]}
    content = {
        "openapi": "3.0.0",
        "paths": {"/a": {"get": {"parameters": [parameter]}}},
        "components": {"parameters": {"P": {"name": "p", "in": "query", "schema": {"type": "string"}}}},
    }
    page = api_sections(json.dumps(content), is_yaml=False)
    assert isinstance(page, ApiPage) and "- p (query, string): Better." in page.sections[1].text
