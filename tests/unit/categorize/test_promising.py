"""Which groups the model is asked about: far from categories, nobody's own, large, close together."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from services.categorize.clusters import CategoryVectors
from services.categorize.grouping import Floats
from services.categorize.promising import (
    CORRECTED,
    COVERED,
    NAMED,
    Claims,
    Neighbours,
    Position,
    Promising,
    overlap,
)
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

    def promising(self, categories: Mapping[int, CategoryVectors] = CATEGORIES) -> Promising:
        sizes = Counter(row.label for row in self.rows)
        return Promising(self.groups, self.rows, self.vectors, self.vectors, categories, sizes)


@pytest.fixture
def pool() -> Pool:
    """Three categories with a group of their own each."""
    made = Pool()
    for direction, name in enumerate(("Delivery", "Price", "Staff"), 1):
        made.add(direction, [name] * 20)
    return made


ANY = ["Delivery", "Price", "Staff", None]


def corrected(direction: int, rows: int) -> dict[int, CategoryVectors]:
    """The categories, the third with rows that people gave it, which lie in this direction."""
    given = tuple(near(direction, 1000 + n) for n in range(rows))
    third = CategoryVectors(words=DIRECTIONS[3], name="Staff", corrected=given)
    return CATEGORIES | {3: third}


@pytest.mark.parametrize(
    "direction, rows, asked",
    [
        pytest.param(4, 5, False, id="its corrected rows lie in the group"),
        pytest.param(4, 1, True, id="one may be a slip"),
        pytest.param(3, 5, True, id="they lie where the category's other rows do"),
        pytest.param(5, 5, True, id="they lie where no row does"),
    ],
)
def test_a_group_in_which_a_categorys_corrected_rows_lie_is_the_categorys(
    pool: Pool, direction: int, rows: int, asked: bool
) -> None:
    group = pool.add(4, ANY * 5)
    assert pool.promising(corrected(direction, rows))(group) is asked


def position(direction: int) -> Position:
    return Position(rows=20, direction=DIRECTIONS[direction], reach=0.8, far=0.0, close=0.5)


@pytest.mark.parametrize(
    "sizes, said",
    [
        pytest.param({"Staff": 20}, NAMED, id="rows have it, so that a group of it is expected"),
        pytest.param({"Staff": 3}, 0.0, id="hardly any row has it"),
        pytest.param({}, 0.0, id="none has it"),
    ],
)
def test_the_words_of_a_category_claim_the_group_nearest_to_them(
    sizes: dict[str | None, int], said: float
) -> None:
    between = np.asarray((DIRECTIONS[1] + 0.1 * DIRECTIONS[2]) / np.linalg.norm([1, 0.1]), np.float32)
    claims = Claims([position(1), position(2)], [CategoryVectors(words=between, name="Staff")], sizes)
    assert [claims.score(number, {"Staff": 5}) for number in (0, 1, None)] == [said, 0.0, 0.0]


@pytest.mark.parametrize("rows, here", [(1, 0.0), (2, 2 / 3), (4, 4 / 5)])
def test_corrected_rows_speak_against_their_group_and_for_others_of_their_category(
    rows: int, here: float
) -> None:
    given = (DIRECTIONS[1],) * rows
    category = CategoryVectors(words=DIRECTIONS[3], name="Staff", corrected=given)
    claims = Claims([position(1), position(2)], [category], {})
    assert claims.score(0, {"Price": 1}) == pytest.approx(CORRECTED * here)
    assert claims.score(1, {"Staff": 1, "Price": 1}) == pytest.approx(COVERED * here / 2)


def test_a_corrected_row_outside_every_group_says_nothing() -> None:
    """GIVEN rows between two groups, nearer to one of them, and beyond its edge."""
    between = np.asarray((DIRECTIONS[1] + 0.9 * DIRECTIONS[2]) / np.linalg.norm([1, 0.9]), np.float32)
    category = CategoryVectors(words=DIRECTIONS[3], name="Staff", corrected=(between,) * 5)
    claims = Claims([position(1), position(2)], [category], {})
    assert claims.score(0, {"Price": 1}) == 0.0


def test_among_few_groups_none_is_known_to_be_loose(pool: Pool) -> None:
    group = pool.add(4, [None] * 8)
    assert not pool.promising().is_loose(group)


def test_unknown_rows_that_lie_as_far_apart_as_those_of_mixtures_are_loose(pool: Pool) -> None:
    for direction in (4, 5, 0, 4, 5):
        pool.add(direction, ANY * 3)
    chance = np.random.default_rng(0)
    tight = pool.add(5, [None] * 8)
    mixture = pool.add(5, [None] * 8)
    for row_id in tight.row_ids:
        pool.vectors[row_id.to_bytes(4, "big")] = DIRECTIONS[5]
    for row_id in mixture.row_ids:
        vector = chance.normal(size=6)
        pool.vectors[row_id.to_bytes(4, "big")] = np.asarray(vector / np.linalg.norm(vector), np.float32)
    promising = Promising(pool.groups[:-2], pool.rows, pool.vectors, pool.vectors, CATEGORIES, Counter())
    assert promising.is_loose(mixture)
    assert not promising.is_loose(tight)


def test_of_groups_of_one_text_each_none_is_loose_by_a_rounding_error(pool: Pool) -> None:
    for direction in (4, 5, 4, 5, 4, 5):
        group = pool.add(direction, [None] * 3 * len(pool.groups))
        for row_id in group.row_ids:
            error = np.float32(1 + 4e-7 * len(pool.groups))
            pool.vectors[row_id.to_bytes(4, "big")] = DIRECTIONS[direction] * error
    same = pool.groups[3:]
    promising = Promising(same, pool.rows, pool.vectors, pool.vectors, CATEGORIES, Counter())
    assert not any(promising.is_loose(group) for group in same)


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
