"""Secrets of many kinds in files of many kinds, and in every kind of corpus."""

# ruff: noqa: E501 (a page is one line)

import json
import time
from pathlib import Path

import pytest

from bench.ordinary_lines import ORDINARY
from bench.secret_files import cases, is_found
from corpora.redaction.redact import redact
from corpora.sources import spec_for
from indexers.index import Index
from tests import SLOWNESS
from tests.small_corpora import write_tree

PASSWORD = "vK7#mQ2!xR9p"
TOKEN = "gh" + "p_" + "a1B2c3D4e5F6" * 3


@pytest.mark.slow
def test_nineteen_of_twenty_made_secrets_are_found() -> None:
    made = list(cases())
    assert len({case.kind for case in made}) > 100
    missed = [case.kind for case in made if not is_found(case, redact(case.text)[0])]
    assert len(missed) < 0.02 * len(made), missed


@pytest.mark.parametrize("line", ORDINARY)
def test_what_looks_like_a_secret_and_is_none_stays(line: str) -> None:
    assert redact(line) == (line, 0)


def test_the_value_of_a_name_is_hidden_where_it_has_none_too() -> None:
    text = f'connect("db", "app", "{PASSWORD}")\nPASSWORD = "{PASSWORD}"\n'
    assert PASSWORD not in redact(text)[0]


def test_parts_of_a_literal_are_hidden_on_their_lines() -> None:
    parts = "q8Zt5Lw1Xy7K", "n3Vb9Rc6Mj2H"
    redacted, _ = redact(f'API_SECRET = (\n    "{parts[0]}"\n    "{parts[1]}"\n)\nnext()\n')
    assert redacted.count("\n") == 5
    assert not any(part in redacted for part in parts)
    assert redacted.endswith(")\nnext()\n")


PAGE = "<html><head><title>{title}</title></head><body><h1>{title}</h1><pre>password = '{password}'</pre></body></html>"
API = {
    "openapi": "3.0.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": f"https://ci:{PASSWORD.replace('#', '-')}@api.host/v1"}],
    "paths": {
        "/items": {
            "get": {
                "operationId": "list_items",
                "summary": "List the items",
                "description": f"curl -H 'X-Token: {TOKEN}' https://api.host",
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
}
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": f"# Log in\n\nThe token is {TOKEN}."},
        {
            "cell_type": "code",
            "metadata": {},
            "source": f'password = "{PASSWORD}"',
            "outputs": [],
            "execution_count": None,
        },
    ],
}
MODULE = f'''"""A client."""


def log_in(password="{PASSWORD}"):
    """Log in, for example with the token {TOKEN}."""
'''

CORPORA = {
    "docs": {
        "index.html": PAGE.format(title=f"Log in with {TOKEN}", password=PASSWORD),
        "b.html": "<h1>B</h1><p>b</p>",
    },
    "markdown": {"guide.md": f"# Log in with {TOKEN}\n\n```\npassword: '{PASSWORD}'\n```\n"},
    "notebook": {"a.ipynb": json.dumps(NOTEBOOK)},
    "openapi": {"api.json": json.dumps(API)},
    "comments": {"client.py": MODULE},
    "code": {"client.py": MODULE},
}


@pytest.mark.parametrize("kind", CORPORA)
def test_no_secret_of_any_corpus_reaches_the_index(tmp_path: Path, kind: str) -> None:
    root = write_tree(tmp_path / "src", CORPORA[kind])
    location = root / "api.json" if kind == "openapi" else root
    asked = {"markdown": "docs", "notebook": "code"}.get(kind, kind)
    with Index.create(tmp_path / ".rag") as index:
        report = index.update([spec_for(str(location), kind=asked)])
        chunks = index.catalog.chunks(index.catalog.chunk_ids().tolist())
        held = repr(list(chunks.values()))
    assert chunks
    assert TOKEN not in held
    assert PASSWORD not in held
    assert "[REDACTED:" in held
    assert report.redacted or kind == "comments"
    files = b"".join(path.read_bytes() for path in (tmp_path / ".rag").rglob("*") if path.is_file())
    assert TOKEN.encode() not in files


SEEDS = [
    "://", "://a:", "a:b@", "password=", 'password="', 'key="', "key='\\\"", "token: >\n  a\n", '"a"+', "pass ", "secret: >-\n  aaaa\n",
    "eyJaaaaaaaaaaaaaaaaaaaa=", "-----BEGIN PRIVATE KEY-----\n", "Private-Lines: 1\nAAAA\n", "kind: Secret\ndata:\n",
    "kind: Secret\n---\n", "curl -u ", "mysql -p", "echo a|", "//token", ":5432:", ":$2", "auth=", 'name="password" ', "sig=aaa",
    "client-key-data: ", "x-api-key: ", "KEY=A\\n", "password=a1!b\n", "a1B2c3D4e5F6g7H8i9J0", "x.y/z:",
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_looking_for_secrets_takes_linear_time(seed: str) -> None:
    """What takes the square of the length would take 8 seconds for 100,000 characters."""
    text = (seed * 40_000)[:40_000]
    began = time.process_time()
    redact(text)
    assert time.process_time() - began < 1.3 * SLOWNESS
