"""Whether a group of texts is a new theme, an existing category after all, or no theme."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.bedrock.embedding import Embed
from local.bedrock.labelling import Category, text_prototypes
from local.bedrock.minilm import Floats
from local.bedrock.naming import describe_group, name_group
from local.bedrock.settings import EngineSettings

EXAMPLES = 3


@dataclass(frozen=True)
class Verdict:
    """What the engine makes of a group."""

    verdict: str
    """NEW, SAME_AS or MIXED."""
    category: int
    """Position of the category that the group is, or -1."""
    name: str
    description: str
    examples: tuple[int, ...]
    """Positions of the texts that carry the theme."""


def judge_group(
    texts: Sequence[str], categories: Sequence[Category], embed: Embed, settings: EngineSettings
) -> Verdict:
    """Judge `texts` against `categories`, which may be none."""
    vectors = embed(texts)
    unity = cohesion(vectors)
    examples = tuple(np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")[:EXAMPLES].tolist())
    if unity < settings.mixed_threshold:
        return Verdict("MIXED", -1, "", "", examples)
    if categories:
        nearest, closeness = _nearest(vectors, text_prototypes(categories, embed), unity)
        if closeness >= settings.same_threshold:
            return Verdict("SAME_AS", nearest, "", "", examples)
    name = name_group(texts, vectors, [category.name for category in categories], embed)
    return Verdict("NEW", -1, name, describe_group(texts, vectors), examples)


def cohesion(vectors: Floats) -> float:
    """Mean similarity of two different texts of the group; 1 for a group of one."""
    count = len(vectors)
    if count == 1:
        return 1.0
    total = float(np.square(vectors.sum(axis=0)).sum())
    return (total - count) / (count * (count - 1))


def _nearest(vectors: Floats, prototypes: Floats, unity: float) -> tuple[int, float]:
    """The nearest category, and how near: 1 is what the group's own centre would reach.

    A loose group reaches less than a tight one whatever it is compared to, so similarities are
    measured in units of what its texts reach among themselves. What counts besides is the lead over
    the second nearest: a group that belongs somewhere belongs there alone.
    """
    means = (vectors @ prototypes.T).mean(axis=0)
    best = int(means.argmax())
    others = np.delete(means, best)
    lead = float(means[best] - others.max()) if len(others) else 0.0
    return best, (float(means[best]) + lead / 2) / float(np.sqrt(unity))
