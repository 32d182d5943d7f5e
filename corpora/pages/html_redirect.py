"""Recognize pages whose only purpose is to lead to another one."""

import re
from typing import TYPE_CHECKING

from corpora.pages.html_text import plain_text

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_SECONDS = 10  # a page that shows itself for longer is read before it leads on
_MAX_CHARS = 400  # of text on a page that only leads on: "This page has moved, click here"
_MAX_SCRIPT_CHARS = 2_000
_REFRESH = re.compile(
    r"\s*(\d{1,9})(?:\.\d{0,9})?\s*(?:[;,]\s*(?:url\s*=\s*)?[\"']?([^\"'\s]{1,2000}))?", re.IGNORECASE
)
_SCRIPTED = re.compile(
    r"\blocation(?:\.href)?\s*=\s*[\"']([^\"'\s]{1,2000})[\"']"
    r"|\blocation\.(?:replace|assign)\(\s*[\"']([^\"'\s]{1,2000})[\"']\s*\)",
)
_SETS_LOCATION = re.compile(r"\blocation(?:\.href)?\s*=(?!=)|\blocation\.(?:replace|assign)\(")


def redirect_of(root: "_Element") -> str:
    """Return where a page leads that says nothing itself, as its link has it; empty for any other page.

    A page leads on by `<meta http-equiv="refresh">`, or by a script that sets the location, to the address
    in the script or else that of the canonical link.
    """
    target = _refresh(root) or _scripted(root)
    if not target:
        return ""
    bodies = root.xpath("//body") or [root]
    return target if len(plain_text(bodies[:1])) <= _MAX_CHARS else ""


def _refresh(root: "_Element") -> str:
    for tag in root.iter("meta"):
        if (tag.get("http-equiv") or "").strip().lower() == "refresh":
            found = _REFRESH.match(tag.get("content") or "")
            if found and found[2] and int(found[1]) <= _MAX_SECONDS:
                return found[2]
    return ""


def _scripted(root: "_Element") -> str:
    for script in root.iter("script"):
        source = (script.text or "")[:_MAX_SCRIPT_CHARS]
        if found := _SCRIPTED.search(source):
            return found[1] or found[2]
        if _SETS_LOCATION.search(source):  # to an address that is computed
            links = (tag for tag in root.iter("link") if (tag.get("rel") or "").lower() == "canonical")
            return next((link.get("href") or "" for link in links), "")
    return ""
