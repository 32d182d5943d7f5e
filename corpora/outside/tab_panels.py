"""Show the panels of a page that a reader opens by a tab: they are content, although all but one are hidden.

Only what a reader can open is shown. A panel without a tab that can be seen and has a label stays hidden:
nobody reads it, but a model would.
"""

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from corpora.outside.invisible_elements import hides

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_TABS = 5_000
_MAX_NESTED = 4  # tabs in panels of tabs
_MAX_ABOVE = 3  # elements from a panel up to the box that holds the list of its tabs, too
_MAX_BESIDE = 20  # elements in that box in which the list is looked for
# What names the panel of a tab: an id, or a link to it.
_CONTROLS = ("aria-controls", "data-target", "data-bs-target")


def show_tab_panels(root: "_Element") -> None:
    """Remove what hides the panels of a page that have a tab. The page itself is changed.

    A tab belongs to a panel if it names the panel by its id, if the panel names the tab as its label, or if
    the nearest list of tabs has one for each panel around it.
    """
    for _ in range(_MAX_NESTED):
        panels = [
            element for element in root.xpath("//*[@hidden or @aria-hidden or @style]") if _is_closed(element)
        ]
        if not panels:
            return
        tabs = _visible_tabs(root)
        opened = [*_named(panels, tabs), *_beside(panels, tabs)]
        for panel in opened:
            _open(panel)
        if not opened:
            return


def _is_closed(element: "_Element") -> bool:
    """Return whether an element is hidden as scripts hide panels, and in no other way."""
    style = element.get("style") or ""
    if element.get("role") != "tabpanel" and not element.get("id"):
        return False
    if not hides(style):
        return element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return element.get("role") == "tabpanel" and not hides(_without_display(style))


def _visible_tabs(root: "_Element") -> "list[_Element]":
    """Return the tabs that a reader sees, each with a label on it."""
    known: dict[_Element, bool] = {}
    tabs = (tab for tab in root.xpath("//*[@role='tab']")[:_MAX_TABS] if "".join(tab.itertext()).strip())
    return [tab for tab in tabs if not _is_hidden(tab, known)]


def _is_hidden(element: "_Element", known: "dict[_Element, bool]") -> bool:
    """Return whether `element` or one around it is hidden; `known` is completed."""
    path = []
    hidden = False
    for above in (element, *element.iterancestors()):
        if above in known:
            hidden = known[above]
            break
        path.append(above)
    for above in reversed(path):
        hidden = hidden or _hides_itself(above)
        known[above] = hidden
    return hidden


def _hides_itself(element: "_Element") -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or hides(element.get("style") or "")
    )


def _named(panels: "list[_Element]", tabs: "list[_Element]") -> "list[_Element]":
    """Return the panels that name a tab, or are named by one."""
    labels = {tab.get("id") for tab in tabs}
    controlled = {
        name.lstrip("#") for tab in tabs for key in _CONTROLS for name in (tab.get(key) or "").split()
    }
    linked = {link.get("href", "")[1:] for tab in tabs for link in (tab, *tab.iter("a"))}
    found = []
    for panel in panels:
        is_panel = panel.get("role") == "tabpanel"
        name = panel.get("id", "")
        if (name and (name in controlled or (is_panel and name in linked))) or (
            is_panel and not labels.isdisjoint((panel.get("aria-labelledby") or "").split())
        ):
            found.append(panel)
    return found


def _beside(panels: "list[_Element]", tabs: "list[_Element]") -> "list[_Element]":
    """Return the panels without a name whose nearest list has a tab for each of the panels around it."""
    sizes: defaultdict[_Element, int] = defaultdict(int)
    for tab in tabs:
        row = next((above for above in tab.iterancestors() if above.get("role") == "tablist"), None)
        if row is not None:
            sizes[row] += 1
    if not sizes:
        return []
    closed, groups = set(panels), defaultdict(list)
    for panel in panels[0].getroottree().getroot().xpath("//*[@role='tabpanel']"):
        if (row := _nearest(panel, sizes)) is not None:
            groups[row].append(panel)
    return [
        panel
        for row, group in groups.items()
        if len(group) <= sizes[row]
        for panel in group
        if panel in closed and not panel.get("aria-labelledby")
    ]


def _nearest(panel: "_Element", rows: "defaultdict[_Element, int]") -> "_Element | None":
    """Return the list of tabs before a panel in one of the boxes around it."""
    for box in islice(panel.iterancestors(), _MAX_ABOVE):
        for child in islice(box, _MAX_BESIDE):
            for row in (child, *islice(child, _MAX_ABOVE)):
                if row in rows:
                    return row
    return None


def _open(panel: "_Element") -> None:
    for name in ("hidden", "aria-hidden"):
        panel.attrib.pop(name, None)
    if style := panel.get("style"):
        panel.set("style", _without_display(style))


def _without_display(style: str) -> str:
    return ";".join(part for part in style.split(";") if part.partition(":")[0].strip().lower() != "display")
