"""Entries that are hard to cut out of their page, reduced from real ones, with what they must and must not hold."""

# ruff: noqa: E501 (pages)

import pytest

from corpora.pages.html_sections import page_sections
from corpora.pages.html_text import parse_html

OVERLOADS = """<h1>Built-ins</h1><dl><dt id="range"><code>class range(stop)</code></dt>
<dt><code>class range(start, stop, step=1)</code></dt><dd><p>A sequence of numbers.</p></dd>
<dt id="repr"><code>repr(object)</code></dt><dd><p>A printable form.</p></dd></dl>"""
TOGETHER = """<h1>Maths</h1><dl><dt id="math.floor"><code>math.floor(x)</code></dt>
<dt id="math.ceil"><code>math.ceil(x)</code></dt><dd><p>Round to a whole number.</p></dd>
<dt id="math.gcd"><code>math.gcd(a, b)</code></dt><dd><p>The divisor.</p></dd></dl>"""
PROPERTY = """<h1>Paths</h1><dl class="class"><dt id="pathlib.PurePath"><code>class pathlib.PurePath</code></dt>
<dd><p>A path without access.</p><dl class="attribute"><dt id="pathlib.PurePath.name">
<code>property PurePath.name</code></dt><dd><p>The last part.</p></dd></dl>
<dl class="method"><dt id="pathlib.PurePath.with_name"><code>PurePath.with_name(name)</code></dt>
<dd><p>With another last part.</p></dd></dl></dd></dl>"""
NESTED_LIST = """<h1>Options</h1><dl><dt id="opt.mode"><code>opt.mode(kind)</code></dt><dd><p>How it runs:</p>
<dl><dt>fast</dt><dd><p>Checks nothing.</p></dd><dt>safe</dt><dd><p>Checks all.</p></dd></dl>
<p>The default is safe.</p></dd><dt id="opt.reset"><code>opt.reset()</code></dt><dd><p>Forget it.</p></dd></dl>"""
MODULE_PAGE = """<h1>json — JSON encoder</h1><p>Source code: Lib/json</p><span id="module-json"></span>
<p>JSON is a format for data.</p><dl><dt id="json.dump"><code>json.dump(obj, fp)</code></dt>
<dd><p>Write it.</p></dd></dl>"""
EMPTY_SPAN = """<h1>Guide</h1><p>Welcome.</p><span id="install"></span><h2>Installation</h2><p>Run pip.</p>
<h3>On Windows</h3><p>Run py.</p><h2>Usage</h2><p>Import it.</p>"""
SETTING = """<h1>Settings</h1><h3 id="debug">DEBUG</h3><dl class="setting"><dt id="std:setting-DEBUG">
<code>DEBUG</code></dt><dd></dd></dl><p>Default: False</p><p>Turns on tracebacks.</p><h3 id="tz">TZ</h3>
<p>The zone.</p>"""
DOCTEST = """<h1>numpy.cumsum</h1><dl><dt id="numpy.cumsum"><code>numpy.cumsum(a, axis=None)</code></dt><dd>
<p>The running total.</p><p class="rubric">Examples</p><pre>&gt;&gt;&gt; a = [[1, 2],
...      [3, 4]]

&gt;&gt;&gt; np.cumsum(a)
array([ 1,  3,  6, 10])</pre><p class="rubric">See also</p><p>sum</p></dd></dl><nav><a>next page</a></nav>"""
TABLE = """<h1>Time</h1><dl><dt id="time.strftime"><code>time.strftime(format)</code></dt><dd><p>Directives:</p>
<table><thead><tr><th>Code</th><th>Meaning</th></tr></thead><tbody><tr><td>%Y</td><td>The <b>year</b>
with century.</td></tr><tr><td>%m</td><td>The month.</td></tr></tbody></table></dd></dl>"""
UNCLOSED = """<h1>Old</h1><dl><dt id="old.one">old.one(x)<dd><p>First<ul><li>alpha<li>beta</ul>
<dt id="old.two">old.two()<dd><p>Second"""

# Each: a word on it, the page, the anchor, the signature, what the unit must hold, what it must not.
ENTRIES = [
    ("overloads", OVERLOADS, "range", "class range(stop); class range(start, stop, step=1)",
     ["A sequence of numbers."], ["printable"]),
    ("two that share a description", TOGETHER, "math.floor", "math.floor(x)",
     ["Round to a whole number."], ["divisor"]),
    ("a property beside a method", PROPERTY, "pathlib.PurePath.name", "property PurePath.name",
     ["The last part."], ["another", "without access"]),
    ("a class with members", PROPERTY, "pathlib.PurePath", "class pathlib.PurePath",
     ["A path without access."], ["With another last part.\n"]),
    ("text after a nested list", NESTED_LIST, "opt.mode", "opt.mode(kind)",
     ["Checks nothing.", "Checks all.", "The default is safe."], ["Forget"]),
    ("a module by its anchor", MODULE_PAGE, "json.dump", "json.dump(obj, fp)", ["Write it."], ["format for data"]),
    ("a heading behind an empty anchor", EMPTY_SPAN, "install", "", ["Run pip."], ["Import it.", "Welcome."]),
    ("a setting described after its term", SETTING, "std:setting-DEBUG", "DEBUG",
     ["Default: False", "Turns on tracebacks."], ["The zone."]),
    ("examples", DOCTEST, "", "numpy.cumsum(a, axis=None)",
     ["...      [3, 4]]\n\n>>> np.cumsum(a)\narray([ 1,  3,  6, 10])", "See also"], ["next page"]),
    ("a table", TABLE, "time.strftime", "time.strftime(format)",
     ["Code | Meaning", "%Y | The year with century.", "%m | The month."], ["<"]),
    ("tags that are never closed", UNCLOSED, "old.one", "old.one(x)", ["First", "alpha", "beta"], ["Second"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "anchor", "signature", "holds", "not_holds"),
    [entry[1:] for entry in ENTRIES],
    ids=[entry[0] for entry in ENTRIES],
)
def test_the_section_of_a_hard_entry_holds_what_it_must_and_nothing_else(
    page: str, anchor: str, signature: str, holds: list[str], not_holds: list[str]
) -> None:
    sections = page_sections(parse_html(page.encode()), None, "page")
    (unit,) = (section for section in sections if section.anchor == anchor)
    assert unit.signature == signature
    assert [text for text in holds if text not in unit.text] == []
    assert [text for text in not_holds if text in unit.text] == []
