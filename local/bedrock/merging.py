"""Which proposed themes mean the same as another proposal or as an existing category."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from local.bedrock.embedding import Embed
from local.bedrock.labelling import PromptCategory, text_prototypes

# Similarity from which a proposal means the same: as another, by names with descriptions; and as a category,
# whose description is of another make.
SAME_AS_PROPOSAL = 0.9
SAME_AS_CATEGORY = 0.82


@dataclass(frozen=True)
class ProposalMerge:
    """A proposal's position, and what it goes into."""

    proposal: int
    into: str
    """The word category or proposal."""
    target: int


def merge_proposals(
    proposals: Sequence[PromptCategory],
    categories: Sequence[PromptCategory],
    embed: Embed,
) -> list[ProposalMerge]:
    """Each proposal that means the same as a category, or as an earlier proposal, and which."""
    rows = text_prototypes(proposals, embed)
    existing = text_prototypes(categories, embed) if categories else rows[:0]
    merges = []
    kept: list[int] = []
    for position, row in enumerate(rows):
        # What it might go into, and how far beyond the threshold of its sort each is.
        candidates = [
            (float(row @ other) - SAME_AS_CATEGORY, "category", place) for place, other in enumerate(existing)
        ]
        candidates += [(float(row @ rows[place]) - SAME_AS_PROPOSAL, "proposal", place) for place in kept]
        excess, into, target = max(candidates, key=itemgetter(0), default=(-1.0, "", -1))
        if excess >= 0:
            merges.append(ProposalMerge(position, into, target))
        else:
            kept.append(position)
    return merges
