"""Compare the words of manual pages, as they are indexed, with what mandoc or man shows of them.

    python -m bench.man_pages FOLDER

FOLDER holds manual pages (on Debian, usr/share/man of unpacked packages). The rule: a page is rendered
without hyphenation in lines that are wide enough for any paragraph, its header and footer line are dropped,
and the heading lines NAME, SYNOPSIS and DESCRIPTION as well. What remains is a multiset of words (runs of
letters and digits, in lower case). A word is kept if the units of the page (names, signatures and texts)
hold it at least as often. "Tokens" are counted in the same way, but between blanks, so that they also show
words that were joined or cut, such as "ls (1)" for "ls(1)".
"""

import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.arguments import argument_parser
from corpora.document import Document, Listed, Skipped
from corpora.sources import spec_for
from corpora.spec import open_corpus

_WIDTH: Final = 900
_OVERSTRIKE = re.compile(r".\x08|\x1b\[[\d;]*m")
_HEADINGS: Final = frozenset({"NAME", "SYNOPSIS", "DESCRIPTION"})  # of what the first unit of a page holds
_WORD = re.compile(r"[^\W_]+")
_ASCII: Final = str.maketrans("“”‘’‐–—−•○´`·′⟨⟩", "\"\"''----**''''<>", "\u00ad\u2060\u200b")  # noqa: RUF001
_DRAWN = re.compile(r"[\u2500-\u257f]+")  # rules of tables
_EDGES: Final = ".,;:!?()[]{}<>\"'*|_-=+"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many words of a page there are, and which are missing; tokens are words with their punctuation."""

    path: str
    words: int
    tokens: int
    missing_words: Counter[str]
    missing_tokens: Counter[str]

    @property
    def kept(self) -> float:
        """The share of words that are kept."""
        return 1 - self.missing_words.total() / max(self.words, 1)


def rendered(file: Path, renderer: str) -> str:
    """Return a page as mandoc or man shows it, without its header and footer."""
    if Path(renderer).name == "mandoc":
        command = [renderer, "-T", "utf8", "-O", f"width={_WIDTH}", str(file)]
    else:
        command = [renderer, "-E", "UTF-8", "--no-hyphenation", "--no-justification", "-l", str(file)]
    environment = {
        "MANWIDTH": str(_WIDTH),
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "MAN_KEEP_FORMATTING": "",
    }
    done = subprocess.run(command, capture_output=True, timeout=120, env=environment, check=False)
    text = _OVERSTRIKE.sub("", done.stdout.decode("utf-8", "replace"))
    lines = [line for line in text.split("\n") if line.strip() and line.strip() not in _HEADINGS]
    return "\n".join(lines[1:-1])


def words_of(text: str) -> Counter[str]:
    """Return how often each run of letters and digits occurs."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).lower()))


def tokens_of(text: str) -> Counter[str]:
    """Return how often each token between blanks occurs, without punctuation at its edges."""
    plain = _DRAWN.sub(" ", unicodedata.normalize("NFKC", text.translate(_ASCII))).lower()
    parts = (part.strip(_EDGES) for part in plain.split())
    return Counter(part for part in parts if part)


def indexed(document: Document) -> str:
    """Return all that the units of a page hold, once: each text starts with the title of the page."""
    first, *others = document.sections
    parts = [first.signature, first.text]
    for one in others:
        parts += [one.signature or one.name, one.text.partition("\n")[2]]
    return "\n".join(parts)


def compare(path: str, document: Document, truth: str) -> Comparison:
    """Compare the units of a page with its rendering."""
    ours = indexed(document)
    words, tokens = words_of(truth), tokens_of(truth)
    return Comparison(path, words.total(), tokens.total(), words - words_of(ours), tokens - tokens_of(ours))


def compare_all(folder: Path, renderer: str) -> tuple[list[Comparison], list[Skipped]]:
    """Compare every page below a folder; aliases and translations are left out."""
    corpus = open_corpus(spec_for(str(folder)))
    found: list[Comparison] = []
    skipped: list[Skipped] = []
    for entry in corpus.scan():
        document = corpus.read(entry) if isinstance(entry, Listed) else entry
        if isinstance(document, Skipped):
            skipped.append(document)
        else:
            found.append(compare(entry.path, document, rendered(folder / entry.path, renderer)))
    return found, skipped


def _total(found: Iterable[Comparison]) -> str:
    pages = list(found)
    words, tokens = sum(page.words for page in pages), sum(page.tokens for page in pages)
    lost = sum(page.missing_words.total() for page in pages)
    cut = sum(page.missing_tokens.total() for page in pages)
    below = sum(page.kept < 0.99 for page in pages)
    return (
        f"{len(pages)} pages, {words} words: {1 - lost / max(words, 1):.2%} of words kept, "
        f"{1 - cut / max(tokens, 1):.2%} of tokens; {below} pages below 99 %"
    )


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path, help="folder of manual pages")
    parser.add_argument("--renderer", help="path of mandoc or man; by default the first of them on PATH")
    parser.add_argument("--worst", type=int, default=20, help="number of pages to list, the worst first")
    options = parser.parse_args()
    renderer = options.renderer or shutil.which("mandoc") or shutil.which("man")
    if renderer is None:
        parser.error("neither mandoc nor man is on PATH: install one of them, or name it with --renderer")
    found, skipped = compare_all(options.folder, renderer)
    print(_total(found))
    for one in skipped:
        print(f"  left out: {one.path} ({one.reason}: {one.detail})")
    for page in sorted(found, key=lambda page: (page.kept, page.path))[: options.worst]:
        lost = ", ".join(f"{word} x{count}" for word, count in page.missing_words.most_common(12))
        print(f"  {page.kept:.2%} {page.path}: {lost}")


if __name__ == "__main__":
    main()
