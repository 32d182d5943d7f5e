"""Files are found by the messages of the commits that changed them, and their secrets are not kept."""

from time import process_time

import pytest

from corpora.document import Commit
from indexers.history.history import History, make_history
from indexers.history.read_history import read_history
from indexers.tokens import query_tokens


def history(*commits: tuple[str, list[str]]) -> History:
    indexed = {path for _, files in commits for path in files}
    found = read_history([Commit(subject, tuple(files)) for subject, files in commits], indexed)
    assert found is not None
    return found


def best(made: History, question: str) -> list[str]:
    scores = made.scores(query_tokens(question))
    return sorted(scores, key=lambda path: (-scores[path], path))


def test_the_file_of_the_best_message_comes_first() -> None:
    made = history(
        ("forget: keep daily, weekly and monthly snapshots", ["policy.go"]),
        ("Add weekly report", ["report.go"]),
        ("Fix a typo", ["main.go"]),
    )
    assert best(made, "keep weekly snapshots") == ["policy.go", "report.go"]
    assert best(made, "no word of it") == []


def test_a_commit_of_many_files_says_less_of_each_and_one_of_very_many_nothing() -> None:
    many = [f"{n}.go" for n in range(10)]
    made = history(
        ("Keep weekly snapshots", many),
        ("Keep weekly snapshots", ["policy.go"]),
        ("Format weekly", ["a.go"]),
    )
    scores = made.scores(query_tokens("keep weekly snapshots"))
    assert scores["policy.go"] == pytest.approx(scores["3.go"] * (1 + 2.302585), rel=1e-3)
    made = history(("Format", [f"{n}.go" for n in range(31)]), ("Format", ["a.go"]), ("Else", ["b.go"]))
    assert best(made, "format") == ["a.go"]


def test_scores_are_shares_of_what_a_message_can_reach() -> None:
    made = history(("keep weekly snapshots", ["a"]), ("weekly", ["b"]), ("other", ["c"]))
    scores = made.scores(query_tokens("keep weekly snapshots"))
    assert 0.3 < scores["a"] < 1 and scores["b"] < scores["a"]
    assert made.scores(query_tokens("keep weekly snapshots of words that nobody wrote"))["a"] < scores["a"]


def test_files_that_are_not_indexed_are_left_out_and_one_commit_is_no_history() -> None:
    commits = [Commit("Add a parser", ("a.py", "gone.py")), Commit("Add a printer", ("b.py",))]
    found = read_history(commits, {"a.py", "b.py"})
    assert found is not None and found.paths == ("a.py", "b.py")
    assert read_history(commits, {"a.py"}) is None
    assert read_history([], {"a.py"}) is None


def test_secrets_in_messages_are_not_kept() -> None:
    token = "ghp_" + "a1B2" * 9
    commits = [
        Commit("Use the key", ("a.py",), f"It is\n{token}\n"),
        Commit('set password = "c0rrect-h0rse"', ("b.py",), "Two\nlines"),
        Commit("Say something else", ("c.py",)),
    ]
    found = read_history(commits, {"a.py", "b.py", "c.py"})
    assert found is not None
    assert not {one for one in found.tokens if one.startswith(("ghp", "c0", "rrect", "a1b2"))}
    assert best(found, "something else") == ["c.py"]
    assert best(found, "two lines") == ["b.py"]


def test_of_equal_commits_the_newest_count() -> None:
    made = make_history([["same"]] * 300, [[f"{n:03}.py"] for n in range(300)])
    assert set(made.scores(["same"])) == {f"{n:03}.py" for n in range(100)}


def test_an_empty_history_has_no_scores() -> None:
    assert make_history([], []).scores(["x"]) == {}
    assert make_history([[], []], [["a"], ["b"]]).scores(["x"]) == {}


def test_a_question_costs_a_fraction_of_a_millisecond_at_ten_thousand_commits() -> None:
    words = [f"word{n}" for n in range(500)]
    messages = [[words[(n * k) % 500] for k in range(1, 16)] for n in range(10_000)]
    made = make_history(messages, [[f"{n % 900}.py", f"{n % 7}.py"] for n in range(10_000)])
    made.scores(words[:8])
    costs = []
    for _ in range(20):
        start = process_time()
        made.scores(words[:8])
        costs.append(process_time() - start)
    assert min(costs) < 0.002  # 0.2 ms where nothing else runs
