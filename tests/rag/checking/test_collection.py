"""The search for garbage in cycles is paused during a check, and left as it was."""

import gc

import pytest

from rag.checking.programs.collection import collection_paused


def test_the_search_is_paused_and_goes_on_afterwards() -> None:
    with collection_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_search_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), collection_paused():
        raise ValueError("broken")
    assert gc.isenabled()


def test_the_search_stays_off_for_those_who_turned_it_off() -> None:
    gc.disable()
    try:
        with collection_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
