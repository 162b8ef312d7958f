"""What the nearest labelled texts say of a text."""

import numpy as np
import pytest

from services.classify.agreement import level_of
from services.classify.neighbours import FEWEST, NEIGHBOURS, SUPPORT, Floats, Integers, Neighbours, vote

CLUSTERS = 5


def clusters(number: int, seed: int = 1, spread: float = 0.3) -> tuple[Floats, Integers]:
    """Vectors around as many directions as there are clusters, and the cluster of each."""
    chance = np.random.default_rng(seed)
    centres = np.eye(CLUSTERS, 32)
    of = np.arange(number) % CLUSTERS
    rows = centres[of] + chance.normal(0, spread / np.sqrt(32), (number, 32))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32), of


def labelled(number: int = FEWEST) -> Neighbours:
    vectors, of = clusters(number)
    return Neighbours(tuple(bytes([n % 256, n // 256]) for n in range(number)), vectors, of)


def test_a_text_has_the_answer_of_its_neighbours() -> None:
    vectors, of = clusters(50, seed=2)

    votes = labelled().votes(vectors)

    assert [each.answer for each in votes if each] == of.tolist()
    assert all(each and each.share > 0.99 for each in votes)


def test_nobody_votes_while_there_are_few_labelled_texts() -> None:
    vectors, _ = clusters(3, seed=2)

    assert labelled(FEWEST - 1).votes(vectors) == [None] * 3
    assert labelled(FEWEST - 1).farthest() == 1.0


@pytest.mark.parametrize("poisoned", [1, SUPPORT - 1])
def test_a_few_texts_with_a_wrong_label_decide_nothing_even_if_they_are_the_nearest(poisoned: int) -> None:
    known = labelled()
    vectors, codes = known.vectors.copy(), known.codes.copy()
    vectors[:poisoned], codes[:poisoned] = vectors[0], CLUSTERS

    voted = Neighbours(known.keys, vectors, codes).votes(vectors[:1])[0]

    assert voted is not None
    assert voted.answer != CLUSTERS or level_of(voted.share) is None


def test_a_text_far_from_everything_is_nearer_to_nothing_than_they_are_to_each_other() -> None:
    known = labelled()
    far = np.zeros((1, 32), np.float32)
    far[0, 20] = 1

    voted, near = known.votes(np.concatenate([far, clusters(5, seed=3)[0][4:5]]))

    assert voted is not None
    assert near is not None
    assert voted.nearest < known.farthest() <= near.nearest + 0.05


def test_near_neighbours_count_more_than_far_ones() -> None:
    cosines = np.array([0.9] * 5 + [0.3] * (NEIGHBOURS - 5), np.float32)
    codes = np.array([1] * 5 + [2] * (NEIGHBOURS - 5))

    assert vote(cosines, codes).answer == 1


def test_neighbours_that_are_all_equally_near_count_alike() -> None:
    voted = vote(np.full(NEIGHBOURS, 1.0, np.float32), np.array([1] * 15 + [2] * 5))

    assert (voted.answer, round(voted.share, 3)) == (1, 0.75)
