r"""Code out of the answer of a model: the one rule for `rag generate` and `rag eval`.

Models write thoughts, prose, a first try, `pip install`, the solution, its output, an example of its use and
an explanation. The last block that defines what was asked for is the answer, together with the blocks above
it whose names it needs.

    use numpy: ```bash pip install numpy```  ```python def f(x): ...```  as in: ```python print(f(1))```
    -> def f(x): ...
"""

import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from html import unescape
from typing import Final

from rag.generators.extraction.cleaned_code import changed_files, cleaned_code, dedented_code, typed_code
from rag.generators.extraction.fenced_blocks import FencedBlock, fenced_blocks
from rag.generators.extraction.python_code import PythonBlock, defines, parsable, python_statements
from rag.generators.extraction.several_files import without_own_imports
from rag.generators.extraction.thoughts import without_thoughts
from rag.generators.extraction.wrapped_code import wrapped_code

_PYTHON: Final = frozenset(("python", "py", "pycon", "ipython", "python-repl"))
_SHELL: Final = frozenset({
    "bash", "sh", "shell", "console", "zsh", "fish", "shell-session", "powershell", "cmd", "bat", "terminal",
})  # fmt: skip
# Blocks that show what comes out of a program, goes into one, or says how it is built and run.
_DATA: Final = frozenset({
    "text", "txt", "plaintext", "plain", "output", "out", "json", "yaml", "toml", "csv", "log", "latex",
    "tool_code", "tool_output", "tool_outputs", "mermaid", "dockerfile", "docker", "makefile", "make",
    "cmake", "ini", "nginx", "properties", "env", "dotenv", "gitignore", "xml",
})  # fmt: skip
_DIFF: Final = ("diff", "patch")
# A line that defines something, in languages other than Python.
_DEFINITION: Final = re.compile(
    r"^[ \t]*(?:(?:export|default|public|private|protected|static|final|async|pub|abstract|const)[ \t]+)*"
    r"(?:function|func|fn|def|class|interface|struct|enum|trait|impl|module|package|object|type|const|sub)\b",
    re.MULTILINE,
)
_TAG_NAMES: Final = (
    "(?:python_|final_|source_)?code|python|solution|(?:final_)?answer|response|antArtifact|pre"
)
_PARAMETERS: Final = "code|content|file_text|new_str|source|script"  # of tools, as Qwen and Claude write them
_TAGGED: Final = re.compile(
    rf"^[ \t]*(?:(?:<pre[^<>\n]{{0,80}}>\s{{0,8}})?(?:<(?P<tag>{_TAG_NAMES})\b[^<>\n]{{0,120}}>"
    r"|\[(?P<mark>PYTHON|CODE|ANSWER|SOLUTION)\]|<\|begin_of_(?P<barred>solution)\|>)"
    rf"|<(?P<given>parameter)(?:=| name=\")(?:{_PARAMETERS})\"?>"
    r"|\\begin\{(?P<listing>lstlisting|verbatim|minted)\}(?:\[[^\]\n]{0,200}\])?(?:\{\w{1,20}\})?)",
    re.MULTILINE,
)
_ENDS: Final = {
    "tag": "</{}>", "mark": "[/{}]", "barred": "<|end_of_{}|>", "given": "</{}>", "listing": "\\end{{{}}}",
}  # fmt: skip
_PYTHON_TAG: Final = "<|python_tag|>"  # before code that Llama 3.1 would have run
_MOST_PARTS: Final = 20  # of code between sentences
_CODE_LINE: Final = re.compile(r"^(?:async def |def |class |import \w|from [\w.]+ import |@\w)", re.MULTILINE)
# A line of code that continues a prompt, as far as it can be told from a sentence
_CODE_START: Final = re.compile(
    r"^(?:[ \t]+\S|(?:return|for|if|while|def|class|import|from|with|try)\b|\w[\w.]*(?: ?= |\())",
    re.MULTILINE,
)
# "This function adds.", "**Note:** it ...", "- It runs in ...": what stands below code without a fence
_PROSE_LINE: Final = re.compile(
    r"(?:[-*>] |\*\*|#{2,6} |\d{1,3}\. )?[A-Z][\w'\u2019-]*[,:!.]?(?:\*\*)?(?: (?![=(])|\n|\Z)"
)
_SAID: Final = re.compile(r"[\w ,.!?'\u2019:;*#`-]*")


def extract_code(text: str, language: str = "", entry_point: str = "") -> str:
    r"""Return the code in an answer; all of it, without thoughts, where nothing marks code.

    Args:
        text: the answer.
        language: "python" or "bash"; where it is not known, that of most lines in fenced blocks.
        entry_point: name of the function or class that was asked for.

    >>> extract_code("Use `sum`:\n```python\nx = 1\n```\nThen:\n```python\nprint(x)\n```\nDone.")
    'x = 1'
    """
    text = plain_answer(text)
    marked = marked_code(text, language, entry_point)
    if marked is not None:
        return marked
    return without_prose(text.strip("\n")) if language != "bash" else text.strip("\n")


def plain_answer(text: str) -> str:
    """Return `text` without thoughts, carriage returns and a byte order mark."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # each ends a line of Python
    text = without_thoughts(text).removeprefix("\ufeff")
    before, _, called = text.partition(_PYTHON_TAG)
    is_answer = called.strip() and not fenced_blocks(before) and before[-1:] not in ("'", '"', "`")
    return called if is_answer else text


def marked_code(text: str, language: str = "", entry_point: str = "") -> str | None:
    """Return the code that an answer without thoughts marks as such; None where it marks none.

    The arguments are those of `extract_code`.
    """
    blocks = fenced_blocks(text)
    if not blocks:
        return _tagged(text, language, entry_point) or _wrapped(text, language, entry_point)
    if _closes_prompt(text, blocks):
        return "\n".join(text.split("\n")[: blocks[0].start]).strip("\n")
    blocks = [block for block in blocks if block.code.strip()] or blocks[:1]
    blocks = without_own_imports(blocks, text)
    found = _chosen(blocks, language, entry_point).removeprefix("\ufeff")
    return _wrapped(found, language, entry_point) or found


def without_prose(text: str, entry_point: str = "") -> str:
    """Return the Python in a text without fences, where sentences stand above and below it.

    A text is left as it is if it parses, if it begins with code that was cut off, and, with an `entry_point`,
    if it does not define that.
    """
    if not python_statements(text)[1]:
        return text
    if files := changed_files(text, is_whole=False):
        return _of_files(files, entry_point)
    if text.lstrip().startswith(">>> "):
        text = typed_code(text)
    elif not _CODE_LINE.search(text):
        text = _indented_block(typed_code(dedented_code(text)))
    if entry_point and not defines(entry_point, text):
        return text
    first = _CODE_LINE.search(text)
    above = text[: first.start()].strip() if first else text
    begins_with_code = above and not python_statements(above)[1] and not _SAID.fullmatch(above)
    if first is None or text[:1].isspace() or begins_with_code:
        return text
    parts = _code_between_prose(text)
    return _of_files(parts, entry_point) if parts else text[first.start() :].strip("\n")


def _of_files(parts: Sequence[str], entry_point: str) -> str:
    """Return the part that is meant, below those that it needs."""
    blocks = [PythonBlock(code) for code in parts]
    return _joined(_meant(blocks, entry_point), blocks)


def _indented_block(text: str) -> str:
    """Return the indented lines of a text that begins with a sentence, if they are Python."""
    lines = text.split("\n")
    if not _SAID.fullmatch(lines[0].strip()):
        return text
    code = "\n".join(line for line in lines if not line.strip() or line.startswith((" " * 4, "\t")))
    code = textwrap.dedent(code).strip("\n")
    return code if _CODE_LINE.search(code) and not python_statements(code)[1] else text


def _code_between_prose(text: str) -> list[str]:
    """Return the parts of a text that are Python; a last one that was cut off belongs to the one before."""
    found: list[str] = []
    at = 0
    for _ in range(_MOST_PARTS):
        begin = _CODE_LINE.search(text, at)
        if begin is None:
            break
        code = parsable(text[begin.start() :])
        if code.strip():
            at = begin.start() + len(code)
            found.append(code.strip("\n"))
            if not _PROSE_LINE.match(text[at:].lstrip("\n")):
                found[-1] = text[begin.start() :].rstrip("\n")
                break
        else:
            at = begin.end()
    return found


def _closes_prompt(text: str, blocks: Sequence[FencedBlock]) -> bool:
    """Return whether the first fence closes a block that the prompt opened, or the model forgot to open."""
    first = blocks[0]
    before = "\n".join(text.split("\n")[: first.start])
    if first.language or not before.strip():
        return False
    if not first.code.strip() and len(blocks) == 1:
        return True
    if blocks[-1].is_closed:  # otherwise the fences were taken in the wrong pairs, or the answer was cut off
        return False
    is_code = _parses(before) and not _SAID.fullmatch(before.strip())
    return is_code or (not _parses(first.code) and bool(_CODE_START.search(before)))


def _parses(code: str) -> bool:
    return not python_statements(textwrap.dedent(code))[1]


def _chosen(blocks: Sequence[FencedBlock], language: str, entry_point: str) -> str:
    """Return the code of the block that is meant, as it would be typed into a file."""
    if language == "bash" or (not language and all(block.language in _SHELL for block in blocks)):
        named = [block for block in blocks if block.language in _SHELL]
        # A block without a language behind the command is its output.
        return (named[-1:] or [block for block in blocks if not block.language][:1] or blocks)[0].code
    spoken = "python" if language == "python" else _spoken(blocks)
    if spoken != "python":
        own = [block for block in blocks if block.language == spoken]
        return ([block for block in own if _DEFINITION.search(block.code)] or own)[-1].code
    named = [block for block in blocks if block.language in _PYTHON]
    plain = [block for block in blocks if not block.language]
    pool = [PythonBlock(cleaned_code(block.code)) for block in named]
    if entry_point and not any(defines(entry_point, block.code) for block in pool):
        more = [PythonBlock(cleaned_code(block.code)) for block in plain]
        pool = [block for block in more if defines(entry_point, block.code)] or pool
    if not pool:
        pool = [PythonBlock(cleaned_code(block.code)) for block in plain]
    if not pool:
        if files := [
            code for block in blocks if block.language in _DIFF for code in changed_files(block.code)
        ]:
            return _of_files(files, entry_point)
        others = [block for block in blocks if block.language not in _SHELL] or list(blocks)
        return cleaned_code(others[-1].code)
    return _joined(_meant(pool, entry_point), pool, is_whole=not entry_point)


def _spoken(blocks: Sequence[FencedBlock]) -> str:
    """Return the language of most lines; "python" for that, and where no block names a language."""
    lines: Counter[str] = Counter()
    for block in blocks:
        if block.language and block.language not in _SHELL | _DATA:
            name = "python" if block.language in {*_PYTHON, *_DIFF} else block.language
            lines[name] += block.code.count("\n") + 1
    return max(lines, key=lambda name: (lines[name], name == "python")) if lines else "python"


def _meant(blocks: Sequence[PythonBlock], entry_point: str) -> PythonBlock:
    """Return the last block that defines what was asked for; without one, the last that is no example."""
    for candidates in (
        [block for block in blocks if entry_point in block.defined],
        [block for block in blocks if defines(entry_point, block.code)],
    ):
        if candidates:
            return candidates[-1]
    known = {name for block in blocks for name in block.defined} | ({entry_point} - {""})
    own = [
        block
        for place, block in enumerate(blocks)
        if not block.is_example_of(known - block.defined, blocks[:place])
    ]
    parsing = [block for block in own if block.statements]
    defining = [block for block in parsing if block.defined]
    return (defining or parsing or own or blocks)[-1]


def _joined(meant: PythonBlock, blocks: Sequence[PythonBlock], *, is_whole: bool = False) -> str:
    """Return the code of a block, below the other blocks that bind the names which it needs.

    An answer in steps shows the imports in one block, a helper in the next and the function in the last. With
    `is_whole`, functions that no later block defines again are part of the answer, too.
    """
    taken = {id(meant)}
    needed = set(meant.needed)
    if is_whole and meant.defined:
        defined = set(meant.defined)
        for block in reversed(blocks):
            if block is not meant and block.defined and not block.defined & defined:
                taken.add(id(block))
                defined |= block.defined
                needed |= block.needed
    for place in reversed(range(len(blocks))):
        block = blocks[place]
        is_other = id(block) not in taken and not block.bound & meant.bound
        if is_other and (needed & block.bound or (needed and "*" in block.bound)):
            taken.add(id(block))
            needed = (needed - block.bound) | block.needed
    if len(taken) == 1:
        return meant.code
    above = [block for block in blocks if id(block) in taken and block is not meant]
    return "\n\n".join(block.code.strip("\n") for block in (*above, meant))


def _tagged(text: str, language: str, entry_point: str) -> str | None:
    """Return the code between the tags of a text, such as `[PYTHON]` and `[/PYTHON]`."""
    found: list[FencedBlock] = []
    at = 0
    for tag in _TAGGED.finditer(text):
        if tag.start() < at:
            continue
        kind = tag.lastgroup or "tag"
        content, closed, _ = text[tag.end() :].partition(_ENDS[kind].format(tag[kind]))
        at = tag.end() + len(content)
        code = content.removeprefix("\n").rstrip()
        if "&" in code and not _parses(code):
            code = unescape(code)
        if code.strip():
            found.append(FencedBlock("", code, bool(closed), 0))
        if len(found) > _MOST_TAGS:
            break
    return _chosen(found, language, entry_point) if found else None


_MOST_TAGS: Final = 50


def _wrapped(text: str, language: str, entry_point: str) -> str | None:
    code = wrapped_code(text)
    inner = fenced_blocks(code) if code else []
    return _chosen(inner, language, entry_point) if inner else code
