"""Answers of a service: line-exact, within their budget, and of nothing but what is indexed."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import CorpusError, NothingPasses, RagError
from indexers.building.writer_lock import writing
from indexers.index import Index
from indexers.layout import Layout
from rag.serving.answers.api import ApiRequest, describe_api
from rag.serving.answers.code_check import check_sent_code
from rag.serving.answers.documentation import search_documentation
from rag.serving.answers.read import read_document
from rag.serving.answers.search import SearchRequest, search_projects
from rag.serving.answers.status import status_of_projects, status_text
from rag.serving.answers.unit import read_unit
from rag.serving.answers.update import update_project
from rag.serving.projects import Projects
from rag.tokens.estimate import estimate_tokens
from tests.served_project import SHOP, opened, write_project


def test_a_hit_has_its_lines_as_they_stand_in_the_file(projects: Projects) -> None:
    hit = search_projects(projects.find(), SearchRequest("parse_price")).hits[0]
    assert (hit.path, hit.symbol, hit.extent) == ("shop/basket.py", "parse_price", "whole")
    lines = SHOP.split("\n")
    for shown in hit.text.split("\n"):
        number, _, text = shown.partition("|")
        assert lines[int(number) - 1] == text.removeprefix(" ")
    assert hit.line is not None and lines[hit.line - 1].startswith("def parse_price")
    assert hit.head.startswith(f"shop/basket.py:{hit.line}: parse_price (")


@given(budget=st.integers(1, 600), k=st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_an_answer_keeps_to_its_budget_and_says_what_it_left_out(
    projects: Projects, budget: int, k: int
) -> None:
    whole = search_projects(projects.find(), SearchRequest("add an item to the basket", k, 100_000))
    found = search_projects(projects.find(), SearchRequest("add an item to the basket", k, budget))
    text = "\n\n".join(f"{hit.head}\n{hit.text}" for hit in found.hits)
    assert not found.hits or estimate_tokens(text) <= budget
    assert len(found.hits) + found.left_out == len(whole.hits)
    assert [hit.path for hit in found.hits] == [hit.path for hit in whole.hits[: len(found.hits)]]


def test_hits_of_several_projects_take_turns(projects: Projects, tmp_path: Path) -> None:
    with opened(write_project(tmp_path / "other")) as others:
        both = [*projects.find(), *others.find()]
        found = search_projects(both, SearchRequest("parse_price", 4, 50_000))
    assert [hit.project for hit in found.hits] == ["shop", "other", "shop", "other"]


def test_a_project_that_has_no_index_keeps_no_other_from_answering(
    projects: Projects, tmp_path: Path
) -> None:
    with opened(tmp_path) as bare:
        found = search_projects([*projects.find(), *bare.find()], SearchRequest("parse_price"))
        with pytest.raises(RagError, match="no index yet"):
            search_projects(bare.find(), SearchRequest("parse_price"))
    assert found.hits and {hit.project for hit in found.hits} == {"shop"}
    assert any("has no index yet" in note for note in found.notes)


def test_text_that_speaks_to_a_model_is_marked_or_left_out(projects: Projects) -> None:
    marked = search_projects(projects.find(), SearchRequest("trap"))
    trap = next(hit for hit in marked.hits if hit.symbol == "trap")
    assert trap.is_suspicious and "reads like instructions" in trap.head
    assert "<|im_end|>" not in trap.text
    dropped = search_projects(projects.find(), SearchRequest("trap", drops_suspicious=True))
    assert all(hit.symbol != "trap" for hit in dropped.hits)
    assert any("read like instructions" in note for note in dropped.notes)


def test_a_file_that_changed_is_told(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    (folder / "shop" / "basket.py").write_text("x = 1\n")
    with opened(folder) as projects:
        hit = search_projects(projects.find(), SearchRequest("parse_price")).hits[0]
        assert hit.is_stale and "has changed since" in hit.head
        read = read_document(projects.only(), "shop/basket.py")
    assert read.is_stale and any("has changed" in note for note in read.notes)


def test_an_answer_while_the_index_is_written_says_so(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    with opened(folder) as projects, writing(Layout(folder / ".rag")):
        found = search_projects(projects.find(), SearchRequest("parse_price"))
    assert found.states[0].is_being_written
    assert any("brought up to date now" in note for note in found.notes)


def test_an_index_before_its_first_commit_answers_with_the_reason(tmp_path: Path) -> None:
    Index.create(tmp_path / ".rag").close()
    with opened(tmp_path) as projects:
        with pytest.raises(RagError, match="nothing is indexed yet"):
            search_projects(projects.find(), SearchRequest("anything"))
        with writing(Layout(tmp_path / ".rag")), pytest.raises(RagError) as caught:
            read_document(projects.only(), "a.py")
    assert caught.value.fix == "ask again in a minute"


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": "  "},
        {"query": "x", "k": 0},
        {"query": "x", "k": 101},
        {"query": "x", "max_tokens": 0},
        {"query": "x" * 100_001},
    ],
)
def test_a_request_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RagError) as caught:
        SearchRequest(**wrong)  # type: ignore[arg-type]
    assert caught.value.fix


def test_filters_hold_and_one_that_nothing_passes_is_told(projects: Projects) -> None:
    request = SearchRequest("basket", paths=("shop/*.py",), languages=("python",), kinds=("code",))
    assert {hit.path for hit in search_projects(projects.find(), request).hits} <= {
        "shop/basket.py",
        "shop/trap.py",
    }
    with pytest.raises(NothingPasses):
        search_projects(projects.find(), replace(request, languages=("cobol",)))


def test_nothing_found_is_said(projects: Projects) -> None:
    found = search_projects(projects.find(), SearchRequest("re:zzz[0-9]{40}"))
    assert not found.hits or any("nothing matches" in note for note in found.notes)


def test_lines_of_a_file_are_read_around_the_one_that_is_wanted(projects: Projects) -> None:
    read = read_document(projects.only(), "shop/basket.py", line=19, lines=12)
    assert (read.first_line, read.last_line, read.lines) == (16, 21, 21)
    numbers = [int(line.partition("|")[0]) for line in read.text.split("\n")]
    assert numbers == list(range(16, 22))
    assert any(one.startswith("parse_price:") for one in read.symbols)
    assert not read.notes
    top = read_document(projects.only(), "shop/basket.py", lines=20)
    assert (top.first_line, top.notes) == (1, ("1 line follows",))


def test_secrets_are_not_read_back(projects: Projects) -> None:
    assert "battery-staple" not in read_document(projects.only(), "shop/basket.py").text


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "shop/../../x",
        "nul\0",
        "",
        "shop",
        ".rag/catalog.sqlite",
        ".git/config",
    ],
)
def test_only_what_is_indexed_is_read(projects: Projects, path: str) -> None:
    with pytest.raises(RagError, match="is not in the index"):
        read_document(projects.only(), path)


def test_a_path_is_understood_in_each_form(projects: Projects, folder: Path) -> None:
    inside = read_document(projects.only(), "shop/basket.py")
    absolute = read_document(projects.only(), str(folder / "shop" / "basket.py"))
    assert inside.text == absolute.text
    with pytest.raises(RagError) as caught:
        read_document(projects.only(), "elsewhere/basket.py")
    assert "did you mean shop/basket.py" in caught.value.fix


def test_numbers_of_lines_out_of_range_are_refused(projects: Projects) -> None:
    with pytest.raises(RagError, match="has no line 900"):
        read_document(projects.only(), "shop/basket.py", line=900)
    for wrong in ({"line": 0}, {"lines": 0}, {"lines": 5_000}):
        with pytest.raises(RagError, match="cannot be read"):
            read_document(projects.only(), "shop/basket.py", **wrong)


def test_a_small_budget_still_shows_the_line(projects: Projects) -> None:
    read = read_document(projects.only(), "shop/basket.py", line=1, lines=50, max_tokens=30)
    assert 1 <= read.last_line < 21
    assert estimate_tokens(read.text) <= 40


def test_a_unit_is_found_by_its_name(projects: Projects) -> None:
    assert "Read a price" in read_unit(projects.only(), "parse_price")
    with pytest.raises(RagError, match="no unit nowhere"):
        read_unit(projects.only(), "nowhere")


def test_an_installed_library_is_described_and_never_by_a_path(tmp_path: Path) -> None:
    found = describe_api(tmp_path, ApiRequest("jinja2", "Environment.from_string"))
    assert "source" in found.text and found.library == "jinja2"
    assert describe_api(tmp_path, ApiRequest("jinja2", max_tokens=60)).is_cut
    for wrong in ("../evil", "/etc", "git@x", "a b", "npm:../x", ""):
        with pytest.raises(RagError, match="names no library"):
            ApiRequest(wrong)
    with pytest.raises(RagError, match="is no version"):
        ApiRequest("jinja2", version="1.0; rm -rf")


def test_a_folder_of_the_name_of_a_library_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jinja2").mkdir()
    (tmp_path / "jinja2" / "__init__.py").write_text("def evil():\n    pass\n")
    monkeypatch.chdir(tmp_path)
    assert "evil" not in describe_api(tmp_path, ApiRequest("jinja2")).text


def test_nothing_is_fetched_unless_it_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is not on this machine"):
        describe_api(tmp_path, ApiRequest("jinja2", version="2.11.3"))


def test_sent_code_is_checked_against_the_libraries_of_the_project(tmp_path: Path) -> None:
    found = check_sent_code(tmp_path, "import jinja2\njinja2.Enviroment()\n")
    assert [one.line for one in found.findings] == [2]
    assert "Enviroment" in found.text
    with pytest.raises(RagError, match="characters"):
        check_sent_code(tmp_path, "#" * 10_000_000)


def test_a_library_without_documentation_says_how_to_add_it(projects: Projects) -> None:
    with pytest.raises(RagError) as caught:
        search_documentation(projects.find(), SearchRequest("merge frames"), "pandas", "2.2.3")
    assert "rag docs add pkg:pandas==2.2.3" in caught.value.fix


def test_the_status_tells_what_is_there_and_what_is_behind(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    (folder / "new.py").write_text("x = 1\n")
    (tmp_path / "empty").mkdir()
    with opened(folder, tmp_path / "empty") as projects:
        found = status_of_projects(projects.find())
        quick = status_of_projects(projects.find(), looks=False)
    assert found[0].documents == 3 and found[0].corpora[0].new == 1
    assert quick[0].corpora[0].problem == "not looked at"
    assert "no index yet" in found[1].problem
    text = status_text(found)
    assert "1 new" in text and "no index yet" in text


def test_an_update_makes_an_index_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    return 1\n")
    with opened(tmp_path) as projects:
        assert update_project(projects.only()).added == 1
        assert "1 document added" not in update_project(projects.only()).text
        assert search_projects(projects.find(), SearchRequest("f")).hits


@pytest.mark.parametrize("place", ["home", "."])
def test_the_home_folder_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with opened(tmp_path / place) as projects, pytest.raises(RagError, match="not indexed as a project"):
        update_project(projects.only())
    assert not (tmp_path / place / ".rag").exists()


def test_lines_that_are_long_are_cut(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("x = 1  # " + "long " * 1_000 + "\n")
    with opened(tmp_path) as projects:
        update_project(projects.only())
        read = read_document(projects.only(), "long.py")
    assert max(map(len, read.text.split("\n"))) <= 410
