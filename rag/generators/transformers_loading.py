"""Load a model of the library transformers from a folder, without a network and without running its code."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

from corpora.errors import GeneratorUnavailable, MissingExtra, reason_of
from corpora.outside.files import regular_status

TRANSFORMERS_EXTRA: Final = "transformers"
_NO_LIMIT: Final = 10**9  # what tokenizers report as their limit where they have none is larger


@dataclass(slots=True)
class LoadedTransformer:
    """A model in memory with its tokenizer; for one caller at a time."""

    model: Any = None
    tokenizer: Any = None
    lock: Any = field(default_factory=Lock)

    def __reduce__(self) -> "tuple[type[LoadedTransformer], tuple[()]]":
        return LoadedTransformer, ()  # another process loads its own

    @property
    def is_encoder_decoder(self) -> bool:
        """Whether the model reads with an encoder, and writes with a decoder."""
        return bool(self.model.config.is_encoder_decoder)

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        said = self.model.generation_config.eos_token_id
        return frozenset(said if isinstance(said, list) else [] if said is None else [said])

    @property
    def padding(self) -> int | None:
        """The token that fills answers up to the length of the longest."""
        for said in (self.model.generation_config.pad_token_id, self.tokenizer.pad_token_id):
            if isinstance(said, int):
                return said
        return min(self.ends, default=None)

    @property
    def context_tokens(self) -> int | None:
        """The tokens that the model has positions for; None if their number is not limited, as for T5."""
        config = self.model.config
        for name in ("max_position_embeddings", "n_positions"):
            limit = getattr(config, name, None)
            if isinstance(limit, int) and 0 < limit < _NO_LIMIT and not hasattr(config, "d_kv"):
                return limit
        return None


def check_transformer(folder: Path) -> None:
    """Check, without loading anything, that a folder holds a model that may be loaded.

    Raises:
        MissingExtra: torch or transformers is not installed.
        GeneratorUnavailable: the folder is not there, or holds no weights as safetensors.
    """
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise MissingExtra(package, TRANSFORMERS_EXTRA)
    try:
        regular_status(folder / "config.json")
        weights = any(folder.glob("*.safetensors"))
    except (OSError, ValueError) as error:
        raise GeneratorUnavailable(
            f"there is no model in the folder {folder}",
            why=f"its config.json cannot be read: {reason_of(error)}",
            fix="give the path of a folder with a model of the library transformers",
        ) from error
    if not weights:
        raise GeneratorUnavailable(
            f"the model in {folder} is not loaded",
            why="it has no weights in the format safetensors; other formats can run code when they are read",
            fix="save it again with model.save_pretrained(folder)",
        )


def load_transformer(loaded: LoadedTransformer, folder: Path, device: str) -> None:
    """Load a model and its tokenizer, once. Raises `GeneratorUnavailable` if that fails."""
    if loaded.model is not None:
        return
    import torch  # optional
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        with quiet_transformers():
            config = AutoConfig.from_pretrained(folder, **local)
            kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
            # Half precision, in which many are saved, is slow on a processor, and not everywhere there.
            dtype = torch.float32 if where == "cpu" else "auto"
            model = kind.from_pretrained(folder, config=config, dtype=dtype, use_safetensors=True, **local)
            moved: Any = model.to
            loaded.tokenizer = AutoTokenizer.from_pretrained(folder, **local)
            loaded.model = moved(where).eval()
    except Exception as error:  # whatever a file of a stranger makes the library raise
        loaded.model = loaded.tokenizer = None
        raise GeneratorUnavailable(
            f"the model in {folder} cannot be loaded",
            why=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
            fix="check that the folder is complete, and that its architecture needs no code of its own",
        ) from error


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep the library from showing progress, and from looking for anything at a hub."""
    from transformers import utils

    logging: Any = utils.logging  # which has types in some versions only
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before
