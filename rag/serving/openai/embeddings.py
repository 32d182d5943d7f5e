"""Vectors of texts, by the encoder of an index, in OpenAI's protocol."""

import base64
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from corpora.errors import RagError
from indexers.encoders.encoder import EncoderPassage, Parts
from indexers.tokens import tokenize
from rag.aio.threads import in_thread, searching_threads
from rag.retrieval.questions.query import read_query
from rag.serving.http.body import json_body
from rag.serving.openai.backend import ModelBackend
from rag.serving.openai.context import NOT_ASKED
from rag.serving.openai.relay import relayed
from rag.serving.projects import Project, Projects
from rag.tokens.estimate import estimate_tokens

PASSAGES: Final = "rag/passages"
QUESTIONS: Final = "rag/questions"
"""Models that encode a text as what is found, and as what is asked: their vectors can be compared."""

_MOST_TEXTS, _MOST_CHARS = 2_048, 4_000_000


class EmbeddingsEndpoint:
    """Encodes texts; what names neither of our models goes to the server of the model, if there is one."""

    def __init__(self, projects: Projects, backend: ModelBackend | None) -> None:
        self._projects, self._backend = projects, backend

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/v1/embeddings", self.embed, methods=["POST"])]

    async def embed(self, request: Request) -> Response:
        """Answer with a vector for each text."""
        body = json_body(await request.body())
        model = body.get("model", PASSAGES)
        if model not in (PASSAGES, QUESTIONS):
            if self._backend is not None:
                headers = request.headers
                return await relayed(self._backend, "/embeddings", headers, body, NOT_ASKED, told=False)
            raise RagError(
                f"there is no model {str(model)[:80]!r} for embeddings",
                why="no server of models is behind this service",
                fix=f"use {PASSAGES} for texts that are searched, {QUESTIONS} for questions",
            )
        texts = _texts_of(body)
        project = self._projects.only(str(request.headers.get("x-rag-project", "")))
        is_base64 = body.get("encoding_format", "float") == "base64"
        vectors = await in_thread(lambda: _encoded(project, model, texts), searching_threads())
        data = [
            {"object": "embedding", "index": number, "embedding": _written(vector, is_base64=is_base64)}
            for number, vector in enumerate(vectors)
        ]
        tokens = sum(map(estimate_tokens, texts))
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "data": data, "model": model, "usage": usage})


def _texts_of(body: dict[str, Any]) -> list[str]:
    given = body.get("input", "")
    texts = [given] if isinstance(given, str) else given
    is_right = isinstance(texts, list) and all(isinstance(text, str) and text for text in texts)
    if not is_right or not 0 < len(texts) <= _MOST_TEXTS or sum(map(len, texts)) > _MOST_CHARS:
        raise RagError(
            "the input cannot be encoded",
            why=f"it is not 1 to {_MOST_TEXTS} texts, none empty, of {_MOST_CHARS} characters together",
            fix='send "input": ["text", ...]',
        )
    return list(texts)


def _encoded(project: Project, model: str, texts: Sequence[str]) -> list[np.ndarray[Any, Any]]:
    with project.reading() as index:
        encoder = index.encoder
        if model == QUESTIONS:
            return [encoder.encode_query(read_query(text).question) for text in texts]
        return list(encoder.encode([EncoderPassage(text, Parts(body=tokenize(text))) for text in texts]))


def _written(vector: np.ndarray[Any, Any], *, is_base64: bool) -> Any:
    numbers = vector.astype("<f4")
    return base64.b64encode(numbers.tobytes()).decode() if is_base64 else numbers.tolist()
