"""When examples say that a text is of no category."""

import numpy as np
import pytest

from local.bedrock.minilm import Floats
from local.bedrock.novelty import novelty_by_examples

SHARE = 0.1


def scores(clearness: list[float]) -> Floats:
    """Of texts for two categories, the more clearly the first one's."""
    return np.array([[each, 0.0] for each in clearness], np.float32)


def called_new(examples: int) -> float:
    """The share of texts like the examples that are called new."""
    is_new = novelty_by_examples(scores(list(np.linspace(0, 1, examples))), SHARE)
    assert is_new is not None
    return float(is_new(scores(list(np.linspace(0, 1, 1001))), np.zeros(1001, np.float32)).mean())


@pytest.mark.parametrize("fewer, more", [(20, 40), (40, 400), (400, 4000)])
def test_the_fewer_examples_the_fewer_texts_like_them_are_called_new(fewer: int, more: int) -> None:
    assert called_new(fewer) < called_new(more) < SHARE


def test_of_many_examples_it_is_the_share() -> None:
    assert called_new(4000) == pytest.approx(SHARE, abs=0.01)


def test_fewer_examples_than_say_anything_leave_the_rule_for_names_and_descriptions() -> None:
    assert novelty_by_examples(scores([1.0] * 19), SHARE) is None
