"""Which groups the model is asked about: far from categories, nobody's own, large, close together."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from services.categorize.grouping import Floats
from services.categorize.clusters import CategoryVectors
from services.categorize.promising import Neighbours, Promising, overlap
from shared.stores.discovery_store import Theme
from shared.stores.feedback_store.discover import PoolRow

DIRECTIONS = np.eye(6, dtype=np.float32)
CATEGORIES = {n: CategoryVectors(words=DIRECTIONS[n]) for n in range(1, 4)}


def near(direction: int, number: int) -> Floats:
    """A vector that lies close to a direction; no two are the same."""
    vector = DIRECTIONS[direction] + 0.2 * np.random.default_rng([direction, number]).normal(size=6)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


class Pool:
    """Groups of rows, each about a direction."""

    def __init__(self) -> None:
        self.rows: list[PoolRow] = []
        self.vectors: dict[bytes, Floats] = {}
        self.groups: list[Theme] = []

    def add(self, direction: int, labels: Sequence[str | None]) -> Theme:
        ids = range(len(self.rows) + 1, len(self.rows) + len(labels) + 1)
        for row_id, label in zip(ids, labels, strict=True):
            key = row_id.to_bytes(4, "big")
            self.rows.append(PoolRow(id=row_id, text_key=key, execution_id="here", label=label))
            self.vectors[key] = near(direction, row_id)
        theme = Theme(number=len(self.groups) + 1, row_ids=tuple(ids), shown_ids=(), category_ids=())
        self.groups.append(theme)
        return theme

    def promising(self) -> Promising:
        sizes = Counter(row.label for row in self.rows)
        return Promising(self.groups, self.rows, self.vectors, self.vectors, CATEGORIES, sizes)


@pytest.fixture
def pool() -> Pool:
    """Three categories with a group of their own each."""
    made = Pool()
    for direction, name in enumerate(("Delivery", "Price", "Staff"), 1):
        made.add(direction, [name] * 20)
    return made


ANY = ["Delivery", "Price", "Staff", None]


def test_rows_of_all_categories_far_from_each_are_a_theme(pool: Pool) -> None:
    theme = pool.add(5, ANY * 5)
    assert pool.promising()(theme)


def test_a_categorys_own_rows_are_none(pool: Pool) -> None:
    pool.add(5, ANY * 5)
    promising = pool.promising()
    assert [promising(group) for group in pool.groups[:3]] == [False] * 3


@pytest.mark.parametrize("labels", [["Price"] * 19 + [None], ["Price"] * 18 + ["Staff"] * 2])
def test_a_part_of_one_category_is_none_however_far(pool: Pool, labels: list[str | None]) -> None:
    theme = pool.add(5, labels)
    assert not pool.promising()(theme)


def test_a_few_rows_are_none_beside_large_groups(pool: Pool) -> None:
    theme = pool.add(5, ANY)
    assert not pool.promising()(theme)


def test_without_a_category_there_are_no_labels_to_doubt(pool: Pool) -> None:
    theme = pool.add(5, ANY * 5)
    sizes = Counter(row.label for row in pool.rows)
    assert not Promising(pool.groups, pool.rows, pool.vectors, pool.vectors, {}, sizes)(theme)


def test_group_and_category_overlap_by_what_both_have() -> None:
    rows = [PoolRow(id=n, text_key=b"x", label=label) for n, label in enumerate(["Price"] * 6 + [None] * 4)]
    assert overlap(rows, {"Price": 10}) == 0.6
    assert overlap(rows[6:], {"Price": 10}) == 0


@pytest.mark.parametrize("direction, have", [(1, True), (5, False)])
def test_unknown_rows_among_labelled_ones_of_their_kind_are_no_theme(direction: int, have: bool) -> None:
    made = Pool()
    together = made.add(1, ["Delivery"] * 12)
    strangers = made.add(direction, [None] * 6)
    whole = together.model_copy(update={"row_ids": together.row_ids + strangers.row_ids})
    assert Neighbours([whole], made.rows, made.vectors, "here").have(strangers) is have
    assert not Neighbours([whole], made.rows, made.vectors, "elsewhere").have(strangers)


def test_rows_that_were_in_no_group_have_no_neighbours() -> None:
    made = Pool()
    assert not Neighbours([], made.rows, made.vectors, "here").have(made.add(1, [None] * 6))
