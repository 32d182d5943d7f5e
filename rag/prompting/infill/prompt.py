"""Make the prompt for a gap in a file, with code from other files, within a budget of tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from corpora.errors import PromptError
from rag.prompting.fence import clean, defuse, safe_line
from rag.prompting.infill.formats import InfillFormat
from rag.prompting.infill.gap import Gap
from rag.prompting.token_count import count_tokens as estimate_tokens

MAX_INFILL_TOKENS: Final = 2048
_GAP_SHARE: Final = 0.6  # of the budget, if there is code from other files
_MIN_SNIPPET_LINES: Final = 3
_COMMENT_MARKS: Final = {
    "//": "javascript typescript tsx java go rust c cpp c_sharp php kotlin scala swift zig dart groovy",
    "--": "lua haskell sql elm ada",
    ";": "clojure common_lisp emacs_lisp scheme assembly",
    "%": "latex erlang matlab prolog",
}
_MARK_OF: Final = {language: mark for mark, names in _COMMENT_MARKS.items() for language in names.split()}


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code from another file that may help to fill a gap.

    Args:
        text: the code.
        path: of its file, relative to the repository.
    """

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class InfillPrompt:
    """The prompt for a gap, and what it was made from.

    Attributes:
        text: all of it, with the control tokens of the family.
        stop: texts that end what a model writes.
        family: name of the format.
        tokens: its size, by the counter that it was made with.
        gap: what is shown of the file.
        snippets: the snippets in it, the first one given nearest to the gap.
        dropped: snippets that found no room.
        left_out_lines: lines of the file that found no room.
    """

    text: str
    stop: tuple[str, ...]
    family: str
    tokens: int
    gap: Gap
    snippets: tuple[Snippet, ...] = ()
    dropped: tuple[Snippet, ...] = ()
    left_out_lines: int = 0


def make_infill_prompt(
    gap: Gap,
    snippets: Sequence[Snippet] = (),
    *,
    model_format: InfillFormat,
    metadata: bool = True,
    max_tokens: int = MAX_INFILL_TOKENS,
    count_tokens: Callable[[str], int] | None = None,
) -> InfillPrompt:
    """Make the prompt for a gap in a file.

    It never has more than `max_tokens`. The line of the gap is always there. With snippets, the lines
    around it get six tenths of the budget, and what the snippets leave; without, all of it. Control tokens
    that stand in the code itself are broken up, see `rag.prompting.control_tokens`.

    Args:
        gap: where code is wanted.
        snippets: code from other files, best first.
        model_format: how the model reads code with a gap.
        metadata: whether the names of the repository and of files are shown to a model that knows them.
        max_tokens: budget of the prompt.
        count_tokens: counts the tokens of a text; an estimate on the high side by default.

    Raises:
        PromptError: the budget is too small for the line of the gap.
    """
    count = count_tokens or estimate_tokens
    maker = _Maker(gap, model_format, metadata, count)
    if maker.tokens(gap.around(1), ()) > max_tokens:
        raise PromptError(
            f"the token budget of {max_tokens} is too small",
            why=f"the line of the gap alone takes {maker.tokens(gap.around(1), ())} tokens",
            fix="allow more tokens, or complete in a shorter line",
        )
    shown = maker.fitting_gap((), int(max_tokens * _GAP_SHARE) if snippets else max_tokens)
    kept: list[Snippet] = []
    dropped: list[Snippet] = []
    for one in snippets:
        part = maker.fitting_snippet(shown, kept, one, max_tokens)
        if part is None:
            dropped.append(one)
        else:
            kept.append(part)
    if kept or snippets:
        shown = maker.fitting_gap(kept, max_tokens)
    text = maker.text(shown, kept)
    return InfillPrompt(
        text, model_format.stop, model_format.name, count(text), shown, tuple(kept), tuple(dropped),
        gap.lines - shown.lines,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Maker:
    """Renders prompts for one gap, and counts their tokens."""

    gap: Gap
    model_format: InfillFormat
    metadata: bool
    count: Callable[[str], int]

    def text(self, gap: Gap, snippets: Sequence[Snippet]) -> str:
        """Return the prompt with these lines around the gap and these snippets, the last one first."""
        return self.model_format.rendered(
            {
                "prefix": defuse(gap.prefix),
                "suffix": defuse(gap.suffix),
                "path": safe_line(gap.path) if self.metadata else "",
                "repository": safe_line(gap.repository) if self.metadata else "",
                "files": [self._file(one) for one in reversed(snippets)],
            }
        )

    def tokens(self, gap: Gap, snippets: Sequence[Snippet]) -> int:
        """Return how many tokens that prompt has."""
        return self.count(self.text(gap, snippets))

    def fitting_gap(self, snippets: Sequence[Snippet], room: int) -> Gap:
        """Return as many lines around the gap as fit beside snippets."""
        fewest, most = 1, self.gap.lines
        if self.tokens(self.gap, snippets) <= room:
            return self.gap
        while fewest < most:
            middle = (fewest + most + 1) // 2
            if self.tokens(self.gap.around(middle), snippets) <= room:
                fewest = middle
            else:
                most = middle - 1
        return self.gap.around(fewest)

    def fitting_snippet(
        self, gap: Gap, kept: Sequence[Snippet], snippet: Snippet, room: int
    ) -> Snippet | None:
        """Return a snippet, or its first lines, if that fits beside all else; else None."""
        lines = snippet.text.strip("\n").split("\n")

        def fits(shown: int) -> bool:
            return self.tokens(gap, [*kept, _first(snippet, lines, shown)]) <= room

        if not snippet.text.strip():
            return None
        if fits(len(lines)):
            return _first(snippet, lines, len(lines))
        fewest, most = _MIN_SNIPPET_LINES, len(lines) - 1
        if most < fewest or not fits(fewest):
            return None
        while fewest < most:
            middle = (fewest + most + 1) // 2
            if fits(middle):
                fewest = middle
            else:
                most = middle - 1
        return _first(snippet, lines, fewest)

    def _file(self, snippet: Snippet) -> dict[str, Any]:
        path = safe_line(snippet.path) if self.metadata else ""
        text = defuse(clean(snippet.text)).strip("\n")
        mark = _MARK_OF.get(self.gap.language, "#")
        named = [f"File: {path}"] if path else []
        commented = "".join(f"{mark} {line}".rstrip() + "\n" for line in [*named, *text.split("\n")])
        return {"path": path, "text": text, "commented": commented}


def _first(snippet: Snippet, lines: Sequence[str], shown: int) -> Snippet:
    return Snippet("\n".join(lines[:shown]), snippet.path)
