"""Turn MDX into Markdown: imports, exports, comments and tags of components go, what is in them stays."""

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_MODULE_LINE = re.compile(
    r"import\s+(?:[\w$*{][^'\"]{0,2000}\sfrom\s{0,9})?['\"]|import\s{0,9}[\w$*{][^'\"]{0,2000}\bfrom\b"
    r"|export\s{1,9}(?:default|const|let|var|function|async|class|type|interface|enum)\b|export\s{0,9}[{*]"
)
_MAX_MODULE_LINES = 2_000
_BEFORE_MODULES = frozenset({"", "---", "+++"})  # a blank line, or the end of front matter
_MAX_TAG_CHARS = 20_000
_MAX_UNCLOSED = 200  # tags and comments without an end that are looked at in a page
_MARK = re.compile(r"[`{<]")
_TAG_START = re.compile(r"</?([\w>])")
_COMMENT_START = re.compile(r"\{[ \t\n]*+/\*")
_COMMENT_END = re.compile(r"\*/\s*+\}")
_NAME = re.compile(r"\{[ \t\n]*+[\w$]++(?:\.[\w$]++)*+\}")
_CODE_SPAN = re.compile(r"`+")
_STYLE = re.compile(r"style=\{\{([^{}]{0,1000})\}\}")
_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")


def markdown_of_mdx(text: str) -> str:
    """Return the Markdown of a page in MDX.

    Code in fences is unchanged. Styles of elements become those of HTML, so that what they hide is noticed:
    `style={{fontSize: 0}}` is `style="font-size: 0"`.
    """
    reader = _Reader()
    pieces = [piece if is_code else reader.plain(piece) for piece, is_code in _by_fences(text)]
    return "".join(pieces)


def _by_fences(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text, each with whether it is fenced code. In MDX, fences may be indented."""
    start, fence = 0, ""
    for found in _FENCE.finditer(text):
        if not fence:
            yield text[start : found.start()], False
            start, fence = found.start(), found[1]
        elif found[1].startswith(fence) and not text[found.end() :].split("\n", 1)[0].strip():
            yield text[start : found.end()], True
            start, fence = found.end(), ""
    yield text[start:], bool(fence)


def _without_modules(text: str) -> str:
    """Return `text` without the statements that begin a paragraph with `import` or `export`."""
    lines = text.split("\n")
    kept: list[str] = []
    number = 0
    while number < len(lines):
        is_start = not kept or kept[-1].strip() in _BEFORE_MODULES
        if is_start and _MODULE_LINE.match("\n".join(lines[number : number + 20])):
            number = _module_end(lines, number)
        else:
            kept.append(lines[number])
            number += 1
    return "\n".join(kept)


def _module_end(lines: list[str], start: int) -> int:
    """Return the line after the statements at `start`: a blank one where all brackets are closed."""
    depth = 0
    for number in range(start, min(len(lines), start + _MAX_MODULE_LINES)):
        if not lines[number].strip() and depth <= 0:
            return number
        depth += sum(map(lines[number].count, "({[")) - sum(map(lines[number].count, ")}]"))
    return min(len(lines), start + _MAX_MODULE_LINES)


def _code_span_end(text: str, start: int) -> int:
    """Return where the code between runs of backticks ends, or the run itself if nothing closes it."""
    opening = _CODE_SPAN.match(text, start)
    end = opening.end() if opening else start + 1
    paragraph = text.find("\n\n", end)
    limit = paragraph if paragraph >= 0 else len(text)
    for found in _CODE_SPAN.finditer(text, end, limit):
        if opening and len(found[0]) == len(opening[0]):
            return found.end()
    return end


class _Reader:
    """Leaves tags, comments and names out of the pieces of a page."""

    def __init__(self) -> None:
        self._unclosed = 0

    def plain(self, text: str) -> str:
        """Return a piece of the page that is no fenced code without them."""
        text = _STYLE.sub(_html_style, _without_modules(text))
        kept: list[str] = []
        position = start = 0
        while found := _MARK.search(text, position):
            position = found.start()
            if found[0] == "`":
                position = _code_span_end(text, position)
            elif (end := self._end(text, position)) > position:
                kept.append(text[start:position])
                start = position = end
            else:
                position += 1
        kept.append(text[start:])
        return "".join(kept)

    def _end(self, text: str, start: int) -> int:
        """Return where the tag, comment or name that begins at `start` ends; `start` if none does."""
        tag = _TAG_START.match(text, start)
        is_tag = tag is not None and (tag[1].isupper() or tag[1] == ">")  # elements of HTML stay
        comment = None if is_tag else _COMMENT_START.match(text, start)
        if not is_tag and not comment:
            name = _NAME.match(text, start)
            return name.end() if name else start
        if self._unclosed > _MAX_UNCLOSED:
            return start
        end = _comment_end(text, comment) if comment else _tag_end(text, start)
        self._unclosed += end == start
        return end


def _comment_end(text: str, opening: re.Match[str]) -> int:
    """Return where `{/* ... */}` ends; where it begins if it does not."""
    closed = text.find("*/", opening.end(), opening.end() + _MAX_TAG_CHARS)
    found = _COMMENT_END.match(text, closed) if closed >= 0 else None
    return found.end() if found else opening.start()


def _tag_end(text: str, start: int) -> int:
    """Return where the tag that begins at `start` ends, beyond `>` in strings and in braces."""
    depth, quote = 0, ""
    for position in range(start + 1, min(len(text), start + _MAX_TAG_CHARS)):
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'`":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif character == ">" and depth <= 0:
            return position + 1
    return start


def _html_style(found: re.Match[str]) -> str:
    properties = (part.partition(":") for part in found[1].split(","))
    shown = (
        f"{_CAMEL.sub(lambda letter: '-' + letter[1].lower(), name.strip(chr(39) + chr(34) + ' '))}: "
        + value.strip("'\"` ")
        for name, _, value in properties
    )
    return 'style="' + "; ".join(shown).replace('"', "'") + '"'
