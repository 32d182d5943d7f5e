"""Cut Markdown pages at their headings."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from corpora.document import Section
from corpora.pages.front_matter import split_front_matter

_OWN_ANCHOR = re.compile(r"#([\w.:-]+)")
_LINKS = re.compile(r"!?\[([^\]]{0,500}+)\]\([^)]{0,1000}+\)")
# Code is kept as it is, and so are underscores within a word, which are no emphasis: `read_csv`.
_MARKUP = re.compile(r"`([^`]{1,500}+)`|[*~`]|(?<![^\W_])_++|_++(?![^\W_])|<[^>]{1,1000}+>")


def markdown_sections(text: str, title: str) -> tuple[Section, ...]:
    """Return a section for each heading, up to the next one; none is empty.

    Args:
        text: the page; front matter is left out, but its title names the page.
        title: the name of the section before the first heading, if front matter has none.

    Anchors are those that GitHub and MkDocs generate, or the page's own (`{#install}`).
    """
    from markdown_it import MarkdownIt  # heavy: loaded with the first page

    stated, text = split_front_matter(text)
    lines = [f"{line}\n" for line in text.split("\n")]  # a form feed or U+2028 ends no line in Markdown
    tokens = MarkdownIt("commonmark").disable("inline").parse(text)
    starts = [
        (token.map[0], inline.content)
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.map and token.level == 0
    ]
    levels = {str(token.tag) for token in tokens if token.type == "heading_open" and token.level == 0}
    if stated and "h1" not in levels and text.strip():
        # Generators show the title as the first heading: without it, a page of one paragraph has no topic.
        lines = [f"# {stated}\n", "\n", *lines]
        starts = [(0, stated), *((line + 2, heading) for line, heading in starts)]
    return tuple(_cut(lines, starts, stated or title))


def _cut(lines: list[str], starts: list[tuple[int, str]], title: str) -> Iterator[Section]:
    used: Counter[str] = Counter()
    bounds = [(0, "")] if not starts or starts[0][0] > 0 else []
    bounds += starts
    for number, (start, heading) in enumerate(bounds):
        end = bounds[number + 1][0] if number + 1 < len(bounds) else len(lines)
        plain, own = _without_anchor(heading)
        linked = _LINKS.sub(lambda found: found[1], plain)
        name = _MARKUP.sub(lambda found: found[1] or "", linked).strip()
        anchor = numbered_anchor(own or _slug(name), used)
        body = "".join(lines[start:end]).strip("\n")
        if body.strip():
            yield Section(name or title, body, anchor)


def _without_anchor(heading: str) -> tuple[str, str]:
    """Split off an anchor: `Install {#install .big}` is `Install` and `install`; an empty text if none."""
    bare = heading.rstrip()
    start = bare.find("{", bare.rfind("}", 0, -1) + 1)  # the first brace after any earlier group
    if not bare.endswith("}") or start < 0:
        return heading, ""
    anchors = _OWN_ANCHOR.findall(bare, start)
    return (bare[:start].rstrip(), anchors[-1]) if anchors else (heading, "")


def numbered_anchor(anchor: str, used: Counter[str]) -> str:
    """Return a unique anchor for a heading, and count it in `used`: `usage`, then `usage-1`, `usage-2`."""
    count = used[anchor]
    used[anchor] += 1
    return f"{anchor}-{count}" if count and anchor else anchor


def _slug(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading: `From source (Linux)` -> `from-source-linux`."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())
