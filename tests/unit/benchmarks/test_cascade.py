"""The cascade's benchmark: its streams vote as production does, and tell apart what is to be saved."""

import numpy as np
import pytest

from benchmarks.cascade_models import Make, drifting, exact, fixed, fresh, hiding
from benchmarks.cascade_stream import TARGET, UNKNOWN, Rows, Stream
from services.classify.neighbours import FEWEST, Floats, Integers, Neighbours

KINDS = 8
ROWS = 4_000


def vectors_of(gold: Integers) -> Floats:
    """Around one direction for each label."""
    chance = np.random.default_rng(5)
    found = np.eye(KINDS, 24)[gold] + chance.normal(0, 0.12, (len(gold), 24))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def gold() -> Integers:
    return np.random.default_rng(4).integers(0, KINDS, ROWS)


@pytest.fixture(scope="module")
def rows(gold: Integers) -> Rows:
    return Rows.of(vectors_of(gold), gold)


def stream(rows: Rows, make: Make) -> Stream:
    chance = np.random.default_rng(1)
    order = chance.permutation(ROWS)
    return make(rows, order, chance).stream(rows, order, chance)


def test_a_stream_votes_as_production_does(rows: Rows, gold: Integers) -> None:
    vectors, shown = vectors_of(gold), range(FEWEST)
    one = Stream(rows, list(shown), lambda at, _: int(gold[at]), np.random.default_rng(1))
    one.labels[shown] = gold[shown]
    one._shown[shown] = True  # as if these had been asked
    known = Neighbours(tuple(bytes([at % 256, at // 256]) for at in shown), vectors[shown], gold[shown])

    voted = [one._vote(at) for at in range(3_000, 3_050)]

    for ours, theirs in zip(voted, known.votes(vectors[3_000:3_050]), strict=True):
        assert ours is not None
        assert theirs is not None
        assert ours.answer == theirs.answer
        assert ours.share == pytest.approx(theirs.share, abs=1e-3)


@pytest.mark.parametrize("make", [exact, fresh])
def test_much_is_saved_where_neighbours_tell_what_the_model_says(rows: Rows, make: Make) -> None:
    its = stream(rows, make)

    assert its.saved > 0.5
    assert its.agreement(rows.gold) > TARGET


def test_nothing_is_answered_where_the_model_errs_the_same_way_each_time(rows: Rows) -> None:
    its = stream(rows, fixed)

    assert not its.answered.any()
    assert its.saved > -0.1


def test_labels_that_change_their_meaning_are_noticed(rows: Rows) -> None:
    assert stream(rows, drifting).known.generation > 1


def test_rows_of_a_hidden_label_stay_unknown(rows: Rows) -> None:
    hidden = rows.gold == 3

    its = stream(rows, lambda its_rows, _, chance: hiding(its_rows, hidden, chance))

    assert (its.labels[hidden] == UNKNOWN).mean() > 0.75
    assert its.answered[~hidden].any()
