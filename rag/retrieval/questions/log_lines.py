"""Leave out what a logger writes before its message and no program holds: when it was."""

import re
from typing import Final

_TIME: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9}+)?)?"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_STAMP: Final = re.compile(
    rf"""
    ^[ \t]{{0,8}}+[\[(<]?
    (?: \d{{4}}[-/.]\d\d[-/.]\d\d (?:[T,\ ]{{1,2}}{_TIME})? (?:Z|\ ?[+-]\d\d:?\d\d)?
      | (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\ )?{_MONTH}\ {{1,2}}\d{{1,2}}\ {_TIME}
      | [EWIF]\d{{4}}\ {_TIME}(?:\ {{1,8}}\d{{1,10}})?  # glog: E0102 03:04:05.678901   12 app.go:9] message
      | \d{{1,2}}:\d\d:\d\d(?:[.,]\d{{1,9}}+)?
    )
    [\])>]?[ \t:|,-]{{1,10}}+(?=\S)
    """,
    re.MULTILINE | re.VERBOSE,
)


def without_times(text: str) -> str:
    """Return a log without the times before its messages; a text that does not begin with one, as it is.

    >>> without_times("[12:33:01.123] cannot open app.toml"), without_times("what is 12:33:01 in seconds")
    ('cannot open app.toml', 'what is 12:33:01 in seconds')
    """
    text = text.lstrip("\r\n")
    return _STAMP.sub("", text) if _STAMP.match(text) else text
