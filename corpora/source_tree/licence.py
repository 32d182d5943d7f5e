"""The licence of a file: from its SPDX tag, else from the licence file in its folder or above."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from corpora.outside.files import open_outside

UNKNOWN_LICENCE = "LicenseRef-unknown"
"""There is a licence file whose wording is not recognised."""

PERMISSIVE = frozenset(
    [
        *("0bsd", "apache-2.0", "blueoak-1.0.0", "bsd-1-clause", "bsd-2-clause", "bsd-3-clause"),
        *("bsd-3-clause-clear", "bsl-1.0", "cc0-1.0", "isc", "mit", "mit-0", "ncsa", "postgresql"),
        *("psf-2.0", "python-2.0", "unlicense", "wtfpl", "x11", "zlib"),
    ]
)

_TAG = "SPDX-License-Identifier:"
_TAG_HEAD_CHARS = 2048
_EXPRESSION = re.compile(r"[ \t]*+([A-Za-z0-9.+\-() \t]{0,200}[A-Za-z0-9+)])")
_TOKEN = re.compile(r"[()]|[^\s()]+")

# `LICENSE`, `LICENSE.md`, `COPYING.LESSER`, `LICENSE-MIT`; not `license.py`.
_FILE_NAME = re.compile(
    r"(?:licen[cs]e|copying|unlicen[cs]e)(?:[-.](?:md|rst|txt|html|lesser|[a-z]+(?:-[\w.]+?)?(?:\.md|\.txt)?))?",
    re.IGNORECASE,
)
_CODE_SUFFIXES = frozenset(
    {".py", ".c", ".h", ".go", ".js", ".ts", ".rs", ".java", ".rb", ".cs", ".json", ".sh"}
)
_FILE_HEAD_BYTES = 40_000
_MAX_FILES = 50  # read in one folder

# Wording in lower case, with one space for everything that is neither letter nor digit. The licence of a text
# is the one whose wording comes first. The text of a GPL does not tell whether later versions are permitted,
# so its id has no "-only".
_WORDINGS = {
    "gnu affero general public license version 3": "AGPL-3.0",
    "gnu lesser general public license version 2 1": "LGPL-2.1",
    "gnu lesser general public license version 3": "LGPL-3.0",
    "gnu library general public license version 2": "LGPL-2.0",
    "gnu general public license version 2": "GPL-2.0",
    "gnu general public license version 3": "GPL-3.0",
    "apache license version 2 0": "Apache-2.0",
    "mozilla public license version 2 0": "MPL-2.0",
    "boost software license version 1 0": "BSL-1.0",
    "business source license 1 1": "BUSL-1.1",
    "cc0 1 0 universal": "CC0-1.0",
    "python software foundation license version 2": "PSF-2.0",
    "this is free and unencumbered software released into the public domain": "Unlicense",
    "permission is hereby granted free of charge to any person obtaining a copy of this software and "
    "associated documentation files": "MIT",
    "permission to use copy modify and or distribute this software for any purpose with or without fee is "
    "hereby granted": "ISC",
    "permission to use copy modify and distribute this software for any purpose with or without fee is "
    "hereby granted": "ISC",
    "redistribution and use in source and binary forms with or without modification are permitted": "BSD",
}


def tagged_licence(text: str) -> str:
    """Return the SPDX expression in a tag at the start of `text`; empty if there is none."""
    found = text.find(_TAG, 0, _TAG_HEAD_CHARS)
    expression = _EXPRESSION.match(text, found + len(_TAG)) if found >= 0 else None
    return " ".join(expression[1].split()) if expression else ""


def recognised_licence(text: str) -> str:
    """Return the SPDX id of the licence with this text, or `UNKNOWN_LICENCE`."""
    if tag := tagged_licence(text):
        return tag
    words = re.sub("[^a-z0-9]+", " ", text.lower())
    found = [(place, name) for wording, name in _WORDINGS.items() if (place := words.find(wording)) >= 0]
    place, name = min(found, default=(0, UNKNOWN_LICENCE))
    if name == "BSD":
        terms = words[place : place + 2_000]
        if "all advertising materials" in terms:
            return "BSD-4-Clause"
        return "BSD-3-Clause" if re.search("neither the name|endorse or promote", terms) else "BSD-2-Clause"
    if name == "ISC" and "provided that" not in words[place : place + 250]:
        return "0BSD"
    return name


class LicenceFiles:
    """The licence files in the folders below `root`; each folder is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str] = {}

    def forget(self) -> None:
        """Read the folders again from now on, since they may have changed."""
        self._known.clear()

    def nearest(self, directory: str) -> str:
        """Return the licence that applies in `directory`, which ends with a slash; empty for none."""
        passed = []
        while (known := self._known.get(directory)) is None:
            passed.append(directory)
            if (found := self._in(directory)) or not directory:
                known = self._known[directory] = found
                break
            directory = directory[: directory.rfind("/", 0, -1) + 1]
        self._known.update(dict.fromkeys(passed, known))
        return known

    def _in(self, directory: str) -> str:
        found = {
            path.name.lower(): recognised_licence(_head(path))
            for path in islice(self._files(directory), _MAX_FILES)
        }
        whole = {name: licence for name, licence in found.items() if "-" not in name}
        if not whole:
            # `LICENSE-MIT` beside `LICENSE-APACHE`: users may choose.
            return " OR ".join(sorted(set(found.values())))
        # `COPYING.LESSER` adds to the GPL in `COPYING`. Else the first recognised one by name.
        lesser = [licence for licence in whole.values() if licence.startswith("LGPL")]
        known = [licence for _, licence in sorted(whole.items()) if licence != UNKNOWN_LICENCE]
        return (*lesser, *known, UNKNOWN_LICENCE)[0]

    def _files(self, directory: str) -> Iterator[Path]:
        try:
            with os.scandir(self._root / directory) as entries:
                for entry in entries:
                    if _FILE_NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                        path = Path(entry.path)
                        if path.suffix.lower() not in _CODE_SUFFIXES:
                            yield path
        except OSError:  # it is gone or closed to us: the folders above decide
            return


def _head(path: Path) -> str:
    try:
        with open_outside(path, follow_links=False) as file:
            return file.read(_FILE_HEAD_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def licence_ids(expression: str) -> set[str]:
    """Return the ids in an SPDX expression in lower case, also without `-only`, `-or-later` and `+`.

    >>> sorted(licence_ids("GPL-2.0-only OR MIT"))
    ['gpl-2.0', 'gpl-2.0-only', 'mit']
    """
    tokens = {token.lower() for token in _TOKEN.findall(expression)}
    names = tokens | {re.sub(r"-only$|-or-later$|\+$", "", token) for token in tokens}
    return names - {"and", "or", "with", "(", ")", ""}


def is_permissive(expression: str) -> bool:
    """Return whether an SPDX expression permits use under permissive licences alone.

    >>> is_permissive("GPL-2.0-only OR MIT"), is_permissive("GPL-2.0-only AND MIT"), is_permissive("")
    (True, False, False)
    """
    tokens = [token.lower() for token in _TOKEN.findall(expression)]
    answer = _any_of(tokens)
    return answer and not tokens  # with anything left over it is no SPDX expression


def _any_of(tokens: list[str]) -> bool:
    answers = [_all_of(tokens)]
    while tokens and tokens[0] == "or":
        del tokens[0]
        answers.append(_all_of(tokens))
    return any(answers)


def _all_of(tokens: list[str]) -> bool:
    answers = [_one(tokens)]
    while tokens and tokens[0] == "and":
        del tokens[0]
        answers.append(_one(tokens))
    return all(answers)


def _one(tokens: list[str]) -> bool:
    """Take an id with its exception, which only ever permits more, or an expression in parentheses."""
    if not tokens:
        return False
    name = tokens.pop(0)
    if name == "(":
        answer = _any_of(tokens)
        return bool(tokens) and tokens.pop(0) == ")" and answer
    if tokens and tokens[0] == "with":
        del tokens[:2]
    return name.removesuffix("+") in PERMISSIVE
