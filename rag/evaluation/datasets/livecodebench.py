"""LiveCodeBench: problems of programming contests by date (Jain et al. 2024, arXiv 2403.07974)."""

import base64
import pickletools
from collections.abc import Iterator
from pathlib import Path

from corpora.outside.archives import inflated
from corpora.outside.json_documents import parsed_json
from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Case, Task

# The imports that the official evaluation puts before every answer, since contest programs leave them out.
# The limits are those of its process.
_PRELUDE = """\
from string import *
from re import *
from datetime import *
from collections import *
from heapq import *
from bisect import *
from copy import *
from math import *
from random import *
from statistics import *
from itertools import *
from functools import *
from operator import *
from io import *
from sys import *
from json import *
from builtins import *
from typing import *
import string, re, datetime, collections, heapq, bisect, copy, math
import random, statistics, itertools, functools, operator, io, sys, json
sys.setrecursionlimit(50000)
if hasattr(sys, "set_int_max_str_digits"): sys.set_int_max_str_digits(50000)
"""
# Each line of an input is an argument. A tuple counts as a list, since JSON has no tuples.
_FUNCTIONAL = """
def _check(inputs, output):
    found = _called(*map(json.loads, inputs.split("\\n")))
    found = list(found) if isinstance(found, tuple) else found
    assert found == json.loads(output), f"{found!r:.200} is not {output:.200}"

"""
_TEXT_OPCODES = {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
_HARMLESS_OPCODES = {"PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "STOP"}
# Packed tests may unpack to 20 times their size, or to 32 MB if that is more, but never to more than 120 MB.
_MOST_BYTES = 120_000_000  # the largest problem has about 100 MB of tests
_FREE_BYTES = 32_000_000
_MAX_RATIO = 20


def load_livecodebench(path: Path) -> Iterator[Task]:
    """Yield the tasks of `test.jsonl` and its successors, tested by their public and private cases.

    Problems that read standard input have `cases`; where a function is to be written, the tests call it.
    There are no references. Private cases are packed as a pickle, which is parsed and never unpickled.
    """
    return map(_task, read_records(path))


def _task(record: DatasetRecord) -> Task:
    starter = record.text("starter_code", default="").replace("\r\n", "\n")
    found = [*record.objects("public_test_cases"), *_private(record)]
    cases = tuple(Case(case.text("input"), case.text("output")) for case in found)
    function = record.object("metadata").text("func_name", default="") if "metadata" in record.fields else ""
    is_method = "class Solution" in starter
    return Task(
        task_id=record.text("question_id"),
        intent=record.text("question_content"),
        shown=starter,
        before=_PRELUDE + starter,
        after="\n",
        tests=_tests(f"Solution().{function}" if is_method else function, cases) if function else "",
        cases=() if function else cases,
        entry_point="Solution" if is_method else function,
        date=record.text("contest_date", default=""),
        group=record.text("difficulty", default=""),
    )


def _tests(called: str, cases: tuple[Case, ...]) -> str:
    checks = (f"_check({case.stdin!r}, {case.stdout!r})\n" for case in cases)
    return f"import json\n_called = {called}\n{_FUNCTIONAL}{''.join(checks)}"


def _private(record: DatasetRecord) -> list[DatasetRecord]:
    """Return the private cases, stored as JSON, or as base64 of zlib of a pickle of JSON text."""
    text = record.text("private_test_cases", default="")
    if not text or text.lstrip().startswith("["):
        return record.objects("private_test_cases") if text else []
    try:
        packed = base64.b64decode(text, validate=True)
        most = min(_MOST_BYTES, max(_FREE_BYTES, _MAX_RATIO * len(packed)))
        pickled = inflated(packed, most)
        if len(pickled) > most:
            raise ValueError(f"it unpacks to more than {most} bytes")
        unpacked = parsed_json(_text_of_pickle(pickled))
    except ValueError as error:  # `binascii.Error` is a ValueError too
        raise record.error("the field 'private_test_cases' cannot be read", str(error)) from error
    return DatasetRecord({"private_test_cases": unpacked}, record.where).objects("private_test_cases")


def _text_of_pickle(data: bytes) -> str:
    """Return the text in a pickle of a single text, without unpickling, which could run any code.

    Raises:
        ValueError: the pickle holds anything else.
    """
    texts: list[str] = []
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in _TEXT_OPCODES:
            texts.append(str(argument))
        elif opcode.name not in _HARMLESS_OPCODES:
            raise ValueError(f"the pickle holds {opcode.name}, where only text is expected")
    if len(texts) != 1:
        raise ValueError(f"the pickle holds {len(texts)} texts instead of one")
    return texts[0]
