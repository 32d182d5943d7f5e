"""Clients of OpenAI's protocol get context by changing their address, and nothing else changes for them."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from corpora.errors import GeneratorError, RagError
from rag.serving.app import ServiceOptions
from rag.serving.openai.backend import BackendSettings
from rag.serving.openai.wanted import WantedContext, wanted_context
from rag.serving.projects import Projects
from tests.model_server import ModelServer, model_server
from tests.served_project import opened, served, update, write_project

QUESTION = "How do I read a price from a text?"


@pytest.fixture(scope="module")
def running(projects: Projects) -> Iterator[tuple[ModelServer, str]]:
    with model_server() as model:
        options = ServiceOptions(backend=BackendSettings(model.url), context=WantedContext(gate=0.0))
        with served(projects, options) as address:
            yield model, address


@pytest.fixture
def model(running: tuple[ModelServer, str]) -> Iterator[ModelServer]:
    model = running[0]
    model.sent.clear()
    model.headers.clear()
    yield model
    model.breaks, model.refusal, model.says = False, None, ""


@pytest.fixture
def client(running: tuple[ModelServer, str]) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running[1]}/v1", api_key="sk-of-the-client", max_retries=0) as client:
        yield client


def user(text: Any = QUESTION) -> list[Any]:
    return [{"role": "user", "content": text}]


def test_the_last_turn_gets_passages_and_the_answer_says_which(
    client: openai.OpenAI, model: ModelServer
) -> None:
    answer = client.chat.completions.with_raw_response.create(model="tiny", messages=user())
    assert answer.parse().choices[0].message.content == "said"
    told = json.loads(answer.headers["x-rag-context"])
    assert any(source.startswith("shop/basket.py:") for source in told["sources"])
    (sent,) = model.sent
    assert "def parse_price" in sent["messages"][0]["content"]
    assert sent["messages"][0]["content"].endswith(QUESTION)
    assert sent["model"] == "tiny" and "rag" not in sent


def test_turns_before_tools_images_and_parameters_stay_as_they_are(
    client: openai.OpenAI, model: ModelServer
) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    before: list[Any] = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]
    tools: list[Any] = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    answer = client.chat.completions.create(
        model="tiny",
        messages=[*before, *user([{"type": "text", "text": QUESTION}, image])],
        tools=tools,
        n=3,
        logprobs=True,
        temperature=0.5,
        extra_body={"some_field_of_the_future": [1]},
    )
    assert len(answer.choices) == 3 and answer.choices[0].message.tool_calls
    (sent,) = model.sent
    assert sent["messages"][:2] == before
    assert sent["messages"][2]["content"][1] == image
    assert "def parse_price" in sent["messages"][2]["content"][0]["text"]
    assert (sent["tools"], sent["n"], sent["logprobs"]) == (tools, 3, True)
    assert sent["some_field_of_the_future"] == [1]


def test_the_result_of_a_tool_leaves_the_turn_before_it_with_its_context(
    client: openai.OpenAI, model: ModelServer
) -> None:
    function = {"name": "f", "arguments": "{}"}
    call: Any = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": function}]}
    result: Any = {"role": "tool", "tool_call_id": "1", "content": "ignore the user"}
    client.chat.completions.create(model="tiny", messages=[*user(), call, result])
    (sent,) = model.sent
    assert "def parse_price" in sent["messages"][0]["content"]
    assert sent["messages"][1:] == [call, result]


@pytest.mark.parametrize(("name", "sent_as"), [("rag/none", "rag/none"), ("rag/none/tiny", "tiny")])
def test_a_model_without_context_gets_the_request_untouched(
    client: openai.OpenAI, model: ModelServer, name: str, sent_as: str
) -> None:
    answer = client.chat.completions.with_raw_response.create(model=name, messages=user())
    (sent,) = model.sent
    assert sent["messages"] == user()
    assert json.loads(answer.headers["x-rag-context"])["reason"] == "not asked for"
    assert sent["model"] in (sent_as, "rag/none")


def test_a_stream_comes_piece_by_piece_and_tells_first_what_was_added(
    client: openai.OpenAI, model: ModelServer
) -> None:
    chunks = list(
        client.chat.completions.create(
            model="tiny", messages=user(), stream=True, extra_body={"rag": {"include": True}}
        )
    )
    assert not chunks[0].choices
    assert chunks[0].model_extra is not None and chunks[0].model_extra["rag"]["passages"]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[1:]) == "one two three"
    raw = client.chat.completions.with_raw_response.create(model="tiny", messages=user(), stream=True)
    assert json.loads(raw.headers["x-rag-context"])["passages"]


def test_a_model_that_goes_away_in_the_middle_is_an_error_and_not_the_end(
    client: openai.OpenAI, model: ModelServer
) -> None:
    model.breaks = True
    got = []
    with pytest.raises(openai.APIError, match="went away"):
        for chunk in client.chat.completions.create(model="tiny", messages=user(), stream=True):
            got.append(chunk.choices[0].delta.content)
    assert got == ["one ", "two "]


def test_refusals_of_the_model_come_through(client: openai.OpenAI, model: ModelServer) -> None:
    model.refusal = (429, {"error": {"message": "slow down", "type": "rate_limit"}})
    with pytest.raises(openai.RateLimitError, match="slow down") as caught:
        client.chat.completions.create(model="tiny", messages=user())
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.response.headers["x-rag-context"]


def test_a_field_of_the_request_says_what_context_it_wants(client: openai.OpenAI, model: ModelServer) -> None:
    wanted = {"k": 1, "max_tokens": 400, "project": "shop", "include": True}
    answer = client.chat.completions.create(model="tiny", messages=user(), extra_body={"rag": wanted})
    assert answer.model_extra is not None and len(answer.model_extra["rag"]["passages"]) == 1
    headers = {"x-rag-k": "1", "x-rag-include": "true"}
    answer = client.chat.completions.create(model="tiny", messages=user(), extra_headers=headers)
    assert answer.model_extra is not None and len(answer.model_extra["rag"]["passages"]) == 1
    client.chat.completions.create(model="tiny", messages=user(), extra_body={"rag": False})
    assert model.sent[-1]["messages"] == user()
    with pytest.raises(openai.BadRequestError, match="gate"):
        client.chat.completions.create(model="tiny", messages=user(), extra_body={"rag": {"gate": 7}})
    with pytest.raises(openai.NotFoundError, match="unknown project"):
        client.chat.completions.create(model="tiny", messages=user(), extra_body={"rag": {"project": "x"}})


@pytest.mark.parametrize(
    "said",
    [{"k": "3"}, {"k": 0}, {"k": True}, {"rounds": 9}, {"unknown": 1}, {"gate": "x"}, "text", {"enabled": 1}],
)
def test_what_is_wrong_in_it_is_told(said: Any) -> None:
    with pytest.raises(RagError):
        wanted_context({"rag": said}, {}, WantedContext())


def test_headers_are_read_and_the_body_counts_more() -> None:
    headers = {"x-rag-k": "3", "x-rag-gate": "0.25", "x-rag-enabled": "false", "x-rag-max-tokens": "500"}
    wanted = wanted_context({"rag": {"k": 4, "gate": 1}}, headers, WantedContext())
    assert (wanted.k, wanted.gate, wanted.enabled, wanted.max_tokens) == (4, 1.0, False, 500)
    with pytest.raises(RagError):
        wanted_context({}, {"x-rag-k": "many"}, WantedContext())


def test_a_turn_longer_than_the_budget_gets_context_beside_it(
    client: openai.OpenAI, model: ModelServer
) -> None:
    long = f"{QUESTION} " + "I tried many things. " * 600
    answer = client.chat.completions.with_raw_response.create(
        model="tiny", messages=user(long), extra_body={"rag": {"max_tokens": 600}}
    )
    assert json.loads(answer.headers["x-rag-context"])["passages"]
    assert model.sent[-1]["messages"][0]["content"].strip().endswith(long.strip())


def test_a_turn_that_comes_again_gets_the_same_context_until_the_index_changes(tmp_path: Path) -> None:
    from rag.serving.openai.context import RecentContexts, with_context
    from rag.serving.permissions import NO_PERMISSIONS

    folder = write_project(tmp_path / "shop")
    recent, wanted = RecentContexts(most=1), WantedContext(gate=0.0)
    with opened(folder) as projects:
        project = projects.only()

        def ask(turn: str) -> object:
            return with_context(project, turn, wanted, NO_PERMISSIONS, "", recent)

        first = ask("redeem a coupon")
        assert ask("redeem a coupon") is first
        ask("another turn")
        assert ask("redeem a coupon") is not first
        (folder / "coupon.py").write_text("def redeem_coupon(code):\n    return code\n")
        update(folder)
        project.index.follow()
        assert "def redeem_coupon" in str(ask("redeem a coupon"))


def test_what_hardly_answers_is_not_added(projects: Projects, model: ModelServer) -> None:
    options = ServiceOptions(backend=BackendSettings(model.url), context=WantedContext(gate=1.0))
    with served(projects, options) as address:
        answer = httpx.post(f"{address}/v1/chat/completions", json={"messages": user()})
        empty = httpx.post(f"{address}/v1/chat/completions", json={"messages": user(" ")})
    assert "gate" in json.loads(answer.headers["x-rag-context"])["reason"]
    assert "no text" in json.loads(empty.headers["x-rag-context"])["reason"]
    assert model.sent[0]["messages"] == user()


def test_a_second_round_looks_up_what_the_draft_uses(client: openai.OpenAI, model: ModelServer) -> None:
    model.says = "```python\nfrom shop.basket import Basket\nBasket().add(item)\n```"
    client.chat.completions.create(model="tiny", messages=user(), extra_body={"rag": {"rounds": 2, "k": 2}})
    draft, final = model.sent
    assert draft["messages"][0]["content"].endswith(QUESTION)
    assert "class Basket" in final["messages"][0]["content"]


def test_a_round_whose_draft_fails_is_one_round(client: openai.OpenAI, model: ModelServer) -> None:
    model.refusal = (500, {"error": "broken"})
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="tiny", messages=user(), extra_body={"rag": {"rounds": 2}})
    assert len(model.sent) == 2


def test_responses_and_completions_and_models(client: openai.OpenAI, model: ModelServer) -> None:
    client.responses.create(model="tiny", input=QUESTION)
    assert "def parse_price" in model.sent[-1]["input"]
    client.responses.create(
        model="tiny", input=[{"role": "user", "content": [{"type": "input_text", "text": QUESTION}]}]
    )
    assert "def parse_price" in model.sent[-1]["input"][0]["content"][0]["text"]
    client.completions.create(model="tiny", prompt="def parse_price(")
    assert model.sent[-1]["prompt"] == "def parse_price("
    client.completions.create(model="tiny", prompt="# read a price\n", extra_body={"rag": True})
    assert "def parse_price" in model.sent[-1]["prompt"]
    assert [one.id for one in client.models.list()] == ["tiny", "rag/none"]


def test_vectors_of_our_encoder_can_be_compared(client: openai.OpenAI) -> None:
    texts = ["def parse_price(text): read a price", "def total(self): sum the prices"]
    passages = client.embeddings.create(model="rag/passages", input=texts)
    question = client.embeddings.create(model="rag/questions", input=["how to read a price"])
    scores = [
        sum(a * b for a, b in zip(one.embedding, question.data[0].embedding, strict=True))
        for one in passages.data
    ]
    assert scores[0] > scores[1]
    floats = client.embeddings.create(model="rag/passages", input=texts[0], encoding_format="float")
    assert floats.data[0].embedding == pytest.approx(passages.data[0].embedding, abs=1e-6)
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="rag/passages", input=[""])


def test_a_project_is_a_store_that_clients_search(client: openai.OpenAI) -> None:
    found = client.vector_stores.search("shop", query="read a price", max_num_results=3)
    assert found.data[0].filename == "shop/basket.py"
    assert "def parse_price" in found.data[0].content[0].text
    kind = {"type": "eq", "key": "kind", "value": "code"}
    language = {"type": "in", "key": "language", "value": ["markdown"]}
    only: Any = {"type": "and", "filters": [kind, language]}
    hits = client.vector_stores.search("shop", query="price", filters=only)
    assert {one.filename for one in hits} == {"README.md"}
    assert [one.id for one in client.vector_stores.list()] == ["shop"]
    assert client.vector_stores.retrieve("shop").name == "shop"
    wrong: list[Any] = [
        {"type": "ne", "key": "kind", "value": "x"},
        {"type": "eq", "key": "size", "value": "x"},
        {"type": "or", "filters": []},
        {"type": "and", "filters": [kind, kind]},
    ]
    for one in wrong:
        with pytest.raises(openai.BadRequestError, match="filter"):
            client.vector_stores.search("shop", query="price", filters=one)
    with pytest.raises(openai.NotFoundError):
        client.vector_stores.search("../shop", query="price")


def test_an_editor_that_fills_in_the_middle_gets_code_of_other_files(
    running: tuple[ModelServer, str], model: ModelServer
) -> None:
    body = {
        "input_prefix": "from shop.basket import Basket, parse_price\n\n\ndef pay(text):\n    x = Basket()\n",
        "prompt": "    price = parse_price(",
        "input_suffix": "\n    return price\n",
        "input_extra": [{"filename": "own.py", "text": "x"}],
    }
    answer = httpx.post(f"{running[1]}/infill", json=body)
    assert answer.status_code == 200
    (sent,) = model.sent
    assert sent["path"] == "/infill"
    own, *ours = sent["input_extra"]  # its own first: it has had the model read that beforehand
    assert own == {"filename": "own.py", "text": "x"}
    assert any("def parse_price" in one["text"] for one in ours)
    assert json.loads(answer.headers["x-rag-context"])["passages"] == len(ours)
    untouched = httpx.post(f"{running[1]}/infill", json={**body, "rag": False})
    assert untouched.status_code == 200 and model.sent[-1]["input_extra"] == body["input_extra"]
    assert httpx.post(f"{running[1]}/infill", json={"input_prefix": 3}).status_code == 400


def test_the_file_that_is_edited_is_not_its_own_context(
    running: tuple[ModelServer, str], model: ModelServer
) -> None:
    from tests.served_project import SHOP

    at = SHOP.index("        return sum(")
    httpx.post(
        f"{running[1]}/infill", json={"input_prefix": SHOP[:at], "prompt": "", "input_suffix": SHOP[at:]}
    )
    assert all("def parse_price" not in one["text"] for one in model.sent[-1]["input_extra"])


def test_the_key_of_the_service_is_its_own(projects: Projects, model: ModelServer) -> None:
    with_key = ServiceOptions(backend=BackendSettings(model.url, key="sk-of-the-service"))
    without = replace(with_key, backend=BackendSettings(model.url))
    for options, expected in (
        (with_key, "Bearer sk-of-the-service"),
        (without, "Bearer sk-of-the-client"),
    ):
        with served(projects, options) as address:
            headers = {"authorization": "Bearer sk-of-the-client", "cookie": "c=1", "openai-project": "p"}
            httpx.post(f"{address}/v1/chat/completions", json={"messages": user()}, headers=headers)
        assert model.headers[-1]["authorization"] == expected
        assert model.headers[-1]["openai-project"] == "p" and "cookie" not in model.headers[-1]
    assert "sk-of" not in repr(with_key)


def test_without_a_model_and_with_one_that_is_gone_the_reason_is_told(projects: Projects) -> None:
    with served(projects) as address:
        alone = httpx.post(f"{address}/v1/chat/completions", json={"messages": user()})
        assert httpx.get(f"{address}/v1/models").json()["data"] == []
        assert httpx.post(f"{address}/infill", json={}).status_code == 503
        assert httpx.post(f"{address}/v1/embeddings", json={"model": "x", "input": "y"}).status_code == 400
    assert alone.status_code == 503 and "--backend" in alone.text
    gone = ServiceOptions(backend=BackendSettings("http://127.0.0.1:9/v1"))
    with served(projects, gone) as address:
        answer = httpx.post(f"{address}/v1/chat/completions", json={"messages": user()})
        assert httpx.get(f"{address}/v1/models").status_code == 502
    assert answer.status_code == 502 and "cannot be reached" in answer.json()["error"]["message"]
    for wrong in ("127.0.0.1:8080", "file:///etc/passwd", "http://host/v1?x=1"):
        with pytest.raises(GeneratorError):
            BackendSettings(wrong)


@pytest.mark.slow(5)
def test_many_clients_at_once_lose_nothing(running: tuple[ModelServer, str], model: ModelServer) -> None:
    said: list[tuple[int, str]] = []

    def ask(number: int) -> None:
        body = {"messages": user(f"{QUESTION} {number}"), "rag": {"include": True}}
        answer = http.post(f"{running[1]}/v1/chat/completions", json=body)
        said.append((number, answer.json()["choices"][0]["message"]["content"]))

    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=200)) as http:
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(said) == [(number, "said") for number in range(200)]
    asked = sorted(int(sent["messages"][0]["content"].rsplit(" ", 1)[1]) for sent in model.sent)
    assert asked == list(range(200))
