"""Read guides (reStructuredText, Markdown, notebooks) as paragraphs and the code below each."""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"\s*```")
_MARKDOWN_HEADING: Final = re.compile(r"#{1,6} ")
_UNDERLINE: Final = re.compile(r"([=\-~^\"'`*+#.])\1{2,}\s*")
_CODE_DIRECTIVE: Final = re.compile(
    r"\s*\.\. (?:code-block|code|ipython|plot|testcode|doctest|sourcecode|jupyter-execute)"
)
_OPTION: Final = re.compile(r"\s*:[\w-]+:")
_BULLET: Final = re.compile(r"\A\s*+[-*]\s+")
_PROMPT: Final = re.compile(r"\A\s*+(?:>>>|\.\.\.:?|In \[\d{1,6}+\]:)\s?(.*)")
_IS_SESSION: Final = re.compile(r"^[ \t]*+(?:>>>|In \[\d{1,6}+\]:)", re.MULTILINE)
_MAGIC: Final = re.compile(r"\A\s*+[%!@]")


class GuidePassage(NamedTuple):
    """A paragraph, and the code that follows it; empty if none does."""

    paragraph: str
    code: str = ""


def guide_passages(text: str, suffix: str) -> Iterator[GuidePassage]:
    """Yield the paragraphs of a guide in their order, each with the code right below it.

    Args:
        text: the content of the file.
        suffix: `.rst`, `.md` or `.ipynb`.
    """
    if suffix == ".ipynb":
        text = _notebook_as_markdown(text)
    lines, at = text.split("\n"), 0
    paragraph: list[str] = []
    while at < len(lines):
        code, after = (_fenced if suffix != ".rst" else _indented)(lines, at)
        if code is not None:
            if (
                suffix == ".rst"
                and lines[at].rstrip().endswith("::")
                and not lines[at].lstrip().startswith("..")
            ):
                paragraph.append(lines[at].strip().rstrip(":"))
            yield GuidePassage(" ".join(paragraph), without_prompts(code))
            paragraph = []
        elif _ends_paragraph(lines, at, suffix):
            # An empty line between a paragraph and its code does not part them.
            rest = next((n for n in range(after, len(lines)) if lines[n].strip()), len(lines))
            is_followed = (
                rest < len(lines) and (_fenced if suffix != ".rst" else _indented)(lines, rest)[0] is not None
            )
            if paragraph and not (is_followed and not lines[at].strip()):
                yield GuidePassage(" ".join(paragraph))
                paragraph = []
        else:
            paragraph.append(_BULLET.sub("", lines[at], count=1).strip())
        at = after
    if paragraph:
        yield GuidePassage(" ".join(paragraph))


def without_prompts(code: str) -> str:
    """Return the input of an interactive session, or code without the magic of notebooks."""
    lines = code.split("\n")
    if _IS_SESSION.search(code):
        return "\n".join(found[1] for found in map(_PROMPT.fullmatch, lines) if found)
    return "\n".join(line for line in lines if not _MAGIC.match(line))


def _ends_paragraph(lines: Sequence[str], at: int, suffix: str) -> bool:
    line = lines[at]
    if not line.strip() or line.lstrip().startswith(".. "):
        return True
    if suffix == ".rst":
        below = lines[at + 1] if at + 1 < len(lines) else ""
        return bool(_UNDERLINE.fullmatch(below) or _UNDERLINE.fullmatch(line))
    return bool(_MARKDOWN_HEADING.match(line))


def _fenced(lines: Sequence[str], at: int) -> tuple[str | None, int]:
    """Return the code of the fence that opens at a line, and the line after it; None if none does."""
    if not _FENCE.match(lines[at]):
        return None, at + 1
    end = next((n for n in range(at + 1, len(lines)) if _FENCE.match(lines[n])), len(lines))
    return "\n".join(lines[at + 1 : end]), end + 1


def _indented(lines: Sequence[str], at: int) -> tuple[str | None, int]:
    """Return the code below a directive, a `::` or a prompt at a line, and the line after it."""
    line = lines[at]
    if line.lstrip().startswith(">>> "):
        end = next((n for n in range(at, len(lines)) if not lines[n].strip()), len(lines))
        return textwrap.dedent("\n".join(lines[at:end])), end
    is_literal = line.rstrip().endswith("::") and not line.lstrip().startswith("..")
    if not (is_literal or _CODE_DIRECTIVE.match(line)):
        return None, at + 1
    depth, end = _depth(line), at + 1
    while end < len(lines) and (not lines[end].strip() or _depth(lines[end]) > depth):
        end += 1
    return textwrap.dedent("\n".join(one for one in lines[at + 1 : end] if not _OPTION.match(one))), end


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _notebook_as_markdown(text: str) -> str:
    try:
        cells = json.loads(text)["cells"]
        sources = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    fenced = [source if kind == "markdown" else f"```\n{source}\n```" for kind, source in sources]
    return "\n\n".join(fenced)
