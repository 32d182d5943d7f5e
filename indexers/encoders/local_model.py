"""Load models of sentence-transformers from this machine: nothing is fetched, and no code of a model runs."""

from pathlib import Path
from typing import Any, Literal

from corpora.errors import MissingExtra, RagError
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json

_MODULES = "modules.json"
_MAX_JSON_BYTES = 1_000_000
_LIBRARY_MODULES = ("sentence_transformers.", "torch.nn.")


def load_local_model(kind: Literal["SentenceTransformer", "CrossEncoder"], name: str) -> Any:
    """Load a model.

    Args:
        kind: the class of sentence-transformers that it belongs to.
        name: its folder, or the name by which the local model cache knows it.

    Raises:
        MissingExtra: sentence-transformers is not installed.
        RagError: there is no such model here, it cannot be loaded, or it would run code of its own.
    """
    _check_modules(Path(name))
    try:
        import sentence_transformers
        from transformers.utils.logging import disable_progress_bar
    except ImportError as error:
        raise MissingExtra("sentence-transformers", "transformers") from error
    disable_progress_bar()
    try:
        model_class = getattr(sentence_transformers, kind)
        return model_class(name, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise RagError(
            f"the model {name!r} cannot be loaded as a {kind}",
            why=(str(error) or type(error).__name__).splitlines()[0],
            fix=f"fetch it first (hf download {name}), or name a folder that holds it",
        ) from error


def _check_modules(folder: Path) -> None:
    """Raise `RagError` for a model folder that names modules of its own: the library would run their code."""
    if not (folder / _MODULES).exists():
        return
    try:
        modules = parsed_json(read_outside(folder / _MODULES, max_bytes=_MAX_JSON_BYTES))
        kinds = [module["type"] for module in modules]
        strange = [
            kind for kind in kinds if not (isinstance(kind, str) and kind.startswith(_LIBRARY_MODULES))
        ]
        why = f"its part {strange[0]!r} is code of its own, which is not run" if strange else ""
    except (OSError, ValueError, TypeError, KeyError) as error:
        why = f"its {_MODULES} cannot be read ({error})"
    if why:
        raise RagError(
            f"the model in {folder} cannot be loaded",
            why=why,
            fix="name a model that consists of modules of sentence-transformers only",
        )
