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
_NAME = re.compile(r"[\w$]+(?:\.[\w$]+)*")
_CODE_SPAN = re.compile(r"`+")
_STYLE = re.compile(r"style=\{\{([^{}]{0,1000})\}\}")
_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")


def markdown_of_mdx(text: str) -> str:
    """Return the Markdown of a page in MDX.

    Code in fences is unchanged. Styles of elements become those of HTML, so that what they hide is noticed:
    `style={{fontSize: 0}}` is `style="font-size: 0"`.
    """
    pieces = [piece if is_code else _plain(piece) for piece, is_code in _by_fences(text)]
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


def _plain(text: str) -> str:
    text = _STYLE.sub(_html_style, _without_modules(text))
    kept: list[str] = []
    position = start = 0
    while position < len(text):
        end = _left_out_until(text, position)
        if end > position:
            kept.append(text[start:position])
            start = position = end
            continue
        position = _code_span_end(text, position) if text[position] == "`" else _next_mark(text, position + 1)
    kept.append(text[start:])
    return "".join(kept)


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


_MARK = re.compile(r"[`{<]")


def _next_mark(text: str, position: int) -> int:
    found = _MARK.search(text, position)
    return found.start() if found else len(text)


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


def _left_out_until(text: str, start: int) -> int:
    """Return where the tag, comment or name that begins at `start` ends; `start` if none does."""
    if text.startswith("{", start):
        return _expression_end(text, start)
    after = text[start + 1 : start + 3]
    if text[start] != "<" or not after:
        return start
    first = after[1:] if after.startswith("/") else after[:1]
    if not (first.isupper() or first == ">"):
        return start  # an element of HTML
    return _tag_end(text, start)


def _expression_end(text: str, start: int) -> int:
    inner = start + 1
    while inner < len(text) and text[inner] in " \t\n":
        inner += 1
    if text.startswith("/*", inner):
        closed = text.find("*/", inner + 2)
        end = text.find("}", closed) if closed >= 0 else -1
        return end + 1 if end >= 0 and not text[closed + 2 : end].strip() else start
    name = _NAME.match(text, inner)
    return name.end() + 1 if name and text.startswith("}", name.end()) else start


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
