"""Tables of words with weights that come with the package: a line of text a word, and a hash of all."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Final, Self

from corpora.document import hash_bytes
from corpora.errors import IndexDamaged
from corpora.outside.files import read_outside

_MAX_BYTES: Final = 5_000_000
_FEW_LOOK_UPS: Final = 200
_HUNDREDTHS: Final = 100  # weights are written as whole hundredths
_WEIGHT: Final = re.compile(r"[0-9]{1,4}")


class WordLines(Mapping[str, str]):
    """The line of each word of a table, found in its text when it is asked for: a question asks for few.

    Whoever asks many questions has a dictionary made, which takes as long as a hundred look-ups in the text.
    """

    def __init__(self, body: bytes) -> None:
        self._body = b"\n" + body
        self._looked_up = 0
        self._lines: dict[str, str] | None = None

    def __getitem__(self, word: str) -> str:
        if self._lines is not None:
            return self._lines[word]
        self._looked_up += 1
        if self._looked_up > _FEW_LOOK_UPS:
            lines = (line.split("\t", 1) for line in reversed(self._body[1:].decode().split("\n")) if line)
            self._lines = {one[0]: one[1] for one in lines if len(one) == 2}
            return self._lines[word]
        start = b"\n" + word.encode(errors="replace") + b"\t"
        found = self._body.find(start) if word.isprintable() else -1
        if found < 0:
            raise KeyError(word)
        begin = found + len(start)
        return self._body[begin : self._body.index(b"\n", begin)].decode()

    def __iter__(self) -> Iterator[str]:
        return (line.partition("\t")[0] for line in self._body.decode().splitlines()[1:])

    def __len__(self) -> int:
        return self._body.count(b"\n") - 1


def read_words(path: Path, kind: str) -> WordLines:
    """Return the line of each word of a table that `write_words` wrote.

    Raises:
        IndexDamaged: there is no such table, or it was cut short or altered.
    """
    try:
        content = read_outside(path, max_bytes=_MAX_BYTES).replace(b"\r\n", b"\n")
        header, _, body = content.partition(b"\n")
        if header.decode("utf-8") != f"docprompting {kind} 1 {hash_bytes(body)}":
            raise ValueError("it was cut short or altered, or is of another version")
        if body and not body.endswith(b"\n"):
            raise ValueError("its last line is cut")
        body.decode()
    except (OSError, ValueError) as error:
        raise IndexDamaged(
            f"the {kind} at {path} cannot be read", why=str(error), fix="reinstall docprompting"
        ) from error
    return WordLines(body)


def write_words(path: Path, kind: str, lines: Mapping[str, str]) -> None:
    """Write a table: a header with a hash of the rest, then a line for each word."""
    body = "".join(f"{word}\t{line}\n" for word, line in lines.items()).encode()
    path.write_bytes(f"docprompting {kind} 1 {hash_bytes(body)}\n".encode() + body)


def weighted_line(weights: Mapping[str, float], *, most: int, heaviest: float) -> str:
    """Return the line of a word: the `most` heaviest of `weights`, none heavier than `heaviest`.

    >>> weighted_line({"num": 0.3, "len": 0.456, "none": 0.001}, most=8, heaviest=5)
    'len 46 num 30'
    """
    best = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:most]
    whole = [(token, round(min(weight, heaviest) * _HUNDREDTHS)) for token, weight in best]
    return " ".join(f"{token} {weight}" for token, weight in whole if weight > 0)


def parsed_line(line: str, *, most: int, heaviest: float) -> tuple[tuple[str, float], ...]:
    """Return what `weighted_line` wrote; what is no weight is left out.

    >>> parsed_line("len 46 num x", most=8, heaviest=5)
    (('len', 0.46),)
    """
    fields = line.split(" ")[: 2 * most]
    return tuple(
        (token, min(int(weight) / _HUNDREDTHS, heaviest))
        for token, weight in zip(fields[::2], fields[1::2], strict=False)
        if token and _WEIGHT.fullmatch(weight)
    )


class WordTable:
    """A table of words that comes with the package; a subclass reads the lines in its own way.

    Args:
        lines: the line of each word, as in the file.
    """

    kind: ClassVar[str]
    """What the table holds, as its first line and errors name it."""
    file: ClassVar[Path]
    """The table that comes with the package."""

    def __init__(self, lines: Mapping[str, str]) -> None:
        self._lines = lines

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a table that `save` wrote. Raises `IndexDamaged` for anything else."""
        return cls(read_words(path or cls.file, cls.kind))

    def save(self, path: Path) -> None:
        """Write the table."""
        write_words(path, self.kind, self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)
