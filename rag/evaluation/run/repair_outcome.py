"""The numbers of a repair, and its pass rates, from the records of a run."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rag.evaluation.repair.trial import stages_of
from rag.evaluation.report.repair_counts import FindingCounts, RepairCounts
from rag.evaluation.run.records import RepairedSample, StageByFindings
from rag.evaluation.run.settings import Settings


def repair_steps(repaired: RepairedSample, settings: Settings) -> Mapping[str, float]:
    """Return the name of each part of a repair, with 1 if the answer passes after it, else 0."""
    steps = {}
    if repaired.by_findings and len(stages_of(settings.feedback)) > 1:
        steps[f"repaired ({settings.repair}, findings)"] = float(repaired.by_findings.verdict.passed)
    steps[f"repaired ({settings.repair}, {settings.feedback})"] = float(repaired.verdict.passed)
    return steps


def repair_counts(repairs: Sequence[tuple[bool, RepairedSample]], settings: Settings) -> RepairCounts | None:
    """Return the numbers of the repairs in one context; None without any.

    Args:
        repairs: each with whether its first answer passed before.
        settings: of the run.
    """
    if not repairs:
        return None
    runs_answers = stages_of(settings.feedback) != ("findings",)
    # Running began where findings ended.
    begun = [(_passed_by_findings(before, one), one.verdict.passed) for before, one in repairs]
    found = [(before, one.by_findings) for before, one in repairs if one.by_findings is not None]
    return RepairCounts(
        len(repairs),
        sum(before for before, _ in repairs),
        sum(one.verdict.passed for _, one in repairs),
        _finding_counts(found) if found else None,
        len(begun) if runs_answers else None,
        sum(after and not before for before, after in begun) if runs_answers else 0,
        sum(before and not after for before, after in begun) if runs_answers else 0,
        sum(one.turns for _, one in repairs),
        _sum([one.prompt_tokens for _, one in repairs]),
        _sum([one.completion_tokens for _, one in repairs]),
    )


def _passed_by_findings(before: bool, repaired: RepairedSample) -> bool:
    return repaired.by_findings.verdict.passed if repaired.by_findings else before


def _finding_counts(found: Sequence[tuple[bool, StageByFindings]]) -> FindingCounts:
    wrong = [(before, stage) for before, stage in found if stage.before]
    return FindingCounts(
        sum(not stage.unchecked for _, stage in found),
        dict(Counter(stage.unchecked for _, stage in found if stage.unchecked).most_common()),
        len(wrong),
        sum(before for before, _ in wrong),
        sum(not stage.after for _, stage in wrong),
        sum(not before and stage.verdict.passed for before, stage in wrong),
        sum(before and not stage.verdict.passed for before, stage in wrong),
        sum(stage.turns for _, stage in found),
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
