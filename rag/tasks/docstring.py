'''A function from its signature and docstring, for models that only continue code.

    # documentation, in comments
    import math

    def area(radius: float) -> float:
        """Return the area of a circle."""
        ...                                  what the model writes, up to the end of the function

Source: Chen et al. 2021, "Evaluating Large Language Models Trained on Code" (arXiv 2107.03374); documentation
above as Zhou et al. 2023, "DocPrompting", gave it to Codex.
'''

import ast
from functools import partial
from textwrap import indent
from typing import Final

from corpora.errors import RagError
from corpora.syntax.parse_python import parse_python
from rag.generators.extraction.extract_code import extract_code, plain_answer
from rag.generators.extraction.python_code import defines
from rag.prompting.fence import clean, defuse
from rag.tasks.task import Material, PromptTask

DOCSTRING_TEMPLATE: Final = "tasks/docstring"
STOPS_OF_FUNCTION: Final = ("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(", "\n@", "\nimport ", "\nfrom ")
"""Where a model has ended a function: the first five are those of Chen et al. 2021."""

_MAX_CHARS: Final = 20_000
_MOST_CUT: Final = 60  # lines
_INDENT: Final = " " * 4


def docstring_task(request: str, signature: str = "", imports: str = "") -> PromptTask:
    """Return the task to continue a function behind its docstring.

    Args:
        request: what the function does, which becomes its docstring; or, without a signature, the code of a
            function with a docstring and no more.
        signature: such as `def area(radius: float) -> float:`.
        imports: lines above it.

    Raises:
        RagError: the signature is none of a function of Python, or there is none.
    """
    stub = _stub(request, signature) if signature else _given_stub(request)
    name = _function(stub).name
    shown = f"{imports.strip()}\n\n\n{stub}" if imports.strip() else stub
    return PromptTask(
        DOCSTRING_TEMPLATE,
        ("stub",),
        (Material("stub", (defuse(shown),), name="signature", is_needed=True),),
        looked_up=stub.partition('"""')[0].strip() if signature else "",
        stop=STOPS_OF_FUNCTION,
        read=partial(read_function, stub=shown, name=name),
    )


def read_function(text: str, stub: str, name: str) -> str:
    r"""Return a function from its stub and what a model wrote behind that; empty if that is no body.

    >>> read_function("    return 1\n\nprint(f())", "def f():\n    'One.'\n", "f")
    "def f():\n    'One.'\n    return 1"
    """
    text = plain_answer(text)
    if "```" in text and defines(name, code := extract_code(text, "python", name)):
        return code
    body: list[str] = []
    for line in text.split("\n"):
        is_begun = any(one.strip() for one in body)
        if line.strip() and not line[0].isspace():
            if is_begun or line.startswith(("#", "def ", "class ", "@", "import ", "from ", "```")):
                break
            body.append(f"{_INDENT}{line}")  # many servers take white space off the beginning
        else:
            body.append(line)
    if not any(line.strip() for line in body):
        return ""
    code = (stub + "\n".join(body)).rstrip()
    # What was cut off in the middle of a statement is left out, as far as that leaves a body.
    lines = code.split("\n")
    shortest = max(stub.count("\n") + 1, len(lines) - _MOST_CUT)
    for end in range(len(lines), shortest - 1, -1):
        whole = "\n".join(lines[:end]).rstrip()
        if parse_python(whole) is not None:
            return whole
    return code


def _stub(request: str, signature: str) -> str:
    """Return a signature with the request as its docstring."""
    head = clean(signature).strip().rstrip(":").rstrip()
    text = clean(request).strip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if text.endswith('"'):
        text += " "
    lines = indent(text, _INDENT).strip()
    close = f'\n{_INDENT}"""' if "\n" in text else '"""'
    stub = f'{head}:\n{_INDENT}"""{lines}{close}\n'
    _function(stub)
    return stub


def _given_stub(request: str) -> str:
    code = clean(request).strip()
    _function(code)
    return f"{code}\n"


def _function(code: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """Return the last function of a stub. Raises `RagError` if it is none."""
    tree = parse_python(code) if len(code) <= _MAX_CHARS else None
    last = tree.body[-1] if tree and tree.body else None
    if isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(last) is not None:
        return last
    raise RagError(
        "there is no signature of a function",
        why=f"{code.strip()[:100]!r} is no function of Python with a docstring",
        fix='give one, such as "def area(radius: float) -> float:"',
    )
