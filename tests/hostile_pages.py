"""Hostile pages, indexes of pages, data sets and installed packages; archives are in `hostile_archives`."""

import base64
import gzip
import json
import zlib
from pathlib import Path

from tests.hostile_archives import HEAD, MEGABYTE, MODULE, deflated, file, gzip_of, reports

# -- pages ----------------------------------------------------------------------------------------


@reports("too large")
def _a_manual_page_of_ten_gigabytes(folder: Path) -> tuple[str, Path]:
    return file(folder, "man", "k.1.gz", gzip_of(b".TH K 1\n", 800)[:900_000])


@reports("empty|malformed|unreadable")
def _a_manual_page_of_forty_thousand_empty_parts(folder: Path) -> tuple[str, Path]:
    return file(folder, "man", "k.1.gz", gzip.compress(b"", mtime=0) * 40_000)


def docs(folder: Path, name: str, data: bytes) -> tuple[str, Path]:
    (folder / "a.html").write_text("<h1>A</h1><p>What it says.</p>")
    return file(folder, "docs", name, data)


@reports("objects.inv: malformed .*more than 16000000")
def _an_inventory_of_a_gigabyte(folder: Path) -> tuple[str, Path]:
    return docs(folder, "objects.inv", HEAD + b"\x78\x9c" + deflated(1_000))


@reports("objects.inv: malformed .*100000 objects")
def _an_inventory_of_a_million_lines(folder: Path) -> tuple[str, Path]:
    return docs(folder, "objects.inv", HEAD + zlib.compress(b"a b:c 1 d -\n" * 1_000_000, 1))


@reports("objects.inv: malformed")
def _an_inventory_of_blanks(folder: Path) -> tuple[str, Path]:
    blanks = b" \n" * 50_000 + b"a " * 2_000_000
    return docs(folder, "objects.inv", HEAD + zlib.compress(blanks, 1))


@reports("values would take")
def _an_index_of_ten_million_lists(folder: Path) -> tuple[str, Path]:
    return docs(folder, "index.json", b'{"entries":[' + b"[]," * 10_000_000 + b"0]}")


@reports("nested too deep")
def _an_index_that_is_nested(folder: Path) -> tuple[str, Path]:
    return docs(folder, "index.json", b'{"entries":' * 100_000)


@reports("skipped p0.html")
def _an_index_of_many_pages_that_are_not_there(folder: Path) -> tuple[str, Path]:
    listed = [{"name": f"n{n}", "path": f"p{n}{'/index' * (n % 2)}"} for n in range(3_000)]
    return docs(folder, "index.json", json.dumps({"entries": listed}).encode())


@reports("k.ipynb: malformed .*values would take")
def _a_notebook_of_lists(folder: Path) -> tuple[str, Path]:
    return file(folder, "docs", "k.ipynb", b'{"cells":[' + b"{}," * 2_000_000 + b"0]}")


@reports("k.ipynb|k \\[")
def _a_notebook_with_a_picture_and_half_a_character(folder: Path) -> tuple[str, Path]:
    output = {"output_type": "display_data", "data": {"image/png": "A" * 7_000_000}}
    cell = {"cell_type": "code", "source": "x = '\ud800'\n", "outputs": [output]}
    return file(folder, "docs", "k.ipynb", json.dumps({"cells": [cell]}).encode())


LAUGHS = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
LAUGHS += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]


@reports("k.yaml|x ")
def _a_billion_laughs(folder: Path) -> tuple[str, Path]:
    schema = "components: {schemas: {A: {enum: *a39, default: *a39, properties: {b: *a39}}}}"
    text = "\n".join(['openapi: "3.0.0"', *LAUGHS, "info: {title: *a39}", schema])
    return file(folder, "openapi", "k.yaml", text.encode())


@reports("more than 2000000 values")
def _yaml_of_three_million_parts(folder: Path) -> tuple[str, Path]:
    return file(folder, "openapi", "k.yaml", b'openapi: "3.0.0"\nx: [' + b"[]," * 3_000_000 + b"]")


@reports("levels|no YAML")
def _yaml_that_is_nested(folder: Path) -> tuple[str, Path]:
    return file(folder, "openapi", "k.yaml", b'openapi: "3.0.0"\nx: ' + b"[" * 100_000)


@reports("more than 32000000 characters|too often")
def _operations_that_share_one_large_schema(folder: Path) -> tuple[str, Path]:
    properties = {f"p{n}": {"description": "d" * 4_000} for n in range(300)}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
    paths = {f"/p{n}": {"post": {"requestBody": body}} for n in range(20_000)}
    api = {"openapi": "3.0.0", "paths": paths, "components": {"schemas": {"A": {"properties": properties}}}}
    return file(folder, "openapi", "k.json", json.dumps(api).encode())


@reports("digits|no JSON")
def _a_number_of_a_million_digits(folder: Path) -> tuple[str, Path]:
    return file(folder, "openapi", "k.json", b'{"openapi": "3.0.0", "info": ' + b"9" * 1_000_000 + b"}")


# -- data sets ------------------------------------------------------------------------------------


@reports("line of more than")
def _a_line_of_ten_gigabytes(folder: Path) -> tuple[str, Path]:
    pack = zlib.compressobj(1, zlib.DEFLATED, -15)
    blank = pack.compress(b" " * MEGABYTE) + pack.flush(zlib.Z_FULL_FLUSH)
    data = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + blank * 10_000
    return file(folder, "dataset", "d.jsonl.gz", data)


@reports("NUL bytes")
def _a_sparse_data_set_of_sixty_gigabytes(folder: Path) -> tuple[str, Path]:
    return sparse(folder / "d.jsonl", "dataset")


@reports("private_test_cases")
def _tests_of_a_contest_of_four_gigabytes(folder: Path) -> tuple[str, Path]:
    packed = base64.b64encode(b"\x78\x9c" + deflated(4_000)).decode()
    fields = {"question_content": "q", "starter_code": "", "public_test_cases": "[]", "question_id": "1"}
    text = json.dumps(fields | {"private_test_cases": packed})
    return file(folder, "dataset", "d.jsonl", text.encode())


@reports("cannot be read|no JSON|values would take")
def _a_record_of_millions_of_lists(folder: Path) -> tuple[str, Path]:
    return file(folder, "dataset", "d.jsonl.gz", gzip.compress(b'{"intent":[' + b"{}," * 9_000_000, 1))


# -- installed packages ---------------------------------------------------------------------------


def sparse(path: Path, kind: str = "") -> tuple[str, Path]:
    """Make a sparse file of sixty gigabytes."""
    with path.open("wb") as hole:
        hole.truncate(60 << 30)
    return kind, path


def dist_info(folder: Path) -> Path:
    info = folder / "k-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: k\nVersion: 1.0\n")
    (info / "RECORD").write_text("k.py,,\n")
    (folder / "k.py").write_bytes(MODULE)
    return info


@reports("METADATA cannot be read")
def _metadata_of_sixty_gigabytes_that_is_installed(folder: Path) -> tuple[str, Path]:
    info = dist_info(folder)
    sparse(info / "METADATA")
    return "package", info


@reports("no Python source|RECORD|^k k.py")
def _a_record_of_five_million_lines(folder: Path) -> tuple[str, Path]:
    info = dist_info(folder)
    (info / "RECORD").write_bytes(b"k.py,,\n" * 4_500_000)
    return "package", info


@reports("RECORD is damaged")
def _a_record_with_a_field_of_a_megabyte(folder: Path) -> tuple[str, Path]:
    info = dist_info(folder)
    (info / "RECORD").write_bytes(b'"' + b"k" * 1_000_000 + b'",,\n')
    return "package", info


@reports("too large")
def _a_module_of_sixty_gigabytes_that_is_installed(folder: Path) -> tuple[str, Path]:
    info = dist_info(folder)
    sparse(folder / "k.py")
    return "package", info
