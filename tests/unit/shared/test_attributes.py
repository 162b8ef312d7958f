"""Values of attributes, read by their type and shown as people write them."""

from typing import Any

import pytest

from shared.contracts.attributes import Attribute, AttributeValue, Money, shown


def an_attribute(**fields: Any) -> Attribute:
    return Attribute.model_validate({"name": "it", "type": "text"} | fields)


PRIORITY = an_attribute(type="enumeration", values=["low", "normal", "urgent"])


@pytest.mark.parametrize(
    "attribute, said, value",
    [
        (PRIORITY, "3", "urgent"),
        (PRIORITY, "URGENT", "urgent"),
        (PRIORITY, "2. normal", "normal"),
        (PRIORITY, "-", None),
        (an_attribute(type="enumeration", values=["in stock", "unknown"]), "unknown", "unknown"),
        (an_attribute(type="number"), "1,250.50", 1250.5),
        (an_attribute(type="number"), "−3", -3),
        (an_attribute(type="money"), "19.99 EUR", Money(amount=19.99, currency="EUR")),
        (an_attribute(type="money"), "USD 1,000", Money(amount=1000, currency="USD")),
        (an_attribute(type="money"), "5", Money(amount=5)),
        (an_attribute(type="date"), "2026-11-28", "2026-11-28"),
        (an_attribute(type="date"), "2026-11-28T10:00:00Z", "2026-11-28"),
        (an_attribute(type="boolean"), "Yes", True),
        (an_attribute(type="boolean"), "0", False),
        (an_attribute(type="list"), "red; blue; red;", ("red", "blue")),
        (an_attribute(type="text"), " two  words\u200b ", "two words"),
        (an_attribute(type="text"), "n/a", None),
    ],
)
def test_what_is_said_is_read_by_its_type(
    attribute: Attribute, said: str, value: AttributeValue | None
) -> None:
    assert attribute.read(said) == value


@pytest.mark.parametrize(
    "attribute, said",
    [
        (PRIORITY, "4"),
        (PRIORITY, "0"),
        (PRIORITY, "very urgent"),
        (PRIORITY, "1. urgent"),
        (an_attribute(type="number"), "about 5"),
        (an_attribute(type="number"), "1.250,50"),
        (an_attribute(type="number"), "٣"),
        (an_attribute(type="money"), "EUR 5 USD"),
        (an_attribute(type="money"), "$5"),
        (an_attribute(type="date"), "28.11.2026"),
        (an_attribute(type="date"), "2026-02-30"),
        (an_attribute(type="boolean"), "maybe"),
    ],
)
def test_what_stands_for_no_value_is_an_error(attribute: Attribute, said: str) -> None:
    with pytest.raises(ValueError, match=r"n|t"):
        attribute.read(said)


@pytest.mark.parametrize(
    "value, text",
    [
        (Money(amount=19.99, currency="EUR"), "19.99 EUR"),
        (Money(amount=5), "5"),
        ({"amount": 5, "currency": None}, "5"),
        (True, "true"),
        (("a", "b"), "a; b"),
        (None, ""),
    ],
)
def test_a_value_is_shown_as_people_write_it(value: object, text: str) -> None:
    assert shown(value) == text
