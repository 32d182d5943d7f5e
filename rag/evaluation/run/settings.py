"""Settings of a run."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from corpora.errors import RagError, UnknownName
from rag.doc_prompter import DEFAULT_PASSAGES
from rag.evaluation.repair import FEEDBACK_MODES, STRATEGIES, FeedbackMode
from rag.evaluation.repair.repairer import DEFAULT_TURNS
from rag.evaluation.sample import CONTEXTS, Context
from rag.evaluation.selection import METHODS
from rag.prompting.listing import DEFAULT_FURTHER
from rag.prompting.prompt import MAX_PROMPT_TOKENS


@dataclass(frozen=True, slots=True)
class Settings:
    """All that decides the results of a run, beside the data set, the index, the generator and the sandbox.

    Args:
        contexts: what prompts hold beside the task; each is a column of the report.
        samples: number of answers for each task and context.
        tasks: number of tasks, spread evenly over the data set; 0 for all.
        k: maximum number of passages in a prompt.
        max_prompt_tokens: token budget of a prompt.
        template: name of a built-in template, or path of a Jinja2 file.
        gate: confidence below which the report counts the answers without passages instead, 0 to 1.
        keep_contaminated: also show passages that hold the task itself.
        select: methods to select one of the samples; see `rag.evaluation.selection.METHODS`.
        written_tests: number of texts with test cases that the generator writes for each task, for `select`
            to try the samples on (Chen et al. 2022, "CodeT"); with 0, `select` uses what the task shows.
        repair: strategy by which the first sample is repaired, a name in `STRATEGIES`; empty for none.
        feedback: what repair learns from; see `FeedbackMode`.
        turns: maximum number of turns of a repair.
        cutoff: end of the model's training data, ISO 8601; the report separates tasks before and after it.
            Empty for none.
        code_bert_score: name or folder of the encoder model for CodeBERTScore; empty to leave this score out.
        attribute: generate and judge again without each retrieved passage, to measure its effect.
        seed: seed of the first sample; further samples get the following ones.
        further: number of hits beyond the passages that are listed by their signatures alone.

    Raises:
        UnknownName: there is no such context, selection method, repair strategy or feedback.
        RagError: nothing is to be done, or the gate or attribution lacks a context that it needs.
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
    further: int = DEFAULT_FURTHER

    def __post_init__(self) -> None:
        _check_names("context", self.contexts, CONTEXTS)
        methods = [name for method in self.select for name in method.split("+")]
        _check_names("selection method", methods, METHODS)
        _check_names("repair strategy", [self.repair] if self.repair else [], STRATEGIES)
        _check_names("feedback", [self.feedback], FEEDBACK_MODES)
        if not self.contexts or self.samples < 1:
            raise RagError(
                "there is nothing to evaluate",
                why=f"samples: {self.samples}; contexts: {len(self.contexts)}",
                fix="ask for at least one of each",
            )
        if self.gate and not {"none", "retrieved"} <= set(self.contexts):
            raise RagError(
                "the effect of the gate cannot be measured",
                why="it compares the answers with and without retrieved passages",
                fix="ask for both contexts: --context none,retrieved",
            )
        if self.attribute and "retrieved" not in self.contexts:
            raise RagError(
                "there are no passages to attribute",
                why="attribution leaves out retrieved passages one by one",
                fix="add the context: --context none,retrieved",
            )

    @property
    def needs_log_likelihood(self) -> bool:
        """Return whether a selection method looks at the log-likelihood of the samples."""
        return any("likelihood" in method.split("+") for method in self.select)


def _check_names(what: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownName(what, name, known)
