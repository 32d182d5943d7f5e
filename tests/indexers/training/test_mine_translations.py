"""Translations are learned from pairs of a purpose and the code that serves it."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest

from indexers.training.aligned_corpora import aligned_corpus, aligned_pair, common_words, read_sources
from indexers.training.mine_translations import (
    Candidates,
    FitSchedule,
    _loss_and_gradient,
    as_translations,
    candidates,
    fit_weights,
    reciprocal_rank,
    scores,
)
from indexers.vocabulary.translations import Translations

VERBS = {"remove": "rm", "copy": "cp", "list": "ls", "open": "open", "rename": "mv"}
THINGS = {"folder": "directory", "letters": "chars", "settings": "config", "picture": "image", "user": "user"}


def write_pairs(folder: Path, n_sources: int = 10) -> None:
    """Write the same few purposes for several projects; `rm_directory` is to `remove a folder`."""
    for number in range(n_sources):
        random = Random(number)
        rows = [
            {
                "query": f"{verb} how many {thing} for me" if "letters" in thing else f"{verb} the {thing}",
                "name": f"project{number}.{short}_{meant}",
                "text": f"def {short}_{meant}(x{random.randrange(9)}): return call()",
                "split": "held_out" if number == 0 else "train",
            }
            for verb, short in VERBS.items()
            for thing, meant in THINGS.items()
        ]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"project{number}.jsonl").write_text(lines, encoding="utf-8")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Translations, float, float]:
    """Return the translations, and the MRR on the source that was kept back, without and with them."""
    folder = tmp_path_factory.mktemp("pairs")
    write_pairs(folder)
    sources = [*read_sources(folder, "train").values()]
    lexicon = common_words(sources)
    corpora = [aligned_corpus(source, lexicon) for source in sources]
    held_out = [aligned_corpus(source, lexicon) for source in read_sources(folder, "held_out").values()]
    found = candidates(corpora, lexicon)
    weights = fit_weights(corpora, lexicon, found, FitSchedule(epochs=30), lambda _: None)
    n = lexicon.n_tokens
    before = reciprocal_rank(held_out, lexicon, found.matrix(np.zeros_like(weights), n))
    after = reciprocal_rank(held_out, lexicon, found.matrix(weights, n))
    return as_translations(lexicon, found, weights), before, after


def test_folder_comes_to_mean_directory(learned: tuple[Translations, float, float]) -> None:
    assert learned[0].of_word("folder")[0][0] == "directori"


def test_short_names_of_verbs_are_learned(learned: tuple[Translations, float, float]) -> None:
    for verb, short in {"remov": "rm", "copi": "cp", "list": "ls"}.items():
        assert short in dict(learned[0].of_word(verb))


def test_neighbouring_words_are_learned_with_their_stop_words(
    learned: tuple[Translations, float, float],
) -> None:
    assert "char" in dict(learned[0].of_word("how mani"))


def test_no_word_is_translated_to_itself(learned: tuple[Translations, float, float]) -> None:
    table = learned[0]
    assert not [word for word in table if {word, *word.split(" ")} & dict(table.of_word(word)).keys()]


def test_a_project_that_was_kept_back_is_ranked_better(learned: tuple[Translations, float, float]) -> None:
    _, before, after = learned
    assert after > before + 0.2


def test_what_only_one_project_says_is_not_learned(tmp_path: Path) -> None:
    write_pairs(tmp_path, 2)
    sources = [*read_sources(tmp_path, "train").values()]
    lexicon = common_words(sources)
    corpora = [aligned_corpus(source, lexicon) for source in sources]
    assert not len(candidates(corpora, lexicon).tokens)


def test_scores_are_bm25_of_name_and_text_by_hand() -> None:
    pairs = [aligned_pair("tea", "brew", "tea tea"), aligned_pair("cup", "wash", "cup water")]
    lexicon = common_words([pairs], 1)
    corpus = aligned_corpus(pairs, lexicon)
    nothing = Candidates(
        np.zeros(len(lexicon.words) + 1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
    )
    found = scores(corpus, np.arange(2), lexicon, nothing.matrix(nothing.association, lexicon.n_tokens))
    rarity = np.log(1 + 1.5 / 1.5)
    expected = [[rarity * 2 * 2.2 / (2 + 1.2), 0], [0, rarity * 2.2 / (1 + 1.2)]]
    assert np.allclose(found, expected)


def test_the_gradient_is_the_slope_of_the_loss(tmp_path: Path) -> None:
    write_pairs(tmp_path)
    sources = [*read_sources(tmp_path, "train").values()]
    lexicon = common_words(sources)
    corpora = [aligned_corpus(source, lexicon) for source in sources]
    of = candidates(corpora, lexicon)
    schedule = FitSchedule(penalty=0.0)
    weights = np.full(len(of.tokens), 0.2, np.float32)
    chosen = np.arange(len(corpora[0]))
    _, places, gradient = _loss_and_gradient(corpora[0], chosen, lexicon, of, weights, schedule)
    place = int(np.abs(gradient).argmax())
    step = 1e-2
    losses = []
    for sign in (1, -1):
        moved = weights.copy()
        moved[places[place]] += sign * step
        losses.append(_loss_and_gradient(corpora[0], chosen, lexicon, of, moved, schedule)[0])
    slope = (losses[0] - losses[1]) / (2 * step) * len(chosen)
    assert gradient[place] == pytest.approx(slope, rel=0.02)
