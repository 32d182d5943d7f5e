"""Questions that ask which module offers a name to others."""

from pathlib import Path

import pytest

from indexers.index import Index
from rag.retrieval.questions.asked_exports import asks_for_exports
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import write_tree


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("where is openDoor exported", True),
        ("which file re-exports openDoor", True),
        ("what is the public API of the door module", True),
        ("export the scene as PNG", False),
        ("an exporter of metrics", False),
    ],
)
def test_who_exports_is_asked_for_by_its_words(text: str, asks: bool) -> None:
    assert asks_for_exports(text) is asks


def test_the_module_that_re_exports_a_name_comes_first_if_it_is_asked_for(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "src/doors/door.ts": "/** Opens. */\nexport function openDoor(key: string) {\n  return key;\n}\n",
            "src/index.ts": "export { openDoor } from './doors/door';\nexport { lid } from './lids/lid';\n",
            "src/lids/lid.ts": "export function lid() {\n  return 1;\n}\n",
        },
    )
    with Index.build(tmp_path / "index", [tmp_path / "src"]) as index:
        asked, defined = (
            retrieve(index, text)[0] for text in ("where is openDoor exported", "what does openDoor do")
        )
    assert asked.chunk.origin.path == "index.ts"
    assert defined.chunk.origin.path == "doors/door.ts"
