"""What the embedded engine answers of attributes: what plainly stands there, else nothing."""

import numpy as np
import pytest

from local.bedrock.facts import values_of
from shared.contracts.attributes import Attribute, AttributeType


def no_meaning(texts: object) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    return np.zeros((1, 3), np.float32)


def answered(kind: AttributeType, text: str) -> str:
    [value] = values_of([Attribute(name="price", type=kind)], text, no_meaning)
    return value


@pytest.mark.parametrize(
    "text, said",
    [
        ("It costs $1,299.50 today.", "1299.5 USD"),
        ("129.50 EUR", "129.5 EUR"),
        ("price: EUR 12.5", "12.5 EUR"),
        ("price: call us, or $20", "20 USD"),
        ("Was $20, now $15.", "-"),
        ("For $9,99,99 only.", "-"),
        ("Price $1,2 or so.", "-"),
        (f"${'9' * 30}", "-"),
        ("No price at all.", "-"),
    ],
)
def test_money_is_the_only_price_of_a_text(text: str, said: str) -> None:
    assert answered(AttributeType.MONEY, text) == said


@pytest.mark.parametrize(
    "text, said",
    [("the price is 12", "12"), ("the price is 1,2", "-"), (f"the price is {'9' * 30}", "-"), ("none", "-")],
)
def test_a_number_that_cannot_be_read_is_none(text: str, said: str) -> None:
    assert answered(AttributeType.NUMBER, text) == said


@pytest.mark.parametrize(
    "text, said",
    [
        ("The price is fair.", "true"),
        ("The price isn’t fair.", "false"),
        ("the price shouldnt rise", "false"),
        ("The price hadn't been shown.", "false"),
        ("I never saw a price.", "false"),
        ("Payment at a price.", "true"),
        ("Fair enough.", "-"),
    ],
)
def test_a_boolean_is_false_where_its_clause_denies(text: str, said: str) -> None:
    assert answered(AttributeType.BOOLEAN, text) == said
