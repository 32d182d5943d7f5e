"""The file that somebody is editing: what it imports tells which libraries a question is about."""

from pathlib import Path
from typing import Final

from corpora.errors import RagError
from corpora.outside.files import open_outside
from corpora.syntax.imported_packages import imported_packages
from corpora.syntax.languages import language_of

_MAX_BYTES: Final = 400_000  # imports stand at the head of a file


def read_imports(path: str | Path) -> tuple[str, ...]:
    """Return the packages that a file of code imports, for `SearchOptions(imports=...)`.

    They are read from the lines of its first 400,000 bytes; nothing of it is run. A file in a language whose
    imports are not known here has none.

    Raises:
        RagError: it cannot be read, or is not a regular file.
    """
    try:
        with open_outside(path) as file:
            text = file.read(_MAX_BYTES).decode("utf-8-sig", errors="replace")
    except (OSError, ValueError) as error:
        raise RagError(
            f"the file {path} cannot be read for its imports",
            why=str(error),
            fix="name a file of code, or leave it out",
        ) from error
    return imported_packages(text, language_of(Path(path).name, text[:1000]))
