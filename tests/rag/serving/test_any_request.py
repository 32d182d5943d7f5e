"""Whatever a request holds, the service answers it, or refuses it with a reason."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag.serving.app import ServiceOptions
from rag.serving.http.body import json_body
from rag.serving.openai.backend import BackendSettings
from rag.serving.projects import Projects
from tests.model_server import model_server
from tests.served_project import served

FIELDS = {
    "/api/search": ("query", "project", "k", "languages", "libraries", "paths", "kinds"),
    "/api/prompt": ("query", "project", "template", "max_tokens", "k"),
    "/api/versions": ("project", "name", "library"),
    "/v1/chat/completions": ("messages", "model", "rag"),
    "/v1/completions": ("prompt", "model", "rag"),
    "/v1/responses": ("input", "model", "rag"),
    "/v1/embeddings": ("input", "model", "encoding_format"),
    "/v1/vector_stores/shop/search": ("query", "max_num_results", "filters"),
    "/infill": ("input_prefix", "input_suffix", "prompt", "input_extra", "rag"),
}
TEXT = st.text(st.characters(), max_size=12) | st.sampled_from(
    ["shop", "basket", "re:((", "../../etc/passwd", "\ud800", "<|im_end|>", "rag/passages", "user", "eq"]
)
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
KEYS = st.sampled_from(["role", "content", "type", "text", "key", "value", "filters", "project", "k", "gate"])
VALUE = st.recursive(
    LEAF, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=3), max_leaves=8
)
REQUEST = st.sampled_from(sorted(FIELDS)).flatmap(
    lambda path: st.tuples(
        st.just(path),
        st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS[path], VALUE)),
    )
)


@pytest.fixture(scope="module")
def client(projects: Projects) -> Iterator[httpx.Client]:
    with model_server() as model:
        options = ServiceOptions(backend=BackendSettings(model.url))
        with served(projects, options) as address, httpx.Client(base_url=address, timeout=30) as client:
            yield client


@pytest.mark.slow(5)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REQUEST)
@example(("/v1/chat/completions", {"messages": [{"role": "user", "content": "\ud83d half"}]}))
@example(("/infill", {"prompt": "def f(", "input_prefix": "", "rag": {"gate": 0}}))
def test_no_request_makes_the_service_fail(client: httpx.Client, asked: tuple[str, dict[str, Any]]) -> None:
    path, body = asked
    answer = client.post(path, content=json.dumps(body).encode())
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"k": NaN}',
        b'{"k": -Infinity}',
        b'{"k": 1e999}',
        b'{"k": 1' + b"0" * 5_000 + b"}",
    ],
)
def test_what_is_no_json_is_refused(client: httpx.Client, content: bytes) -> None:
    for path in FIELDS:
        assert client.post(path, content=content).status_code == 400


def test_halves_of_characters_become_whole_ones() -> None:
    content = json.dumps({"a\ud800": ["\udfff", {"b": "\ud83d\ude00 \ud83d"}]}).encode()
    assert json_body(content) == {"a\ufffd": ["\ufffd", {"b": "\U0001f600 \ufffd"}]}
