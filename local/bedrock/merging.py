"""Which proposed themes mean the same as another proposal or as an existing category."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.bedrock.embedding import Embed
from local.bedrock.labelling import PromptCategory, text_prototypes
from local.bedrock.settings import EngineSettings


@dataclass(frozen=True)
class ProposalMerge:
    """A proposal's position, and what it goes into."""

    proposal: int
    into: str
    """The word category or proposal."""
    target: int


@dataclass(frozen=True)
class _Candidate:
    """What a proposal might go into, and how far beyond the threshold of its sort it is."""

    into: str
    target: int
    excess: float


def merge_proposals(
    proposals: Sequence[PromptCategory],
    categories: Sequence[PromptCategory],
    embed: Embed,
    settings: EngineSettings,
) -> list[ProposalMerge]:
    """Each proposal that means the same as a category, or as an earlier proposal, and which."""
    rows = text_prototypes(proposals, embed)
    existing = text_prototypes(categories, embed) if categories else rows[:0]
    merges = []
    kept: list[int] = []
    for position, row in enumerate(rows):
        candidates = [
            _Candidate("category", place, float(row @ other) - settings.merge_category_threshold)
            for place, other in enumerate(existing)
        ]
        candidates += [
            _Candidate("proposal", place, float(row @ rows[place]) - settings.merge_threshold)
            for place in kept
        ]
        best = max(candidates, key=lambda each: each.excess, default=None)
        if best and best.excess >= 0:
            merges.append(ProposalMerge(position, best.into, best.target))
        else:
            kept.append(position)
    return merges
