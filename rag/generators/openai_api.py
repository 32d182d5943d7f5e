"""Any endpoint that speaks the OpenAI chat completions protocol, hosted or on this machine."""

import os
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from corpora.credentials import credentials_in, without_credentials, without_known
from corpora.errors import GeneratorError
from rag.completion import DEFAULT_SAMPLING, Completion, Sampling, extract_code
from rag.prompt import Prompt

if TYPE_CHECKING:
    import httpx

OFFICIAL_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"
MAX_TRIES = 4
MAX_WAIT_SECONDS = 60.0  # a server that asks for more is not worth waiting for
RETRIED = frozenset({408, 429, 500, 502, 503, 504})  # the server's state, not the request's fault
MAX_SHOWN_CHARS = 500  # of a server's own words in an error


@dataclass(frozen=True, slots=True)
class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint.

    The key is read from OPENAI_API_KEY at each call, never kept and never shown; servers on this
    machine usually need none.

    Args:
        model: its name there.
        base_url: up to and without `/chat/completions`; by default OPENAI_BASE_URL, else OpenAI's.
        sampling: how to generate.
        timeout_seconds: for each try.

    """

    model: str
    base_url: str = ""
    sampling: Sampling = DEFAULT_SAMPLING
    timeout_seconds: float = 120.0

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` in one request, tried again while the server is busy."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": prompt.messages,
            "temperature": self.sampling.temperature,
            "max_tokens": self.sampling.max_tokens,
            "seed": self.sampling.seed,
        }
        if self.sampling.stop:
            body["stop"] = list(self.sampling.stop)
        response = self._post(body)
        if response.status_code == 400 and _without_refused(body, response):
            response = self._post(body)
        if response.status_code != 200:
            raise self._refused(response)
        return self._completion(response)

    @property
    def url(self) -> str:
        """Where requests go."""
        base = self.base_url or os.environ.get(URL_VARIABLE) or OFFICIAL_URL
        return f"{base.rstrip('/')}/chat/completions"

    def _post(self, body: dict[str, Any]) -> "httpx.Response":
        """Send the request, again after a pause for as long as the server is busy and tries are left."""
        import httpx  # `import rag` stays light

        headers = _headers()
        try:
            with httpx.Client(timeout=self.timeout_seconds) as client:
                for tried in range(1, MAX_TRIES):
                    response = client.post(self.url, json=body, headers=headers)
                    wait = _pause_seconds(response, tried)
                    if response.status_code not in RETRIED or wait > MAX_WAIT_SECONDS:
                        return response
                    time.sleep(wait)
                return client.post(self.url, json=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise GeneratorError(
                f"no answer from {without_credentials(self.url)}",
                why=self._hidden(f"{type(error).__name__}: {error}"),
                fix=f"check that the server runs, and the address in base_url or {URL_VARIABLE}",
            ) from error

    def _completion(self, response: "httpx.Response") -> Completion:
        try:
            answer = response.json()
            choice = answer["choices"][0]
            text = choice["message"]["content"]
            usage = dict(answer.get("usage") or {})
            if not isinstance(text, str):
                raise TypeError(f"the content is {type(text).__name__}, not text")
            finish = str(choice.get("finish_reason") or "stop")
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise GeneratorError(
                f"the answer of {without_credentials(self.url)} is not understood",
                why=f"{type(error).__name__}: {error} in: {self._excerpt(response)}",
                fix="check that the address is that of an OpenAI-compatible API (often it ends in /v1)",
            ) from error
        text = without_known(text, self._known())
        return Completion(
            text=text,
            code=extract_code(text),
            generator=f"openai:{self.model}",
            prompt_tokens=usage.get("prompt_tokens"),
            completion_tokens=usage.get("completion_tokens"),
            finish=finish,
        )

    def _refused(self, response: "httpx.Response") -> GeneratorError:
        """Explain an answer that is not 200."""
        fixes = {
            401: f"set {KEY_VARIABLE} to a valid key for this server",
            403: f"use a key that may use the model {self.model!r} in {KEY_VARIABLE}",
            404: f"check the model's name, {self.model!r}, and that the address ends where the API starts",
            429: "wait, or check the quota of the account",
        }
        busy = "try again later" if response.status_code >= 500 else "see what the server says"
        return GeneratorError(
            f"{without_credentials(self.url)} answered {response.status_code} "
            f"{self._hidden(response.reason_phrase)}".rstrip(),
            why=self._excerpt(response),
            fix=fixes.get(response.status_code, busy),
        )

    def _excerpt(self, response: "httpx.Response") -> str:
        """Quote the server's own words, shortened, on one line and without what was sent to it."""
        try:
            said = response.json()["error"]["message"]
        except (ValueError, KeyError, TypeError):
            said = response.text
        return self._hidden(" ".join(str(said).split()))[:MAX_SHOWN_CHARS] or "it gave no reason"

    def _hidden(self, text: str) -> str:
        return without_credentials(text, self._known())

    def _known(self) -> set[str]:
        """The credentials that a server may repeat: the key, and what stands in the address."""
        return {*filter(None, [_key()]), *credentials_in(self.url)}


def _key() -> str:
    return os.environ.get(KEY_VARIABLE, "").strip()


def _headers() -> dict[str, str]:
    key = _key()
    if not (key.isascii() and key.isprintable()):
        raise GeneratorError(  # here, since the transport's own error would quote the key
            f"the key in {KEY_VARIABLE} cannot be sent",
            why="it holds characters that no key has (a line break, a typographic quote?)",
            fix=f"set {KEY_VARIABLE} again",
        )
    return {"Authorization": f"Bearer {key}"} if key else {}


def _without_refused(body: dict[str, Any], response: "httpx.Response") -> bool:
    """Take from `body` what the server says this model does not know; False if it says no such thing.

    Reasoning models refuse `temperature`, and want `max_tokens` under another name.
    """
    try:
        refused = response.json()["error"]["param"]
    except (ValueError, KeyError, TypeError):
        return False
    if refused == "max_tokens" and refused in body:
        body["max_completion_tokens"] = body.pop(refused)
        body.pop("temperature", None)  # the models that want the new name refuse this as well
        return True
    return refused in ("temperature", "seed", "stop") and body.pop(refused, None) is not None


def _pause_seconds(response: "httpx.Response", tried: int) -> float:
    """How long to wait after the `tried`th try: what Retry-After says, else 1, 2, 4 seconds."""
    asked = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        return float(2 ** (tried - 1))
