import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import Document, Listed, Section, Skipped, join_sections
from corpora.errors import CorpusError
from corpora.pages.html_docs import HtmlDocs
from corpora.pages.html_sections import page_sections
from corpora.pages.html_text import NotHtml, decode_html, parse_html, plain_text
from corpora.spec import CorpusSpec, open_corpus
from rag.docs import add_docs

CLASS_PAGE = """
<h1>poplib — POP3 protocol client</h1> <p>This module talks to a server.</p>
<dl class="class"> <dt id="poplib.POP3"><code>class poplib.POP3(host)</code>
<a class="headerlink" href="#poplib.POP3">¶</a><a><span class="viewcode-link">[source]</span></a></dt>
<dd><p>The protocol, as a class with one method and more to come in later releases of it.</p>
<dl class="method"><dt id="poplib.POP3.user"><code>POP3.user(name)</code></dt><dd><p>Log in.</p></dd></dl>
<p>See the examples.</p></dd></dl>
"""
CLASS_NAMES = {"": "poplib", "poplib.POP3": "poplib.POP3", "poplib.POP3.user": "poplib.POP3.user()"}


def docs(folder: Path, **options: object) -> HtmlDocs:
    return HtmlDocs(CorpusSpec("docs", "docs", str(folder), **options))  # type: ignore[arg-type]


def text_of(html: str) -> str:
    return plain_text([parse_html(html.encode())])


def sections_of(html: str, names: dict[str, str] | None = None, stem: str = "page") -> dict[str, Section]:
    return {section.anchor: section for section in page_sections(parse_html(html.encode()), names, stem)}


def write_library(folder: Path, pages: dict[str, str], entries: list[tuple[str, str]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, html in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(html, encoding="utf-8")
    index = {"entries": [{"path": path, "name": name, "type": "x"} for path, name in entries]}
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def read_all(corpus: HtmlDocs) -> dict[str, Document | Skipped]:
    return {
        item.path: corpus.read(item) if isinstance(item, Listed) else item for item in list(corpus.scan())
    }


# Text


def test_code_keeps_its_lines_and_everything_else_is_collapsed() -> None:
    assert text_of("<p>one\n  two</p><pre>if x:\n    y\n</pre>") == "one two\n\nif x:\n    y"


def test_lists_and_tables_become_rows() -> None:
    table = "<table><tr><th>x</th><th>y</th></tr><tr><td>1<td><p>2</p><p>3</p></table>"
    assert text_of("<ul><li>a<ul><li>b</li></ul></li></ul>" + table) == "- a\n  - b\n\nx | y\n1 | 2 3"


def test_a_field_list_in_a_table_keeps_its_items_apart() -> None:
    row = "<tr class='field'><th>Parameters:</th><td><ul><li>x (int)</li><li>y (int)</li></ul></td></tr>"
    assert text_of(f"<table>{row}</table>").split("\n") == ["Parameters:", "", "- x (int)", "- y (int)"]


def test_code_in_a_table_keeps_its_lines() -> None:
    html = "<table><tr><td class=linenos><pre>1\n2</pre></td><td><pre>a\nb</pre></td></tr></table>"
    assert text_of(html) == "a\nb"


def test_parameters_are_indented_below_their_heading() -> None:
    html = """<dl class="field-list"><dt class="field-odd">Parameters</dt><dd><dl>
    <dt><strong>a</strong><span class="classifier">int</span></dt><dd><p>First.</p></dd></dl></dd></dl>"""
    assert text_of(html) == "Parameters:\n  a : int\n    First."


@pytest.mark.parametrize(
    "hidden",
    [
        "<nav>X</nav>",
        "<script>X</script>",
        "<!-- X -->",
        "<p hidden>X</p>",
        '<p style="color: red; display : none">X</p>',
        '<span aria-hidden="true">X</span>',
        '<div class="sphinxsidebar">X</div>',
        '<div role="navigation">X</div>',
        '<a href="x">[source]</a>',
        '<a class="headerlink">¶</a>',
    ],
)
def test_what_a_reader_does_not_see_is_left_out(hidden: str) -> None:
    assert text_of(f"<p>seen{hidden} too</p>").replace("\n", " ").split() == ["seen", "too"]


def test_zero_width_and_tag_characters_are_left_out() -> None:
    assert text_of("<p>ig\u200bnore\U000e0041 \u202ethis\ufeff</p>") == "ignore this"


def test_text_after_a_skipped_element_is_kept() -> None:
    root = parse_html(b"<p>a<b>X</b>c</p>")
    assert plain_text([root], lambda element: element.tag == "b") == "ac"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>é".encode(), "<p>é"),
        ("<p>é€".encode("cp1252"), "<p>é€"),
        ("<p>é".encode("utf-16"), "<p>é"),
        (b'<meta charset="koi8-r"><p>' + "да".encode("koi8-r"), '<meta charset="koi8-r"><p>да'),
        (b'<meta charset="latin-1"><p>' + "é".encode(), '<meta charset="latin-1"><p>é'),
        (b'<meta charset="no-such"><p>\xe9', '<meta charset="no-such"><p>é'),
        ("<p>打开文件并读取所有的行。".encode("gbk"), "<p>打开文件并读取所有的行。"),
        ("<p>ファイルを開いて全ての行を読む".encode("euc_jp"), "<p>ファイルを開いて全ての行を読む"),
    ],
)
def test_the_charset_is_found_from_the_bytes(data: bytes, text: str) -> None:
    assert decode_html(data) == text


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n<</Type /Catalog>>", bytes(range(32)) * 9 + b"<p>", b"plain text", b"<<<< >>>>"]
)
def test_bytes_that_are_no_html_are_refused(data: bytes) -> None:
    with pytest.raises(NotHtml):
        parse_html(data)


def test_a_million_nested_tags_are_refused_and_a_thousand_are_read() -> None:
    assert text_of("<div>" * 1000 + "deep") == "deep"
    with pytest.raises(NotHtml, match="too deep"):
        parse_html(b"<div>" * 1_000_000 + b"deep")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/abdhlprtu1 =\"'&;#\n\x00é\ud800", max_size=120))
def test_no_page_breaks_the_reader(html: str) -> None:
    try:
        root = parse_html(("<p>" + html).encode("utf-8", "surrogatepass"))
    except NotHtml:
        return
    for section in page_sections(root, None, "page"):
        assert section.text.strip()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["h1", "h2", "h3", "p", "dl"]), st.integers(0, 99)), max_size=15))
def test_every_word_of_a_page_is_in_exactly_one_section(blocks: list[tuple[str, int]]) -> None:
    html = ""
    for position, (tag, number) in enumerate(blocks):
        word = f"w{position}x{number}"
        html += (
            f"<{tag}>{word}</{tag}>" if tag != "dl" else f'<dl><dt id="m.{word}">f()</dt><dd>{word}</dd></dl>'
        )
    found = list(page_sections(parse_html(f"<p>start</p>{html}".encode()), None, "page"))
    for position, (tag, number) in enumerate(blocks):
        if tag in {"p", "dl"}:
            assert sum(f"w{position}x{number}" in s.text.split() for s in found) == 1


# Sections


def test_a_method_is_described_in_its_own_section_only() -> None:
    sections = sections_of(CLASS_PAGE, CLASS_NAMES, "poplib")
    assert sections["poplib.POP3.user"].text.startswith("Log in.")
    assert "Log in" not in sections["poplib.POP3"].text
    assert sections["poplib.POP3"].text.endswith("See the examples.")
    assert sections[""].text.startswith("poplib — POP3 protocol client\n\nThis module talks to a server.")


def test_the_signature_is_a_field_and_not_in_the_text() -> None:
    section = sections_of(CLASS_PAGE, CLASS_NAMES, "poplib")["poplib.POP3"]
    assert section.signature == "class poplib.POP3(host)"
    assert section.text.startswith("The protocol, as a class")


def test_a_page_about_one_object_is_named_and_described_by_it() -> None:
    html = """<h1>numpy.Sum</h1><p>function</p><dl><dt id="numpy.Sum">numpy.Sum(a)</dt>
    <dd><p>Add up.</p><p>Fast.</p></dd></dl>"""
    section = sections_of(html, {"": "sum()"}, "numpy.sum")[""]
    assert (section.name, section.signature) == ("numpy.Sum", "numpy.Sum(a)")
    assert section.text == "Add up.\n\nFast."


def test_overloads_are_joined_on_one_line() -> None:
    html = '<dl><dt id="range">range(stop)</dt><dt>range(start,\n stop)</dt><dd>Numbers.</dd></dl>'
    assert sections_of(html, {"range": "range()"})["range"].signature == "range(stop); range(start, stop)"


def test_terms_that_share_a_description_all_have_it() -> None:
    html = '<dl><dt id="m.a">a</dt><dt id="m.b">b</dt><dd>Both of them.</dd></dl>'
    sections = sections_of(html, {"m.a": "a", "m.b": "b"})
    assert [sections[a].text.splitlines()[0] for a in ("m.a", "m.b")] == ["Both of them."] * 2


def test_a_description_after_an_empty_term_belongs_to_it() -> None:
    html = """<h1>Fields</h1><h3>BinaryField</h3>
    <dl class="class"><dt id="m.BinaryField">class BinaryField()</dt><dd></dd></dl>
    <p>Raw binary data, which is stored as it comes and cannot be searched by its value.</p>
    <h3>Next</h3><p>Other.</p>"""
    section = sections_of(html, {"": "Fields", "m.BinaryField": "BinaryField"})["m.BinaryField"]
    assert section.text.startswith("Raw binary data") and "Other" not in section.text


def test_a_page_without_text_of_its_own_summarizes_its_objects() -> None:
    html = """<h1>sklearn.svm.SVC</h1><dl><dt id="sklearn.svm.SVC">class SVC()</dt>
    <dd>Classify. In detail.</dd></dl>"""
    names = {"": "svm.SVC()", "sklearn.svm.SVC": "svm.SVC"}
    assert sections_of(html, names, "sklearn.svm.svc")[""].text == "- sklearn.svm.SVC: Classify."


def test_the_text_of_an_undescribed_attribute_is_its_signature() -> None:
    html = '<dl><dt id="m.a">property m.a: int</dt><dd></dd></dl>'
    assert sections_of(html, {"m.a": "a"})["m.a"].text == "property m.a: int"


def test_a_listed_anchor_missing_on_the_page_gets_the_lines_that_link_to_it() -> None:
    html = '<h1>Masks</h1><p>Intro.</p><table><tr><td><a href="x#m.hard">hard</a><td>A hard mask.</table>'
    sections = sections_of(html, {"": "Masks", "m.hard": "hard", "m.soft": "soft"})
    assert sections["m.hard"].text == "hard | A hard mask."
    assert "Intro." in sections["m.soft"].text


@pytest.mark.parametrize(
    ("anchor", "display", "name"),
    [
        ("os.path.isabs", "isabs()", "os.path.isabs"),
        ("django.views.generic.base.View", "View", "django.views.generic.base.View"),
        ("c.PyArray_DIMS", "PyArray_DIMS()", "PyArray_DIMS"),
        ("module-json", "json", "json"),
        ("std:setting-DEBUG", "settings.DEBUG", "settings.DEBUG"),
        ("allowany", "AllowAny", "AllowAny"),
        ("abs", "abs()", "abs"),
    ],
)
def test_names_are_as_qualified_as_the_page_allows(anchor: str, display: str, name: str) -> None:
    html = f'<h1>Page</h1><p>Intro</p><h2 id="{anchor}">{display}</h2><p>Said of it.</p>'
    assert sections_of(html, {anchor: display})[anchor].name == name


def test_a_listed_heading_ends_at_the_next_of_its_level() -> None:
    html = '<h1>P</h1><p>Intro.</p><h2 id="a">A</h2><p>one</p><h3>sub</h3><p>two</p><h2>B</h2><p>three</p>'
    sections = sections_of(html, {"": "P", "a": "A"})
    assert sections["a"].text == "one\n\n### sub\n\ntwo"
    assert sections[""].text == "Intro.\n\n## B\n\nthree\n\n- A: one"


def test_the_marked_signature_of_a_page_leaves_the_text() -> None:
    html = """<h1>tf.argsort</h1><p>Sorts.</p><pre class="x tfo-signature-link">
tf.argsort(
    values
)
</pre><p>More.</p>"""
    section = sections_of(html, {"": "tf.argsort"}, "argsort")[""]
    assert (section.signature, section.text) == ("tf.argsort( values )", "Sorts.\n\nMore.")


def test_signatures_in_the_body_are_those_of_the_object() -> None:
    html = """<dl class="definition"><dt class="title" id="m.f">m.f()</dt><dd><div class="line-block">
    <div class="line">short</div><div class="line"><span class="signature">f(x) -&gt; None</span></div></div>
    <p>Long.</p></dd></dl>"""
    section = sections_of(html, {"m.f": "f"})["m.f"]
    assert (section.signature, section.text) == ("f(x) -> None", "short\n\nLong.")


def test_footnotes_are_no_objects() -> None:
    html = """<h1>P</h1><p>Text.</p>
    <dl class="footnote brackets"><dt class="label" id="id3">1</dt><dd>Note.</dd></dl>"""
    assert list(sections_of(html, {"": "P"})) == [""]


def test_without_an_index_headings_and_terms_open_sections() -> None:
    html = """<body><nav>menu</nav><main><section id="guide">
    <h1>Guide<a class="headerlink">¶</a></h1><p>Intro.</p><section id="first"><h2>First</h2><p>one</p>
    <dl><dt id="m.f">m.f(x)</dt><dd>Does f.</dd></dl></section></section></main>"""
    sections = sections_of(html)
    assert {a: s.name for a, s in sections.items()} == {"guide": "Guide", "first": "First", "m.f": "m.f"}
    assert sections["guide"].text == "Intro."


# Folders


def test_the_corpus_is_opened_by_its_kind(tmp_path: Path) -> None:
    assert isinstance(open_corpus(CorpusSpec("d", "docs", str(tmp_path))), HtmlDocs)


def test_every_entry_of_an_index_becomes_one_section_with_text(tmp_path: Path) -> None:
    entries = [
        (f"library/poplib{'#' if anchor else ''}{anchor}", name) for anchor, name in CLASS_NAMES.items()
    ]
    folder = write_library(tmp_path / "python~3.9", {"library/poplib.html": CLASS_PAGE}, entries)
    document = read_all(docs(folder))["library/poplib.html"]
    assert isinstance(document, Document)
    assert [section.anchor for section in document.sections] == list(CLASS_NAMES)
    assert document.text == join_sections(document.sections)
    assert (document.origin.library, document.origin.version) == ("python", "3.9")


def test_a_folder_of_libraries_gives_each_page_its_own_version(tmp_path: Path) -> None:
    for name in ("numpy~1.22", "numpy~2.0"):
        write_library(tmp_path / name, {"sum.html": "<h1>numpy.sum</h1><p>Adds.</p>"}, [("sum", "sum")])
    (tmp_path / "numpy~2.0" / "meta.json").write_text('{"slug": "numpy~2.0", "release": "2.0.1"}')
    origins = [d.origin for d in read_all(docs(tmp_path)).values() if isinstance(d, Document)]
    assert [(o.path, o.library, o.version) for o in origins] == [
        ("numpy~1.22/sum.html", "numpy", "1.22"),
        ("numpy~2.0/sum.html", "numpy", "2.0.1"),
    ]


def test_the_version_is_never_guessed_and_the_spec_overrides_the_folder(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>hello</p>")
    plain = docs(tmp_path).read(next(iter(docs(tmp_path).scan())))  # type: ignore[arg-type]
    told = docs(tmp_path, library="lib", version="7", url="https://x.org/")
    named = told.read(next(iter(told.scan())))  # type: ignore[arg-type]
    assert isinstance(plain, Document) and isinstance(named, Document)
    assert (plain.origin.library, plain.origin.version, plain.origin.url) == ("docs", "", "")
    assert (named.origin.library, named.origin.version, named.origin.url) == (
        "lib",
        "7",
        "https://x.org/page.html",
    )


def test_a_listed_but_absent_page_is_made_from_pages_that_link_to_it(tmp_path: Path) -> None:
    summary = '<h1>Summary</h1><table><tr><td><a href="api/m.show#m.show">show</a>(*)<td>Display all.</table>'
    write_library(
        tmp_path, {"summary.html": summary}, [("summary", "Summary"), ("api/m.show", "show"), ("gone", "g")]
    )
    found = read_all(docs(tmp_path))
    document, gone = found["api/m.show.html"], found["gone.html"]
    assert isinstance(document, Document)
    assert document.sections == (Section("m.show", "show(*) | Display all."),)
    assert isinstance(gone, Skipped) and gone.reason == "unreadable"


def test_every_file_is_listed_or_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"%PDF-1.4 <p>")
    (tmp_path / "b.html").write_bytes(b"")
    (tmp_path / "c.html").write_text("<p hidden>x</p>")
    (tmp_path / "d.htm").write_text("<p>cut off in the mid")
    (tmp_path / "e.html").write_text("<p>" + "x" * 900)
    (tmp_path / "f.html").symlink_to("/etc/hostname")
    (tmp_path / "g.txt").write_text("no page")
    found = read_all(docs(tmp_path, max_file_bytes=100))
    reasons = {path: item.reason if isinstance(item, Skipped) else "read" for path, item in found.items()}
    assert reasons == {
        "a.html": "malformed", "b.html": "empty", "c.html": "empty",
        "d.htm": "read", "e.html": "too large", "f.html": "outside",
    }  # fmt: skip


def test_bad_files_are_reported_by_what_they_are_and_the_rest_is_indexed(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "manual.html").write_bytes(b"%PDF-1.7\n%\xe2\xe3\n<</Type /Catalog>>")
    (pages / "deep.html").write_bytes(b"<div>" * 100_000 + b"deep")
    (pages / "picture.html").write_bytes(bytes(range(256)) * 40 + b"<p>")
    (pages / "cut.html").write_bytes(b"<h1>Cut</h1><p>The whole sentence.</p><p>and the ha<a hr")
    (pages / "objects.inv").write_bytes(b"")
    (pages / "book.ipynb").write_bytes(b'{"cells": [{"cell_type": "co')
    (pages / "api.yaml").write_bytes(b"openapi: 3.0.0\npaths: {")
    (pages / "good.html").write_text("<h1>Good</h1><p>Readable text.</p>")
    found = read_all(docs(pages, max_file_bytes=1_000_000))
    told = {path: item.detail.partition(":")[0] for path, item in found.items() if isinstance(item, Skipped)}
    assert {item.reason for item in found.values() if isinstance(item, Skipped)} == {"malformed"}
    assert told == {
        "manual.html": "a PDF document", "deep.html": "its tags are nested too deeply",
        "picture.html": "binary data", "objects.inv": "it is empty",
        "book.ipynb": "no JSON", "api.yaml": "no YAML",
    }  # fmt: skip
    cut = found["cut.html"]
    assert isinstance(cut, Document) and "The whole sentence." in cut.text
    report = add_docs(tmp_path / "index", [str(pages)])
    assert report.skipped == {"malformed": 6} and report.added == 2


def test_a_broken_archive_is_an_error_before_anything_is_indexed(tmp_path: Path) -> None:
    (tmp_path / "lib-1-py3-none-any.whl").write_bytes(b"no zip")
    with pytest.raises(CorpusError, match="cannot read the wheel") as caught:
        add_docs(tmp_path / "index", [str(tmp_path / "lib-1-py3-none-any.whl")])
    assert "fetch the wheel again" in caught.value.fix


def test_patterns_choose_pages(tmp_path: Path) -> None:
    for name in ("api.html", "guide.html", "old.html"):
        (tmp_path / name).write_text("<p>x</p>")
    items = list(docs(tmp_path, include=("*.html",), exclude=("old*", "guide.html")).scan())
    assert [(item.path, isinstance(item, Listed)) for item in items] == [
        ("api.html", True), ("guide.html", False), ("old.html", False),
    ]  # fmt: skip


def test_pages_that_sphinx_generates_for_navigation_are_skipped(tmp_path: Path) -> None:
    for name in ("searchindex.js", "genindex.html", "search.html", "index.html"):
        (tmp_path / name).write_text("<p>x</p>")
    reasons = {item.path: getattr(item, "reason", "") for item in docs(tmp_path).scan()}
    assert reasons == {"genindex.html": "generated", "index.html": "", "search.html": "generated"}


def test_the_stamp_of_a_page_changes_with_the_page_and_with_the_index(tmp_path: Path) -> None:
    write_library(tmp_path, {"a.html": "<p>x</p>"}, [("a", "a")])
    stamps = [[item.stamp for item in docs(tmp_path).scan() if isinstance(item, Listed)]]
    os.utime(tmp_path / "a.html", ns=(1, 1))
    stamps.append([item.stamp for item in docs(tmp_path).scan() if isinstance(item, Listed)])
    write_library(tmp_path, {}, [("a", "a"), ("a#b", "b")])
    stamps.append([item.stamp for item in docs(tmp_path).scan() if isinstance(item, Listed)])
    assert len({stamp for (stamp,) in stamps}) == 3


def test_a_page_that_vanished_is_skipped(tmp_path: Path) -> None:
    skipped = docs(tmp_path).read(Listed("gone.html", 1, "1-1"))
    assert isinstance(skipped, Skipped) and skipped.reason == "unreadable"


def test_a_missing_folder_and_a_damaged_index_are_errors_with_a_fix(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no folder"):
        list(docs(tmp_path / "none").scan())
    (tmp_path / "index.json").write_text('{"entries": [')
    (tmp_path / "a.html").write_text("<p>x</p>")
    with pytest.raises(CorpusError, match="not complete JSON"):
        list(docs(tmp_path).scan())


def test_some_other_index_json_is_no_index_of_entries(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('["unrelated"]')
    (tmp_path / "a.html").write_text("<h1>Title</h1><p>x</p>")
    (document,) = read_all(docs(tmp_path)).values()
    assert isinstance(document, Document) and document.sections == (Section("Title", "x"),)


def test_the_url_is_where_the_page_says_it_is_published(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<link rel="canonical" href="https://x.org/a.html"><p>x</p>')
    (document,) = read_all(docs(tmp_path)).values()
    assert isinstance(document, Document) and document.origin.url == "https://x.org/a.html"


# What the generators of other languages write


def test_headings_of_any_level_with_an_anchor_open_sections_and_list_what_is_below() -> None:
    html = """<h1 id="a">Events</h1><h2 id="b">Global</h2><h3 id="c">Startup</h3><h5 id="d">on_start</h5>
    <p>Called once. Then never.</p><h6>Notes</h6><p>None.</p><h2 id="e">Empty</h2>"""
    sections = sections_of(html)
    assert {anchor: section.text for anchor, section in sections.items()} == {
        "a": "- Global\n- Empty", "b": "- Startup",
        "c": "- on_start: Called once.", "d": "Called once. Then never.\n\n###### Notes\n\nNone.",
    }  # fmt: skip


def test_a_method_on_a_page_of_rustdoc_is_named_by_its_type_and_has_its_signature() -> None:
    html = """<h1>Struct <span>Vec</span></h1><p>A list.</p><details class="method-toggle"><summary>
    <section id="method.push" class="method"><a class="src" href="x">Source</a>
    <h4 class="code-header">pub fn push(&amp;mut self)</h4></section></summary>
    <div class="docblock"><p>Appends.</p></div></details>"""
    section = sections_of(html, stem="struct.Vec")["method.push"]
    assert (section.name, section.signature, section.text) == (
        "Vec::push",
        "pub fn push(&mut self)",
        "Appends.",
    )


def test_a_member_on_a_page_of_javadoc_has_the_anchor_of_the_index_and_the_name_of_its_class() -> None:
    html = """<h1>Class Text</h1><p>Texts.</p><section class="detail" id="cut(T)">
    <h3 id="cut(java.lang.Object)">cut</h3><div class="member-signature">static T cut(T text)</div>
    <div class="block">Cuts.</div></section>"""
    section = sections_of(html, stem="Text")["cut(T)"]
    assert (section.name, section.signature, section.text) == ("Text.cut", "static T cut(T text)", "Cuts.")


def test_members_of_doxygen_are_units_with_and_without_a_description_of_their_own() -> None:
    html = """<h1>Init</h1><p>About.</p><table><tr class="memitem:a1"><td><a id="a1"></a>int</td>
    <td><a>rows</a> () const</td></tr><tr class="memdesc:a1"><td></td><td>Number of rows.</td></tr>
    <tr class="memitem:g2"><td>int</td><td>start ()</td></tr></table><a id="g2"></a>
    <h2><span class="permalink"><a href="#g2">◆ </a></span>start()</h2><div><div class="memproto"><table><tr>
    <td>int start</td><td>(</td><td>int</td><td>x</td><td>)</td></tr></table></div><p>Starts.</p></div>"""
    sections = sections_of(html)
    assert (sections["a1"].name, sections["a1"].signature) == ("rows", "int rows () const")
    assert "Number of rows." in sections["a1"].text
    start = sections["g2"]
    assert (start.name, start.signature, start.text) == ("start", "int start (int x)", "Starts.")


@pytest.mark.parametrize("kind", ["memitem:", "memitem: ", "memitem"])
def test_a_row_of_doxygen_that_names_no_member_is_text(kind: str) -> None:
    html = f'<h1>A</h1><table><tr class="{kind}"><td><a id="x"></a>int rows</td></tr></table>'
    assert [section.text for section in sections_of(html).values()] == ["int rows"]


def test_a_heading_that_leads_back_to_the_table_of_contents_keeps_its_text() -> None:
    html = """<h1>FAQ</h1><section id="why-not"><h2><a class="toc-backref" href="#id1">Why not?</a>
    <a class="headerlink" href="#why-not">¶</a></h2><p>Because.</p></section>"""
    section = sections_of(html)["why-not"]
    assert (section.name, section.text) == ("Why not?", "Because.")


def test_what_a_heading_has_in_parentheses_is_left_out_of_calls_only() -> None:
    found = sections_of(
        '<h1>A</h1><h2 id="a">Usage (Linux)</h2><p>x</p><h2 id="b">run(action)</h2><p>y</p>'
        "<h2 id='c'>(old)</h2><p>y</p><h2 id='d'>a) b)</h2><p>y</p>"
    )
    assert [found[key].name for key in "abcd"] == ["Usage (Linux)", "run", "(old)", "a) b)"]


def test_a_term_without_a_description_is_bare_and_named_by_what_is_left_of_its_arrow() -> None:
    html = """<h1>z</h1><dl><dt id="a"><span>parse</span><span> → </span><a href="x">parse</a></dt><dd></dd>
    <dt id="b">wash(floor) → bool</dt><dd>Wash it.</dd></dl>"""
    found = sections_of(html)
    assert (found["a"].name, found["a"].text, found["a"].is_bare) == ("parse", "parse → parse", True)
    assert (found["b"].name, found["b"].text, found["b"].is_bare) == ("wash", "Wash it.", False)
