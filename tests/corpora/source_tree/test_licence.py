from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpora.document import Document, Listed
from corpora.source_tree.licence import is_permissive, licence_ids, recognised_licence, tagged_licence
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.cli.main import main
from tests.small_corpora import write_tree

MIT = """MIT License

Copyright (c) 2020 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
"""
BSD = "Redistribution and use in source and binary forms, with or without\n * modification, are permitted"
ISC = """Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted"""
TEXTS = {
    "MIT": MIT,
    "Apache-2.0": "                    Apache License\n            Version 2.0, January 2004\n",
    "BSD-2-Clause": BSD,
    "BSD-3-Clause": BSD + " 3. Neither the name of the copyright holder nor the names of its",
    "ISC": ISC + ", provided that the above copyright notice",
    "0BSD": ISC + ".\n\nTHE SOFTWARE IS PROVIDED",
    "GPL-2.0": "GNU GENERAL PUBLIC LICENSE\n   Version 2, June 1991\n",
    "GPL-3.0": "GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007\n",
    "LGPL-2.1": "GNU LESSER GENERAL PUBLIC LICENSE\n   Version 2.1, February 1999\n",
    "LGPL-3.0": "GNU LESSER GENERAL PUBLIC LICENSE\n Version 3\n of the GNU General Public License version 3",
    "AGPL-3.0": "GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3, 19 November 2007\n",
    "MPL-2.0": "Mozilla Public License Version 2.0\n==================================\n",
    "Unlicense": "This is free and unencumbered software released into the public domain.\n",
    "CC0-1.0": "Creative Commons Legal Code\n\nCC0 1.0 Universal\n",
    "BSL-1.0": "Boost Software License - Version 1.0 - August 17th, 2003\n",
    "BUSL-1.1": "Business Source License 1.1\n",
    "PSF-2.0": "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2\n",
    "GPL-2.0 WITH Linux-syscall-note": "Under:\n SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note\n",
    "LicenseRef-unknown": "All of this belongs to us.\n",
}


def licences(root: Path, files: dict[str, str]) -> dict[str, str]:
    write_tree(root, files)
    tree = CodeTree(CorpusSpec("c", "code", str(root)))
    found = [
        tree.read(item) for item in tree.scan() if isinstance(item, Listed) and item.path.endswith(".py")
    ]
    return {item.origin.path: item.origin.licence for item in found if isinstance(item, Document)}


@pytest.mark.parametrize(("licence", "text"), TEXTS.items())
def test_a_licence_is_known_by_its_words(licence: str, text: str) -> None:
    assert recognised_licence(text) == licence
    assert recognised_licence("".join(f"# {line}\n" for line in text.splitlines())) == licence


@pytest.mark.parametrize(
    ("line", "expression"),
    [
        ("// SPDX-License-Identifier: GPL-2.0-only", "GPL-2.0-only"),
        ("/* SPDX-License-Identifier: (GPL-2.0+ OR MIT) */", "(GPL-2.0+ OR MIT)"),
        ("<!-- SPDX-License-Identifier: MIT -->", "MIT"),
        ("# SPDX-License-Identifier:", ""),
        ("#" * 3000 + " SPDX-License-Identifier: MIT", ""),
    ],
)
def test_a_tag_is_read_without_the_comment_around_it(line: str, expression: str) -> None:
    assert tagged_licence(line + "\nint MIT;\n") == expression


def test_the_tag_of_a_file_wins_over_the_nearest_licence_file(tmp_path: Path) -> None:
    files = {
        "LICENSE": MIT,
        "a.py": "x = 1\n",
        "b.py": "# SPDX-License-Identifier: ISC\nx = 1\n",
        "deep/down/c.py": "x = 1\n",
        "vendored_in/COPYING.txt": TEXTS["GPL-3.0"],
        "vendored_in/sub/d.py": "x = 1\n",
        "ours/Licence.md": "Ask us.\n",
        "ours/e.py": "x = 1\n",
    }
    assert licences(tmp_path, files) == {
        "a.py": "MIT",
        "b.py": "ISC",
        "deep/down/c.py": "MIT",
        "ours/e.py": "LicenseRef-unknown",
        "vendored_in/sub/d.py": "GPL-3.0",
    }


def test_no_licence_file_within_the_corpus_means_no_licence(tmp_path: Path) -> None:
    write_tree(tmp_path, {"LICENSE": MIT})
    assert licences(tmp_path / "root", {"a.py": "x = 1\n", "license.py": "x = 1\n"}) == {
        "a.py": "",
        "license.py": "",
    }


def test_licence_files_side_by_side_are_a_choice_and_the_lesser_one_prevails(tmp_path: Path) -> None:
    files = {
        "rust/LICENSE-MIT": MIT,
        "rust/LICENSE-APACHE": TEXTS["Apache-2.0"],
        "rust/a.py": "x = 1\n",
        "gnu/COPYING": TEXTS["GPL-3.0"],
        "gnu/COPYING.LESSER": TEXTS["LGPL-3.0"],
        "gnu/b.py": "x = 1\n",
    }
    assert licences(tmp_path, files) == {"rust/a.py": "Apache-2.0 OR MIT", "gnu/b.py": "LGPL-3.0"}


def test_a_changed_licence_file_is_seen_by_the_next_scan(tmp_path: Path) -> None:
    write_tree(tmp_path, {"LICENSE": MIT, "a.py": "x = 1\n"})
    tree = CodeTree(CorpusSpec("c", "code", str(tmp_path)))
    before = tree.read(Listed("a.py", 6, ""))
    write_tree(tmp_path, {"LICENSE": TEXTS["GPL-3.0"]})
    list(tree.scan())
    after = tree.read(Listed("a.py", 6, ""))
    assert isinstance(before, Document)
    assert isinstance(after, Document)
    assert (before.origin.licence, after.origin.licence) == ("MIT", "GPL-3.0")


@pytest.mark.parametrize(
    ("expression", "permissive"),
    [
        ("MIT", True),
        ("mit or gpl-3.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only AND ISC", True),
        ("(MIT OR GPL-3.0-only) AND GPL-2.0+", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-2.0 WITH Linux-syscall-note", False),
        ("(GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause", True),
        ("LicenseRef-unknown", False),
        ("", False),
        ("MIT BSD", False),
        ("(MIT", False),
    ],
)
def test_permissive_means_that_permissive_licences_are_enough(expression: str, permissive: bool) -> None:
    assert is_permissive(expression) is permissive


EXPRESSIONS = st.recursive(
    st.sampled_from(["MIT", "GPL-3.0-only", "Apache-2.0 WITH LLVM-exception"]),
    lambda inner: st.tuples(inner, st.sampled_from(["OR", "AND"]), inner).map(lambda p: f"({' '.join(p)})"),
)


@given(EXPRESSIONS, EXPRESSIONS)
def test_and_needs_both_and_or_needs_one(left: str, right: str) -> None:
    both, one = is_permissive(left) and is_permissive(right), is_permissive(left) or is_permissive(right)
    assert is_permissive(f"{left} AND {right}") == both
    assert is_permissive(f"{left} OR {right}") == one


@given(st.text(alphabet="()MIT ORANDWH-+.", max_size=200))
@example("OR+")
def test_any_text_at_all_is_judged(text: str) -> None:
    assert is_permissive(text) in (True, False)
    assert "or" not in licence_ids(text)


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        (("mit",), {"a.py", "both.py"}),
        (("GPL-2.0",), {"b.py", "both.py"}),
        (("permissive",), {"a.py", "both.py"}),
        (("isc", "GPL-2.0-only"), {"b.py", "both.py"}),
        (("ISC",), set()),
    ],
)
def test_a_search_looks_only_at_files_with_the_licences_named(
    tmp_path: Path, wanted: tuple[str, ...], paths: set[str]
) -> None:
    tag = "# SPDX-License-Identifier: {}\ndef parse():\n    return 1\n"
    tags = {"a.py": "MIT", "b.py": "GPL-2.0-only", "both.py": "GPL-2.0-only OR MIT"}
    root = write_tree(tmp_path, {path: tag.format(licence) for path, licence in tags.items()})
    with Index.in_memory([str(root)]) as index:
        ids = index.catalog.chunk_ids(index.catalog.documents_matching(Filter(licences=wanted)))
        assert {chunk.origin.path for chunk in index.catalog.chunks(ids.tolist()).values()} == paths


def test_the_command_line_filters_by_licence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_tree(tmp_path / "src", {"LICENSE": MIT, "a.py": "def parse():\n    return 1\n"})
    index = str(tmp_path / "index")
    assert main(["index", "--index", index, str(root)]) == 0
    capsys.readouterr()
    assert main(["search", "--index", index, "--licence", "permissive", "--path", "*.py", "parse"]) == 0
    assert "a.py:1: parse" in capsys.readouterr().out
    assert main(["search", "--index", index, "--licence", "GPL-3.0", "parse"]) == 1
    out, err = capsys.readouterr()
    assert not out and "no licence 'GPL-3.0' in this index" in err and "it has: MIT" in err
