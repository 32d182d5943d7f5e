"""Questions from tracebacks: frames that name files and functions, and a message."""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from bench.made_questions.drafting import sampled
from bench.made_questions.messages import Message, messages, seen_message
from bench.made_questions.records import Draft, Place, SourceFile

_MOST: Final = 60
# How a language writes a frame: {path}, {stem}, {function}, {line}, {dotted}.
_FRAMES: Final[Mapping[str, str]] = {
    "python": '  File "{root}/{path}", line {line}, in {function}',
    "javascript": "    at {function} ({root}/{path}:{line}:11)",
    "typescript": "    at {function} ({root}/{path}:{line}:11)",
    "tsx": "    at {function} ({root}/{path}:{line}:11)",
    "java": "\tat {package}.{dotted}({file}:{line})",
    "kotlin": "\tat {package}.{dotted}({file}:{line})",
    "scala": "\tat {package}.{dotted}({file}:{line})",
    "c_sharp": "   at {dotted}() in {root}/{path}:line {line}",
    "ruby": "\tfrom {root}/{path}:{line}:in `{function}'",
    "php": "#1 {root}/{path}({line}): {dotted}()",
    "go": "{dotted}(...)\n\t{root}/{path}:{line} +0x1d",
    "rust": "  3: {dotted}\n             at ./{path}:{line}:13",
    "elixir": "    ({app} 1.2.0) {path}:{line}: {dotted}/2",
    "lua": "\t{path}:{line}: in function '{function}'",
    "haskell": "  {function}, called at {path}:{line}:9",
}
_ERRORS: Final = ("ValueError", "RuntimeError", "TypeError", "KeyError")
_RAISES: Final = re.compile(
    r"raise|throw|panic|Errorf|errors\.New|expect|unreachable|bail|\bdie\b|fatal|abort|\bfail|[Ee]rror\(|Exception\("
    r"|error\(|ensure|require"
)
_ROOTS: Final = ("/app", "/usr/src/app", "/home/me/project/vendor", "/opt/venv/lib")


def traceback_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions that are tracebacks which end in a message, for the lines that make it."""
    raised = [
        message
        for message in messages(files)
        if message.file.language in _FRAMES
        and _RAISES.search(message.literal.before)
        and message.file.function_around(message.literal.start)
    ]
    drafts = []
    for message in sampled(raised, random, _MOST):
        gold = Place(message.file.path, message.literal.start, message.literal.end)
        drafts.append(Draft(_traceback(message, files, random), "traceback", (gold,)))
    return drafts


def _traceback(message: Message, files: Sequence[SourceFile], random: Random) -> str:
    inner = message.file.function_around(message.literal.start)
    assert inner is not None
    frames = [(message.file, inner.name, message.literal.start)]
    call = f"{inner.own_name}(".encode()
    for file in random.sample(files, len(files)):
        if len(frames) == 2:
            break
        at = file.data.find(call) if not file.is_test else -1
        caller = file.function_around(at) if at >= 0 else None
        if caller and caller.name != inner.name:
            frames.append((file, caller.name, at))
    root = random.choice(_ROOTS)
    shown = [_frame(file, name, at, root) for file, name, at in frames if file.language in _FRAMES]
    text = seen_message(message, random, is_whole=True)
    match message.file.language:
        case "python":
            if ": " not in text or not text.partition(": ")[0].endswith(("Error", "Exception")):
                text = f"{random.choice(_ERRORS)}: {text}"
            return "\n".join(["Traceback (most recent call last):", *reversed(shown), text])
        case "go":
            return "\n".join([f"panic: {text}", "", *shown])
        case "rust":
            return f"thread 'main' panicked at {message.file.path}:\n{text}\n" + "\n".join(shown)
        case _:
            return "\n".join([text, *shown])


def _frame(file: SourceFile, name: str, at: int, root: str) -> str:
    folders, _, base = file.path.rpartition("/")
    package = (
        folders.rpartition("java/")[2].rpartition("kotlin/")[2].rpartition("scala/")[2].replace("/", ".")
    )
    code = file.data[file.data.rfind(b"\n", 0, at) + 1 : file.data.find(b"\n", at)].decode(errors="replace")
    frame = _FRAMES[file.language].format(
        root=root,
        path=file.path,
        file=base,
        line=file.data.count(b"\n", 0, at) + 1,
        function=name.rpartition(".")[2],
        dotted=name,
        package=package or "app",
        app=folders.partition("/")[0] or "app",
    )
    return f"{frame}\n    {code.strip()}" if file.language == "python" else frame
