"""The lines of a requirements file as pip reads them: joined, without comments, with their options parsed.

A test compares all of this with pip's own parser.
"""

import codecs
import optparse
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NoReturn

_MAX_LINE_CHARS: Final = 10_000
_SHOWN_CHARS: Final = 80
_BOMS: Final = {  # those of UTF-32 first: they begin like those of UTF-16
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CODING: Final = re.compile(rb"coding[:=]\s*([-\w.]{1,40})")  # PEP 263
_VARIABLE: Final = re.compile(r"\$\{[A-Z0-9_]+\}")

# Options with a value, and those without one. Those of another destination than their name come first.
_WITH_VALUE: Final = (
    ("-r", "--requirement"), ("-c", "--constraint"), ("-e", "--editable"), ("-f", "--find-links"),
    ("-i", "--index-url", "--pypi-url"), ("--extra-index-url",), ("--no-binary",), ("--only-binary",),
    ("--trusted-host",), ("--use-feature",), ("--global-option",), ("--hash",),
    ("-C", "--config-settings", "--config-setting"),
)  # fmt: skip
_ON_THEIR_OWN: Final = ("requirement", "constraint", "editable", "find_links", "index_url", "extra_index_url")
_FLAGS: Final = ("--no-index", "--prefer-binary", "--require-hashes", "--pre")


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One logical line of a requirements file.

    Attributes:
        number: of its first line, from 1.
        text: as the user is shown it.
        requirement: what it requires; empty for a line of options.
        is_editable: whether that follows `-e`.
        includes, constraints: the files that it names.
        indexes: the URLs of other package indexes that it names.
        links: the folders and pages with links to packages that it names.
        is_without_index: whether it says that no package index is used.
        hashes: those that its options say the archive may have, as they are written.
        problem: why it is not understood; else empty.
    """

    number: int
    text: str
    requirement: str = ""
    is_editable: bool = False
    includes: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    is_without_index: bool = False
    hashes: tuple[str, ...] = ()
    problem: str = ""


def requirement_lines(data: bytes) -> Iterator[RequirementLine]:
    """Yield the lines of a requirements file that are neither empty nor a comment.

    Raises:
        ValueError: it is not text.
    """
    for number, raw in _joined(_decoded(data)):
        line = _without_comment(raw).strip()
        if line:
            yield _parsed(number, line)


def _decoded(data: bytes) -> str:
    for bom, encoding in _BOMS.items():
        if data.startswith(bom):
            if len(data) == len(bom):
                raise ValueError("it holds nothing but a byte order mark")
            return data[len(bom) :].decode(encoding)
    for line in data.split(b"\n", 2)[:2]:
        if line.startswith(b"#") and (found := _CODING.search(line)):
            try:
                return data.decode(found[1].decode("ascii"))
            except LookupError as error:
                raise ValueError(str(error)) from error
    return data.decode("utf-8")


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield logical lines: a backslash at the end of a line joins it with the next, but not in a comment."""
    first, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        is_comment = line.lstrip().startswith("#")
        first = first if parts else number
        if line.endswith("\\") and not is_comment:
            parts.append(line.strip("\\"))
            continue
        yield first, "".join([*parts, f" {line}" if is_comment else line])
        parts = []
    if parts:
        yield first, "".join(parts)


def _without_comment(line: str) -> str:
    """Cut a line before the first `#` that begins it or follows white space."""
    at = line.find("#")
    while at > 0 and not line[at - 1].isspace():
        at = line.find("#", at + 1)
    return line if at < 0 else line[:at]


def _parsed(number: int, line: str) -> RequirementLine:
    shown = line[:_SHOWN_CHARS]
    if len(line) > _MAX_LINE_CHARS:
        return RequirementLine(number, shown, problem=f"more than {_MAX_LINE_CHARS} characters")
    words = line.split()
    end = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    if end == len(words) and not _VARIABLE.search(line):
        return RequirementLine(number, shown, " ".join(words))
    try:
        values, rest = _options(" ".join(words[end:]))
    except ValueError as error:
        return RequirementLine(number, shown, problem=f"its options are not understood ({error})"[:300])
    requirement, is_editable = " ".join(words[:end]), False
    if not requirement and values.editable:
        requirement, is_editable = values.editable[0], True
    named = (requirement, *(values.requirement or ()), *(values.constraint or ()))
    problem = f"{' '.join(rest)} is no option"[:300] if rest else ""
    if requirement and not is_editable and any(getattr(values, key) for key in _ON_THEIR_OWN):
        problem = "an option in it belongs on a line of its own"
    if any(map(_VARIABLE.search, named)):
        # It may hold a password, and what it leads to is for the user to say.
        problem = "it names a variable of the environment, which is not read"
    return RequirementLine(
        number,
        shown,
        requirement,
        is_editable,
        tuple(values.requirement or ()),
        tuple(values.constraint or ()),
        tuple([*(values.index_url or ()), *(values.extra_index_url or ())]),
        tuple(values.find_links or ()),
        bool(values.no_index),
        tuple(values.hash or ()),
        problem,
    )


class _Options(optparse.OptionParser):
    """The parser that pip uses for these lines; it reports an error rather than exit."""

    def error(self, msg: str) -> NoReturn:
        raise ValueError(msg)


@lru_cache(maxsize=1000)  # files that include each other repeat the same few lines
def _options(text: str) -> tuple[optparse.Values, list[str]]:
    return _parser().parse_args(shlex.split(text))


@cache
def _parser() -> optparse.OptionParser:
    parser = _Options(add_help_option=False)
    for names in _WITH_VALUE:
        parser.add_option(*names, action="append")
    for name in _FLAGS:
        parser.add_option(name, action="store_true")
    return parser
