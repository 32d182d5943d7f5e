"""The generators of documentation: the files that only they write, and the pages that hold no content.

Everything here goes by the names of files. What a page says of itself is read in `recognise.py`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

_NAVIGATION: Final = "an index, a search page or another listing made by the generator"
_SOURCES: Final = "a listing of source code, or the text that a page was made of"
_ASSET: Final = "it comes with the theme of the site"
_NOT_FOUND: Final = "the page for addresses that do not exist"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteGenerator:
    """A program that makes a site of documentation.

    Args:
        name: as its users call it.
        files: what lies in the folder of a site. Each text lists patterns of which all have to be there; one
            of the texts has to fit.
        says: how the content of `<meta name="generator">` begins, in lower case; empty if it has none.
        navigation: a pattern of the paths of pages that only lead to others.
        sources: a pattern of the paths of pages that show source code.
        assets: a pattern of the paths of what comes with the theme.
    """

    name: str
    files: tuple[str, ...] = ()
    says: str = ""
    navigation: str = ""
    sources: str = ""
    assets: str = ""

    def left_out(self, path: str) -> str:
        """Return why the page at `path`, below the folder of the site, is no content; empty if it is."""
        rules = ((self.sources, _SOURCES), (self.assets, _ASSET), (self.navigation, _NAVIGATION))
        for pattern, why in rules:
            if pattern and _compiled(pattern).fullmatch(path):
                return why
        return _NOT_FOUND if path in _NOT_FOUND_PAGES else ""


_NOT_FOUND_PAGES: Final = frozenset({"404.html", "404/index.html"})

_SPHINX: Final = {
    "navigation": r"(?:.+/)?(?:genindex(?:-[^/]+)?|[\w-]+-modindex|search)(?:\.html|/index\.html)",
    "sources": r"(?:.+/)?(?:_modules|_sources)/.+",
    "assets": r"(?:.+/)?(?:_static|_images|_downloads|_panels_static|_sphinx_design_static)/.+",
}

SITE_GENERATORS: Final = (
    SiteGenerator(
        name="pydoctor",
        files=("apidocs.css classIndex.html moduleIndex.html",),
        says="pydoctor",
        navigation=r"(?:all-documents|apidocs-help|classIndex|moduleIndex|nameIndex|undoccedSummary)\.html",
    ),
    SiteGenerator(
        name="MkDocs",
        files=("search/search_index.json index.html", "mkdocs/search_index.json index.html"),
        says="mkdocs",
        navigation=r"search(?:\.html|/.+)",
        assets=r"(?:assets|_static)/.+",
    ),
    SiteGenerator(name="Zensical", says="zensical", assets="assets/.+"),
    SiteGenerator(
        name="Sphinx",
        files=(
            "objects.inv searchindex.js",
            "objects.inv _static",
            "objects.inv genindex*",
            "searchindex.js _static",
            "searchindex.js genindex*",
            ".buildinfo _static *.html",
        ),
        says="sphinx",
        **_SPHINX,
    ),
    SiteGenerator(
        name="Javadoc",
        files=(
            "element-list index.html",
            "package-list index.html",
            "member-search-index.js *.html",
            "allclasses-frame.html index.html",
        ),
        says="javadoc",
        # The last two repeat what stands at the members themselves.
        navigation=r"(?:.+/)?(?:index-all|allclasses(?:-\w+)?|allpackages-\w+|overview-(?:tree|frame|summary-nav)"
        r"|(?:package|module)-(?:tree|use|frame)|help-doc|search|new-list|preview-list|restricted-list"
        r"|system-properties|external-specs|search-tags|deprecated-list|serialized-form)\.html"
        r"|(?:.+/)?(?:index-files|class-use|legal)/.+",
        sources=r"(?:.+/)?src-html/.+",
        assets=r"(?:script-dir|script-files|resource-files|resources|jquery)/.+",
    ),
    SiteGenerator(
        name="rustdoc",
        files=("crates*.js search-index*.js", "crates*.js search.index", "static.files search-index*.js"),
        says="rustdoc",
        navigation=r"(?:[^/]+/)?(?:all|help|settings)\.html|(?:implementors|trait\.impl|type\.impl|search\.\w+)/.+",
        sources=r"src/.+",
        assets=r"static\.files/.+",
    ),
    SiteGenerator(
        name="doxygen",
        files=("doxygen.css index.html", "doxygen.svg index.html", "doxygen.png index.html"),
        says="doxygen",
        navigation=r"(?:.+/)?(?:annotated|classes|hierarchy|inherits|files|namespaces|modules|topics|pages|concepts"
        r"|examples|graph_legend|search|dir_[0-9a-f]+|(?:functions|globals|namespacemembers)(?:_\w+)?"
        r"|.+-members)\.html|(?:.+/)?search/.+",
        sources=r"(?:.+/)?.+_source\.html",
    ),
    SiteGenerator(
        name="TypeDoc",
        files=(
            "assets/search.js assets/navigation.js",
            "assets/search.js modules.html",
            "assets/js/search.js globals.html",
        ),
        says="typedoc",
        navigation=r"hierarchy\.html",
        assets=r"assets/.+",
    ),
    SiteGenerator(
        name="Docusaurus",
        files=("assets/js/runtime~main*.js *.html",),
        says="docusaurus",
        navigation=r"(?:.+/)?search(?:\.html|/index\.html)|(?:.+/)?tags(?:\.html|/index\.html)",
        assets=r"assets/.+",
    ),
    SiteGenerator(
        name="VitePress", files=("hashmap.json assets *.html",), says="vitepress", assets=r"assets/.+"
    ),
    SiteGenerator(
        name="mdBook",
        files=(
            "book.js index.html css",
            "book.js index.html highlight.css",
            "book-*.js index.html",
            "elasticlunr.min.js mark.min.js index.html",
        ),
        says="mdbook",
        # `print.html` is the whole book once more.
        navigation=r"(?:print|toc)\.html",
    ),
    SiteGenerator(
        name="Antora",
        files=("_/css/site.css *.html", "_/js/site.js *.html"),
        says="antora",
        navigation=r"search(?:\.html|/index\.html)",
        assets=r"_/.+",
    ),
    SiteGenerator(
        name="Haddock",
        files=("doc-index.html haddock*", "doc-index.html linuwial.css"),
        says="haddock",
        navigation=r"doc-index(?:-\w+)?\.html",
        sources=r"src/.+",
    ),
    SiteGenerator(
        name="ExDoc",
        files=("api-reference.html dist",),
        says="exdoc",
        navigation=r"search\.html",
        assets=r"(?:dist|assets)/.+",
    ),
    SiteGenerator(
        name="Dokka",
        files=("package-list scripts index.html",),
        says="dokka",
        assets=r"(?:scripts|styles|images)/.+",
    ),
    SiteGenerator(
        name="JSDoc",
        files=("scripts/prettify global.html", "scripts/linenumber.js index.html"),
        sources=r".+\.js\.html",
        assets=r"(?:scripts|styles|fonts)/.+",
    ),
    SiteGenerator(name="pdoc", says="pdoc", navigation=r"search\.html"),
    SiteGenerator(
        name="YARD",
        files=("class_list.html method_list.html",),
        navigation=r"(?:.+/)?(?:class_list|method_list|file_list|frames|_index|top-level-namespace)\.html",
    ),
    SiteGenerator(
        name="RDoc", files=("table_of_contents.html js",), says="rdoc", navigation=r"table_of_contents\.html"
    ),
    SiteGenerator(name="gtk-doc", files=("*.devhelp2 *.html",), says="gtk-doc"),
    SiteGenerator(name="DocFX", files=("xrefmap.yml *.html",), says="docfx", navigation=r"(?:.+/)?toc\.html"),
    # These are told by their pages only.
    SiteGenerator(name="Starlight", says="starlight", assets=r"_astro/.+"),
    SiteGenerator(name="Astro", says="astro", assets=r"_astro/.+"),
    SiteGenerator(name="VuePress", says="vuepress", assets=r"assets/.+"),
    SiteGenerator(name="Docsify", says="docsify"),
    SiteGenerator(name="Nextra", says="nextra", assets=r"_next/.+"),
    SiteGenerator(name="Jekyll", says="jekyll", assets=r"assets/.+"),
    SiteGenerator(name="Hugo", says="hugo", navigation=r"(?:.+/)?(?:tags|categories)/.+"),
    SiteGenerator(name="GitBook", says="gitbook", assets=r"gitbook/.+"),
    SiteGenerator(name="HonKit", says="honkit", assets=r"gitbook/.+"),
    SiteGenerator(name="Asciidoctor", says="asciidoctor"),
    SiteGenerator(name="AsciiDoc", says="asciidoc"),
    SiteGenerator(name="Docutils", says="docutils"),
    SiteGenerator(name="DocBook", says="docbook"),
    SiteGenerator(name="Texinfo", says="makeinfo"),
    SiteGenerator(name="texi2html", says="texi2html"),
    SiteGenerator(name="Pandoc", says="pandoc"),
    SiteGenerator(name="Quarto", says="quarto", assets=r"site_libs/.+"),
    SiteGenerator(name="bookdown", says="bookdown"),
)


SPHINX: Final = next(one for one in SITE_GENERATORS if one.name == "Sphinx")


_MARKS: Final = (".html", ".htm", ".inv")


def generator_by_names(names: "frozenset[str]", exists: Callable[[str], bool]) -> SiteGenerator | None:
    """Return the generator whose files a folder holds.

    Args:
        names: what lies in the folder.
        exists: tells whether there is a file or folder at a path below it; asked only where the first part of
            the path is among `names`.
    """
    if not any(name.endswith(_MARKS) or name.startswith("crates") for name in names):  # most folders of code
        return None
    for generator in SITE_GENERATORS:
        for wanted in generator.files:
            if all(_is_there(pattern, names, exists) for pattern in wanted.split()):
                return generator
    return None


def generator_that_says(text: str) -> SiteGenerator | None:
    """Return the generator that calls itself `text` in `<meta name="generator">`."""
    said = text.strip().lower()
    return next((one for one in SITE_GENERATORS if one.says and said.startswith(one.says)), None)


def _is_there(pattern: str, names: "frozenset[str]", exists: Callable[[str], bool]) -> bool:
    first, slash, _ = pattern.partition("/")
    if slash:
        return first in names and exists(pattern)
    return pattern in names or ("*" in pattern and any(fnmatchcase(name, pattern) for name in names))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
