"""Which packages the indexed code imports, and in how many files: what a project uses, it asks about."""

from collections.abc import Collection, Iterable
from typing import Final

from indexers.catalog.database import Database

_ADD: Final = (
    "INSERT INTO importers (package, files) VALUES (?, ?) "
    "ON CONFLICT (package) DO UPDATE SET files = files + excluded.files"
)


class Imports:
    """Packages by the document that imports them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, document_id: int, packages: Iterable[str]) -> None:
        """Store what a document imports, which has nothing stored yet; names have no blanks."""
        wanted = [*packages]
        if wanted:
            sql = "INSERT INTO imports (document_id, packages) VALUES (?, ?)"
            self._database.rows(sql, (document_id, " ".join(wanted)))
            self._database.run_many(_ADD, [(package, 1) for package in wanted])

    def remove(self, document_id: int) -> None:
        """Remove what a document imports."""
        sql = "DELETE FROM imports WHERE document_id = ? RETURNING packages"
        for (packages,) in self._database.rows(sql, (document_id,)):
            self._database.run_many(_ADD, [(package, -1) for package in packages.split()])

    def importers(self, packages: Collection[str]) -> dict[str, int]:
        """Return how many files import each of these packages, for those that any file imports."""
        sql = "SELECT package, files FROM importers WHERE package IN"
        rows = self._database.rows_in(sql, sorted(packages))
        return {package: int(files) for package, files in rows if files > 0}

    def most_imported(self) -> int:
        """Return how many files import the package that most files import; 0 if nothing is imported."""
        return max(int(self._database.rows("SELECT coalesce(max(files), 0) FROM importers")[0][0]), 0)
