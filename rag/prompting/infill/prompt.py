"""Make the prompt for a gap in a file, with code from other files, within a budget of tokens."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, count
from typing import Any, Final

from corpora.errors import PromptError
from rag.prompting.fence import clean, defuse, safe_line
from rag.prompting.infill.formats import InfillFormat
from rag.prompting.infill.gap import Gap
from rag.tokens.estimate import estimate_tokens, estimate_with_control_tokens
from rag.tokens.token_counter import ESTIMATE, TokenCounter, counter_name, is_costly

MAX_INFILL_TOKENS: Final = 2048
_GAP_SHARE: Final = 0.5  # of the budget, if there is code from other files
_LINE_SHARE: Final = 0.5  # of the budget, for a line that is longer than all of it
_MIN_LINE_CHARS: Final = 80  # of such a line; less would hardly say what is wanted
_MAX_TOKEN_CHARS: Final = 16  # on the mean: only a line of one character repeated has more
_MIN_SNIPPET_LINES: Final = 3
_TRIES: Final = 4  # to use what the estimate of costs has left
_ENOUGH: Final = 0.98  # of the budget; another try would hardly add a line
_MAX_LINES: Final = 4_000  # on each side of the gap; no budget has room for more
_SEPARATOR_TOKENS: Final = 4  # of a file in front of others
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
        counter: name of what counted the tokens.
    """

    text: str
    stop: tuple[str, ...]
    family: str
    tokens: int
    gap: Gap
    snippets: tuple[Snippet, ...] = ()
    dropped: tuple[Snippet, ...] = ()
    left_out_lines: int = 0
    counter: str = ESTIMATE


def make_infill_prompt(
    gap: Gap,
    snippets: Sequence[Snippet] = (),
    *,
    model_format: InfillFormat,
    metadata: bool = True,
    max_tokens: int = MAX_INFILL_TOKENS,
    count_tokens: TokenCounter | None = None,
) -> InfillPrompt:
    """Make the prompt for a gap in a file.

    It never has more than `max_tokens`. The line of the gap is always there; of one that is longer than the
    budget, as of minified code, what is nearest to the gap, in half of the budget. With snippets, the lines
    around it get half of the budget, and what the snippets leave; without, all of it. Control tokens
    that stand in the code itself are broken up, see `rag.prompting.control_tokens`.

    Args:
        gap: where code is wanted.
        snippets: code from other files, best first.
        model_format: how the model reads code with a gap.
        metadata: whether the names of the repository and of files are shown to a model that knows them.
        max_tokens: budget of the prompt.
        count_tokens: counts the tokens of a text; an estimate on the high side by default.

    Raises:
        PromptError: the budget is too small for the line of the gap, or for 80 characters of it.
    """
    maker = _Maker(gap, model_format, metadata, max_tokens, count_tokens or estimate_with_control_tokens)
    fewest = maker.tokens(gap.around(1), ())
    if fewest > max_tokens:
        gap = maker.with_short_line()
        maker = _Maker(gap, model_format, metadata, max_tokens, maker.count)
        fewest = maker.tokens(gap.around(1), ())
    room = max_tokens - fewest
    shown = maker.fitting_gap(int(room * _GAP_SHARE) if snippets else room)
    left = room - maker.cost_of(shown)
    kept: list[Snippet] = []
    dropped: list[Snippet] = []
    for one in snippets:
        part, cost = maker.fitting_snippet(one, left)
        if part is None:
            dropped.append(one)
        else:
            kept.append(part)
            left -= cost
    room = left + maker.cost_of(shown)
    best: tuple[Gap, str, int] | None = None
    # Costs do not add up exactly: tokens merge across borders, and a template adds some of its own.
    for tried in count():
        shown = maker.fitting_gap(room)
        text = maker.text(shown, kept)
        tokens = maker.count(text)
        if tokens <= max_tokens and (best is None or shown.lines > best[0].lines):
            best = shown, text, tokens
        if best is not None and (tried >= _TRIES or shown == gap or best[2] >= _ENOUGH * max_tokens):
            shown, text, tokens = best
            return InfillPrompt(
                text, model_format.stop, model_format.name, tokens, shown, tuple(kept), tuple(dropped),
                gap.lines - shown.lines, counter_name(count_tokens),
            )  # fmt: skip
        if tokens <= max_tokens or shown.lines > 1:
            room += max_tokens - tokens
        else:
            dropped.insert(0, kept.pop())
    raise AssertionError("the line of the gap fits, so that the loop ends")


class _Maker:
    """Renders prompts for one gap, and counts their tokens.

    Args:
        gap: the gap.
        model_format: how the model reads it.
        metadata: whether names are shown.
        max_tokens: budget of the prompt: lines beyond it are not counted.
        count: counts the tokens of a text.
    """

    def __init__(
        self, gap: Gap, model_format: InfillFormat, metadata: bool, max_tokens: int, count: TokenCounter
    ) -> None:
        self.count = count
        self._count_piece = estimate_tokens if is_costly(count) else count
        self._max_tokens = max_tokens
        self._gap, self._format, self._metadata = gap, model_format, metadata
        self._mark = _MARK_OF.get(gap.language, "#")

    def text(self, gap: Gap, snippets: Sequence[Snippet]) -> str:
        """Return the prompt with these lines around the gap and these snippets, the last one first."""
        return self._format.rendered(
            {
                "prefix": defuse(gap.prefix),
                "suffix": defuse(gap.suffix),
                "path": safe_line(gap.path) if self._metadata else "",
                "repository": safe_line(gap.repository) if self._metadata else "",
                "files": [self._file(one) for one in reversed(snippets)],
            }
        )

    def tokens(self, gap: Gap, snippets: Sequence[Snippet]) -> int:
        """Return how many tokens that prompt has."""
        return self.count(self.text(gap, snippets))

    @cached_property
    def _costs(self) -> tuple[list[int], list[int]]:
        """The tokens of the first lines above the gap, and of those below it, by their number."""
        return self._sums(self._gap.prefix.split("\n")[-2::-1]), self._sums(self._gap.suffix.split("\n")[1:])

    def _sums(self, lines: Sequence[str]) -> list[int]:
        sums = [0]
        for line in lines[:_MAX_LINES]:
            sums.append(sums[-1] + self._count_piece(f"{line}\n"))
            if sums[-1] > 2 * self._max_tokens:  # twice, since costs do not add up exactly
                break
        return sums

    def with_short_line(self) -> Gap:
        """Return the gap with as much of its line, nearest to it, as fits into half of the budget.

        Raises:
            PromptError: that is hardly anything.
        """
        line = self._gap.around(1)
        bare = self.tokens(line.near(0), ())
        room = bare + int((self._max_tokens - bare) * _LINE_SHARE)
        fewest, most = 0, min(len(line.prefix) + len(line.suffix), _MAX_TOKEN_CHARS * self._max_tokens)
        while fewest < most:
            middle = (fewest + most + 1) // 2
            if self.tokens(line.near(middle), ()) <= room:
                fewest = middle
            else:
                most = middle - 1
        if fewest < _MIN_LINE_CHARS:
            raise PromptError(
                f"the token budget of {self._max_tokens} is too small",
                why=f"the line of the gap alone takes {self.tokens(line, ())} tokens, and half of the budget "
                f"has room for {fewest} characters of it",
                fix="allow a few hundred tokens",
            )
        return self._gap.near(fewest)

    def cost_of(self, gap: Gap) -> int:
        """Return about how many tokens the lines around the gap take, without its own."""
        above, below = self._costs
        return above[gap.prefix.count("\n")] + below[gap.suffix.count("\n")]

    def fitting_gap(self, room: int) -> Gap:
        """Return as many lines around the gap as fit into about so many tokens."""
        fewest, most = 1, min(self._gap.lines, 2 * _MAX_LINES)
        while fewest < most:
            middle = (fewest + most + 1) // 2
            if self._fits(middle, room):
                fewest = middle
            else:
                most = middle - 1
        return self._gap.around(fewest)

    def _fits(self, lines: int, room: int) -> bool:
        above, below = self._costs
        before, after = self._gap.share(lines)
        return before < len(above) and after < len(below) and above[before] + below[after] <= room

    def fitting_snippet(self, snippet: Snippet, room: int) -> tuple[Snippet | None, int]:
        """Return a snippet, or its first lines, if that fits into so many tokens, and what it takes."""
        lines = snippet.text.strip("\n").split("\n")
        if not snippet.text.strip():
            return None, 0
        least = self._cost(Snippet("", snippet.path))
        sums = [0, *accumulate(self._cost(Snippet(line)) - self._cost(Snippet("")) for line in lines)]
        shown = bisect_right(sums, room - least) - 1
        if shown < min(len(lines), _MIN_SNIPPET_LINES):
            return None, 0
        return Snippet("\n".join(lines[:shown]), snippet.path), least + sums[shown]

    def _cost(self, snippet: Snippet) -> int:
        """Return about how many tokens a snippet takes, in the dearest of its forms."""
        commented = self._file(snippet)["commented"]
        return self._count_piece(commented) + _SEPARATOR_TOKENS

    def _file(self, snippet: Snippet) -> dict[str, Any]:
        path = safe_line(snippet.path) if self._metadata else ""
        text = defuse(clean(snippet.text)).strip("\n")
        named = [f"File: {path}"] if path else []
        commented = "".join(f"{self._mark} {line}".rstrip() + "\n" for line in [*named, *text.split("\n")])
        return {"path": path, "text": text, "commented": commented}
