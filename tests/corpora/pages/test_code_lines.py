# ruff: noqa: E501 (pages on one line each)
"""The numbers of lines are no code, however a theme writes them; the lines keep their indentation."""

import pytest

from corpora.pages.html_text import parse_html, plain_text

CODE = "def f():\n    return 1"
LISTINGS = {
    "prettify": '<pre class="linenums"><ol class="linenums"><li class="L0">def f():</li>'
    '<li>    return 1</li></ol></pre>',
    "list": '<ol class="linenums"><li>def f():</li><li>    return 1</li></ol>',
    "pygments": '<table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre>1\n2'
    '</pre></div>'
    f'</td><td class="code"><pre>{CODE}\n</pre></td></tr></table>',
    "pygments inline": '<pre><span class="linenos">1</span>def f():\n<span class="linenos">2'
    '</span>    return 1</pre>',
    "rouge": '<table class="rouge-table"><tr><td class="rouge-gutter gl"><pre class="lineno">1\n2\n'
    '</pre></td>'
    f'<td class="rouge-code"><pre>{CODE}\n</pre></td></tr></table>',
    "chroma table": '<table class="lntable"><tr><td class="lntd"><pre><code><span class="lnt">1\n</span>'
    f'<span class="lnt">2\n</span></code></pre></td><td class="lntd"><pre>{CODE}</pre></td></tr></table>',
    "chroma": '<pre><code><span class="ln">1</span>def f():\n<span class="ln">2</span>    return 1'
    '</code></pre>',
    "github": '<table class="highlight"><tr><td class="blob-num" data-line-number="1">1</td>'
    '<td class="blob-code">'
    'def f():</td></tr><tr><td class="blob-num" data-line-number="2"></td><td>    return 1</td></tr>'
    '</table>',
    "highlight.js": '<pre><code><table class="hljs-ln"><tr>'
    '<td class="hljs-ln-numbers" data-line-number="1">1</td>'
    '<td>def f():</td></tr><tr><td class="hljs-ln-numbers">2</td><td>    return 1</td></tr></table>'
    '</code></pre>',
    "prism": f'<pre class="line-numbers"><code>{CODE}'
    f'<span aria-hidden="true" class="line-numbers-rows"><b>1</b>'
    "</span></code></pre>",
    "docusaurus": '<pre><code><span class="token-line">def f():<br></span>'
    '<span class="token-line">    return 1<br>'
    "</span></code></pre>",
    "token-line": '<pre><div class="token-line">def f():\n</div><div class="token-line">    return 1\n'
    '</div></pre>',
    "vitepress": f'<div class="language-py"><span class="lang">py</span><pre><code>{CODE}</code></pre>'
    '<div class="line-numbers-wrapper" aria-hidden="true"><span>1</span><br><span>2</span></div></div>',
    "javadoc": '<pre><span class="source-line-no">001</span>def f():\n<span class="source-line-no">002'
    '</span>'
    "    return 1</pre>",
    "hexo": '<table><tr><td class="gutter"><pre>1<br>2<br></pre></td><td class="code"><pre>def f():'
    '<br>    return 1'
    "</pre></td></tr></table>",
    "SyntaxHighlighter": '<table><tr><td class="gutter"><div class="line">1</div><div class="line">2'
    '</div></td>'
    '<td class="code"><div class="container"><div class="line number1">def f():</div>'
    '<div class="line number2">'
    "    return 1</div></div></td></tr></table>",
    "CodeRay": '<pre><code><span class="line-numbers"><a name="n1">1</a></span>def f():\n'
    '<span class="line-numbers"><strong>2</strong></span>    return 1</code></pre>',
    "CodeRay table": '<table class="CodeRay"><tr><td class="line-numbers"><pre>1\n2</pre></td><td class="code">'
    f"<pre>{CODE}</pre></td></tr></table>",
    "prism, its numbers made by a script": f'<pre class="line-numbers language-py"><code>{CODE}</code></pre>',
    "asciidoctor": '<pre class="rouge"><code><table class="linenotable"><tr><td class="linenos gl">'
    f'<pre class="lineno">1\n2\n</pre></td><td class="code"><pre>{CODE}\n</pre></td></tr></table></code></pre>',
    "pymdownx": '<pre><span></span><code><span id="s"><a id="x" href="#x"></a><span class="linenos" data-linenos="1 ">'
    '</span>def f():\n</span><span><span class="linenos" data-linenos="2 "></span>    return 1\n</span></code></pre>',
    "pymdownx table": '<table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre><span></span>'
    '<span class="normal"><a href="#a">1</a></span>\n<span class="normal">2</span></pre></div></td><td class="code">'
    f'<div><pre><span></span><code>{CODE}\n</code></pre></div></td></tr></table>',
    "docusaurus, numbered": '<pre class="prism-code"><code class="codeBlockLinesWithNumbering">'
    '<span class="token-line"><span class="codeLineNumber_Tf"></span><span>def f():</span><br></span>'
    '<span class="token-line"><span class="codeLineNumber_Tf"></span><span>    return 1</span><br></span></code></pre>',
    "shiki": '<pre class="shiki"><code><span class="line" data-line="1"><span>def f():</span></span>\n'
    '<span class="line" data-line="2">    return 1</span></code></pre>',
    "expressive code": '<pre data-language="py"><code><div class="ec-line"><div class="gutter"><div class="ln" '
    'aria-hidden="true">1</div></div><div class="code">def f():</div></div><div class="ec-line"><div class="gutter">'
    '</div><div class="code"><span class="indent">    </span>return 1</div></div></code></pre>',
    "doxygen": '<div class="fragment"><div class="line"><a name="l1"></a><span class="lineno">1</span>'
    'def f():</div>'
    '<div class="line">    return 1<div class="ttc" id="f"><div class="ttname">f</div></div></div></div>',
    "doxygen, folded": '<div class="fragment"><div class="foldopen"><div class="line">def f():</div>'
    '<div class="line">    return 1</div></div><div class="ttc" id="f">int f</div></div>',
    "attribute": '<pre><i data-line-number="1">1</i>def f():\n<i data-lineno="2">2.</i>    return 1</pre>',
}  # fmt: skip


@pytest.mark.parametrize("theme", LISTINGS)
def test_line_numbers_are_left_out_and_lines_keep_their_shape(theme: str) -> None:
    assert plain_text([parse_html(LISTINGS[theme].encode())]) == CODE


def test_empty_lines_of_numbered_code_stay_and_other_lists_are_lists() -> None:
    html = '<ol class="linenums"><li>a</li><li></li><li>b</li></ol><ol><li>one</li></ol>'
    assert plain_text([parse_html(html.encode())]) == "a\n\nb\n\n- one"
    html = '<div class="fragment"><div class="line">a</div><div class="line"> </div><div class="line">b</div>'
    assert plain_text([parse_html(f"{html}</div><p>c</p>".encode())]) == "a\n\nb\n\nc"
