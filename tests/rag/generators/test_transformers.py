"""Models of the library transformers: tiny random ones, made here, against what the library itself gives."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpora.document import Origin
from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from indexers.chunking.chunk import Chunk
from rag.cancellation import Cancellation, Cancelled, current_cancellation
from rag.generators import open_generator
from rag.generators.completion import Completion, Sampling, complete, continue_text, samples, stream
from rag.generators.counting import counter_for
from rag.generators.stop_strings import before_stop
from rag.prompting.message import Image, Message
from rag.prompting.prompt import Prompt, make_prompt
from rag.retrieval.hit import Hit
from rag.tokens.token_counter import counter_name
from tests.rag.generators.test_generators import needs_torch
from tests.tiny_transformers import CHAT_TEMPLATE, NO_SYSTEM, decoder_model, encoder_decoder

pytestmark = [needs_torch, pytest.mark.slow]  # torch alone takes seconds to import

GREEDY = Sampling(0.0, 12)
PROMPT = make_prompt("count to ten", [], template="chat")


def loaded(folder: Path) -> Any:
    model: Any = open_generator("transformers", model=folder, sampling=GREEDY)
    complete(model, PROMPT)
    return model


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = decoder_model(tmp_path_factory.mktemp("models") / "tiny-decoder")
    return loaded(folder)


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = encoder_decoder(tmp_path_factory.mktemp("models") / "tiny-t5")
    return loaded(folder)


def hit(text: str, symbol: str) -> Hit:
    chunk = Chunk(Origin("c", "a.py", "python", "code"), text, 1, 1, 0, len(text), symbol)
    return Hit(chunk, 1.0, 1)


HITS = (hit("def parse(text): return text.split('-')", "dates.parse"), hit("count one two", "counting"))


def fused(*hits: Hit, query: str = "parse a date") -> Prompt:
    return Prompt((Message("user", query),), query, hits)


def written(generator: Any, **inputs: Any) -> list[int]:
    """Return what the model itself writes, greedily."""
    kept = generator._loaded
    made = kept.model.generate(**inputs, do_sample=False, max_new_tokens=12)
    return list(made[0, 1 if kept.is_encoder_decoder else inputs["input_ids"].shape[1] :].tolist())


def text_of(generator: Any, tokens: list[int]) -> str:
    return str(generator._loaded.tokenizer.decode(tokens, skip_special_tokens=True))


def streamed(generator: Any, prompt: Prompt) -> tuple[list[str], Completion]:
    pieces, running = [], stream(generator, prompt)
    while True:
        try:
            pieces.append(next(running))
        except StopIteration as end:
            return pieces, end.value


def test_a_chat_is_put_as_the_template_of_its_tokenizer_says(decoder: Any) -> None:
    completion = complete(decoder, PROMPT)
    kept = decoder._loaded
    text = f"<system>{PROMPT.system}</s><user>{PROMPT.messages[-1].content}</s><assistant>"
    inputs = kept.tokenizer(text, return_tensors="pt")
    assert completion.text == text_of(decoder, written(decoder, **inputs)) and completion.text
    assert completion.prompt_tokens == inputs["input_ids"].shape[1]
    assert completion.generator == "transformers:tiny-decoder"


def test_a_model_without_a_system_turn_reads_it_before_the_request(tmp_path: Path) -> None:
    model = open_generator("transformers", model=decoder_model(tmp_path / "m", chat_template=NO_SYSTEM))
    assert complete(model, PROMPT).prompt_tokens
    kept = model._loaded  # type: ignore[attr-defined]
    read = kept.tokenizer(f"<user>{PROMPT.system}\n\n{PROMPT.messages[-1].content}</s><assistant>")[
        "input_ids"
    ]
    assert complete(model, PROMPT).prompt_tokens == len(read)


def test_a_model_without_a_chat_template_reads_one_text(tmp_path: Path) -> None:
    model = open_generator(
        "transformers", model=decoder_model(tmp_path / "m", chat_template=""), sampling=GREEDY
    )
    completion = complete(model, PROMPT)
    inputs = model._loaded.tokenizer(PROMPT.text, return_tensors="pt")  # type: ignore[attr-defined]
    assert completion.text == text_of(model, written(model, **inputs))


def test_a_text_is_continued_without_the_template(decoder: Any) -> None:
    inputs = decoder._loaded.tokenizer("count one two", return_tensors="pt")
    whole = text_of(decoder, written(decoder, **inputs))
    assert continue_text(decoder, "count one two").text == whole
    stop = whole[4:6]
    cut = continue_text(decoder, "count one two", [stop])
    assert cut.text == whole[: whole.index(stop)] and cut.finish == "stop"
    assert (cut.completion_tokens or 0) < 12


def test_tokens_are_counted_by_the_tokenizer_of_the_folder(decoder: Any) -> None:
    tokens = decoder._loaded.tokenizer("count one two", add_special_tokens=False)["input_ids"]
    counter = counter_for(decoder)
    assert counter("count one two") == len(tokens) and counter_name(counter) == decoder.name


def test_an_encoder_reads_the_prompt_and_a_decoder_answers(t5: Any) -> None:
    completion = complete(t5, PROMPT)
    inputs = t5._loaded.tokenizer(PROMPT.text, return_tensors="pt")
    assert completion.text == text_of(t5, written(t5, **inputs)) and completion.text


def test_the_likelihood_is_that_of_the_tokens_before_any_temperature(decoder: Any) -> None:
    import torch

    kept = decoder._loaded
    ids = kept.tokenizer("count one two", return_tensors="pt")["input_ids"]
    tokens = written(decoder, input_ids=ids, attention_mask=torch.ones_like(ids))
    everything = torch.cat([ids, torch.tensor([tokens])], 1)
    with torch.no_grad():
        logits = kept.model(everything).logits[0, ids.shape[1] - 1 : -1]
    likely = torch.log_softmax(logits, -1)[torch.arange(len(tokens)), torch.tensor(tokens)]
    found = continue_text(decoder, "count one two").log_likelihood
    assert found == pytest.approx(float(likely.mean()), abs=1e-4)


@pytest.mark.parametrize("name", ["decoder", "t5"])
def test_pieces_make_the_answer_and_a_stream_may_be_left(name: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(name)
    pieces, completion = streamed(model, PROMPT)
    assert len(pieces) > 1 and "".join(pieces) == completion.text == complete(model, PROMPT).text
    stop = completion.text[3:5]
    cut, ended = streamed(replace(model, sampling=replace(GREEDY, stop=(stop,))), PROMPT)
    assert "".join(cut) == ended.text == completion.text[: completion.text.index(stop)]
    left = stream(replace(model, sampling=replace(GREEDY, max_tokens=400)), PROMPT)
    next(left)
    left.close()
    assert complete(model, PROMPT).text == completion.text  # and the model is free again


@pytest.mark.parametrize("name", ["decoder", "t5"])
def test_several_answers_differ_and_come_again_with_the_same_seed(
    name: str, request: pytest.FixtureRequest
) -> None:
    model = request.getfixturevalue(name)
    drawn = replace(model, sampling=Sampling(3.0, 8, seed=3))
    first, second = samples(drawn, PROMPT, 4), samples(drawn, PROMPT, 4)
    assert first == second and len({one.text for one in first}) > 1
    assert samples(replace(drawn, sampling=Sampling(3.0, 8, seed=4)), PROMPT, 4) != first
    assert [bool(one.prompt_tokens) for one in first] == [True, False, False, False]
    assert len({one.text for one in samples(model, PROMPT, 3)}) == 1
    stop = first[0].text[2:4]  # which ends one of them before the others
    cut = samples(replace(drawn, sampling=replace(drawn.sampling, stop=(stop,))), PROMPT, 4)
    assert [one.text for one in cut] == [before_stop(one.text, [stop]) for one in first]
    assert cut[0].finish == "stop" and (cut[0].completion_tokens or 0) < 8


# Fusion-in-Decoder


def test_the_fusion_of_one_passage_is_the_plain_model(t5: Any) -> None:
    text = "question: parse a date title: dates.parse context: def parse(text): return text.split('-')"
    inputs = t5._loaded.tokenizer(text, return_tensors="pt")
    fusing = replace(t5, is_fused=True)
    assert complete(fusing, fused(HITS[0])).text == text_of(t5, written(t5, **inputs))
    inputs = t5._loaded.tokenizer("question: parse a date", return_tensors="pt")
    assert complete(fusing, fused()).text == text_of(t5, written(t5, **inputs))


def test_the_fusion_of_two_passages_is_their_states_in_a_row(t5: Any) -> None:
    import torch
    from transformers.modeling_outputs import BaseModelOutput

    kept = t5._loaded
    texts = [
        "question: parse a date title: dates.parse context: def parse(text): return text.split('-')",
        "question: parse a date title: counting context: count one two",
    ]
    with torch.no_grad():
        alone = [
            kept.model.encoder(**kept.tokenizer(text, return_tensors="pt")).last_hidden_state
            for text in texts
        ]
    states = torch.cat(alone, 1)
    given = {
        "encoder_outputs": BaseModelOutput(last_hidden_state=states),
        "attention_mask": torch.ones(states.shape[:2], dtype=torch.long),
    }
    expected = written(t5, **given)
    with torch.no_grad():
        logits = kept.model(**given, decoder_input_ids=torch.tensor([[0, *expected[:-1]]])).logits[0]
    likely = torch.log_softmax(logits, -1)[torch.arange(len(expected)), torch.tensor(expected)]
    found = complete(replace(t5, is_fused=True), fused(*HITS))
    assert found.text == text_of(t5, expected)
    assert found.log_likelihood == pytest.approx(float(likely.mean()), abs=1e-4)
    assert found.prompt_tokens == states.shape[1]
    first = complete(replace(t5, is_fused=True), fused(HITS[0]))
    assert first.log_likelihood != pytest.approx(found.log_likelihood, abs=1e-2)


def test_long_passages_are_cut_and_a_long_question_is_not(t5: Any) -> None:
    short = replace(t5, is_fused=True, passage_tokens=20)
    assert (complete(short, fused(hit("word " * 500, "x"), HITS[1])).prompt_tokens or 0) <= 2 * 100
    long = "word " * 100
    tokens = len(t5._loaded.tokenizer(f"question: {long}")["input_ids"])
    assert (complete(short, fused(hit("word " * 500, "x"), query=long)).prompt_tokens or 0) > tokens


def test_a_decoder_alone_cannot_fuse(decoder: Any) -> None:
    with pytest.raises(GeneratorError, match="cannot fuse passages"):
        complete(replace(decoder, is_fused=True), fused(*HITS))


def test_an_answer_that_nobody_waits_for_ends_at_the_next_token(decoder: Any) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    token = current_cancellation.set(cancellation)
    try:
        with pytest.raises(Cancelled):
            decoder(PROMPT)
    finally:
        current_cancellation.reset(token)
    assert complete(decoder, PROMPT).text


# what is refused


def test_a_prompt_over_the_positions_of_the_model_is_refused(tmp_path: Path) -> None:
    model = open_generator("transformers", model=decoder_model(tmp_path / "m", positions=64), sampling=GREEDY)
    with pytest.raises(PromptRefused, match="positions for 64"):
        complete(model, make_prompt("word " * 100, [], template="chat"))


def test_images_are_refused(t5: Any) -> None:
    with pytest.raises(PromptRefused, match="does not look at images"):
        complete(t5, make_prompt([Message("user", "?", (Image("image/png", b"x"),))], []))


def test_weights_that_could_run_code_are_not_read(tmp_path: Path) -> None:
    import torch

    folder = decoder_model(tmp_path / "m")
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(GeneratorUnavailable, match="no weights in the format safetensors"):
        open_generator("transformers", model=folder)


def test_code_in_the_folder_is_not_run(tmp_path: Path) -> None:
    folder = decoder_model(tmp_path / "m")
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass M: pass\n")
    config = (folder / "config.json").read_text()
    own = '{"auto_map": {"AutoConfig": "evil.M", "AutoModelForCausalLM": "evil.M"}, "model_type": "own", '
    (folder / "config.json").write_text(
        own + config.replace('"model_type": "llama",', "").lstrip().removeprefix("{")
    )
    with pytest.raises(GeneratorUnavailable, match="cannot be loaded"):
        complete(open_generator("transformers", model=folder), PROMPT)
    assert not (tmp_path / "ran").exists()


def test_a_folder_that_is_none_or_damaged_is_reported(tmp_path: Path) -> None:
    with pytest.raises(GeneratorUnavailable, match="there is no model"):
        open_generator("transformers", model=tmp_path / "none")
    folder = decoder_model(tmp_path / "m", chat_template=CHAT_TEMPLATE)
    shutil.copy(folder / "config.json", folder / "model.safetensors")
    with pytest.raises(GeneratorUnavailable, match="cannot be loaded"):
        complete(open_generator("transformers", model=folder), PROMPT)
