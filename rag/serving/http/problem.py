"""Errors as answers by HTTP: JSON that says what, why, and how to fix it, in the form of OpenAI's errors."""

from typing import Final

from starlette.responses import JSONResponse

from corpora.errors import IndexNotFound, NothingPasses, RagError, UnknownName
from corpora.redaction.credentials import without_credentials

_NOT_FOUND: Final = 404
_BAD_REQUEST: Final = 400


def problem(status: int, what: str, *, why: str = "", fix: str = "") -> JSONResponse:
    """Return an error, without credentials; clients of OpenAI show its `message`."""
    what, why, fix = map(without_credentials, (what, why, fix))
    kind = "invalid_request_error" if status < 500 else "server_error"
    message = ". ".join(filter(None, [what, why, fix]))
    error = {"message": message, "type": kind, "code": status, "what": what, "why": why, "fix": fix}
    return JSONResponse({"error": error}, status)


def problem_answer(error: RagError) -> JSONResponse:
    """Return an error of ours, which is the client's: that something is not there, or not as it has to be."""
    status = _NOT_FOUND if isinstance(error, UnknownName | IndexNotFound | NothingPasses) else _BAD_REQUEST
    return problem(status, error.what, why=error.why, fix=error.fix)
