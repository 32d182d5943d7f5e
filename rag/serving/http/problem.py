"""Errors as answers by HTTP: JSON that says what, why, and how to fix it, in the form of OpenAI's errors."""

from typing import Final

from starlette.responses import JSONResponse

from corpora.errors import IndexNotFound, NothingPasses, RagError, UnknownName
from corpora.redaction.credentials import without_credentials

_NOT_FOUND: Final = 404
_BAD_REQUEST: Final = 400


def problem(status: int, what: str, *, why: str = "", fix: str = "", kind: str = "") -> JSONResponse:
    """Return an error; clients of OpenAI show its `message`."""
    message = without_credentials(". ".join(filter(None, [what, why, fix])))
    kind = kind or ("invalid_request_error" if status < 500 else "server_error")
    error = {"message": message, "type": kind, "code": status, "what": what, "why": why, "fix": fix}
    return JSONResponse({"error": error}, status)


def problem_answer(error: RagError) -> JSONResponse:
    """Return an error of ours: of the client if it named something that is not there."""
    status = _NOT_FOUND if isinstance(error, UnknownName | IndexNotFound | NothingPasses) else _BAD_REQUEST
    parts = (without_credentials(part) for part in (error.why, error.fix))
    why, fix = parts
    return problem(status, without_credentials(error.what), why=why, fix=fix)
