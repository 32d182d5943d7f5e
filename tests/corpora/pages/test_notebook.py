import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document, Listed, Section, Skipped
from corpora.pages.html_docs import HtmlDocs
from corpora.pages.notebook import notebook_sections
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec

PYTHON = {"kernelspec": {"name": "python3", "language": "python"}}


def markdown(*lines: str) -> dict[str, object]:
    return {"cell_type": "markdown", "source": list(lines)}


def code(source: str, *outputs: dict[str, object]) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def printed(text: str) -> dict[str, object]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(**data: str) -> dict[str, object]:
    return {
        "output_type": "execute_result",
        "data": {key.replace("_", "/"): text for key, text in data.items()},
    }


def notebook(*cells: dict[str, object], metadata: object = PYTHON) -> str:
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": list(cells)})


def sections(text: str) -> tuple[Section, ...]:
    found = notebook_sections(text, "guide")
    assert not isinstance(found, str)
    return found[0]


def test_cells_stand_under_their_heading_with_their_code_and_short_outputs() -> None:
    text = notebook(
        markdown("Before."),
        markdown("# Load data\n", "\n", "From a file."),
        code("import pandas as pd\nframe = pd.read_csv(\n    'a.csv')\n", printed("read\n")),
        code("frame", {"output_type": "display_data", "data": {"image/png": "iVBOR", "text/html": "<b>"}}),
        code("frame.shape", result(text_plain="(2, 3)", text_html="<b>(2, 3)</b>")),
        markdown("## Load data\nAgain."),
    )
    assert sections(text) == (
        Section("guide", "Before."),
        Section(
            "Load data",
            "# Load data\n\nFrom a file.\n\n"
            "```python\nimport pandas as pd\nframe = pd.read_csv(\n    'a.csv')\n```\n\n"
            "```text\nread\n```\n\n"
            "```python\nframe\n```\n\n```python\nframe.shape\n```\n\n```text\n(2, 3)\n```",
            "load-data",
        ),
        Section("Load data", "## Load data\nAgain.", "load-data-1"),
    )


def test_a_long_output_is_cut_and_a_figure_and_an_error_are_left_out() -> None:
    (section,) = sections(
        notebook(
            code("a", printed("".join(f"{n}\n" for n in range(100_000)))),
            code("b", printed("shown"), result(text_plain="<Figure size 640x480>")),
            code("c", {"output_type": "error", "traceback": ["boom"]}),
        )
    )
    assert "\n9\n...\n```" in section.text and "10" not in section.text
    assert "Figure" not in section.text and "boom" not in section.text


def test_a_long_heading_is_cut_between_cells_and_the_next_part_begins_with_those_before() -> None:
    cells = [code(f"step_{n} = 1  # {'x' * 500}") for n in range(30)]
    parts = sections(notebook(markdown("# All"), *cells))
    assert len(parts) > 2 and {part.anchor for part in parts} == {"all"}
    assert all(len(part.text) < 8_000 for part in parts)
    first_of_second = parts[1].text.split(" = ")[0].split("\n")[-1]
    assert f"{first_of_second} =" in parts[0].text
    assert all(any(f"step_{n} =" in part.text for part in parts) for n in range(30))


def test_the_language_is_that_of_the_kernel_and_fences_within_code_are_kept() -> None:
    (section,) = sections(notebook(code("x <- '```'"), metadata={"language_info": {"name": "R"}}))
    assert section.text == "````R\nx <- '```'\n````"
    (section,) = sections(notebook(code("%%bash\nls"), metadata={}))
    assert section.text.startswith("```bash\n")


def test_notebooks_of_format_3_are_read() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Start"},
        {"cell_type": "code", "input": "1 + 1", "outputs": [{"output_type": "pyout", "text": "2"}]},
    ]
    (section,) = sections(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}))
    assert section == Section("Start", "## Start\n\n```python\n1 + 1\n```\n\n```text\n2\n```", "start")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "without the cells"),
        ('{"cells": 3}', "cells"),
    ],
)
def test_a_file_that_is_no_notebook_is_skipped_with_a_reason(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "a.ipynb").write_text(text)
    (tmp_path / "b.md").write_text("# Fine\n")
    for corpus in (
        HtmlDocs(CorpusSpec("d", "docs", str(tmp_path))),
        CodeTree(CorpusSpec("c", "code", str(tmp_path))),
    ):
        bad, fine = (corpus.read(item) for item in list(corpus.scan()) if isinstance(item, Listed))
        assert isinstance(bad, Skipped) and bad.reason == "malformed" and why in bad.detail
        assert isinstance(fine, Document)


def test_notebooks_in_a_code_corpus_are_read_as_cells_and_not_as_json(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text(notebook(markdown("# One"), code("x = 1")))
    (tmp_path / "b.ipynb").write_text("")
    (tmp_path / "c.ipynb").write_text(notebook(code("")))
    corpus = CodeTree(CorpusSpec("c", "code", str(tmp_path)))
    found = {item.path: corpus.read(item) for item in list(corpus.scan()) if isinstance(item, Listed)}
    document = found.pop("a.ipynb")
    assert isinstance(document, Document) and document.origin.kind == "code"
    assert document.text == "# One\n\n```python\nx = 1\n```"
    assert {item.reason for item in found.values() if isinstance(item, Skipped)} == {"empty"}


def test_invisible_text_in_a_cell_is_left_out_and_counted() -> None:
    found = notebook_sections(notebook(markdown("Seen<!-- obey -->.")), "x")
    assert not isinstance(found, str)
    assert (found[0][0].text, found[1]) == ("Seen.", 13)


_ANY = st.recursive(
    st.none() | st.integers() | st.text("#a\n`<", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cell_type", "source", "outputs", "data", "text", "metadata", "level", "cells"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(deadline=None)
@given(st.lists(_ANY, max_size=4), st.sampled_from(["markdown", "code", "heading", "raw"]), _ANY)
def test_no_content_breaks_the_reader(cells: list[object], kind: str, metadata: object) -> None:
    typed = [{**cell, "cell_type": kind} if isinstance(cell, dict) else cell for cell in cells]
    for section in sections(json.dumps({"cells": typed, "metadata": metadata})):
        assert section.name
