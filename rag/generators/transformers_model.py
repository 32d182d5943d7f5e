"""A model of the library transformers in a folder on this machine: decoder-only, or encoder and decoder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Generator as PythonGenerator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from corpora.errors import GeneratorError, PromptRefused
from rag.cancellation import end_if_cancelled
from rag.generators.answer_cache.answer_key import deciding_fields, folder_state
from rag.generators.completion import DEFAULT_SAMPLING, Completion, Sampling, refuse_images
from rag.generators.extraction.extract_code import extract_code
from rag.generators.stop_strings import before_stop, before_stop_in_stream
from rag.generators.transformers_inputs import chat_or_text, fused_states, fusion_texts, room_for
from rag.generators.transformers_loading import (
    LoadedTransformer,
    check_transformer,
    load_transformer,
    quiet_transformers,
)
from rag.generators.worker_stream import worker_stream
from rag.prompting.prompt import Prompt
from rag.tokens.hugging_face import tokenizer_file_counter

PASSAGE_TOKENS: Final = 200  # of each passage with its question, as in DocPrompting
_TORN: Final = "\ufffd"  # how a tokenizer shows a character of which only some bytes have come


@dataclass(frozen=True, slots=True)
class TransformersModel:
    """A model that is loaded for the first prompt and kept; calls from several threads take turns.

    The chat template of its tokenizer is used, if there is one. Weights are read as safetensors only, no code
    of the folder is run, and nothing is fetched.

    Args:
        model: the folder.
        sampling: how to generate.
        is_fused: whether each passage is encoded by itself, with the question, and the decoder sees all of
            them (Fusion-in-Decoder); for an encoder-decoder that was trained so.
        passage_tokens: the most tokens of each passage with the question, if they are fused.
        device: where it runs, such as `cpu` or `cuda:1`; by default a GPU, if there is one.

    Raises:
        MissingExtra: torch or transformers is not installed.
        GeneratorUnavailable: the folder holds no model that may be loaded.
    """

    model: str | Path
    sampling: Sampling = DEFAULT_SAMPLING
    is_fused: bool = False
    passage_tokens: int = PASSAGE_TOKENS
    device: str = ""
    _loaded: LoadedTransformer = field(default_factory=LoadedTransformer, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_transformer(Path(self.model))

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return f"transformers:{Path(self.model).resolve().name}"

    @property
    def cache_key(self) -> Mapping[str, Any]:
        """Return what decides its answers; see `KeyedGenerator`. Raises `OSError` if the folder is gone."""
        engines = {name: version(name) for name in ("torch", "transformers")}
        key = deciding_fields(self, but=("model",))
        return {"generator": "transformers", "folder": folder_state(Path(self.model)), **engines, **key}

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt`. Raises `PromptRefused` if it does not fit into the context of the model."""
        return self.samples(prompt, 1)[0]

    def samples(self, prompt: Prompt, n: int, /) -> list[Completion]:
        """Return `n` answers to `prompt`, which is read once."""
        with self._loaded.lock:
            found = self._generate(self._inputs(prompt), n, self.sampling.stop)
        return [replace(one, code=extract_code(one.text)) for one in found]

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        """Return what the model writes after a text, without a chat template; control tokens act as such."""
        with self._loaded.lock:
            load_transformer(self._loaded, Path(self.model), self.device)
            inputs = self._fitting(self._loaded.tokenizer(text, return_tensors="pt"))
            return self._generate(inputs, 1, (*stop, *self.sampling.stop))[0]

    def count_tokens(self, text: str, /, *, control_tokens: bool = False) -> int:
        """Return how many tokens a text has, by the folder's tokenizer.json; the model is not loaded for it.

        Raises:
            TokenizerError: there is no such file, or it cannot be read.
        """
        path = Path(self.model, "tokenizer.json")
        return tokenizer_file_counter(path, control_tokens=control_tokens)(text)

    def stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion]:
        """Yield the answer to `prompt` as it is made, and return it. Raises errors as a plain call does."""

        def work(take: Callable[[str], bool]) -> Completion:
            with self._loaded.lock:
                return self._generate(self._inputs(prompt), 1, self.sampling.stop, take)[0]

        ended: list[Completion] = []
        came = ""
        texts = _keeping_result(worker_stream(work, "transformers-model"), ended)
        with closing(texts):
            for piece in before_stop_in_stream(texts, self.sampling.stop):
                came += piece
                yield piece
            for _ in texts:
                pass  # what followed a string that ended the answer
        completion = ended[0]
        if completion.text.startswith(came) and completion.text != came:
            yield completion.text[len(came) :]  # a character that stayed torn
        return replace(completion, code=extract_code(completion.text))

    def _inputs(self, prompt: Prompt) -> dict[str, Any]:
        """Load the model, and return what it is to read of a prompt."""
        refuse_images(prompt, self.name)
        load_transformer(self._loaded, Path(self.model), self.device)
        model, tokenizer = self._loaded.model, self._loaded.tokenizer
        if not self.is_fused:
            return self._fitting(chat_or_text(tokenizer, prompt))
        if not self._loaded.is_encoder_decoder:
            raise GeneratorError(
                f"{self.name} cannot fuse passages",
                why="it has no encoder that could read each of them by itself",
                fix="leave is_fused out, or use a model of the T5 family that was trained so",
            )
        most = room_for(tokenizer, prompt, self.passage_tokens)
        return fused_states(model, tokenizer, fusion_texts(prompt), most)

    def _fitting(self, tokens: Any) -> dict[str, Any]:
        """Return tokens as arguments of `generate`. Raises `PromptRefused` for more than the model reads."""
        limit, loaded = self._loaded.context_tokens, self._loaded
        written = 0 if loaded.is_encoder_decoder else self.sampling.max_tokens
        needed = tokens["input_ids"].shape[-1] + written
        if limit is not None and needed > limit:
            raise PromptRefused(
                f"{self.name} refused the prompt",
                why=f"with its answer it may have {needed} tokens, the model has positions for {limit}",
                fix="lower max_tokens of the prompt or of the answer, or use a model with a longer context",
            )
        device = loaded.model.device
        return {name: tokens[name].to(device) for name in ("input_ids", "attention_mask") if name in tokens}

    def _generate(
        self,
        inputs: dict[str, Any],
        n: int,
        stop: Sequence[str],
        take: Callable[[str], bool] | None = None,
    ) -> list[Completion]:
        """Have the model write; `take` gets each piece of the text, and says whether to stop.

        Whoever calls holds the lock. Greedy answers are all the same, and made once.
        """
        import torch  # optional
        from transformers import StoppingCriteriaList

        is_greedy, sampling, model = self.sampling.temperature == 0, self.sampling, self._loaded.model
        read = inputs["input_ids"].shape[-1] if "input_ids" in inputs else 0
        start = 1 if self._loaded.is_encoder_decoder else read
        watch = _Watch(self._loaded.tokenizer, start, tuple(stop), take)
        drawn = {} if is_greedy else {"temperature": sampling.temperature, "top_k": 0, "top_p": 1.0}
        devices = [model.device] if model.device.type == "cuda" else []
        with (
            torch.random.fork_rng(devices=devices),
            torch.no_grad(),
            quiet_transformers(),
            watch.seeing(model),
        ):
            torch.manual_seed(sampling.seed)
            rows = model.generate(
                **inputs,
                **drawn,
                do_sample=not is_greedy,
                num_beams=1,
                max_new_tokens=sampling.max_tokens,
                num_return_sequences=1 if is_greedy else n,
                stopping_criteria=StoppingCriteriaList([watch]),
                pad_token_id=self._loaded.padding,
            )
        tokens = int(inputs["attention_mask"].sum())
        found = [
            self._completion(row[start:].tolist(), watch.likely(at), stop) for at, row in enumerate(rows)
        ]
        found = [replace(one, prompt_tokens=0 if at else tokens) for at, one in enumerate(found)]
        return found + [replace(found[0], prompt_tokens=0)] * (n - 1) if is_greedy else found

    def _completion(self, tokens: list[int], likely: list[float], stop: Sequence[str]) -> Completion:
        """Return the completion of the tokens that were written, each of which was so likely."""
        ends = self._loaded.ends
        end = next((at for at, token in enumerate(tokens) if token in ends), None)
        size = len(tokens)
        while end is None and size and tokens[size - 1] == self._loaded.padding:
            size -= 1  # of an answer that a string has ended, while others were still written
        written = tokens[:size] if end is None else tokens[: end + 1]
        whole = _decoded(self._loaded.tokenizer, written)
        text = before_stop(whole, stop)
        is_ended = end is not None or text != whole or len(written) < self.sampling.max_tokens
        return Completion(
            text=text,
            code=text,
            generator=self.name,
            completion_tokens=len(written),
            finish="stop" if is_ended else "length",
            log_likelihood=fmean(likely[: len(written)]) if written else None,
        )


def _keeping_result(
    pieces: PythonGenerator[str, None, Completion], kept: list[Completion]
) -> PythonGenerator[str, None, None]:
    kept.append((yield from pieces))


class _Watch:
    """Looks at answers after each token: how likely it was, whether a string ends them, what to hand on.

    The library could keep all numbers of all steps instead, which are gigabytes for ten answers.

    Args:
        tokenizer: of the model.
        start: the number of tokens before the answer.
        stop: the strings.
        take: gets each piece of the text, and says whether to stop; of one answer only.
    """

    def __init__(
        self, tokenizer: Any, start: int, stop: tuple[str, ...], take: Callable[[str], bool] | None
    ) -> None:
        self._tokenizer, self._start, self._stop, self._take = tokenizer, start, stop, take
        self._sent = 0
        self._logits: Any = None
        self._steps: list[Any] = []

    @contextmanager
    def seeing(self, model: Any) -> Iterator[None]:
        """See what the model computes for the next token, before anything is done to it."""

        def keep(_module: Any, _given: Any, output: Any) -> None:
            self._logits = output.logits[:, -1]

        hook = model.register_forward_hook(keep)
        try:
            yield
        finally:
            hook.remove()

    def likely(self, row: int) -> list[float]:
        """Return the log-probabilities of the tokens of an answer."""
        return [float(step[row]) for step in self._steps]

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch  # optional

        end_if_cancelled()
        likely = torch.log_softmax(self._logits.float(), -1)
        self._steps.append(likely.gather(1, input_ids[:, -1:].to(likely.device))[:, 0])
        is_done = [bool(self._stop or self._take) and self._is_done(row) for row in input_ids]
        return torch.tensor(is_done, dtype=torch.bool, device=input_ids.device)

    def _is_done(self, row: Any) -> bool:
        text = _decoded(self._tokenizer, row[self._start :])
        is_left = False
        whole = text.rstrip(_TORN)  # the rest of a character may still come
        if self._take is not None and len(whole) > self._sent:
            is_left = self._take(whole[self._sent :])
            self._sent = len(whole)
        return is_left or before_stop(text, self._stop) != text


def _decoded(tokenizer: Any, tokens: Any) -> str:
    text: str = tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text
