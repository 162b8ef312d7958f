"""Which proposed themes mean the same as another proposal or as an existing category."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.bedrock.embedding import Embed
from local.bedrock.labelling import Category, text_prototypes


@dataclass(frozen=True)
class Merge:
    """A proposal's position, and what it goes into."""

    proposal: int
    into: str
    """The word category or proposal."""
    target: int


def merge_proposals(
    proposals: Sequence[Category], categories: Sequence[Category], embed: Embed, threshold: float
) -> list[Merge]:
    """Each proposal that means the same as a category, or as an earlier proposal, and which."""
    rows = text_prototypes(proposals, embed)
    existing = text_prototypes(categories, embed) if categories else rows[:0]
    merges = []
    kept: list[int] = []
    for position, row in enumerate(rows):
        candidates = [("category", place, float(row @ other)) for place, other in enumerate(existing)]
        candidates += [("proposal", place, float(row @ rows[place])) for place in kept]
        into, target, similarity = max(candidates, key=lambda each: each[2], default=("", 0, -1.0))
        if similarity >= threshold:
            merges.append(Merge(position, into, target))
        else:
            kept.append(position)
    return merges
