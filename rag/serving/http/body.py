"""Read the JSON that a request holds."""

import json
from typing import Any

from corpora.errors import RagError


def json_body(content: bytes) -> dict[str, Any]:
    """Return the JSON object that a request holds. Raises `RagError` for anything else."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RagError(
            "the request cannot be read", why=f"it is not JSON: {error}", fix="send JSON"
        ) from error
    if not isinstance(body, dict):
        raise RagError("the request cannot be read", why="it is no JSON object", fix="send {...}")
    return body
