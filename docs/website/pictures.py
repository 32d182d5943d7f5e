"""Make the pictures of the README and the guides again, from real runs: `python -m docs.website.pictures`.

The runs happen in a temporary folder, on a terminal of 80 columns, on the code of `rag/prompting` and the
documentation of the installed jinja2. The report is that of six tasks whose answers were written by hand
(`example_run/`), so that no model is needed: it shows what a report looks like, not how good a model is. Its
pictures need bubblewrap, that of the page Chromium, too; without them they are left as they are.
"""

import fcntl
import io
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.text import Text

from corpora.errors import SandboxError
from rag.execution.bubblewrap import find_bubblewrap

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
EXAMPLE = Path(__file__).parent / "example_run"
COLUMNS = 80
_ROWS = 24
_LINK = re.compile(r"\x1b\]8;[^\x1b]*\x1b\\")  # to a file of the temporary folder
_WIDTH, _HEIGHT = 680, 655  # pixels of the report
SEARCH = "render a template from a string"

# rich's own frame without its web font: a page must fetch nothing, and any fixed font does.
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> int:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder).resolve()
        shutil.copytree(
            ROOT / "rag" / "prompting", project / "src", ignore=shutil.ignore_patterns("__pycache__")
        )
        for source in ("src", "pkg:jinja2"):
            _rag(project, "index", source)
        _terminal(project, "search", f'search "{SEARCH}"')
        _terminal(project, "help", "search --help")
        _terminal(
            project, "error", "serch template", "search --library jinja template", "search -k many template"
        )
        _terminal(_clutter(project), "dry-run", "index --dry-run app")
        try:
            find_bubblewrap()
        except SandboxError:
            sys.stderr.write("the pictures of reports are left as they are: no bubblewrap here\n")
        else:
            _report(project)
    return 0


def _rag(project: Path, *arguments: str) -> str:
    """Run `rag` in `project`; return what it printed."""
    command = [sys.executable, "-m", "rag", *arguments]
    return subprocess.run(command, cwd=project, check=True, stdout=subprocess.PIPE, text=True).stdout


def _clutter(project: Path) -> Path:
    """Make a folder of code with much that is left out, beside which there is no index; return its parent."""
    app = project / "more" / "app"
    shutil.copytree(project / "src", app)
    (app / "logo.png").write_bytes(b"\x89PNG" + bytes(20_000))
    (app / "package-lock.json").write_text("{}")
    (app / "vendor").mkdir()
    (app / "bundle.js").write_text("var a=1;" * 9_000)
    (app / "cli.py").symlink_to("prompt.py")
    return app.parent


def _terminal(project: Path, name: str, *commands: str) -> None:
    """Save a picture of a terminal in which `rag` ran with these arguments, one after the other."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for command in commands:
        console.print(Text(f"$ rag {command}", style="bold"))
        printed = _on_terminal(project, shlex.split(command)).replace(str(project), "~")
        for line in _LINK.sub("", printed).replace("\r\n", "\n").rstrip("\n").split("\n"):
            console.print(Text.from_ansi(line), no_wrap=True, overflow="ellipsis", highlight=False)
    title = f"rag {commands[0].split(' ')[0]}" if len(commands) == 1 else "rag"
    picture = console.export_svg(title=title, code_format=_SVG, unique_id=name)
    (PICTURES / f"{name}.svg").write_text(picture)


def _on_terminal(project: Path, arguments: Sequence[str]) -> str:
    """Run `rag` on a terminal of its own; return what it printed, with the codes for colours."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(project)
        variables = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            variables.pop(name, None)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, COLUMNS, 0, 0))
        os.execve(sys.executable, [sys.executable, "-m", "rag.cli.main", *arguments], variables)  # noqa: S606
    pieces = []
    with suppress(OSError):  # the other end is closed
        while piece := os.read(terminal, 65_536):
            pieces.append(piece)
    os.waitpid(child, 0)
    os.close(terminal)
    return b"".join(pieces).decode()


def _report(project: Path) -> None:
    """Evaluate the recorded answers, and take pictures of the report as text and as a page."""
    shutil.copytree(EXAMPLE, project, dirs_exist_ok=True)
    answers = ["--answers", "answers.jsonl", "-n", "2", "-k", "3", "--context", "none,retrieved"]
    _rag(project, "eval", "tasks.jsonl", *answers, "--python", sys.executable, "--out", "run")
    _terminal(project, "report-text", "report run")
    if not shutil.which("chromium"):
        sys.stderr.write("report.png is left as it is: no chromium here\n")
        return
    window = [f"--window-size={_WIDTH},{_HEIGHT}", "--hide-scrollbars", "--no-sandbox", "--headless"]
    page = f"file://{project / 'run' / 'report.html'}"
    picture = f"--screenshot={PICTURES / 'report.png'}"
    subprocess.run(["chromium", *window, picture, page], check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
