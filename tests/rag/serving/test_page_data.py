"""The page gets data, and makes texts of it: no answer of the service holds markup of what was retrieved."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.docs import add_docs
from rag.serving.answers.unit import read_unit
from rag.serving.app import ServiceOptions
from rag.serving.page.coloured import coloured_lines
from rag.serving.page.page_files import HEADERS
from rag.serving.projects import Projects
from tests.report_samples import write_run
from tests.served_project import opened, served
from tests.two_versions import two_versions


@pytest.fixture(scope="module")
def address(projects: Projects) -> Iterator[str]:
    with served(projects) as address:
        yield address


def ask(address: str, path: str, **body: Any) -> Any:
    answer = httpx.post(f"{address}{path}", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_files_are_served_under_a_policy_that_lets_nothing_else_run(address: str) -> None:
    page = httpx.get(address)
    assert page.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert "'unsafe" not in page.headers["content-security-policy"]
    assert "<script>" not in page.text and " style=" not in page.text and " onclick" not in page.text
    for name, kind in (
        ("page.js", "text/javascript"),
        ("page.css", "text/css"),
        ("icon.svg", "image/svg+xml"),
    ):
        file = httpx.get(f"{address}/page/{name}")
        assert file.headers["content-type"].startswith(kind)
        again = httpx.get(f"{address}/page/{name}", headers={"if-none-match": file.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "name", ["..%2f..%2fapp.py", "__init__.py", "%2e%2e", "page_files.py", "index.html%00"]
)
def test_nothing_but_the_files_of_the_page_is_served(address: str, name: str) -> None:
    assert httpx.get(f"{address}/page/{name}").status_code == 404


def test_scripts_make_no_markup() -> None:
    folder = Path("rag/serving/page/files")
    for path in (Path(__file__).parents[3] / folder).glob("*.js"):
        script = path.read_text()
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"):
            assert way not in script, f"{path.name} uses {way}"


def test_a_hit_has_lines_in_colours_and_what_its_score_is_made_of(address: str) -> None:
    hit = ask(address, "/api/search", project="shop", query="read a price from a text")["hits"][0]
    assert (hit["symbol"], hit["line"], hit["file"][-14:]) == ("parse_price", 18, "shop/basket.py")
    first = hit["lines"][0]
    assert first["number"] == hit["line"]
    assert "".join(text for _, text in first["pieces"]) == "def parse_price(text):"
    assert first["pieces"][0] == ["keyword", "def"]
    marked = {"".join(text for _, text in first["pieces"])[start:end] for start, end in first["marks"]}
    assert "price" in marked
    assert sum(share for _, share in hit["shares"]) == pytest.approx(hit["score"], abs=1e-6)


def test_filters_of_the_page_hold(address: str) -> None:
    found = ask(address, "/api/search", project="shop", query="basket", languages=["markdown"])
    assert {hit["language"] for hit in found["hits"]} == {"markdown"}


def test_the_prompt_is_the_one_that_would_be_sent(address: str) -> None:
    made = ask(address, "/api/prompt", project="shop", query="sum prices", template="chat", max_tokens=900)
    assert [message["role"] for message in made["messages"]] == ["system", "user"]
    assert made["tokens"] <= made["max_tokens"] == 900
    assert made["passages"] and all(one["tokens"] > 0 for one in made["passages"])
    unknown = httpx.post(
        f"{address}/api/prompt", json={"project": "shop", "query": "x", "template": "../../etc/passwd"}
    )
    assert unknown.status_code == 400
    for wrong in ({"k": 10**9}, {"max_tokens": 10**9}, {"query": "x" * 200_000}, {"k": "8"}):
        asked = {"project": "shop", "query": "x", **wrong}
        assert httpx.post(f"{address}/api/prompt", json=asked).status_code == 400


def test_the_status_names_what_is_left_out_and_why(address: str) -> None:
    (status,) = httpx.get(f"{address}/api/status").json()["projects"]
    assert status["documents"] == 3
    assert isinstance(status["skipped_files"], list)


def test_two_versions_of_a_unit_can_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    two_versions(tmp_path / "cache")
    add_docs(tmp_path / ".rag", ["pkg:shop==1.0", "pkg:shop==2.0"])
    with opened(tmp_path) as projects, served(projects) as address:
        name = projects.only().name
        found = ask(address, "/api/versions", project=name, library="shop", name="shop.read_prices")
        unit = read_unit(projects.only(), "shop.read_prices")
        gone = httpx.post(
            f"{address}/api/versions", json={"project": name, "library": "shop", "name": "shop.nowhere"}
        )
    older, newer = found["versions"]
    assert "read_prices(path" in unit and unit.endswith("Read prices from a file.")
    assert (older["version"], newer["version"]) == ("1.0", "2.0")
    assert older["lines"][-1].strip() == newer["lines"][-1].strip() == "Read prices from a file."
    assert any("bad_lines" in line for line in older["lines"])
    assert any("encoding" in line for line in newer["lines"])
    assert gone.status_code == 400


def test_runs_are_shown_in_pages_of_their_own_that_can_do_nothing(projects: Projects, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name in ("first", "second"):
        write_run(runs / name)
    (runs / "broken").mkdir()
    (runs / "broken" / "manifest.json").write_text("{")
    with served(projects, ServiceOptions(runs=(str(runs),))) as address:
        listed = httpx.get(f"{address}/api/runs").json()["runs"]
        assert [run["name"] for run in listed] == ["broken", "first", "second"]
        assert listed[0]["problem"] and listed[1]["contexts"]
        report = httpx.get(f"{address}/api/runs/1", timeout=60).json()["address"]
        page = httpx.get(address + report)
        assert page.status_code == 200 and "<html" in page.text
        assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        compared = httpx.get(f"{address}/api/runs/1/compared/2", timeout=60).json()["address"]
        assert httpx.get(address + compared).status_code == 200
        assert httpx.get(f"{address}/page/reports/guessed").status_code == 404
        for wrong in ("/api/runs/9", "/api/runs/0", "/api/runs/-1"):
            assert httpx.get(address + wrong).status_code in (400, 404)


LINE = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=60)


@given(st.lists(LINE, max_size=8))
def test_colours_never_change_a_text(lines: list[str]) -> None:
    for language in ("python", "javascript", "html", "no such language", ""):
        found = coloured_lines(lines, language)
        assert ["".join(text for _, text in line) for line in found] == lines


def test_code_of_known_languages_has_colours() -> None:
    assert ("comment", "// x") in coloured_lines(["let a = 'b' // x"], "javascript")[0]
    assert coloured_lines(["class A {}"], "c#")[0][0] == ("keyword", "class")
    assert coloured_lines(["x" * 50_000], "python") == [[("", "x" * 50_000)]]


def test_data_is_json_whatever_a_text_holds(address: str) -> None:
    found = ask(address, "/api/search", project="shop", query="trap")
    trap = next(hit for hit in found["hits"] if hit["symbol"] == "trap")
    assert trap["is_suspicious"]
    json.dumps(found)
