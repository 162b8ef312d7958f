"""Whether a text belongs to none of the categories, from its scores alone.

How clearly a text is of one of them is its standing: how high the best category stands above all, as a
part of how high the categories' own descriptions stand. How much is asked for follows from the taxonomy and
its examples.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from local.bedrock.minilm import Floats

Novelty = Callable[[Floats, Floats], NDArray[np.bool_]]
"""Which texts (rows) are of no category, by their scores for each category (columns) and their nearness to
small talk."""

# Share of the mean over all categories that is taken off the best: a text that is a little like
# everything belongs to nothing.
COMMON_SHARE = 0.7
# What people write to a company about nothing in particular.
SMALL_TALK = (
    "hello", "how are you", "thank you", "ok", "yes", "no", "bye", "what", "who are you", "I have a question",
    "please help me",
)  # fmt: skip
# How much nearness to small talk counts against a text that stands as high as the categories' own
# descriptions; against one that stands lower, by the root of its standing, it counts more.
TALK_SHARE = 0.3

# A height that keeps a taxonomy of one from taking everything.
LOWEST_HEIGHT = 0.05
# Part of how high the description of a category stands where that category is none of them, as a text may
# that is of the same business and of no category.
NEIGHBOUR_PART = 0.5
# Standing where names are bare and examples too few, times ln(number of categories): the best of many is high
# by chance.
BARE = 0.0912
# Where a few categories have nothing in common, any sentence stands nearly so high by chance.
LOWEST_STANDING = 0.13
# Examples from which their spread is a figure; there are also to be as many as categories.
FEWEST_EXAMPLES = 20
# Of texts like the examples, the share that may be called unknown.
SHARE_DESCRIBED, SHARE_BARE = 0.025, 0.06


def novelty(own: Floats, described: float, known: Floats, talk: Floats) -> Novelty:
    """The test for one taxonomy.

    Args:
        own: scores of each category's own description, or of its name.
        described: share of the categories that have a description.
        known: scores of the examples, each read without itself.
        talk: their nearness to small talk.
    """
    usual = float(np.median(_height(own)))

    def standing(scores: Floats, talk: Floats) -> Floats:
        part = np.maximum(_height(scores), 0) / usual
        return np.asarray(part - TALK_SHARE * np.sqrt(part) * talk, np.float32)

    if len(known) >= max(FEWEST_EXAMPLES, len(own)):
        share = described * SHARE_DESCRIBED + (1 - described) * SHARE_BARE
        lowest = _quantile(standing(known, talk), share)
    else:
        neighbour = max(NEIGHBOUR_PART * _neighbour(own) / usual, LOWEST_STANDING)
        lowest = described * neighbour + (1 - described) * BARE * math.log(len(own))
    lowest = max(lowest, LOWEST_HEIGHT / usual)
    return lambda scores, talk: standing(scores, talk) < lowest


def _quantile(found: Floats, share: float) -> float:
    """What a share of texts like these lies below: of a few, the lowest are chance, and a normal distribution
    with their mean and spread goes too far down. So it is the mean of both.
    """
    normal = float(found.mean() + NormalDist().inv_cdf(share) * found.std())
    return (float(np.quantile(found, share)) + normal) / 2


def _height(scores: Floats) -> Floats:
    """How far the best category stands above all."""
    height: Floats = scores.max(axis=1) - COMMON_SHARE * scores.mean(axis=1)
    return height


def _neighbour(own: Floats) -> float:
    """How high the description of a category stands where that category is none of them."""
    count = len(own)
    if count == 1:
        return 0.0
    others = own[~np.eye(count, dtype=bool)].reshape(count, count - 1)
    return float(np.median(_height(others)))
