"""The description of an API in one file, as a corpus."""

from collections.abc import Iterator
from pathlib import Path

from corpora.document import Document, Listed, Origin, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.outside.files import read_outside
from corpora.pages.text_pages import read_text_page
from corpora.spec import CorpusSpec

_MAX_BYTES = 32_000_000  # those of large platforms have a dozen millions, and it was asked for by name


class OpenApiFile:
    """One file of OpenAPI or Swagger. Raises `CorpusError` where there is none."""

    def __init__(self, spec: CorpusSpec) -> None:
        self._spec = spec
        self._path = Path(spec.location)

    def scan(self) -> Iterator[Listed | Skipped]:
        """The file, by its name."""
        if not self._path.is_file():
            raise CorpusError(
                f"corpus {self._spec.name!r}: no file {self._path}",
                why="it is no regular file" if self._path.exists() else "there is nothing at this path",
                fix="name a .json or .yaml file with openapi or swagger at its top",
            )
        status = self._path.stat()
        if status.st_size > _MAX_BYTES:
            yield Skipped(self._path.name, "too large", f"more than {_MAX_BYTES} bytes", status.st_size)
        else:
            yield Listed(self._path.name, status.st_size, f"{status.st_mtime_ns}-{status.st_size}")

    def read(self, listed: Listed) -> Document | Skipped:
        """The API with a section for each operation and schema; `Skipped` for what describes none."""
        try:
            data = read_outside(self._path, max_bytes=_MAX_BYTES)
        except OSError as error:
            return Skipped(listed.path, "unreadable", str(error.strerror), listed.size_bytes)
        page = read_text_page(listed.path, data)
        if isinstance(page, Skipped):
            return page
        origin = Origin(
            corpus=self._spec.name,
            path=listed.path,
            language=page.language,
            kind="docs",
            library=self._spec.library or page.library,
            version=self._spec.version or page.version,
            url=self._spec.url,
        )
        return Document(origin, join_sections(page.sections), hash_bytes(data), page.sections)
