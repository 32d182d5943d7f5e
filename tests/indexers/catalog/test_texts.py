"""Texts come back from the catalog as they were, or are reported as damaged."""

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from indexers.catalog.texts import pack_text, unpack_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SIGNATURES = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@given(TEXTS, st.lists(SIGNATURES))
def test_a_text_and_its_signatures_come_back(text: str, signatures: list[str]) -> None:
    found, data = unpack_text(pack_text(text, signatures), len(signatures))
    assert ([part.decode() for part in found], data.decode()) == (signatures, text)


@pytest.mark.parametrize(
    ("blob", "signatures"),
    [(b"", 0), (b"no archive", 0), (pack_text("text", ["f()"]), 2), (zstandard.compress(b"f(\xff)"), 0)],
    ids=["empty", "no archive", "a signature too few", "no UTF-8"],
)
def test_anything_else_is_damage(blob: bytes, signatures: int) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        unpack_text(blob, signatures)
