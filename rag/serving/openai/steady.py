"""Keep the context of a file that is edited as it was sent, so that a model need not read it again.

A server of a model keeps what it has read of a prompt up to the first token that differs. An editor asks at
each pause; what helps most at one place may come second at the next. Sent in another order, it would all be
read anew, which takes a small model on two cores half a minute, and the editor waits.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import Final

from rag.editing.context import ContextPart
from rag.tokens.estimate import estimate_tokens

_FILES: Final = 64

AT_FIRST: Final = 2 / 3
"""Share of the budget that context takes when it is made, so that there is room for what comes later."""


class SteadyContexts:
    """Remembers what was sent for each of the last files. Threads may share it."""

    def __init__(self) -> None:
        self._sent: OrderedDict[Hashable, tuple[ContextPart, ...]] = OrderedDict()
        self._lock = Lock()

    def following(
        self, file: Hashable, wanted: Sequence[ContextPart], max_tokens: int
    ) -> tuple[ContextPart, ...]:
        """Return what to send for a file: what was sent before, and behind it what of `wanted` is new.

        Once that grows too large, or holds an earlier state of something, it is `wanted` alone.

        Args:
            file: what tells files apart.
            wanted: what helps at this place, in the order in which it is sent.
            max_tokens: the budget, by estimate; `wanted` is within it.
        """
        with self._lock:
            before = self._sent.pop(file, ())
            new = [one for one in wanted if one not in before]
            changed = {_place(one) for one in before if one not in wanted} & set(map(_place, new))
            sent = (*before, *new)
            if changed or sum(estimate_tokens(one.text) for one in sent) > max_tokens:
                sent = tuple(wanted)
            self._sent[file] = sent
            while len(self._sent) > _FILES:
                self._sent.popitem(last=False)
            return sent


def _place(part: ContextPart) -> tuple[str, str, str]:
    return part.kind, part.path, part.name
