"""All readers of text from outside, and texts of 100,000 characters that make a careless reader explode."""

import faulthandler
import json
import sys
import time
from collections.abc import Callable
from typing import Any

CHARS = 100_000
MAX_SECONDS = 5.0
UNITS = (
    "\n", " ", "\\", '"', "'", "(", "[", "{", "<", ">", "*", "_", "`", "#", "1", "~", "|", "\u00e9", "\t",
    "\r", "\0", '<a style="', "a<b<", "\\[", "```\n", "[a](", "![a][", "![", "[a]: ", "> ", "- ", "  - a\n",
    "# a\n", "## a {#b}\n", "|a|b|\n|-|-|\n", "<div>", "<!--", "&amp;", "&#", "a!", "<div hidden>",
    "<p style='display:none'>", "<dt id=a>", "<dl><dt id='a'>", "<ul><li>", "<table><tr><td>", "<pre>",
    ".so a\n", ".de x\n", ".if n \\{\n", ".ie 1 a\n", ".TP\n", ".SH A\n", ".IP a\n", ".RS\n", "def f():\n",
    "class A:\n", "@a\n", ">>> a\n", "assert a\n", ":param a: b\n", "---\n", "a\n=\n", "\r\n", "**a",
    "*a_ ", "*a **a ", "<http:", "\\*", "a.", "f(", "a,", "a;", "for x in ", "import a\n",
    "BEGIN SOLUTION\n<code>\n", '  File "a", line 1, in f\n', "$ a\n", "1. a\n", "{#a ", "~~~\n", "/*",
    "*/", "//", "''", '"""', "numpy ", "a = ", "if a:\n ", "-", "not ", "lambda:", "f'{", "\\u", "{{", "{%",
    "<|", "[INST]", "AAAA", "aA", "\u200b",
)  # fmt: skip


def readers() -> dict[str, Callable[[str], Any]]:
    """Return every function that takes text from outside, by name."""
    from corpora.crawl.content import markdown_links, read_page
    from corpora.crawl.seeds import Robots
    from corpora.crawl.sitemap import read_sitemap
    from corpora.man.page import parse_manual_page
    from corpora.openapi.descriptions import api_sections
    from corpora.outside.file_text import decode_text
    from corpora.outside.invisible_elements import hides, visible_markdown
    from corpora.pages.html_text import read_html
    from corpora.pages.markdown_docs import markdown_sections
    from corpora.pages.notebook import notebook_sections
    from corpora.python.docstrings import readable_docstring
    from corpora.source_tree.licence import licence_ids, recognised_licence, tagged_licence
    from corpora.source_tree.skip_rules import text_reason
    from corpora.syntax.comment_text import comment_text
    from corpora.syntax.languages import language_of
    from indexers.tokens import query_tokens, tokenize
    from rag.evaluation.answer import answer_of
    from rag.evaluation.answer_statements import definitions
    from rag.evaluation.repair.examples import shown_examples
    from rag.evaluation.repair.trim import trim_shell, trim_traceback
    from rag.evaluation.scores import score_answer
    from rag.evaluation.selection.probes import example_probes
    from rag.evaluation.task import Task, start_of
    from rag.generators.extraction.extract_code import extract_code
    from rag.generators.extraction.python_code import parsable
    from rag.generators.extraction.thoughts import without_thoughts
    from rag.prompting.fence import fence
    from rag.retrieval.draft import read_draft
    from rag.retrieval.questions.query import read_query
    from rag.retrieval.questions.query_parts import split_query
    from rag.tokens.estimate import estimate_tokens

    task = Task(
        "t/1", "Sort a list.", shown="def f(a):\n    '''Sort a list.'''\n", entry_point="f", tests="f([])"
    )
    page = "<html><body><div role=main><h1>a</h1>"
    return {
        "comment": lambda text: comment_text(f"/*{text}*/") + comment_text(f"/// {text}", xml=True),
        "markdown links": lambda text: list(markdown_links(text, "http://a.example/")),
        "crawled page": lambda text: read_page("http://a.example/", (page + text).encode(), "text/html"),
        "robots": lambda text: Robots(f"User-agent: *\nDisallow: /{text}".encode()).allows(
            "http://a.example/a" + "a" * 300
        ),
        "sitemap": lambda text: read_sitemap(f"<urlset><url><loc>{text}".encode(), "http://a.example/"),
        "docstring": readable_docstring,
        "bytes": lambda text: decode_text(text.encode()),
        "html": lambda text: read_html((page + text).encode()),
        "markdown": lambda text: markdown_sections(text, "t"),
        "visible": visible_markdown,
        "style": hides,
        "language": lambda text: language_of("a", f"#!{text}") + language_of("a.h", text),
        "licence": lambda text: (tagged_licence(text), recognised_licence(text), licence_ids(text)),
        "man": lambda text: parse_manual_page(f".TH A 1\n.SH NAME\na - b\n.SH OPTIONS\n{text}"),
        "mdoc": lambda text: parse_manual_page(f".Dd a\n.Dt A 1\n.Sh NAME\n.Nm a\n{text}"),
        "notebook": lambda text: notebook_sections(_notebook(text), "t"),
        "yaml": lambda text: api_sections(f"openapi: 3.0.0\ninfo: {text}", is_yaml=True),
        "json": lambda text: api_sections(f'{{"openapi": "3.0.0", "info": {text}', is_yaml=False),
        "skipped": lambda text: text_reason(text, "python"),
        "tokens": lambda text: (tokenize(text), query_tokens(text)),
        "completion": extract_code,
        "thoughts": without_thoughts,
        "draft": read_draft,
        "answer": lambda text: answer_of(task, text),
        "fenced answer": lambda text: answer_of(task, f"```python\n{text}\n```"),
        "statements": lambda text: (parsable(text), definitions(text, "f")),
        "examples": lambda text: shown_examples(Task("t", text, entry_point="f")),
        "trials": lambda text: example_probes("f", text),
        "traceback": lambda text: (
            trim_shell(text),
            trim_traceback(f"Traceback (most recent call last):\n{text}"),
        ),
        "scores": lambda text: score_answer(text[:20_000], "a = 1", "python"),
        "scores of java": lambda text: score_answer(text[:20_000], "int a = 1;", "java"),
        "scores of bash": lambda text: score_answer(text[:20_000], "ls", "bash"),
        "start": lambda text: start_of("f", text),
        "fence": fence,
        "query": lambda text: (read_query(text, ["numpy"]), split_query(text)),
        "tokens of a model": estimate_tokens,
    }


def _notebook(text: str) -> str:
    cells = [{"cell_type": kind, "source": text} for kind in ("markdown", "code", "raw")]
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells})


def main(only: str = "") -> None:
    """Give each text to each reader, printing its name first; one that takes too long ends the process."""
    for name, read in readers().items():
        if only and only != name:
            continue
        for unit in UNITS:
            text = (unit * (CHARS // len(unit) + 1))[:CHARS]
            sys.stdout.write(f"{name}: {unit!r}\n")
            sys.stdout.flush()
            faulthandler.dump_traceback_later(60, exit=True)
            start = time.process_time()
            read(text)
            if (taken := time.process_time() - start) > MAX_SECONDS:
                sys.stdout.write(f"slow: {name} of {unit!r} takes {taken:.1f} s\n")
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
