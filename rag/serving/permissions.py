"""What clients of a service may have it do."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Permissions:
    """What clients may have a service do beside reading its indexes.

    Args:
        may_index: bring the index of a project up to date, or make it.
        may_fetch: fetch a version of a library from the package registry.
        drops_suspicious: whether hits that read like instructions to a model are left out, not marked.
    """

    may_index: bool = False
    may_fetch: bool = False
    drops_suspicious: bool = False

    @property
    def untrusted(self) -> Literal["mark", "drop"]:
        """Return what becomes of hits that read like instructions, as a `DocPrompter` is told it."""
        return "drop" if self.drops_suspicious else "mark"


NO_PERMISSIONS = Permissions()
"""Only what is indexed is read."""
