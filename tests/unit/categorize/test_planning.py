from collections.abc import Mapping

import numpy as np
import pytest

from services.categorize import clusters, planning
from services.categorize.clusters import CategoryVectors, Cluster
from services.categorize.grouping import Floats
from services.categorize.judging import MIXED, UNJUDGED
from shared.stores.discovery_store import Theme, Verdict, VerdictKind
from shared.stores.feedback_store.discover import PoolRow
from tests.unit.categorize.vectors import blobs, on_circle


def keyed(vectors: Floats) -> dict[bytes, Floats]:
    """Texts by number, each with its vector."""
    return {bytes([number]): vector for number, vector in enumerate(vectors)}


def rows_of(texts: Mapping[bytes, Floats]) -> list[PoolRow]:
    """A row for each text; their ids are its number and 100."""
    return [PoolRow(id=100 + key[0], text_key=key) for key in texts]


def theme(rows: int, verdict: Verdict | None = MIXED, *, divided: bool = False) -> Theme:
    return Theme(
        number=1,
        row_ids=tuple(range(rows)),
        shown_ids=(),
        category_ids=(),
        verdict=verdict,
        divided=divided,
    )


def test_cohesion_is_the_mean_similarity_of_two_different_rows() -> None:
    vectors = on_circle(0, 20, 50, 90)
    similar = vectors @ vectors.T
    together = clusters.cluster(list(vectors))
    assert together is not None
    assert together.cohesion == pytest.approx((similar.sum() - 4) / 12)


def test_fewer_than_three_rows_lie_nowhere() -> None:
    assert clusters.cluster(list(on_circle(0, 10))) is None
    assert clusters.cluster(list(on_circle(0, 10, 20))) is not None


def test_the_usual_size_is_that_of_the_middle_category_that_has_rows() -> None:
    assert planning.typical_size([0, 0, 20, 30, 900], texts=10_000, minimum_rows=5) == 30


def test_without_a_labelled_row_the_usual_size_grows_with_the_root_of_the_texts() -> None:
    assert planning.typical_size([0, 0], texts=400, minimum_rows=5) == 20
    assert planning.typical_size([], texts=1600, minimum_rows=5) == 40


def test_no_size_is_usual_that_would_be_too_small_for_a_theme() -> None:
    assert planning.typical_size([3, 4, 5], texts=400, minimum_rows=8) == 8


def test_themes_are_numbered_from_the_largest_and_the_earliest() -> None:
    texts = keyed(blobs(1, 8))
    groups = [[b"\0"], [b"\6", b"\7"], [b"\1", b"\2", b"\3"], [b"\4", b"\5"]]
    found = planning.themes(rows_of(texts), groups, texts, {}, at_least=2)
    assert [(each.number, each.row_ids) for each in found] == [
        (1, (101, 102, 103)),
        (2, (104, 105)),
        (3, (106, 107)),
    ]


def test_a_theme_knows_the_categories_near_its_centre_and_those_that_are_unlike_it() -> None:
    texts = keyed(on_circle(0, 10, 20))
    near, far = on_circle(5, 10, 15), on_circle(170, 180, 190)
    categories = {
        1: CategoryVectors(words=far[0], rows=clusters.cluster(list(far))),
        2: CategoryVectors(words=near[1], rows=clusters.cluster(list(near))),
    }
    [found] = planning.themes(rows_of(texts), [list(texts)], texts, categories, at_least=1)
    assert found.category_ids == (2, 1)
    assert found.unlike_ids == (1,)


def test_themes_that_were_found_before_are_held_beside_the_categories_of_today() -> None:
    texts = keyed(on_circle(0, 10, 20, 170, 180, 190))
    rows = [*rows_of(texts), PoolRow(id=200, text_key=b"\0")]
    groups = [[b"\0", b"\1", b"\2"], [b"\3", b"\4", b"\5"]]
    categories = {
        1: CategoryVectors(words=texts[b"\4"], rows=clusters.cluster([texts[key] for key in groups[1]])),
        2: CategoryVectors(words=texts[b"\1"], rows=clusters.cluster([texts[key] for key in groups[0]])),
    }
    before = planning.themes(rows, groups, texts, {}, at_least=1)
    assert [(each.category_ids, each.unlike_ids) for each in before] == [((), ())] * 2

    today = planning.beside(before, rows, texts, categories)

    assert today == planning.themes(rows, groups, texts, categories, at_least=1)
    assert [(each.category_ids, each.unlike_ids) for each in today] == [((2, 1), (1,)), ((1, 2), (2,))]


def test_a_category_is_near_by_where_its_rows_lie_however_loosely() -> None:
    loose, tight = Cluster(np.array([0.1, 0.0]), 0.1), Cluster(np.array([0.6, 0.6]), 0.9)
    words = on_circle(90)[0]
    categories = {1: CategoryVectors(words, tight), 2: CategoryVectors(words, loose)}
    assert clusters.nearest(on_circle(0)[0], categories) == [2, 1]


def test_what_the_model_could_not_answer_about_and_is_not_divided_is_unjudged() -> None:
    failed = theme(10, UNJUDGED)
    judged = [theme(10), theme(10, verdict=None), theme(10, UNJUDGED, divided=True), theme(10, divided=True)]

    assert planning.unjudged([*judged, failed]) == [failed]


@pytest.mark.parametrize(
    "mixed, coarse",
    [
        (theme(10), True),
        (theme(9), False),
        (theme(10, divided=True), False),
        (theme(10, verdict=None), False),
        (theme(10, Verdict(kind=VerdictKind.NEW, name="Zips break", description="d")), False),
    ],
    ids=["mixed", "too small for two", "divided already", "not judged", "judged to be one"],
)
def test_what_is_mixed_and_large_enough_for_two_themes_is_divided(mixed: Theme, coarse: bool) -> None:
    assert planning.too_coarse([mixed], at_least=5) == ([mixed] if coarse else [])


def test_a_mixed_theme_falls_apart_into_what_lies_together() -> None:
    texts = keyed(blobs(2, 10))
    category = {7: CategoryVectors(words=blobs(1, 1)[0])}
    mixed = theme(20)

    parts = planning.divide(mixed, rows_of(texts), texts, category, at_least=5, numbers_from=4)

    assert [(part.number, sorted(part.row_ids)) for part in parts] == [
        (4, list(range(100, 110))),
        (5, list(range(110, 120))),
    ]
    assert [part.category_ids for part in parts] == [(7,), (7,)]


def test_parts_that_are_too_small_are_no_themes() -> None:
    texts = keyed(blobs(2, 20)[:25])

    parts = planning.divide(theme(25), rows_of(texts), texts, {}, at_least=5, numbers_from=1)

    sizes = [len(part.row_ids) for part in parts]
    assert min(sizes) == 5
    assert sum(sizes) < 25


def test_only_the_themes_own_texts_are_grouped_again() -> None:
    texts = keyed(blobs(3, 10))
    own = {key: texts[key] for key in list(texts)[:20]}

    parts = planning.divide(theme(20), rows_of(own), texts, {}, at_least=5, numbers_from=1)

    assert sorted(row for part in parts for row in part.row_ids) == list(range(100, 120))


def test_what_does_not_fall_apart_at_any_resolution_has_no_parts() -> None:
    texts = keyed(np.repeat(blobs(1, 1), 4, axis=0))

    assert planning.divide(theme(4), rows_of(texts), texts, {}, at_least=4, numbers_from=1) == []
