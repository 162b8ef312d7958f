"""Whether a text belongs to none of the categories, from its scores alone.

A prompt without examples leaves one rule for all taxonomies. Examples say more: how far apart texts
of one category lie, and how clearly they lie in one and not in the next. The test then is set where
it would still know most of the prompt's own examples, each read without itself.
"""

import math
from collections.abc import Callable

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
# descriptions; against one that stands lower, by the root of its height, it counts more.
TALK_SHARE = 0.3

# What keeps a taxonomy of one from taking everything.
LOWEST_THRESHOLD = 0.05
# Examples from which a share of them is a figure; there are also to be as many as categories.
FEWEST_EXAMPLES = 20


def novelty_by_texts(threshold: float, own: Floats) -> Novelty:
    """The rule where only names and descriptions are known.

    A category of one thing knows its own description at once; a broad one, of which the description lists
    the parts, knows each part less, and the texts about it less again. So a text's height is taken as a part
    of how high the categories' own descriptions stand. A text that says hardly anything is a little like all
    of them, and is told by its nearness to small talk.

    Args:
        threshold: of that part, times ln(number of categories): the best of many is high by chance.
        own: scores of each category's own description.
    """
    usual = float(np.median(_height(own)))
    lowest = max(threshold * math.log(len(own)), LOWEST_THRESHOLD / usual)

    def is_new(scores: Floats, talk: Floats) -> NDArray[np.bool_]:
        part = np.maximum(_height(scores), 0) / usual
        found: NDArray[np.bool_] = part - TALK_SHARE * np.sqrt(part) * talk < lowest
        return found

    return is_new


def novelty_by_examples(known: Floats, share: float) -> Novelty | None:
    """The rule that examples teach; None if they are too few.

    Args:
        known: scores of examples, each read without itself.
        share: of the examples that may be less clear than what is called known, less its standard error:
            where a few examples happen to be clear, good rows would be called unknown.
    """
    if len(known) < max(FEWEST_EXAMPLES, known.shape[1]):
        return None
    error = math.sqrt(share * (1 - share) / len(known))
    lowest = float(np.quantile(_clarity(known), max(share - error, 0)))
    return lambda scores, _: _clarity(scores) < lowest


def _height(scores: Floats) -> Floats:
    """How far the best category stands above all."""
    height: Floats = scores.max(axis=1) - COMMON_SHARE * scores.mean(axis=1)
    return height


def _clarity(scores: Floats) -> Floats:
    """How far it stands above all, and above the second besides."""
    if scores.shape[1] == 1:
        return _height(scores)
    second, best = np.sort(scores, axis=1)[:, -2:].T
    clarity: Floats = _height(scores) + best - second
    return clarity
