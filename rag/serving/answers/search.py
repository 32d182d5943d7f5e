"""Search the projects of a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Final

from corpora.errors import NothingPasses, RagError
from indexers.catalog.filter import Filter
from indexers.tokens import query_tokens
from rag.prompting.passage import suspicious_words
from rag.rendering.hits import HitView
from rag.rendering.search_notes import notes_on_hits, nothing_found
from rag.retrieval.freshness import check_freshness
from rag.retrieval.hit import Hit
from rag.retrieval.questions.patterns import split_patterns
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from rag.retrieval.source_files import seen_from, source_folders
from rag.serving.answers.shown_hit import ShownHit, ViewedHit, show_hits
from rag.serving.answers.state import IndexState, check_has_content, notes_on_states, state_of
from rag.serving.projects import Project

SHOWN_HITS: Final = 8
MAX_HITS: Final = 100
DEFAULT_TOKENS: Final = 4_000
MAX_TOKENS: Final = 100_000
MAX_QUERY_CHARS: Final = 100_000


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to search for.

    Args:
        query: a question, a name, code or an error message.
        k: maximum number of hits, 1 to `MAX_HITS`.
        max_tokens: budget of the answer, by estimate, 1 to `MAX_TOKENS`.
        languages, libraries, versions, paths, kinds: as in `Filter`.
        pattern: a regular expression; what it matches comes first.
        drops_suspicious: whether hits that read like instructions to a model are left out.

    Raises:
        RagError: a number is out of its range, or the query is empty or too long.
    """

    query: str
    k: int = SHOWN_HITS
    max_tokens: int = DEFAULT_TOKENS
    languages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    pattern: str = ""
    drops_suspicious: bool = False

    def __post_init__(self) -> None:
        if not (self.query.strip() or self.pattern):
            raise RagError(
                "the query is empty", why="there is nothing to search for", fix="write what you look for"
            )
        for name, number, most in (("k", self.k, MAX_HITS), ("max_tokens", self.max_tokens, MAX_TOKENS)):
            if not 1 <= number <= most:
                raise RagError(
                    f"{name} cannot be {number}", why="it is out of range", fix=f"choose 1 to {most}"
                )
        if len(self.query) + len(self.pattern) > MAX_QUERY_CHARS:
            raise RagError(
                f"the query has {len(self.query)} characters",
                why=f"at most {MAX_QUERY_CHARS} are searched for",
                fix="ask for a part of it: an error message, or a function",
            )


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What was found.

    Attributes:
        hits: the best first. Those of several projects take turns, since scores of different indexes cannot
            be compared.
        left_out: number of hits that the budget had no room for.
        notes: what else is to be said, such as that an index is brought up to date.
        states: of the indexes.
    """

    hits: tuple[ShownHit, ...]
    left_out: int
    notes: tuple[str, ...]
    states: tuple[IndexState, ...]


def search_projects(projects: Sequence[Project], request: SearchRequest) -> SearchAnswer:
    """Search projects, and show what was found within the budget of the request.

    A project that cannot be searched keeps no other from it: it is told in the notes.

    Raises:
        RagError: no index can be read, or no document of any passes the filter.
    """
    found: list[list[ViewedHit]] = []
    states: list[IndexState] = []
    refused: list[RagError] = []
    for project in projects:
        try:
            found.append(_search(project, request, states))
        except RagError as error:
            refused.append(error)
    if refused and not found:
        raise refused[0]
    check_has_content(states)
    taken_in_turn = [one for one in chain(*zip_longest(*found)) if one is not None][: request.k]
    kept = [one for one in taken_in_turn if not (request.drops_suspicious and suspicious_words(one.hit))]
    shown = show_hits(kept, request.max_tokens)
    untold = [error for error in refused if not isinstance(error, NothingPasses)]
    notes = (
        *notes_on_states(states),
        *(f"{error.what}: {error.why}; {error.fix}" for error in untold),
        *_notes(request, [one.hit for one in kept]),
    )
    if len(kept) < len(taken_in_turn):
        notes = (
            *notes,
            f"left out since they read like instructions to a model: {len(taken_in_turn) - len(kept)}",
        )
    return SearchAnswer(shown, len(kept) - len(shown), notes, tuple(states))


def _search(project: Project, request: SearchRequest, states: list[IndexState]) -> list[ViewedHit]:
    """Return the hits of one project, and add the state of its index to `states`."""
    with project.reading() as index:
        states.append(state_of(project, index))
        if not states[-1].generation:
            return []
        folders = source_folders(index)
        wanted = filter_of(request, project.folder, folders)
        options = SearchOptions(filter=wanted, pattern=request.pattern)
        hits = check_freshness(index, retrieve(index, request.query, request.k, options), folders)
    view = HitView(folders, project.folder, frozenset(query_tokens(request.query)))
    return [ViewedHit(project.name, hit, view) for hit in hits]


def filter_of(request: SearchRequest, here: Path, folders: Mapping[str, Path]) -> Filter:
    """Return what a request lets pass; globs match paths as they are seen from `here`."""
    return Filter(
        languages=request.languages,
        libraries=request.libraries,
        versions=request.versions,
        paths=request.paths,
        kinds=request.kinds,
        folders=tuple((name, seen_from(folder, here)) for name, folder in folders.items()),
    )


def _notes(request: SearchRequest, hits: Sequence[Hit]) -> tuple[str, ...]:
    asked = split_patterns(request.query, request.pattern)
    if hits:
        return tuple(notes_on_hits(request.query, asked, hits))
    is_filtered = not filter_of(request, Path(), {}).is_empty
    return (nothing_found(request.query, asked, is_empty=False, is_filtered=is_filtered),)
