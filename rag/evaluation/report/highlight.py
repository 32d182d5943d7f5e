"""Code in colours: markup that holds the same text, in classes that the style of the page knows."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rag.evaluation.report.visible import visible

if TYPE_CHECKING:
    from markupsafe import Markup

_MOST_CHARS: Final = 20_000  # longer code stays without colours: a page holds many cases
_LANGUAGES: Final = ("python", "bash")


def highlighted(code: str, language: str) -> "Markup":
    """Return `code` as markup, with everything invisible in it written as an escape (`visible`)."""
    from markupsafe import Markup, escape

    text = visible(code)
    if len(text) > _MOST_CHARS or language not in _LANGUAGES:
        return escape(text)
    from pygments import highlight

    marked = highlight(text, *_tools(language))
    if not text.endswith("\n"):
        marked = marked.removesuffix("\n")  # which the formatter adds
    return Markup(marked)  # noqa: S704  the formatter escapes all text


@lru_cache(maxsize=len(_LANGUAGES))
def _tools(language: str) -> tuple[Any, Any]:
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return lexer, HtmlFormatter(nowrap=True, classprefix="t-")
