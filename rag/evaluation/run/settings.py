"""What a run is asked for."""

from dataclasses import dataclass

from corpora.errors import RagError, UnknownName
from rag.doc_prompter import DEFAULT_PASSAGES
from rag.evaluation.repair import STRATEGIES, FeedbackMode
from rag.evaluation.repair.repairer import DEFAULT_TURNS
from rag.evaluation.sample import CONTEXTS, Context
from rag.evaluation.selection import METHODS
from rag.prompting.prompt import MAX_PROMPT_TOKENS


@dataclass(frozen=True, slots=True)
class Settings:
    """All that decides what a run finds, beside the data set, the index, the generator and the sandbox.

    Args:
        contexts: what prompts hold beside the task, each a column of the report.
        samples: answers for each task and context.
        tasks: how many tasks, spread evenly over the data set; 0 for all.
        k: passages in a prompt at the most.
        max_prompt_tokens: budget of a prompt.
        template: name of a built-in template or path of another.
        gate: the confidence below which the report takes the answers without passages instead.
        keep_contaminated: show passages that hold the very task, too.
        select: ways to choose one of the samples; see `rag.evaluation.selection.METHODS`.
        written_tests: how often the generator is asked for test cases of a task, on which `select` then
            tries the samples (Chen et al. 2022, "CodeT"); 0 for never: then on what the task shows.
        repair: strategy by which the first sample is mended, or empty; see `STRATEGIES`.
        feedback: what repair learns from; see `FeedbackMode`.
        turns: of repair, at the most.
        cutoff: date of what the model has seen, ISO 8601: tasks before and after it are told apart; or empty.
        code_bert_score: name or folder of an encoder model for that score, or empty.
        attribute: leave each retrieved passage out once, to see what it does.
        seed: of the first sample; the others follow.
    """

    contexts: tuple[Context, ...] = ("none", "retrieved")
    samples: int = 1
    tasks: int = 0
    k: int = DEFAULT_PASSAGES
    max_prompt_tokens: int = MAX_PROMPT_TOKENS
    template: str = "docprompting"
    gate: float = 0.0
    keep_contaminated: bool = False
    select: tuple[str, ...] = ()
    written_tests: int = 0
    repair: str = ""
    feedback: FeedbackMode = "visible"
    turns: int = DEFAULT_TURNS
    cutoff: str = ""
    code_bert_score: str = ""
    attribute: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for context in self.contexts:
            if context not in CONTEXTS:
                raise UnknownName("context", context, CONTEXTS)
        for method in self.select:
            for name in method.split("+"):
                if name not in METHODS:
                    raise UnknownName("selection method", name, METHODS)
        if self.repair and self.repair not in STRATEGIES:
            raise UnknownName("repair strategy", self.repair, STRATEGIES)
        if not self.contexts or self.samples < 1:
            raise RagError(
                "there is nothing to evaluate",
                why=f"{self.samples} samples in {len(self.contexts)} contexts were asked for",
                fix="ask for one or more of each",
            )
        if self.gate and not {"none", "retrieved"} <= set(self.contexts):
            raise RagError(
                "the effect of the gate cannot be told",
                why="it compares answers with and without what was retrieved",
                fix="ask for the contexts none and retrieved",
            )
        if self.attribute and "retrieved" not in self.contexts:
            raise RagError(
                "there are no passages to attribute",
                why="only those that were retrieved are left out one by one",
                fix="ask for the context retrieved too",
            )

    @property
    def needs_log_likelihood(self) -> bool:
        """Return whether a selection method looks at the log-likelihood of the samples."""
        return any("likelihood" in method.split("+") for method in self.select)
