"""Answers kept on disk are given again exactly where the same would be asked, and never where not."""

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Generator as PythonGenerator
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.document import Origin
from corpora.errors import GeneratorError
from indexers.chunking.chunk import Chunk
from rag.generators import GENERATORS, open_generator
from rag.generators.answer_cache.answer_key import KEY_FORM, answer_key, folder_state
from rag.generators.answer_cache.answer_store import AnswerStore
from rag.generators.answer_cache.cached import CachedGenerator
from rag.generators.completion import (
    DEFAULT_SAMPLING,
    Completion,
    ContinuingGenerator,
    Sampling,
    SamplingGenerator,
    StreamingGenerator,
    complete,
    continue_text,
    generator_name,
    samples,
    stream,
    with_seed,
)
from rag.generators.tool_call import ToolCall
from rag.generators.usage import MeteredGenerator
from rag.prompting.message import Image, Message
from rag.prompting.prompt import Prompt, make_prompt
from rag.retrieval.hit import Hit
from tests import ROOT
from tests.full_disk import full_at
from tests.loopback_endpoint import answer, refusal, serving

PROMPT = make_prompt("sort a list", [], template="chat")
KEY = "sk-canary-0123456789abcdef"
SECRET = "hunter2canary"


@dataclass(frozen=True)
class Counting:
    """A generator whose every answer is another one, so that one that comes again was kept."""

    sampling: Sampling = DEFAULT_SAMPLING
    model: str = "m"
    asked: list[int] = field(default_factory=list)
    is_cut: bool = False

    @property
    def cache_key(self) -> dict[str, Any]:
        return {"model": self.model}

    def _answer(self) -> Completion:
        self.asked.append(1)
        text = f"answer {len(self.asked)}"
        return Completion(text, text, "counting", 10, 2, log_likelihood=-0.25, cached_tokens=4)

    def __call__(self, prompt: Prompt, /) -> Completion:
        return self._answer()

    def stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion | None]:
        made = self._answer()
        yield made.text[:3]
        if self.is_cut:
            return None
        yield made.text[3:]
        return made

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        return self._answer()

    def samples(self, prompt: Prompt, n: int, /) -> list[Completion]:
        return [self._answer() for _ in range(n)]


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_same_question_is_asked_once_and_answered_the_same(tmp_path: Path) -> None:
    for _ in range(3):  # as in several runs
        cached = CachedGenerator(Counting(), tmp_path)
        first = complete(cached, PROMPT)
        assert first == complete(cached, PROMPT)
        assert first == Completion(
            "answer 1", "answer 1", "counting", 10, 2, log_likelihood=-0.25, cached_tokens=4
        )
    assert (cached.tally.found, cached.tally.asked) == (2, 0)


def test_every_way_to_ask_has_answers_of_its_own(tmp_path: Path) -> None:
    cached = CachedGenerator(Counting(), tmp_path)

    def ask() -> list[object]:
        return [
            complete(cached, PROMPT).text,
            "".join(stream(cached, PROMPT)),
            continue_text(cached, "def f").text,
            continue_text(cached, "def f", ("\n",)).text,
            [one.text for one in samples(cached, PROMPT, 2)],
            [one.text for one in samples(cached, PROMPT, 3)],
        ]

    made = ask()
    assert made[:4] == [f"answer {number}" for number in (1, 2, 3, 4)]
    assert ask() == made and cached.tally.found == 6


def test_a_cached_generator_offers_what_the_other_one_does(tmp_path: Path) -> None:
    cached = CachedGenerator(Counting(), tmp_path)
    for protocol in (StreamingGenerator, ContinuingGenerator, SamplingGenerator):
        assert isinstance(cached, protocol)
    command = CachedGenerator(open_generator("command:cat"), tmp_path)
    assert isinstance(command, ContinuingGenerator) and not isinstance(command, StreamingGenerator)
    assert generator_name(command) == "command"


def test_each_sample_has_an_answer_of_its_own_whatever_the_temperature(tmp_path: Path) -> None:
    cached = CachedGenerator(Counting(Sampling(temperature=0.8)), tmp_path)
    texts = [complete(with_seed(cached, number), PROMPT).text for number in range(4)]
    assert len(set(texts)) == 4
    assert [complete(with_seed(cached, number), PROMPT).text for number in range(4)] == texts


def test_what_is_found_costs_nothing(tmp_path: Path) -> None:
    metered = MeteredGenerator(Counting())
    cached = CachedGenerator(metered, tmp_path)
    complete(cached, PROMPT)
    complete(replace(cached, sampling=Sampling(seed=0)), PROMPT)
    assert metered.usage.calls == 1 and metered.usage.prompt_tokens == 10


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=2),
    max_leaves=4,
)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant"]),
    st.text(max_size=4),
    st.lists(
        st.builds(Image, st.sampled_from(["image/png", "image/gif"]), st.binary(max_size=2)), max_size=2
    ).map(tuple),
)
SAMPLINGS = st.builds(
    Sampling,
    st.sampled_from([0.0, 0.2, 1.0]),
    st.integers(1, 3),
    st.integers(0, 2),
    st.lists(st.sampled_from(["\n", "def"]), max_size=2).map(tuple),
    st.booleans(),
)


@dataclass(frozen=True)
class Keyed:
    cache_key: dict[str, Any]
    sampling: Sampling

    def __call__(self, prompt: Prompt, /) -> str:
        return ""


QUESTIONS = st.tuples(
    st.dictionaries(st.text("ab", max_size=1), PLAIN, max_size=2),
    SAMPLINGS,
    st.sampled_from(["call", "stream", "samples"]),
    st.dictionaries(
        st.sampled_from(["messages", "query", "n"]), st.lists(MESSAGES, max_size=2) | PLAIN, max_size=2
    ),
)


def same(one: Any, two: Any) -> bool:
    """Return whether two values are equal and of the same types: True is not 1, and bytes are no text."""
    return repr(ordered(one)) == repr(ordered(two))


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value)}
    if isinstance(value, Message):  # (the text of an image does not show its bytes)
        return [value.role, value.content, [(one.media_type, one.data) for one in value.images]]
    return [ordered(one) for one in value] if isinstance(value, list | tuple) else value


@settings(max_examples=200)
@given(QUESTIONS, QUESTIONS)
def test_keys_are_the_same_exactly_if_the_questions_are(one: Any, two: Any) -> None:
    keys = [answer_key(Keyed(key, sampling), way, asked) for key, sampling, way, asked in (one, two)]
    assert (keys[0] == keys[1]) == same(
        [one[0], repr(one[1]), one[2], one[3]], [two[0], repr(two[1]), two[2], two[3]]
    )


def passage(text: str) -> Hit:
    return Hit(Chunk(Origin("src", "a.py", "python", "code"), text, 1, 1, 0, len(text)), 1.0, 1)


CHANGES = {
    "the model": (replace(PROMPT), Counting(model="other")),
    "the temperature": (PROMPT, Counting(Sampling(temperature=0.3))),
    "the seed": (PROMPT, Counting(Sampling(seed=1))),
    "the length": (PROMPT, Counting(Sampling(max_tokens=7))),
    "a stop": (PROMPT, Counting(Sampling(stop=("x",)))),
    "the likelihood": (PROMPT, Counting(Sampling(log_likelihood=True))),
    "a word": (make_prompt("sort a list!", [], template="chat"), Counting()),
    "a role": (replace(PROMPT, messages=(*PROMPT.messages, Message("assistant", ""))), Counting()),
    "a passage": (replace(PROMPT, hits=(passage("whole"),)), Counting()),
    "another passage": (replace(PROMPT, hits=(passage("whole, and more"),)), Counting()),
    "an image": (
        replace(PROMPT, messages=(Message("user", "sort a list", (Image("image/png", b"1"),)),)),
        Counting(),
    ),
    "another image": (
        replace(PROMPT, messages=(Message("user", "sort a list", (Image("image/png", b"2"),)),)),
        Counting(),
    ),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_whatever_decides_the_answer_asks_again(tmp_path: Path, changed: tuple[Prompt, Counting]) -> None:
    others = [(PROMPT, Counting()), *(one for one in CHANGES.values() if one is not changed)]
    for prompt, generator in others:
        complete(CachedGenerator(generator, tmp_path), prompt)
    fresh = CachedGenerator(replace(changed[1], asked=[]), tmp_path)
    complete(fresh, changed[0])
    assert fresh.tally.asked == 1


def test_a_changed_model_file_or_script_asks_again(tmp_path: Path) -> None:
    script = tmp_path / "model.py"
    said: list[str] = []
    for text in ("one", "one", "three"):
        if not said or said[-1] != text:
            script.write_text(f"print({text!r})")
        generator = CachedGenerator(
            open_generator("command", command=[sys.executable, str(script)]), tmp_path / "c"
        )
        said.append(complete(generator, PROMPT).text.strip())
        found = generator.tally.found
        assert found == (len(said) == 2)
    assert said == ["one", "one", "three"]


def test_the_folder_of_a_model_is_another_one_once_a_file_of_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    states = [folder_state(tmp_path)]
    (tmp_path / "model.safetensors").write_bytes(b"1")
    states.append(folder_state(tmp_path))
    (tmp_path / "config.json").write_text("{ }")
    states.append(folder_state(tmp_path))
    assert folder_state(tmp_path) == states[2] and states[0] != states[1] != states[2]


def test_a_generator_that_does_not_say_what_decides_is_not_kept(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Unseeded:
        cache_key: dict[str, str]

        def __call__(self, prompt: Prompt, /) -> str:
            return "x"

    for generator, why in ((lambda prompt: "x", "cache_key"), (Unseeded({}), "sampling")):
        with pytest.raises(GeneratorError, match="cannot be kept") as raised:
            CachedGenerator(generator, tmp_path)
        assert why in raised.value.why


def test_a_key_that_cannot_be_made_keeps_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    cached = CachedGenerator(Keyed({"object": object()}, DEFAULT_SAMPLING), tmp_path)
    assert complete(cached, PROMPT).text == "" and not files_of(tmp_path)
    assert "object cannot be part of a key" in cached.tally.unkept


@pytest.mark.parametrize(
    "made",
    [
        Completion("", "", "g"),
        Completion(" \n", "", "g", missing="the model refused: no"),
        Completion("text", "text", "g", missing="a content filter stopped it"),
        Completion("text", "text", "g", rounds=2),
        Completion("half of a pair \ud83d", "x", "g"),
        Completion("text", "text", "g", log_likelihood=float("nan")),
        Completion(f"export OPENAI_API_KEY={KEY}", "", "g"),
    ],
    ids=["empty", "refused", "filtered", "rounds", "surrogate", "nan", "credential"],
)
def test_what_is_no_whole_answer_is_not_kept(
    tmp_path: Path, made: Completion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    @dataclass(frozen=True)
    class Giving:
        sampling: Sampling = DEFAULT_SAMPLING
        cache_key: tuple[()] | dict[str, str] = field(default_factory=dict)

        def __call__(self, prompt: Prompt, /) -> Completion:
            return made

    assert complete(CachedGenerator(Giving(), tmp_path), PROMPT) is made
    assert not files_of(tmp_path)


def test_a_cut_or_left_stream_is_not_kept_and_a_whole_one_is(tmp_path: Path) -> None:
    cut = CachedGenerator(Counting(is_cut=True), tmp_path)
    assert "".join(stream(cut, PROMPT)) == "ans"
    left = CachedGenerator(Counting(), tmp_path)
    pieces = stream(left, PROMPT)
    assert list(islice(pieces, 1)) == ["ans"]
    pieces.close()
    assert not files_of(tmp_path)
    assert list(stream(left, PROMPT)) == ["ans", "wer 2"]
    assert list(stream(left, PROMPT)) == ["answer 2"]


def test_an_error_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(refusal(400, "no"), answer("```python\nx = 1\n```")) as endpoint:
        cached = CachedGenerator(open_generator("openai:m", base_url=endpoint.url), tmp_path)
        with pytest.raises(GeneratorError):
            complete(cached, PROMPT)
        assert complete(cached, PROMPT).code == "x = 1" == complete(cached, PROMPT).code
    assert len(endpoint.sent) == 2


def test_no_credential_is_in_a_file_or_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(answer()) as endpoint:
        url = endpoint.url.replace("http://", f"http://user:{SECRET}@")
        complete(CachedGenerator(open_generator("openai:m", base_url=url), tmp_path), PROMPT)
    command = [sys.executable, "-c", "print('ok')", "--api-key", SECRET]
    complete(CachedGenerator(open_generator("command", command=command), tmp_path), PROMPT)
    files = files_of(tmp_path)
    assert len(files) == 2
    for path in files:
        kept = path.read_bytes() + str(path).encode()
        assert SECRET.encode() not in kept and KEY.encode() not in kept and b"sort a list" not in kept
        assert path.stat().st_mode & 0o077 == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789/+=%", min_size=10, max_size=30),
    st.sampled_from(["plain", "quoted", "base64"]),
    st.text(max_size=10),
    st.sampled_from(["text", "code", "missing", "call"]),
)
def test_an_answer_that_repeats_a_key_in_any_form_is_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str, form: str, around: str, place: str
) -> None:
    monkeypatch.setenv("SOME_API_KEY", secret)
    forms = {"plain": secret, "quoted": quote(secret, safe=""), "base64": b64encode(secret.encode()).decode()}
    said = f"{around}{forms[form]}{around}"
    made = replace(
        Completion("text", "code", "g"),
        **({"tool_calls": (ToolCall("1", "f", said),)} if place == "call" else {place: said}),
    )
    assert AnswerStore(tmp_path).put("ab" * 32, [made]) == "an answer repeats a credential"
    assert not files_of(tmp_path)


def test_another_login_is_the_same_server_and_another_server_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(answer("one")) as first, serving(answer("two")) as second:
        urls = [first.url, first.url.replace("http://", "http://a:bcdefgh@"), second.url]
        texts = [
            complete(CachedGenerator(open_generator("openai:m", base_url=url), tmp_path), PROMPT).text
            for url in urls
        ]
    assert texts == ["one", "one", "two"] and len(first.sent) == 1


ANSWERS = st.builds(
    Completion,
    st.text(max_size=40),
    st.text(max_size=20),
    st.text(max_size=9),
    st.none() | st.integers(0, 2**53),
    st.none() | st.integers(0, 2**53),
    finish=st.sampled_from(["stop", "length", ""]),
    log_likelihood=st.none() | st.floats(-50, 0),
    left_out=st.lists(st.sampled_from(["seed", "stop"]), max_size=2).map(tuple),
    tool_calls=st.lists(st.builds(ToolCall, st.just("1"), st.just("f"), st.text(max_size=5)), max_size=2).map(
        tuple
    ),
    cached_tokens=st.none() | st.integers(0, 9),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=3))
def test_answers_come_back_as_they_were(tmp_path: Path, made: list[Completion]) -> None:
    store = AnswerStore(tmp_path)
    if not store.put("ab" * 32, made):
        assert store.get("ab" * 32) == tuple(made)


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("entry")
    complete(CachedGenerator(Counting(), folder), PROMPT)
    (path,) = files_of(folder)
    return path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_entry_is_a_miss_and_never_an_error(
    tmp_path: Path, entry: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entry) - 1))
    damaged = data.draw(
        st.sampled_from(
            [entry[:place], entry[:place] + b"\0" + entry[place + 1 :], entry + b" ", entry[place:], b""]
        )
    )
    if damaged == entry:
        return
    store = AnswerStore(tmp_path)
    key = entry.split(b" ")[3].decode()
    path = tmp_path / key[:2] / f"{key}.answers"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(damaged)
    assert store.get(key) is None


def forged(body: object) -> bytes:
    from hashlib import blake2b

    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = blake2b(data, digest_size=16).hexdigest().encode()
    return b"docprompting answers 1 " + b"ab" * 32 + b" " + digest + b"\n" + data


GOOD = {
    "text": "x", "generator": "g", "finish": "stop", "missing": "", "prompt_tokens": None,
    "completion_tokens": 1, "cached_tokens": None, "cache_written_tokens": None, "log_likelihood": None,
}  # fmt: skip
FORGED: dict[str, object] = {
    "no JSON": b"\x80\x04cposix\nsystem\n.",
    "no list": GOOD,
    "no object": ["x"],
    "no text": [{**GOOD, "text": 1}],
    "no field": [{"text": "x"}],
    "a negative number": [{**GOOD, "prompt_tokens": -1}],
    "a truth value": [{**GOOD, "prompt_tokens": True}],
    "a likelihood": [{**GOOD, "log_likelihood": "x"}],
    "code": [{**GOOD, "code": []}],
    "calls": [{**GOOD, "tool_calls": [{"id": "", "name": "", "arguments": ""}]}],
    "nested": b"[" * 100_000,
    "a bomb": b"[" + b"{}," * 4_000_000 + b"{}]",
}


@pytest.mark.parametrize("body", FORGED.values(), ids=FORGED)
def test_a_foreign_entry_with_a_right_checksum_is_a_miss(tmp_path: Path, body: object) -> None:
    path = tmp_path / "ab" / f"{'ab' * 32}.answers"
    path.parent.mkdir()
    path.write_bytes(forged([GOOD]))
    assert AnswerStore(tmp_path).get("ab" * 32) is not None
    path.write_bytes(forged(body))
    assert AnswerStore(tmp_path).get("ab" * 32) is None


def test_links_and_pipes_in_the_folder_are_misses_and_are_replaced(tmp_path: Path) -> None:
    complete(CachedGenerator(Counting(), tmp_path / "c"), PROMPT)
    (path,) = files_of(tmp_path / "c")
    victim = tmp_path / "victim"
    path.replace(victim)
    kept = victim.read_bytes()
    path.symlink_to(victim)
    cached = CachedGenerator(Counting(), tmp_path / "c")
    complete(cached, PROMPT)
    assert cached.tally.asked == 1 and victim.read_bytes() == kept and not path.is_symlink()
    path.unlink()
    os.mkfifo(path)
    piped = CachedGenerator(Counting(), tmp_path / "c")
    complete(piped, PROMPT)
    assert piped.tally.asked == 1 and path.is_file()


def test_a_full_disk_or_a_folder_that_is_none_costs_only_the_cache(tmp_path: Path) -> None:
    cached = CachedGenerator(Counting(), tmp_path / "c")
    with full_at(10):
        assert complete(cached, PROMPT).text == "answer 1"
    assert cached.tally.unkept and not files_of(tmp_path)
    (tmp_path / "file").write_text("")
    nowhere = CachedGenerator(Counting(), tmp_path / "file")
    assert complete(nowhere, PROMPT).text == "answer 1" and nowhere.tally.unkept


def test_what_was_not_used_for_longest_goes_first_and_drafts_of_the_killed_go(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path, max_bytes=100_000)
    keys = [f"{number:02x}" * 32 for number in range(20)]
    for age, key in enumerate(keys):
        assert store.put(key, [Completion("x" * 8_000, "y", "g")]) == ""
        path = tmp_path / key[:2] / f"{key}.answers"
        os.utime(path, (time.time() - 1_000 + age,) * 2)
    assert store.get(keys[0])  # used now
    draft = tmp_path / "00" / "1-aa.part"
    draft.write_text("half")
    os.utime(draft, (time.time() - 7_200,) * 2)
    young = tmp_path / "01" / "2-bb.part"
    young.write_text("half")
    store.prune()
    left = [key for key in keys if store.get(key)]
    assert left == [keys[0], *keys[-len(left) + 1 :]] and 8 <= len(left) <= 12
    assert sum(path.stat().st_size for path in files_of(tmp_path)) <= 100_000
    assert not draft.exists() and young.exists()
    assert store.clear() == len(left) and not [key for key in keys if store.get(key)]


def test_an_answer_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path, max_bytes=10_000)
    assert store.put("ab" * 32, [Completion("x" * 20_000, "", "g")]) == "an answer is too long"


WRITER = """
import sys
from pathlib import Path
from rag.generators.answer_cache.answer_store import AnswerStore
from rag.generators.completion import Completion
store = AnswerStore(Path(sys.argv[1]), max_bytes=200_000)
print("ready", flush=True)
for turn in range(int(sys.argv[2])):
    key = f"{turn % 40:02x}" * 32
    text = f"{turn % 40} " * 2_000
    store.put(key, [Completion(text, "x", "g")])
    kept = store.get(key)
    assert kept is None or kept[0].text == text, kept
    if turn % 10 == 0:
        store.prune()
"""


@pytest.mark.slow
def test_two_processes_share_a_cache_and_a_killed_writer_harms_nobody(tmp_path: Path) -> None:
    def writer(turns: int) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(turns)]
        started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert started.stdout and started.stdout.readline() == b"ready\n"
        return started

    killed, first, second = writer(100_000), writer(150), writer(150)
    time.sleep(0.3)
    killed.send_signal(signal.SIGKILL)
    for started in (killed, first, second):
        started.communicate(timeout=60)
    assert first.returncode == second.returncode == 0
    store = AnswerStore(tmp_path, max_bytes=200_000)
    store.prune()
    assert any(store.get(f"{number:02x}" * 32) for number in range(40))
    for number in range(40):
        kept = store.get(f"{number:02x}" * 32)
        assert kept is None or kept[0].text == f"{number} " * 2_000


def test_threads_share_a_cache(tmp_path: Path) -> None:
    cached = CachedGenerator(Counting(), tmp_path)
    texts: list[str] = []

    def ask() -> None:
        texts.extend(complete(with_seed(cached, number), PROMPT).text for number in range(20))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 80 and cached.tally.found + cached.tally.asked == 80


OPENAI: dict[str, dict[str, Any]] = {
    "another model": {"model": "n"},
    "another address": {"base_url": "http://127.0.0.1:2/v1"},
    "another protocol": {"api": "responses"},
    "a tool": {"tools": ({"type": "function", "function": {"name": "f"}},)},
    "a choice of tools": {"tool_choice": "none"},
    "an extra": {"extra": {"top_k": 40}},
    "another extra": {"extra": {"top_k": 41}},
}
ALIKE: dict[str, Any] = {"timeout_seconds": 7.0, "max_concurrency": 3}


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_whatever_a_server_is_sent_counts_and_how_it_is_sent_does_not(name: str) -> None:
    if name == "anthropic":
        pytest.importorskip("anthropic", reason="needs the extra `anthropic`")
    plain: dict[str, Any] = {"model": "m", "base_url": "http://127.0.0.1:1/v1"}
    changed = [plain, *({**plain, **one} for one in OPENAI.values() if name == "openai" or "api" not in one)]
    keys = [answer_key(open_generator(name, **options), "call", {}) for options in changed]
    assert len(set(keys)) == len(changed)
    assert answer_key(open_generator(name, **plain, **ALIKE), "call", {}) == keys[0]


def test_every_built_in_generator_that_asks_a_model_can_be_kept() -> None:
    """A generator that is added later says what decides its answers, too."""
    without = {"call", "echo"}  # any callable, and one that asks nothing
    classes = {name: GENERATORS.get(name) for name in GENERATORS.builtin}
    assert {name for name, made in classes.items() if not hasattr(made, "cache_key")} == without


def test_what_a_model_is_sent_is_what_it_was_when_answers_were_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise `KEY_FORM` when this has to be changed: kept answers are those to other requests then."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    said = {"choices": [{"text": "x", "finish_reason": "stop"}]}
    with serving(answer()) as chat, serving((200, {}, said)) as text:
        asked = make_prompt(
            [Message("user", "sort a list", (Image("image/png", b"1"),))], [], template="chat"
        )
        complete(open_generator("openai:m", base_url=chat.url), asked)
        continue_text(open_generator("openai:m", base_url=text.url), "def f(", ("\n",))
    sampling = {"model": "m", "temperature": 0.2, "max_tokens": 512, "seed": 0}
    *_, last = chat.sent[0]["messages"]
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,MQ=="}}
    assert last == {"role": "user", "content": [image, {"type": "text", "text": asked.messages[-1].content}]}
    assert {**chat.sent[0], "messages": []} == {**sampling, "messages": []}
    assert text.sent[0] == {**sampling, "prompt": "def f(", "stop": ["\n"]}
    assert KEY_FORM == 1
