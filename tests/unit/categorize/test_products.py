"""Texts about one product are alike whatever they say of it: what they have in common is taken away."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from services.categorize.grouping import Floats
from services.categorize.planning import FEWEST_OF_A_PRODUCT, group_texts, without_products
from shared.stores.feedback_store.discover import PoolRow
from tests.unit.categorize.vectors import on_circle

LAMP, KETTLE, NONE = "lamp", "kettle", None
ENOUGH = FEWEST_OF_A_PRODUCT


def keyed(vectors: Floats) -> dict[bytes, Floats]:
    return {bytes([number]): vector for number, vector in enumerate(vectors)}


def rows(products: Sequence[str | None]) -> list[PoolRow]:
    """A row for each text, which is about this product."""
    return [
        PoolRow(id=number, text_key=bytes([number]), product=product)
        for number, product in enumerate(products)
    ]


def same(found: Mapping[bytes, Floats], given: Mapping[bytes, Floats]) -> bool:
    return found.keys() == given.keys() and all(np.array_equal(found[key], given[key]) for key in given)


def test_what_a_product_has_in_common_is_taken_from_its_texts_and_from_no_others() -> None:
    texts = keyed(on_circle(0, 10, 20, 30, 40, 90, 100))
    about = [*[LAMP] * ENOUGH, NONE, NONE]

    found = without_products(rows(about), texts)

    vectors = np.stack(list(texts.values()))
    left = vectors - (vectors[:ENOUGH].mean(axis=0) - vectors.mean(axis=0))
    expected = left / np.linalg.norm(left, axis=1, keepdims=True)
    for number in range(ENOUGH):
        assert found[bytes([number])] == pytest.approx(expected[number], abs=1e-6)
        assert found[bytes([number])].dtype == np.float32
    assert same({key: found[key] for key in (b"\5", b"\6")}, {key: texts[key] for key in (b"\5", b"\6")})


def test_of_two_products_each_loses_its_own() -> None:
    texts = keyed(on_circle(*range(0, 50, 10), *range(180, 230, 10)))

    found = without_products(rows([LAMP] * ENOUGH + [KETTLE] * ENOUGH), texts)

    assert [found[bytes([number])] @ found[bytes([number + ENOUGH])] for number in (0, 4)] == pytest.approx(
        [-1, -1], abs=0.01
    )
    middles = [np.mean([found[bytes([at])] for at in range(start, start + 5)], axis=0) for start in (0, 5)]
    assert [float(np.linalg.norm(middle)) for middle in middles] == pytest.approx([0, 0], abs=0.2)


def test_themes_of_several_products_are_grouped_by_what_is_said() -> None:
    chance = np.random.default_rng(1)
    products, topics = np.eye(8)[:2] * 2, np.eye(8)[2:4]
    said = [(product, topic) for product in (0, 1) for topic in (0, 1) for _ in range(8)]
    raw = np.stack([products[p] + topics[t] + 0.1 * chance.normal(size=8) for p, t in said])
    texts = keyed((raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32))

    groups = group_texts(without_products(rows([(LAMP, KETTLE)[p] for p, _ in said]), texts), 0.5)

    assert sorted({said[key[0]][1] for key in group} for group in groups) == [{0}, {1}]


@pytest.mark.parametrize(
    "about",
    [
        [NONE] * 7,
        [LAMP] * 7,
        [*[LAMP] * (ENOUGH - 1), NONE, NONE, NONE],
        [*[""] * ENOUGH, NONE, NONE],
    ],
    ids=["of no product", "of one and nothing else", "of too few rows", "without a name"],
)
def test_where_there_is_nothing_to_compare_nothing_is_taken_away(about: list[str | None]) -> None:
    texts = keyed(2 * on_circle(0, 10, 20, 30, 40, 90, 100))

    assert same(without_products(rows(about), texts), texts)


def test_a_text_that_several_products_have_counts_with_the_first_that_is_named() -> None:
    texts = keyed(on_circle(0, 10, 20, 30, 40, 90, 100))
    about = [*[LAMP] * ENOUGH, NONE, NONE]
    plain = without_products(rows(about), texts)
    again = [PoolRow(id=90, text_key=b"\0", product=KETTLE), PoolRow(id=91, text_key=b"\1", product=NONE)]

    assert same(without_products([*rows(about), *again], texts), plain)
    unnamed = PoolRow(id=80, text_key=b"\0", product=NONE)
    assert same(without_products([unnamed, *rows(about), *again], texts), plain)


def test_rows_whose_texts_are_not_looked_at_change_nothing() -> None:
    texts = keyed(on_circle(0, 10, 20, 30, 40, 90, 100))
    about = [*[LAMP] * ENOUGH, NONE, NONE]

    more = [PoolRow(id=9, text_key=b"other", product=LAMP)]
    assert same(without_products([*rows(about), *more], texts), without_products(rows(about), texts))


def test_a_text_that_is_all_product_is_left_as_nothing_and_not_as_no_number() -> None:
    """Half of the texts are the product's very middle, and the middle of all is nowhere."""
    texts = keyed(np.asarray([[1, 0]] * ENOUGH + [[-1, 0]] * ENOUGH, np.float32))

    found = without_products(rows([LAMP] * ENOUGH + [NONE] * ENOUGH), texts)

    assert found[b"\0"].tolist() == [0.0, 0.0]
    assert found[b"\5"].tolist() == [-1.0, 0.0]


def test_what_was_given_is_not_changed() -> None:
    texts = keyed(on_circle(0, 10, 20, 30, 40, 90, 100))
    before = {key: vector.copy() for key, vector in texts.items()}

    without_products(rows([*[LAMP] * ENOUGH, NONE, NONE]), texts)

    assert same(texts, before)
