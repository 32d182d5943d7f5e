"""Scores of an answer against a reference, by hand and by what is known of them."""

import sys
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import MissingExtra
from rag.evaluation.scores import CORPUS_SCORES, SCORES, sacrebleu_scores, score_answer, score_corpus
from rag.evaluation.scores.api_recall import api_recall
from rag.evaluation.scores.command_accuracy import (
    command_char_bleu,
    command_match,
    command_name,
    command_token_f1,
    corpus_command_char_bleu,
)
from rag.evaluation.scores.exact_match import exact_match
from rag.evaluation.scores.sacrebleu_scores import bleu, chrf, code_tokens, corpus_bleu, corpus_chrf

pytest.importorskip("sacrebleu", reason="needs: pip install 'docprompting[eval]'")

CODE = "import os\n\nprint(os.path.join(a, 'b'))\n"


def test_exact_match_does_not_look_at_spacing_but_at_all_else() -> None:
    assert exact_match(" f(a,\n  b)\n", "f(a, b)") == 1
    assert exact_match("f(a,b)", "f(a, b)") == exact_match("'a'", '"a"') == 0


def test_code_is_split_at_signs_and_in_camel_case() -> None:
    assert " ".join(code_tokens("x_1 = getItem(\"a\")['b']")) == "x_1 = get Item ( ` a ` ) [ ` b ` ]"


def test_bleu_of_an_answer_is_that_of_the_formula() -> None:
    # a b c x for a b c d e: 3/4, 2/3, 1/2, and none of 1, which smoothing makes 1/2; 4 tokens for 5
    expected = exp(1 - 5 / 4) * exp((log(3 / 4) + log(2 / 3) + log(1 / 2) + log(1 / 2)) / 4)
    assert bleu("a b c x", "a b c d e") == pytest.approx(expected)
    assert bleu("a b", "a b") == pytest.approx(1)  # orders 3 and 4 are left out


def test_bleu_of_a_corpus_sums_the_counts() -> None:
    # 5 of 6, 3 of 4, 2 of 3, 1 of 2; 6 tokens for 6
    expected = exp((log(5 / 6) + log(3 / 4) + log(2 / 3) + log(1 / 2)) / 4)
    assert corpus_bleu(["a b c d x", "e"], ["a b c d", "e f"]) == pytest.approx(expected)


def test_chrf_of_an_answer_is_that_of_the_formula() -> None:
    # "ab" for "abc": characters 2/2 and 2/3, pairs 1/1 and 1/2; triples only the reference has
    precision, recall = (1 + 1) / 2, (2 / 3 + 1 / 2) / 2
    assert chrf("ab", "abc") == pytest.approx(5 * precision * recall / (4 * precision + recall))
    assert corpus_chrf(["ab"], ["abc"]) == pytest.approx(chrf("ab", "abc"))


REFERENCE = "import os\nos.path.exists(os.path.join(a, b))"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("import os\nos.path.join(a, b)", 1 / 2),
        ("from os import path as p\np.exists(p.join(a, b))", 1),
        ("from os.path import *\nexists(join(a, b))", 1),
        ("    os.path.join(a, b)", 1 / 2),
        ("import posixpath\nposixpath.join(a, b)", 0),
        ("f().join(a)\nexists", 1 / 2),
        ("def exists(path): return path\nexists(a)", 0),
        ("os.path.exists(os.path.join(a, b)", 1),
        ("def exists(path):\n    if join(a", 1 / 2),
        ("You want to join the two parts of the path.", 0),
        ("", 0),
    ],
    ids=[
        "one",
        "both, by other names",
        "both, from everything",
        "not imported",
        "of another module",
        "of anything",
        "its own",
        "bracket left open",
        "cut off",
        "prose",
        "nothing",
    ],
)
def test_api_recall_is_the_share_of_the_functions_that_are_called(answer: str, expected: float) -> None:
    assert api_recall(answer, REFERENCE) == expected


def test_builtins_and_methods_are_functions_too() -> None:
    assert api_recall("sorted(x)", "sorted(x.split())") == 1 / 2
    assert api_recall("import requests\nrequests.get(url)", "requests.get(url)") == 1


def test_a_reference_that_calls_nothing_says_nothing() -> None:
    assert api_recall("os.getcwd()", "x = y[0]") is None
    assert "api_recall" not in score_answer("os.getcwd()", "x = y[0]", "python")


def test_a_command_is_compared_without_sudo_quotes_pipes_and_names_of_placeholders() -> None:
    answer, reference = "sudo tar -xf '{{x.tar}}' > {{y}}", "tar -xf {{archive}} {{log}}"
    assert command_match(answer, reference) == command_name(answer, reference) == 1
    assert command_token_f1(answer, reference) == 1
    assert command_char_bleu(answer, reference) == pytest.approx(1)
    assert command_match("tar {{a}} {{a}}", "tar {{a}} {{b}}") == 0
    assert command_match("awk {print $0} {{f}}", "awk {print {{f}}} $0") == 0


def test_commands_score_as_the_authors_say() -> None:
    # the example of their metric `neulab/tldr_eval`, with the values that are given there
    answers = ["ipcrm --shmem-id {{segment_id}}", "trash-empty --keep-files {{path/to/file_or_directory}}"]
    references = ["ipcrm --shmem-id {{shmem_id}}", "trash-empty {{10}}"]
    pairs = list(zip(answers, references, strict=True))
    assert [command_match(*pair) for pair in pairs] == [1, 0]
    assert [command_name(*pair) for pair in pairs] == [1, 1]
    assert sum(command_token_f1(*pair) for pair in pairs) / 2 == pytest.approx(0.8999999999183333)
    assert corpus_command_char_bleu(answers, references) == pytest.approx(0.6567965919013294)


def test_words_of_a_command_count_as_often_as_they_are_there() -> None:
    assert command_token_f1("ls -l -l -a", "ls -l -h") == pytest.approx(2 * 2 / 7)
    assert command_token_f1("", "ls") == 0
    assert (command_name("ls -l", "ls"), command_name("cat ls", "ls"), command_name("", "ls")) == (1, 0, 0)


def test_characters_of_a_command_count_by_the_formula_of_bleu() -> None:
    # "ab c" for "ab d", without spaces: a b of 3, ab of 2, none of 1 (smoothed to 1/2)
    assert command_char_bleu("ab c", "ab d") == pytest.approx(exp((log(2 / 3) + log(1 / 2) + log(1 / 2)) / 3))
    assert corpus_command_char_bleu(["tar {{a}}"], ["tar {{b}}"]) == pytest.approx(1)


def test_each_language_has_its_scores() -> None:
    every = {"exact_match", "bleu", "chrf"}
    shell = {"command_name", "command_match", "command_token_f1", "command_char_bleu"}
    assert score_answer(CODE, CODE, "python").keys() == every | {"code_bleu", "api_recall"}
    assert score_answer("ls", "ls", "bash").keys() == every | shell
    assert score_answer("f()", "f()", "java").keys() == every | {"code_bleu"}
    assert score_answer("f()", "f()", "lua").keys() == every
    assert score_corpus([CODE], [CODE], "python").keys() == {"bleu", "chrf", "code_bleu"}
    assert score_corpus(["ls"], ["ls"], "bash").keys() == {"bleu", "chrf", "command_char_bleu"}


@pytest.mark.parametrize(("language", "text"), [("python", CODE), ("bash", "tar -xf {{a}} -C {{b}}")])
def test_what_is_the_same_scores_one(language: str, text: str) -> None:
    for found in score_answer(text, text, language), score_corpus([text], [text], language):
        assert found == pytest.approx(dict.fromkeys(found, 1.0))


@given(answer=st.text(max_size=40), language=st.sampled_from(["python", "bash", "java", "lua"]))
def test_any_answer_scores_from_0_to_1(answer: str, language: str) -> None:
    found = score_answer(answer, CODE, language)
    assert all(0 <= value <= 1 + 1e-9 for value in found.values()), found


@pytest.mark.parametrize("name", CORPUS_SCORES)
def test_answers_without_references_are_reported(name: str) -> None:
    language = "bash" if name.startswith("command") else "python"
    with pytest.raises(ValueError, match="no answers"):
        CORPUS_SCORES[name]([], [], language)
    with pytest.raises(ValueError, match=r"references|shorter"):
        CORPUS_SCORES[name](["a", "b"], ["a"], language)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_without_the_extra_the_command_that_installs_it_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"sacrebleu.metrics.{name}", None)
    monkeypatch.setattr(sacrebleu_scores, f"_{name}", getattr(sacrebleu_scores, f"_{name}").__wrapped__)
    with pytest.raises(MissingExtra) as caught:
        SCORES[name]("a", "b", "python")
    assert caught.value.fix == "run: pip install 'docprompting[eval]'"
