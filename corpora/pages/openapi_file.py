"""A file that describes an HTTP API, with the files it refers to, as a corpus."""

from collections.abc import Iterator
from pathlib import Path

from corpora.document import Document, Listed, Origin, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.openapi.parts import DescribedFiles
from corpora.outside.files import read_outside
from corpora.outside.folder_entries import file_stamp
from corpora.outside.pointers import unfetched
from corpora.pages.text_pages import read_text_page
from corpora.spec import CorpusSpec

# Above `max_file_bytes`, since the user named this very file; large platforms have a dozen megabytes.
_MAX_BYTES = 32_000_000


class OpenApiFile:
    """One file of OpenAPI or Swagger; what it refers to in its folder is part of it."""

    def __init__(self, spec: CorpusSpec) -> None:
        self._spec = spec
        self._path = Path(spec.location)

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield the file under its name.

        Raises:
            CorpusError: there is no such file.
        """
        if not self._path.is_file():
            raise CorpusError(
                f"corpus {self._spec.name!r}: no file {self._path}",
                why="it is no regular file" if self._path.exists() else "there is nothing at this path",
                fix="name a .json or .yaml file with the key openapi or swagger at its top",
            )
        status = self._path.stat()
        if status.st_size > _MAX_BYTES:
            yield Skipped(self._path.name, "too large", f"more than {_MAX_BYTES} bytes", status.st_size)
        else:
            described = DescribedFiles(self._path.parent)
            parts = described.stamp_of(described.referred(self._path.name))
            stamp = file_stamp(status)
            yield Listed(self._path.name, status.st_size, f"{stamp}/{parts}" if parts else stamp)

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the API with a section for each operation and schema; a `Skipped` if it describes none."""
        try:
            data = read_outside(self._path, max_bytes=_MAX_BYTES)
        except OSError as error:
            return Skipped(listed.path, "unreadable", str(error.strerror), listed.size_bytes)
        if pointer := unfetched(listed.path, data):
            return pointer
        page = read_text_page(listed.path, data, self._path.parent)
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
        return Document(
            origin, join_sections(page.sections), hash_bytes(data), page.sections, notes=page.notes
        )


def described_folder(spec: CorpusSpec) -> Path:
    """Return the folder that holds the file."""
    return Path(spec.location).parent
