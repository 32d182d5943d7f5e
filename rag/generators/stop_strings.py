"""Strings that end an answer, for backends that do not look for them themselves."""

from collections.abc import Iterable, Iterator, Sequence


def before_stop(text: str, stop: Iterable[str]) -> str:
    r"""Return `text` up to the first of the strings `stop`.

    >>> before_stop("x = 1\n\ny = 2", ["\n\n"])
    'x = 1'
    """
    return text[: min((at for one in stop if one and (at := text.find(one)) >= 0), default=len(text))]


def before_stop_in_stream(pieces: Iterable[str], stop: Sequence[str]) -> Iterator[str]:
    """Yield `pieces` up to the first of the strings `stop`, even where one is split over several pieces.

    What may be the beginning of one is held back until it is known what it is.

    >>> list(before_stop_in_stream(["a #", "b #", "# c"], ["##"]))
    ['a ', '#b ']
    """
    wanted = [one for one in stop if one]
    longest = max(map(len, wanted), default=0)
    held = ""
    for piece in pieces:
        held += piece
        before = before_stop(held, wanted)
        if len(before) < len(held):
            if before:
                yield before
            return
        sizes = range(min(longest - 1, len(held)), 0, -1)
        kept = next((size for size in sizes if any(one.startswith(held[-size:]) for one in wanted)), 0)
        if len(held) > kept:
            yield held[: len(held) - kept]
        held = held[len(held) - kept :]
    if held:
        yield held
