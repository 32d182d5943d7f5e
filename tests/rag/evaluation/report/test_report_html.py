"""The HTML form: whole in itself, the same bytes each time, and safe whatever a model wrote."""

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import MissingExtra
from rag.evaluation.report import (
    AnswerCounts,
    Attribution,
    ContextResult,
    PassageEffect,
    RunResult,
    TaskOutcome,
    compare,
    comparison_html,
    html_report,
    text_report,
)
from rag.evaluation.report.visible import visible
from tests import ROOT
from tests.report_samples import NONE, PASSAGES, RETRIEVED, RUN, case, outcomes

HOSTILE = (
    "</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "{{ 7 * 7 }}<!-- ]]> \x00\x1b[2J\x9b31m\u202e\ud800&lt;&amp;\"'`"
)


@cache  # the plots take a while, and several tests look at the same page
def html_of_run() -> str:
    return html_report(RUN)


def page(run: RunResult) -> BeautifulSoup:
    return BeautifulSoup(html_of_run() if run is RUN else html_report(run), "html.parser")


def harmless(html: str) -> bool:
    """Return whether a page requests nothing, runs nothing and hides nothing."""
    soup = BeautifulSoup(html, "html.parser")
    names = {tag.name for tag in soup.find_all(True)}
    attributes = {(name, str(value)) for tag in soup.find_all(True) for name, value in tag.attrs.items()}
    inside = all(value.startswith("#") for name, value in attributes if name in ("href", "xlink:href", "src"))
    handlers = [name for name, _ in attributes if name.startswith("on")]
    unseen = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", html)
    loads = re.search(r"url\((?!#)|@import", html)
    return (
        inside
        and not handlers
        and not unseen
        and not loads
        and not names & {"script", "img", "link", "iframe"}
    )


def test_the_summary_comes_first() -> None:
    soup = page(RUN)
    first = soup.find("table")
    assert first is not None
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        for row in first.find_all("tr")
    ]
    assert rows == [
        ["", "tasks", "none", "retrieved"],
        ["pass@1", "4", "37.5 [9.2, 78.1]", "75.0 [30.1, 95.4]"],
        ["repaired", "4", "50.0 [15.0, 85.0]", "100.0 [51.0, 100.0]"],
    ]
    text = " ".join(soup.get_text(" ").split())
    assert "3 tasks left out because the reference fails here." in text
    assert "2 contaminated passages left out of the prompts “none”" in text
    assert "The gate at 0.1 showed no passages for 3 tasks: 1 gained (t1) , 0 lost ." in text


def test_each_part_has_its_place() -> None:
    soup = page(RUN)
    assert [heading.get_text() for heading in soup.find_all("h2")] == [
        "pass@k",
        "By library",
        "What documentation changed",
        "Scores",
        "Left out: the reference fails here",
        "Effect of each passage",
        "Failing cases",
        "Manifest",
    ]
    assert len(soup.find_all("svg")) == 2
    ids = {tag["id"] for tag in soup.find_all(id=True)}
    links = {str(tag["href"]).removeprefix("#") for tag in soup.find_all("a")}
    assert links <= ids


def test_each_failing_case_is_shown_whole() -> None:
    texts = [block.get_text() for block in page(RUN).select(".case")[1].find_all("pre")]
    assert texts == [
        "sum an array",
        "re.matsch(s)",
        "np.sum(a)",
        "AttributeError: summ",
        "a = 1\nre.matsch(s)",
        "Sum an array.",
    ]


def test_cases_are_filtered_by_context_status_and_group() -> None:
    html = html_of_run()
    soup = BeautifulSoup(html, "html.parser")
    link = next(tag for tag in soup.select(".filters a") if tag.get_text() == "re (1)")
    name = str(link["href"]).removeprefix("#")
    assert f"#{name}:target ~ .cases > .case:not(.{name}) {{ display: none; }}" in html
    assert [name in (tag["class"] or ()) for tag in soup.select(".case")] == [False, True]
    before = [tag["id"] for tag in soup.select(".filter")]
    assert name in before and soup.select(".filter ~ .cases")


def test_a_hostile_run_is_shown_and_does_nothing() -> None:
    task = replace(
        NONE.outcomes[0], task_id=HOSTILE, groups={HOSTILE: (HOSTILE, "$x_$ \\1 \\d")}, text={HOSTILE: 1.0}
    )
    run = replace(
        RUN,
        name=HOSTILE,
        manifest={HOSTILE: {HOSTILE: HOSTILE}},
        contexts=(ContextResult("none", (task,), {HOSTILE: 1.0}), RETRIEVED),
        environment_failures={HOSTILE: (HOSTILE,)},
        failing=(replace(case(HOSTILE, task_id=HOSTILE, error=HOSTILE), reference=HOSTILE),),
        requests={HOSTILE: HOSTILE},
    )
    html = html_report(run)
    html.encode()
    assert harmless(html)
    blocks = BeautifulSoup(html, "html.parser").select(".case pre")
    assert [block.get_text() for block in blocks[1:4]] == [visible(HOSTILE)] * 3
    assert harmless(comparison_html(compare(run, run)))


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=())))
def test_any_answer_is_shown_as_it_is(text: str) -> None:
    html = html_report(RunResult("run", {}, (), failing=(case(text),)))
    block = BeautifulSoup(html, "html.parser").select(".case pre")[1]
    assert harmless(html) and block.get_text() == visible(text)


def test_a_page_forbids_scripts_by_itself() -> None:
    policy = page(RUN).find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy is not None and policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_run_without_anything_has_a_page() -> None:
    assert "None." in html_report(RunResult("empty", {}, ()))


def test_the_same_run_gives_the_same_bytes() -> None:
    assert html_report(RUN) == html_of_run()


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys; sys.stdout.reconfigure(encoding='utf-8');"
        "from tests.report_samples import RUN; from rag.evaluation.report import html_report;"
        "sys.stdout.write(html_report(RUN))"
    )
    elsewhere = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=elsewhere).stdout
    assert printed == html_of_run().encode()


def test_plots_take_the_style_of_the_page_and_leave_theirs() -> None:
    html = html_of_run()
    assert html.count("<style") == 1 and not re.search("<metadata|<!DOCTYPE svg|<dc:date", html)
    assert "currentColor" in html and "var(--series-1)" in html
    assert not re.search(r"#0[0-9a-f]{5}\b", html.partition("<body>")[2])


def test_without_matplotlib_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"docprompting\[eval\]"):
        html_report(RUN)


def test_a_comparison_has_a_page() -> None:
    better = replace(
        RUN,
        name="runs/better",
        contexts=(replace(NONE, outcomes=outcomes({"t1": 2, "t2": 0, "t3": 2, "t9": 1})),),
    )
    html = comparison_html(compare(RUN, better))
    text = " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())
    assert harmless(html)
    assert "A: runs/small B: runs/better" in text
    assert "Context none: 3 tasks in both runs" in text
    assert "1 task only in A, 1 only in B" in text
    assert "1 task gained" in text and "t1 sum an array 0.0 100.0" in text
    assert "1 task lost" in text and "t2 find the mean 50.0 0.0" in text
    assert "The manifests are the same." in text


def coloured(html: str) -> list[str]:
    """Return the texts of a page that say by their colour that something is better or worse."""
    return [
        tag.get_text(" ", strip=True)
        for tag in BeautifulSoup(html, "html.parser").select(".good, .bad")
        if "tag" not in tag["class"]
    ]


def passing(*passed: bool) -> RunResult:
    tasks = tuple(TaskOutcome(f"t{number}", 1, int(one)) for number, one in enumerate(passed))
    return RunResult("run", {}, (ContextResult("none", tasks),))


@pytest.mark.parametrize(("tasks", "is_sure"), [(3, False), (5, False), (6, True), (20, True)])
def test_only_a_significant_difference_has_a_colour(tasks: int, is_sure: bool) -> None:
    html = comparison_html(compare(passing(*[False] * tasks), passing(*[True] * tasks)))
    assert bool(coloured(html)) is is_sure


@pytest.mark.parametrize(("samples", "is_sure"), [(1, False), (3, False), (4, True)])
def test_only_a_passage_with_a_significant_effect_has_a_colour(samples: int, is_sure: bool) -> None:
    effect = Attribution("t1", 1.0, (PassageEffect(PASSAGES[0], 0.0),), samples)
    html = html_report(replace(RUN, gate=None, attributions=(effect,)))
    assert coloured(html) == (["helped"] if is_sure else [])


def test_tasks_are_named_by_what_they_ask() -> None:
    text = " ".join(page(replace(RUN, gate=None)).get_text(" ").split())
    assert "t2 find the mean : 50.0 % pass with all passages" in text and "t7 wait for a reply" in text


def test_code_is_in_colours_beside_its_reference_and_selected_by_a_click() -> None:
    html = html_of_run()
    blocks = BeautifulSoup(html, "html.parser").select(".case .beside pre.code")
    assert [block.get_text() for block in blocks[:2]] == ["np.summ(a)", "np.sum(a)"]
    assert blocks[0].select(".t-n") and "user-select: all" in html


def test_answers_that_are_missing_or_cut_off_are_counted() -> None:
    counts = AnswerCounts({"it is empty": 2, "the model refused": 1}, 3, 41.6, {"seed": 4})
    run = replace(RUN, contexts=(replace(NONE, answers=counts), RETRIEVED))
    said = (
        "it is empty: 2 answers",
        "the model refused: 1 answer",
        "the limit of tokens cut off 3 answers",
        "made without seed, which the backend does not take: 4 answers",
        "mean length of an answer: 42 tokens",
    )
    text = text_report(run)
    assert all(f"none: {one}" in text for one in said)
    assert f"none: {'; '.join(said)}." in " ".join(page(run).get_text(" ").split())
