import networkx as nx
import numpy as np
import pytest

from services.categorize import clusters, grouping, planning
from services.categorize.clusters import CategoryVectors, cluster
from shared.model.cost_estimate import MOST_EMBEDDED
from shared.stores.feedback_store.discover import PoolRow
from tests.unit.categorize.vectors import blobs, nested, noise, on_circle


def test_rows_that_lie_together_are_a_group() -> None:
    groups = grouping.group(blobs(4, 20), grouping.resolution_for(80, 20))
    assert sorted(groups) == [list(range(start, start + 20)) for start in (0, 20, 40, 60)]


@pytest.mark.parametrize("themes, rows", [(1, 10), (1, 15), (2, 4), (2, 7), (3, 5)])
def test_a_few_rows_are_a_group_for_each_theme(themes: int, rows: int) -> None:
    vectors = blobs(themes, rows)
    groups = grouping.group(vectors, grouping.resolution_for(len(vectors), 4))
    assert sorted(groups) == [list(range(start, start + rows)) for start in range(0, themes * rows, rows)]


def test_every_row_is_in_one_group() -> None:
    groups = grouping.group(blobs(7, 9), resolution=3)
    assert sorted(row for group in groups for row in group) == list(range(63))


@pytest.mark.parametrize("at_least", [0, 20])
def test_the_same_rows_make_the_same_groups(at_least: int) -> None:
    vectors = noise(300)
    groups = grouping.group(vectors, 8.0, at_least=at_least)
    assert [grouping.group(vectors, 8.0, at_least=at_least) for _ in range(3)] == [groups] * 3


def test_the_largest_group_comes_first() -> None:
    vectors = blobs(3, 20)
    groups = grouping.group(vectors[13:], 1.0)
    assert [len(members) for members in groups] == [20, 20, 7]
    assert groups[2] == list(range(7))


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_a_handful_of_rows_can_be_grouped(rows: int) -> None:
    groups = grouping.group(blobs(1, 5)[:rows], 1.0)
    assert sum(map(len, groups)) == rows


@pytest.mark.parametrize("rows", [2, 30])
def test_rows_that_are_all_equal_are_one_group(rows: int) -> None:
    vectors = np.repeat(blobs(1, 1), rows, axis=0)
    assert len(grouping.group(vectors, grouping.resolution_for(rows, rows))) == 1


@pytest.mark.parametrize("rows, neighbours", [(2, 1), (100, 10), (300, grouping.NEIGHBOURS)])
def test_a_row_has_more_neighbours_among_many_rows_but_never_many(rows: int, neighbours: int) -> None:
    places, cosines = grouping.nearest_neighbours(noise(rows))
    assert places.shape == cosines.shape == (rows, neighbours)


def test_rows_that_are_each_others_neighbours_are_tied_twice_as_strongly() -> None:
    """Of three rows each has one neighbour: the first two have each other, the third has the second."""
    ties = grouping._graph(on_circle(0, 60, 150)).edges
    assert ties[0, 1]["weight"] == pytest.approx(2 * 0.5)
    assert set(ties) == {(0, 1), (1, 2)}


def test_even_opposite_rows_are_tied_if_they_are_the_nearest() -> None:
    ties = grouping._graph(on_circle(0, 180)).edges
    assert 0 < ties[0, 1]["weight"] < 0.01


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


def test_groups_are_put_together_no_further_than_most_rows_need() -> None:
    vectors = nested(families=5, members=4, size=10)
    assert len(grouping.group(vectors, 12.0)) > 20
    assert [len(members) for members in grouping.group(vectors, 12.0, at_least=10)] == [10] * 20


def test_groups_are_put_together_until_modularity_itself_would_not() -> None:
    sizes = [len(members) for members in grouping.group(nested(5, 4, 10), 2.0, at_least=30)]
    assert max(sizes) == 40
    assert 2 * sum(size for size in sizes if size >= 30) > 200


@pytest.mark.parametrize("small, too_fine", [(9, False), (10, False), (11, True)])
def test_groups_are_too_fine_as_long_as_most_rows_are_in_small_ones(small: int, too_fine: bool) -> None:
    communities = [set(range(10)), *({100 + row} for row in range(small))]
    assert grouping._too_fine(communities, at_least=10) is too_fine


def test_groups_are_put_together_by_all_the_ties_between_them() -> None:
    """The second group has one strong tie to the third and more, in sum, to the first."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_weighted_edges_from(
        [(0, 2, 1), (0, 3, 1), (1, 2, 1), (1, 3, 1), (3, 4, 2), (4, 6, 1), (5, 7, 3)]
    )
    groups = grouping._coarser(graph, [{0, 1}, {2, 3}, {4, 5}, {6, 7}], 1.0, grouping.SEED)
    assert sorted(map(sorted, groups)) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_rows_that_are_too_few_for_any_group_are_grouped_all_the_same() -> None:
    assert len(grouping.group(blobs(2, 5), resolution=3.0, at_least=100)) <= 2


def test_no_row_is_its_own_neighbour() -> None:
    neighbours, _ = grouping.nearest_neighbours(blobs(2, 20))
    assert not (neighbours == np.arange(40)[:, None]).any()


def test_smaller_categories_ask_for_finer_groups() -> None:
    assert grouping.resolution_for(1000, 10) > grouping.resolution_for(1000, 100)
    assert grouping.resolution_for(1000, 0) == grouping.resolution_for(1000, 1)
    assert grouping.resolution_for(1000, 1) > grouping.resolution_for(1000, 2)


def test_only_fewer_rows_than_four_groups_have_are_grouped_coarsely() -> None:
    resolutions = [grouping.resolution_for(rows, 4) for rows in (1, 15, 16, 20)]
    assert resolutions == [1 / 16, grouping.FEW_RESOLUTION, 1.0, 1.25]


@pytest.mark.parametrize("rows", [2 * grouping.BLOCK - 1, 2 * grouping.BLOCK, 3 * grouping.BLOCK + 7])
def test_every_rows_nearest_neighbour_is_the_one_most_like_it(rows: int) -> None:
    vectors = noise(rows)
    neighbours, cosines = grouping.nearest_neighbours(vectors)
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -1)
    nearest = neighbours[np.arange(rows), cosines.argmax(axis=1)]
    assert (nearest == similar.argmax(axis=1)).all()


def test_a_whole_pool_is_expected_to_take_minutes_and_a_handful_no_time() -> None:
    assert 150 < grouping.seconds_for(MOST_EMBEDDED) < 600
    assert 1 < grouping.seconds_for(1_000) < 10


def test_the_rows_of_a_group_come_from_its_centre_outwards() -> None:
    vectors = on_circle(300, 0, 5, 10, 40)
    assert grouping.central_first(vectors, [1, 2, 3, 4]) == [3, 2, 1, 4]


def test_rows_that_are_equally_central_keep_their_order() -> None:
    vectors = on_circle(*[0, 30, 0] * 20)
    middle, edge = [row for row in range(60) if row % 3 != 1], list(range(1, 60, 3))
    assert grouping.central_first(vectors, list(range(60))) == [*middle, *edge]


def test_the_order_of_the_rows_changes_no_group() -> None:
    keyed = {bytes([number]): vector for number, vector in enumerate(blobs(4, 12))}
    backwards = dict(reversed(keyed.items()))
    groups = planning.group_texts(keyed, 1.0)
    assert sorted(map(sorted, groups)) == [[bytes([n]) for n in range(i, i + 12)] for i in range(0, 48, 12)]
    assert groups == planning.group_texts(backwards, 1.0)


def test_no_texts_are_no_groups() -> None:
    assert planning.group_texts({}, 1.0) == []


def test_texts_are_grouped_as_their_rows_are_with_the_most_central_first() -> None:
    vectors = noise(100)
    keyed = {bytes([number]): vector for number, vector in enumerate(vectors)}
    groups = grouping.group(vectors, 8.0, seed=2, at_least=10)
    expected = [[bytes([row]) for row in grouping.central_first(vectors, members)] for members in groups]
    assert planning.group_texts(keyed, 8.0, seed=2, at_least=10) == expected
    assert planning.group_texts(keyed, 8.0, seed=2) != expected


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
    assert clusters.nearest(here.mean(axis=0), categories)[:2] == [1, 2]


def test_a_category_whose_rows_lie_elsewhere_is_unlike() -> None:
    here, there = blobs(2, 6)[:6], blobs(2, 6)[6:]
    categories = {
        1: CategoryVectors(words=there[0], rows=cluster(list(here[:3]))),
        2: CategoryVectors(words=here[0], rows=cluster(list(there))),
        3: CategoryVectors(words=there[0]),
    }
    assert clusters.unlike(list(here[3:]), categories) == [2]


def test_a_theme_needs_a_number_of_rows_and_a_share_of_the_pool() -> None:
    assert planning.minimum(100, rows=8, share=0.01) == 8
    assert planning.minimum(5000, rows=8, share=0.01) == 50
