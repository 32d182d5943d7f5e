"""What a library offers, or what changed in it, for a service: by its name, and never by a path."""

import re
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.dependencies.package_name import is_distribution_name, is_npm_name, is_python_version
from corpora.errors import RagError
from corpora.library_api import read_api
from corpora.network.fetching import without_fetching
from rag.api.describe import describe_object, summarize_api
from rag.api.diff_apis import diff_apis
from rag.prompting.fence import defuse, safe_line
from rag.rendering.api_changes import changes_as_text
from rag.rendering.api_objects import rendered_library, rendered_object
from rag.serving.answers.cut_text import cut_to_tokens

_NPM: Final = "npm:"
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!_-]{0,99}")


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What a library offers, or what changed in it.

    Attributes:
        library, version: that were read.
        name: the object that was asked for; empty for the whole library.
        since: the version that it was compared with; empty if it was not.
        text: signatures, names and documentation; or the changes, breaking ones first.
        is_cut: whether the budget had no room for all of it.
    """

    library: str
    version: str
    name: str
    since: str
    text: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What to tell of a library.

    Args:
        library: its name, `pandas` or `npm:zod`, never a path.
        name: the object that is wanted, `DataFrame.merge`; empty for an overview.
        version: that is wanted; empty for the one that the project has installed.
        since: an older version, to see what changed; empty for none.
        max_tokens: budget, by estimate.

    Raises:
        RagError: a library or version is not named as such are.
    """

    library: str
    name: str = ""
    version: str = ""
    since: str = ""
    max_tokens: int = 4_000

    def __post_init__(self) -> None:
        if not (is_distribution_name(self.library) or self._is_npm):
            raise RagError(
                f"{safe_line(self.library)!r} names no library",
                why="a library is named as it is installed",
                fix="write pandas, or npm:zod for one of npm",
            )
        for version in filter(None, (self.version, self.since)):
            is_known = _VERSION.fullmatch(version) if self._is_npm else is_python_version(version)
            if not is_known:
                raise RagError(
                    f"{safe_line(version)!r} is no version", why="it is not written as one", fix="write 2.2.3"
                )

    @property
    def _is_npm(self) -> bool:
        return self.library.startswith(_NPM) and is_npm_name(self.library.removeprefix(_NPM))

    def location(self, version: str) -> str:
        """Return the library at a version, as `read_api` takes it."""
        # Without the prefix, a folder of this name here would be taken for the library.
        name = self.library if self._is_npm else f"pkg:{self.library}"
        return f"{name}=={version}" if version else name


def describe_api(folder: Path, request: ApiRequest, *, may_fetch: bool = False) -> ApiAnswer:
    """Return what a library offers, or what changed in it. Nothing of it is run.

    Args:
        folder: of the project, whose environment tells the version.
        request: what to tell.
        may_fetch: whether a version that is not on this machine may be fetched from the package registry.

    Raises:
        RagError: there is no such library or object, or it would have to be fetched.
    """
    with nullcontext() if may_fetch else without_fetching():
        model = read_api(request.location(request.version), folder=folder)
        if request.since:
            old = read_api(request.location(request.since), folder=folder)
            changes = diff_apis(old, model)
            text = changes_as_text(changes.below(request.name) if request.name else changes)
        elif request.name:
            text = rendered_object(describe_object(model, request.name), json=False)
        else:
            text = rendered_library(summarize_api(model), json=False)
    kept, is_cut = cut_to_tokens(defuse(text), request.max_tokens)
    return ApiAnswer(
        library=safe_line(model.library),
        version=safe_line(model.version),
        name=safe_line(request.name),
        since=request.since,
        text=kept,
        is_cut=is_cut,
    )
