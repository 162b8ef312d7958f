import numpy as np
import pytest

from services.categorize import grouping, planning
from services.categorize.grouping import Floats
from services.categorize.planning import CategoryVectors, cluster
from shared.stores.feedback_store.discover import PoolRow


def blobs(count: int, size: int, seed: int = 0) -> Floats:
    """`count` groups of `size` vectors each, one group after the other."""
    chance = np.random.default_rng(seed)
    centres = np.repeat(chance.normal(size=(count, 48)), size, axis=0)
    vectors = (centres + 0.4 * chance.normal(size=centres.shape)).astype(np.float32)
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def test_rows_that_lie_together_are_a_group() -> None:
    groups = grouping.group(blobs(4, 20), grouping.resolution_for(80, 20))
    assert sorted(groups) == [list(range(start, start + 20)) for start in (0, 20, 40, 60)]


def test_every_row_is_in_one_group() -> None:
    groups = grouping.group(blobs(7, 9), resolution=3)
    assert sorted(row for group in groups for row in group) == list(range(63))


def test_the_same_rows_make_the_same_groups() -> None:
    vectors = blobs(6, 15)
    assert grouping.group(vectors, 2.0) == grouping.group(vectors, 2.0)


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_a_handful_of_rows_can_be_grouped(rows: int) -> None:
    groups = grouping.group(blobs(1, 5)[:rows], 1.0)
    assert sum(map(len, groups)) == rows


def test_rows_that_are_all_equal_are_one_group() -> None:
    vectors = np.repeat(blobs(1, 1), 30, axis=0)
    assert len(grouping.group(vectors, grouping.resolution_for(30, 30))) == 1


def test_neighbours_are_the_same_in_blocks_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = blobs(5, 30)
    whole = np.sort(grouping.nearest_neighbours(vectors)[0], axis=1)
    monkeypatch.setattr(grouping, "BLOCK", 7)
    assert (np.sort(grouping.nearest_neighbours(vectors)[0], axis=1) == whole).all()


def test_groups_too_small_to_be_asked_about_are_put_together() -> None:
    rows = blobs(5, 60)
    fine = grouping.group(rows, resolution=30.0)
    assert len(fine[0]) < 40
    coarse = grouping.group(rows, resolution=30.0, at_least=40)
    assert [sorted({place // 60 for place in members}) for members in sorted(coarse)] == [
        [n] for n in range(5)
    ]


def test_groups_that_are_large_enough_stay_as_fine_as_they_are() -> None:
    rows = blobs(5, 60)
    fine = grouping.group(rows, resolution=30.0)
    assert grouping.group(rows, resolution=30.0, at_least=len(fine[-1])) == fine


def test_rows_that_are_too_few_for_any_group_are_grouped_all_the_same() -> None:
    assert len(grouping.group(blobs(2, 5), resolution=3.0, at_least=100)) <= 2


def test_no_row_is_its_own_neighbour() -> None:
    neighbours, _ = grouping.nearest_neighbours(blobs(2, 20))
    assert not (neighbours == np.arange(40)[:, None]).any()


def test_smaller_categories_ask_for_finer_groups() -> None:
    assert grouping.resolution_for(1000, 10) > grouping.resolution_for(1000, 100)


def test_the_order_of_the_rows_changes_no_group() -> None:
    keyed = {bytes([number]): vector for number, vector in enumerate(blobs(4, 12))}
    backwards = dict(reversed(keyed.items()))
    assert planning.group_texts(keyed, 2.0) == planning.group_texts(backwards, 2.0)


def test_rows_of_the_same_text_count_for_the_size_of_a_theme() -> None:
    vectors = {b"a": blobs(1, 1)[0]}
    rows = [PoolRow(id=number, text_key=b"a") for number in range(1, 6)]
    [theme] = planning.themes(rows, [[b"a"]], vectors, {}, at_least=5)
    assert (theme.row_ids, theme.shown_ids) == ((1, 2, 3, 4, 5), (1,))
    assert planning.themes(rows, [[b"a"]], vectors, {}, at_least=6) == []


def test_the_nearest_categories_are_chosen_by_rows_and_by_words_in_turns() -> None:
    here, there = blobs(2, 4)[:4], blobs(2, 4)[4:]
    categories = {
        1: CategoryVectors(words=there[0], rows=cluster(list(here))),
        2: CategoryVectors(words=here[0]),
        3: CategoryVectors(words=there[1], rows=cluster(list(there))),
    }
    assert planning.nearest(here.mean(axis=0), categories)[:2] == [1, 2]


def test_a_category_whose_rows_lie_elsewhere_is_unlike() -> None:
    here, there = blobs(2, 6)[:6], blobs(2, 6)[6:]
    categories = {
        1: CategoryVectors(words=there[0], rows=cluster(list(here[:3]))),
        2: CategoryVectors(words=here[0], rows=cluster(list(there))),
        3: CategoryVectors(words=there[0]),
    }
    assert planning.unlike(list(here[3:]), categories) == [2]


def test_a_theme_needs_a_number_of_rows_and_a_share_of_the_pool() -> None:
    assert planning.minimum(100, rows=8, share=0.01) == 8
    assert planning.minimum(5000, rows=8, share=0.01) == 50
