"""Find how well the commits that changed the files of candidates fit a question.

People ask in the words of commit subjects: "keep daily, weekly, monthly snapshots" is how somebody described
the change that made a file, whatever words its code has.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from indexers.catalog.catalog import ChunkFacts
from indexers.index import Index
from rag.retrieval.questions.query import Query

_SURE: Final = 0.3  # a best file below that fits by chance, by one word of many
_MOST_CORPORA: Final = 8  # those with most candidates; each costs a fifth of a millisecond


def history_fit(index: Index, query: Query, facts: Mapping[int, ChunkFacts]) -> dict[int, float]:
    """Return how well the history of the file of each chunk of code fits, as a share of the best file.

    It is less if even the best file fits poorly. Chunks whose file no such commit changed are left out. A
    name is not asked for in the words of a commit.
    """
    if query.is_name or not query.asks_commits:
        return {}
    code = {chunk_id: one for chunk_id, one in facts.items() if one.kind == "code"}
    most = Counter(one.corpus for one in code.values()).most_common(_MOST_CORPORA)
    histories = index.histories([corpus for corpus, _ in most])
    fits = {corpus: history.scores(query.tokens) for corpus, history in histories.items() if history}
    best = max((score for files in fits.values() for score in files.values()), default=0.0)
    whole = max(best, _SURE)
    found = {}
    for chunk_id, one in code.items():
        if score := fits.get(one.corpus, {}).get(one.path):
            found[chunk_id] = score / whole
    return found
