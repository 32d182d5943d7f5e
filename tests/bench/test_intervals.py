"""Intervals and paired comparisons, of evaluations and benches, checked against values known by hand."""

from pathlib import Path

import numpy as np
import pytest

from bench.intervals import Answer, by_label, interval, load, paired, save
from rag.evaluation import intervals


def answers(scores: list[float], stratum: str = "") -> list[Answer]:
    return [Answer(f"q{number}", score, stratum) for number, score in enumerate(scores)]


def test_an_interval_is_near_that_of_the_normal_distribution() -> None:
    scores = np.random.default_rng(1).random(400)
    found = interval(answers(scores.tolist()))
    half = 1.96 * scores.std() / 20
    assert found.mean == pytest.approx(scores.mean())
    assert (found.low, found.high) == pytest.approx((scores.mean() - half, scores.mean() + half), abs=0.004)


def test_equal_scores_leave_no_doubt() -> None:
    assert interval(answers([0.5] * 9)) == (0.5, 0.5, 0.5)


def test_the_mean_is_that_of_the_means_of_the_strata() -> None:
    found = interval([*answers([1.0], "small"), *answers([0.0] * 99, "large")])
    assert found.mean == 0.5


def test_pairing_sees_a_small_steady_gain_that_the_intervals_of_both_hide() -> None:
    before = np.random.default_rng(2).random(100)
    gain = paired(answers(before.tolist()), answers((before + 0.02).tolist()))
    assert gain.difference == pytest.approx((0.02, 0.02, 0.02)) and gain.p < 0.001


def test_a_difference_by_chance_has_a_large_p_value() -> None:
    random = np.random.default_rng(3)
    before, noise = random.random(100), random.standard_normal(100) * 0.1
    assert paired(answers(before.tolist()), answers((before + noise - noise.mean()).tolist())).p > 0.9


def test_runs_over_other_questions_are_not_compared() -> None:
    with pytest.raises(ValueError, match="1 tasks"):
        paired(answers([1.0]), answers([1.0, 0.0]))


def test_a_run_is_kept_and_read_again(tmp_path: Path) -> None:
    run = [Answer("q", 0.25, "flask", ("python", "semantic")), Answer("r", 0.5, "flask", ("python",))]
    save(tmp_path / "run.json", {"code": run})
    assert load(tmp_path / "run.json") == {"code": run}
    assert {label: len(part) for label, part in by_label(run).items()} == {"python": 2, "semantic": 1}


def test_the_draws_stay_the_same_so_that_recorded_figures_can_be_compared() -> None:
    scores, strata = [0.1, 0.9, 0.4, 0.4, 0.0, 1.0, 0.7], list("aabbbcc")
    assert intervals.interval(scores) == pytest.approx((0.5, 0.24285714285714285, 0.7571428571428572))
    assert intervals.interval(scores, strata) == pytest.approx(
        (0.5388888888888889, 0.35555555555555557, 0.7222222222222223)
    )
    before = dict(enumerate(scores))
    after = {task: score + (0.3, -0.1, 0.2, 0.0, 0.1, -0.2, 0.2)[task] for task, score in before.items()}
    flat, layered = (
        intervals.paired(before, after, grouping) for grouping in (None, dict(enumerate(strata)))
    )
    assert flat.difference == pytest.approx((0.07142857142857144, -0.05714285714285711, 0.18571428571428575))
    assert layered.difference == pytest.approx((0.0666666666666667, -0.06666666666666664, 0.2))
    assert (flat.p, layered.p) == (0.4429, 0.4663)


def test_invalid_scores_are_errors() -> None:
    with pytest.raises(ValueError, match="no scores"):
        intervals.interval([])
    with pytest.raises(ValueError, match="not a finite number"):
        intervals.interval([1.0, float("nan")])
    with pytest.raises(ValueError, match="shorter"):
        intervals.interval([1.0, 0.5], ["one"])
