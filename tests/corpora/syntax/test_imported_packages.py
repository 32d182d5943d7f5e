"""Which packages a file imports."""

import time

import pytest

from corpora.syntax.imported_packages import MAX_PACKAGES, imported_packages


@pytest.mark.parametrize(
    ("language", "code", "packages"),
    [
        ("python", "import numpy.linalg as la, os\nimport json  # why\n", ("json", "numpy", "os")),
        ("python", "from google.cloud import storage\nfrom . import own\nfrom .a import b\n", ("google",)),
        ("python", "def f():\n    import polars as pl\n", ("polars",)),
        ("python", "important = 1\nfrom_here = 2\nprint('import x')\n", ()),
        ("python", "import this file\nimport a; import b\n", ("a", "this")),
        ("javascript", "import fs from 'node:fs'\nconst _ = require('lodash/fp')\n", ("fs", "lodash")),
        ("typescript", 'import type { A } from "@scope/kit/deep"\nimport "./own"\n', ("@scope/kit",)),
        ("tsx", 'export * from "react"\nconst x = await import("rxjs/operators")\n', ("react", "rxjs")),
        ("rust", "use serde::{Serialize};\npub(crate) use tokio::fs;\nuse crate::own;\n", ("serde", "tokio")),
        ("go", 'import (\n\t"fmt"\n\tx "github.com/spf13/cobra"\n\t"a.b/c/v2"\n)\n', ("c", "cobra", "fmt")),
        ("ruby", "require 'active_record/base'\nrequire_relative 'own'\n", ("active_record",)),
        ("php", "<?php\nuse Symfony\\Component\\Console;\nuse function Amp\\delay;\n", ("Amp", "Symfony")),
        ("text", "import numpy\n", ()),
        ("python", "", ()),
    ],
)
def test_imports_are_read_as_each_language_writes_them(
    language: str, code: str, packages: tuple[str, ...]
) -> None:
    assert imported_packages(code, language) == packages


def test_what_a_file_can_make_of_it_is_bounded() -> None:
    many = "".join(f"import package{number}\n" for number in range(1000))
    assert len(imported_packages(many, "python")) == MAX_PACKAGES
    late = "#" * 300_000 + "\nimport numpy\n"
    assert imported_packages(late, "python") == ()


@pytest.mark.parametrize("language", ["python", "typescript", "rust", "go", "ruby", "php"])
@pytest.mark.parametrize(
    "piece", ["from a", "import ", "import a,", 'from "', "use a", 'require("', " ", '"a/']
)
def test_a_hostile_file_takes_no_time(language: str, piece: str) -> None:
    start = time.process_time()
    imported_packages(piece * 40_000, language)
    assert time.process_time() - start < 2
