from pathlib import Path

import pytest

from corpora.errors import RagError, UnknownName
from corpora.registry import Registry
from tests.plugins import install_plugin

Parts = Registry[object]


def parts() -> Parts:
    return Registry("part", "docprompting.parts", {"join": "os.path:join", "seven": 7})


def test_a_built_in_part_is_the_object_or_what_its_reference_leads_to() -> None:
    from os.path import join

    assert parts().get("join") is join and parts().get("seven") == 7
    assert parts().names() == ("join", "seven") and "join" in parts() and "plug" not in parts()


def test_a_part_of_another_package_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin(monkeypatch, tmp_path, "parts", "plug = plugin:PLUG", "PLUG = 'mine'")
    assert parts().get("plug") == "mine" and list(parts()) == ["join", "seven", "plug"]


def test_no_package_takes_the_place_of_a_built_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin(monkeypatch, tmp_path, "parts", "seven = plugin:PLUG", "PLUG = 8")
    assert parts().get("seven") == 7 and parts().names() == ("join", "seven")


def test_an_unknown_name_is_refused_with_those_of_all_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin(monkeypatch, tmp_path, "parts", "plug = plugin:PLUG")
    with pytest.raises(UnknownName, match="unknown part 'plugg'") as caught:
        parts().get("plugg")
    assert caught.value.choices == ("join", "plug", "seven") and "'plug'" in caught.value.fix


@pytest.mark.parametrize("source", ["raise OSError('no disk')", "import not_there", "PLUGG = 1"])
def test_a_package_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    install_plugin(monkeypatch, tmp_path, "parts", "plug = plugin:PLUG", source)
    with pytest.raises(RagError, match="the part 'plug' cannot be loaded") as caught:
        parts().get("plug")
    assert "plugin:PLUG" in caught.value.why and "docprompting.parts" in caught.value.fix
