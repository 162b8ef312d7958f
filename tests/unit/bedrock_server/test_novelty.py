"""How clear a text has to be to be of a category: by what follows from the taxonomy and from its examples."""

from collections.abc import Sequence

import numpy as np
import pytest

from local.bedrock.minilm import Floats
from local.bedrock.novelty import COMMON_SHARE, novelty


def own(count: int, nearness: float) -> Floats:
    """Scores of as many descriptions, each so near to one other category, and to the rest not at all."""
    scores = np.eye(count, dtype=np.float32)
    for place in range(1, count):
        scores[place, place - 1] = nearness
    scores[0, 1:2] = nearness
    return scores


def texts(best: Sequence[float], count: int = 5) -> Floats:
    """Scores of texts that are so near to the first category, and to the rest not at all."""
    return np.array([[each, *[0] * (count - 1)] for each in best], np.float32)


def lowest(nearness: float, described: float, examples: Sequence[float] = (), count: int = 5) -> float:
    """How near a text must be to its category to be known."""
    talk = np.zeros(1001, np.float32)
    known = texts(examples, count).reshape(-1, count)
    is_new = novelty(own(count, nearness), described, known, talk[: len(known)])
    grid = np.linspace(0, 1, 1001)
    return float(grid[np.argmin(is_new(texts(list(grid), count), talk))])


def height(best: float, count: int) -> float:
    return best * (1 - COMMON_SHARE / count)


def test_the_nearer_described_categories_are_to_each_other_the_clearer_a_text_has_to_be() -> None:
    found = [lowest(nearness, 1.0) for nearness in (0.3, 0.5, 0.7)]

    assert found == sorted(set(found))


def test_a_text_stands_half_as_high_as_a_description_does_among_the_other_categories() -> None:
    assert height(lowest(0.6, 1.0), 5) == pytest.approx(height(0.6, 4) / 2, abs=0.002)


@pytest.mark.parametrize("more", [8, 12, 40])
def test_further_categories_that_are_no_nearer_ask_for_hardly_more(more: int) -> None:
    assert lowest(0.5, 1.0) <= lowest(0.5, 1.0, count=more) < 1.1 * lowest(0.5, 1.0)


def test_bare_names_ask_for_more_the_more_there_are() -> None:
    found = [lowest(0.5, 0.0, count=count) for count in (3, 8, 40)]

    assert found[2] > 1.5 * found[1] > 1.5 * found[0]


def test_a_taxonomy_of_which_half_is_described_lies_between() -> None:
    bare, half, described = (lowest(0.9, share) for share in (0.0, 0.5, 1.0))

    assert bare < half < described


def test_categories_that_have_nothing_in_common_still_take_no_text_that_is_like_none() -> None:
    assert lowest(0.0, 1.0) == pytest.approx(0.13, abs=0.002)


def test_a_taxonomy_of_one_category_does_not_take_everything() -> None:
    assert lowest(0.0, 1.0, count=1) > 0.1


def test_examples_set_it_between_the_least_clear_of_them_and_what_a_normal_distribution_says() -> None:
    examples = [0.5, 0.7] * 20

    # A fortieth of a normal distribution lies more than 1.96 standard deviations below its mean.
    assert lowest(0.9, 1.0, examples) == pytest.approx((0.5 + 0.6 - 1.96 * 0.1) / 2, abs=0.002)


def test_bare_names_with_examples_ask_for_more_than_described_ones() -> None:
    examples = list(np.linspace(0.3, 0.9, 100))

    assert lowest(0.9, 0.0, examples) > lowest(0.9, 0.5, examples) > lowest(0.9, 1.0, examples)


def test_examples_that_differ_widely_still_take_no_text_that_is_like_none() -> None:
    assert lowest(0.9, 1.0, [0.0, 0.9] * 20) > 0.05


def test_fewer_examples_than_say_anything_leave_the_rule_for_names_and_descriptions() -> None:
    assert lowest(0.6, 1.0, [0.9] * 19) == lowest(0.6, 1.0)
    assert lowest(0.6, 1.0, [0.9] * 20) > lowest(0.6, 1.0)


def test_small_talk_has_to_be_clearer() -> None:
    is_new = novelty(own(5, 0.5), 1.0, texts([0.5, 0.7] * 20), np.zeros(40, np.float32))

    assert not is_new(texts([0.47]), np.zeros(1, np.float32)).item()
    assert is_new(texts([0.47]), np.ones(1, np.float32)).item()
