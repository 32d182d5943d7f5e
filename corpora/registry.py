"""Look-up by name: what comes with the toolkit, and what installed packages add by entry points.

Example, in the `pyproject.toml` of another package:

    [project.entry-points."docprompting.generators"]
    mine = "my_package.generators:Mine"
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from corpora.errors import RagError, UnknownName

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


class Registry(Generic[T]):
    """Parts of one sort by their names. Nothing is imported before it is asked for.

    Args:
        noun: what a part is called in errors, such as "generator".
        group: entry-point group in which installed packages name theirs.
        builtin: the parts of the toolkit, each given itself or as `"module:attribute"`. No entry point
            takes the place of one of them: what an index or a run names stays what it was.
    """

    def __init__(self, noun: str, group: str, builtin: Mapping[str, "T | str"]) -> None:
        self._noun, self._group, self._builtin = noun, group, dict(builtin)

    @property
    def builtin(self) -> tuple[str, ...]:
        """Names of the parts that come with the toolkit, in the order of the table."""
        return tuple(self._builtin)

    def names(self) -> tuple[str, ...]:
        """Return all names: the built-in ones, then those of installed packages, sorted."""
        return (*self._builtin, *sorted(self._added.keys() - self._builtin.keys()))

    def __contains__(self, name: object) -> bool:
        return name in self._builtin or name in self._added

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def get(self, name: str) -> T:
        """Return the part called `name`.

        Raises:
            UnknownName: there is none.
            RagError: the package that adds it cannot be imported.
        """
        if name in self._builtin:
            part = self._builtin[name]
            return cast(T, _load(part)) if isinstance(part, str) else part
        if name not in self._added:
            raise UnknownName(self._noun, name, self.names())
        entry = self._added[name]
        try:
            return cast(T, entry.load())
        except Exception as error:  # whatever the code of another package raises when it is imported
            raise RagError(
                f"the {self._noun} {name!r} cannot be loaded",
                why=f"{entry.value} of an installed package fails with {type(error).__name__}: {error}",
                fix=f"repair or uninstall the package that has the entry point {name} in {self._group}",
            ) from error

    @property
    def _added(self) -> "dict[str, EntryPoint]":
        """Entry points of installed packages, by name. Finding them takes tens of milliseconds."""
        from importlib.metadata import entry_points

        return {entry.name: entry for entry in entry_points(group=self._group)}


def _load(reference: str) -> Any:
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)
