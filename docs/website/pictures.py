"""Make the pictures of the README and the guides again, from real runs: `python -m docs.website.pictures`.

The runs happen in a temporary folder, on the code of `rag/prompting` and the documentation of the installed
jinja2. The report is that of six tasks whose answers were written by hand (`example_run/`), so that no model
is needed: it shows what a report looks like, not how good a model is. Its picture needs bubblewrap and
Chromium, and is left as it is without them.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
EXAMPLE = Path(__file__).parent / "example_run"
COLUMNS = 80
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
    """Make both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copytree(ROOT / "rag" / "prompting", project / "src", ignore=shutil.ignore_patterns("*.pyc"))
        for source in ("src", "pkg:jinja2"):
            _rag(project, "index", source)
        found = _rag(project, "search", "-k", "3", SEARCH)
        (PICTURES / "search.svg").write_text(_terminal(f'rag search -k 3 "{SEARCH}"', found))
        if shutil.which("bwrap") and shutil.which("chromium"):
            _report(project)
        else:
            sys.stderr.write("report.png is left as it is: no bubblewrap or no chromium here\n")
    return 0


def _rag(project: Path, *arguments: str) -> str:
    """Run `rag` in `project`; return what it printed."""
    command = [sys.executable, "-m", "rag", *arguments]
    return subprocess.run(command, cwd=project, check=True, stdout=subprocess.PIPE, text=True).stdout


def _terminal(command: str, printed: str) -> str:
    """Return a picture of a terminal with a command and what it printed."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {command}", style="bold"))
    for line in printed.rstrip().splitlines():
        console.print(Text(line, style=_style(line)), no_wrap=True, overflow="ellipsis", highlight=False)
    return console.export_svg(title="rag search", code_format=_SVG, unique_id="search")


def _report(project: Path) -> None:
    """Evaluate the recorded answers, and take a picture of the upper part of the report."""
    shutil.copytree(EXAMPLE, project, dirs_exist_ok=True)
    answers = ["--answers", "answers.jsonl", "-n", "2", "-k", "3", "--context", "none,retrieved"]
    _rag(project, "eval", "tasks.jsonl", *answers, "--python", sys.executable, "--out", "run")
    window = [f"--window-size={_WIDTH},{_HEIGHT}", "--hide-scrollbars", "--no-sandbox", "--headless"]
    page = f"file://{project / 'run' / 'report.html'}"
    picture = f"--screenshot={PICTURES / 'report.png'}"
    subprocess.run(["chromium", *window, picture, page], check=True, capture_output=True)


def _style(line: str) -> str:
    """Return the style of a line of `rag search`: names stand out, texts step back."""
    if line[:2].strip().isdigit():
        return "bold cyan"
    return "dim" if line.lstrip().startswith("|") else ""


if __name__ == "__main__":
    sys.exit(main())
