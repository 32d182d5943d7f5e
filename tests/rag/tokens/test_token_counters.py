"""Tokens are counted by a vocabulary on this machine, and whatever is wrong with it is explained."""

import base64
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import GeneratorUnavailable, MissingExtra, RagError, UnknownName
from rag.generators.completion import Completion
from rag.generators.counting import counter_for, named_counter
from rag.prompting.prompt import Prompt, make_prompt
from rag.tokens import token_counter
from rag.tokens.estimate import estimate_tokens, estimate_with_control_tokens
from rag.tokens.open_counter import open_token_counter
from rag.tokens.remembered import RememberedCounts
from rag.tokens.token_counter import TokenizerError, counter_name
from tests.loopback_endpoint import serving
from tests.small_tokenizers import byte_level, count_words, write_gguf

CODE = "def parse(date):\n    return date <|im_end|>\n"


@pytest.fixture
def tokenizer_file(tmp_path: Path) -> Path:
    path = tmp_path / "tokenizer.json"
    byte_level().save(str(path))
    return path


def test_a_tokenizer_file_counts_as_its_tokenizer_does(tokenizer_file: Path) -> None:
    counter = open_token_counter(f"tokenizers:{tokenizer_file}")
    assert counter("def parse(date):") == len(byte_level().encode("def parse(date):").ids)
    assert counter_name(counter) == f"tokenizers:{tokenizer_file}"
    assert counter("") == 0


def test_control_tokens_are_text_unless_they_are_asked_for(tokenizer_file: Path) -> None:
    for name in (f"tokenizers:{tokenizer_file}", "estimate"):
        as_text, as_one = (open_token_counter(name, control_tokens=each) for each in (False, True))
        assert as_one("<|im_end|>") == 1 < as_text("<|im_end|>")
        assert as_one("date") == as_text("date")


def test_a_gguf_file_counts_without_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    write_gguf(path, byte_level(), control=["<|im_end|>"])
    as_text = open_token_counter(f"gguf:{path}")
    as_one = open_token_counter(f"gguf:{path}", control_tokens=True)
    plain = CODE.replace("<|im_end|>", "")
    assert as_text(plain) == as_one(plain) == len(byte_level().encode(plain).ids)
    assert as_one("<|im_end|>") == 1 < as_text("<|im_end|>")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"GGUX", "does not start with GGUF"),
        (b"GGUF" + struct.pack("<I", 9), "version 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "keys"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**60), "key in it is too long"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IQ", 8, 2**60), "too long"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 4, 2**60), "list"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 0, 5_000_000), "list"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<I", 99), "unknown type"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a", "ends too early"),
    ],
)
def test_a_hostile_gguf_file_is_refused(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "evil.gguf"
    path.write_bytes(content)
    with pytest.raises(RagError) as caught:
        open_token_counter(f"gguf:{path}")
    assert why in caught.value.why


@given(st.binary(max_size=200))
def test_no_bytes_after_the_magic_make_reading_fail_otherwise(tail: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.gguf")
        path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 3) + tail)
        from rag.tokens.gguf_metadata import read_gguf_metadata

        with pytest.raises(ValueError):
            read_gguf_metadata(path, ())


@pytest.mark.parametrize("name", ["tokenizers:nowhere.json", "tiktoken:nowhere/x", "gguf:nowhere.gguf"])
def test_a_file_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(RagError, match="nowhere") as caught:
        open_token_counter(name)
    assert "No such file" in caught.value.why


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text('{"model": {"type": "BPE", "vocab": {"a": -1}}}')
    with pytest.raises(RagError, match="cannot be read"):
        open_token_counter(f"tokenizers:{path}")


def test_a_file_that_is_too_large_is_not_read(tokenizer_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_counter, "MAX_VOCABULARY_BYTES", 1000)
    with pytest.raises(RagError) as caught:
        open_token_counter(f"tokenizers:{tokenizer_file}")
    assert "1000" in caught.value.why.replace(",", "")


def test_an_unknown_kind_of_tokenizer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        open_token_counter("sentencepiece:x")
    assert "tokenizers:FILE" in caught.value.why
    with pytest.raises(RagError, match="names no tokenizer"):
        open_token_counter("gguf:")


def test_no_encoding_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tiktoken")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    with pytest.raises(RagError) as caught:
        open_token_counter("tiktoken:cl100k_base")
    assert "nothing is downloaded" in caught.value.why
    ranks = tmp_path / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
    ranks.write_bytes(base64.b64encode(b"a") + b" 0\n")
    for name in ("tiktoken:cl100k_base", f"tiktoken:{ranks}"):
        with pytest.raises(RagError) as caught:
            open_token_counter(name)
        assert "to the byte" in caught.value.why
    with pytest.raises(UnknownName):
        open_token_counter("tiktoken:cl200k")


class Counting:
    """A generator that counts words."""

    name = "counting:words"

    def __call__(self, prompt: Prompt, /) -> Completion | str:
        return "x"

    def count_tokens(self, text: str, /, *, control_tokens: bool = False) -> int:
        return count_words(text) + 100 * control_tokens


def test_a_generator_that_counts_is_asked_and_named() -> None:
    counter = counter_for(Counting())
    assert counter("a b c") == 3
    assert counter_for(Counting(), control_tokens=True)("a b c") == 103
    prompt = make_prompt("sort a list", [], count_tokens=counter)
    assert (prompt.tokens, prompt.counter) == (count_words(prompt.text), "counting:words")
    assert counter_for(lambda prompt: "x") is counter_for(None) is estimate_tokens
    assert make_prompt("sort a list", []).counter == "estimate"


def test_a_generator_whose_tokenizer_cannot_be_read_is_estimated_for() -> None:
    class Broken(Counting):
        def count_tokens(self, text: str, /, *, control_tokens: bool = False) -> int:
            raise TokenizerError("no", why="no", fix="no")

    assert counter_for(Broken()) is estimate_tokens


def test_without_the_package_for_it_a_vocabulary_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_gguf(tmp_path / "tiny.gguf", byte_level())
    for package in ("tokenizers", "tiktoken", "xllamacpp"):
        monkeypatch.setitem(sys.modules, package, None)
    for name in (f"gguf:{tmp_path / 'tiny.gguf'}", "tokenizers:x.json", "tiktoken:cl100k_base"):
        with pytest.raises(MissingExtra) as caught:
            open_token_counter(name)
        assert "docprompting[tokens]" in caught.value.fix


def test_a_server_counts_whole_prompts_in_few_requests() -> None:
    with serving((200, {}, {"tokens": [1, 2, 3]})) as server:
        from rag.generators.endpoints.openai_api import OpenAIModel

        counter = named_counter("server", OpenAIModel("m", server.url))
        assert counter("a b c") == 3
        assert server.sent[0]["content"] == server.sent[0]["prompt"] == "a b c"
        assert make_prompt("q", [], count_tokens=counter).counter == "server:m"
        assert len(server.sent) == 2
    with serving((200, {}, {"count": 5, "tokens": []})) as vllm:
        assert named_counter("server", OpenAIModel("m", vllm.url))("a") == 5


def test_where_there_is_no_server_none_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(GeneratorUnavailable, match="no server"):
        named_counter("server", Counting())
    from rag.generators.endpoints.openai_api import OpenAIModel

    with pytest.raises(GeneratorUnavailable, match="no server"):
        named_counter("server", OpenAIModel("m"))("x")


def test_a_text_is_counted_once() -> None:
    asked: list[str] = []

    def count(text: str) -> int:
        asked.append(text)
        return len(text)

    counter = RememberedCounts(count)
    assert [counter(text) for text in ("ab", "c", "ab")] == [2, 1, 2]
    assert asked == ["ab", "c"]


def test_the_estimate_counts_control_tokens_as_one_where_they_are_such() -> None:
    prompt = "<|fim_prefix|>x = <|fim_suffix|>\n<|fim_middle|>"
    assert estimate_with_control_tokens(prompt) == 3 + estimate_tokens("x = \n")


@pytest.mark.parametrize("text", ["\ud800", "a\ud800b", "\x00", "漢字", "🎈" * 50, " " * 5000])
def test_any_text_is_counted(text: str, tokenizer_file: Path) -> None:
    assert open_token_counter(f"tokenizers:{tokenizer_file}")(text) > 0
    assert estimate_tokens(text) > 0
