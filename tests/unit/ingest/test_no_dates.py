"""Texts that hold no date, or look like one."""

import re
from datetime import datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.dates import DateOrder, parse_date
from services.ingest.refusal import ValueUnread

at = partial(datetime, tzinfo=None)
MONTH, DAY = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST
THE_FIFTH = at(2024, 3, 5)


def test_no_sentence_is_so_long_that_it_must_be_read_for_a_date() -> None:
    sentence = "Reviewed in Spain {} on March 5, 2024"
    fits, too_long = (sentence.format("x" * (length - len(sentence) + 2)) for length in (120, 121))
    assert parse_date(fits, DAY) == THE_FIFTH
    with pytest.raises(ValueUnread):
        parse_date(too_long, DAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May",
        "may be",
        "Mar",
        "5",
        "March 5",
        "March 2024",
        "2024",
        "12:30",
        "yesterday",
        "2 days ago",
        "last March 5",
        "I bought it on March 5, 2024",
        "between March 5, 2024 and March 7, 2024",
        "Reviewed on March 5, 2024, bought on March 1, 2024",
        "Reviewed in May on March 5",
        "5 6 March 2024",
        "5 March 2024 6",
        "2024 March 2024",
        "March March 2024",
        "March 5, 202",
        "005 March 2024",
        "March 2024 005",
        "31 April 2024",
        "29 février 2023",
        "0 March 2024",
        "March 5, 2024 25:00",
        "March 5, 2024 13:00 pm",
        "2024年13月5日",
        "2024-03-05 10:00 IST",
        "2024-03-05 10:00 somewhere",
        "Rated 4 out of 5 in March",
        "123",
        "12345",
        "99999",
        "123456789",
        "5551234567890123456789",
        "12345678",
        "20241305",
        "4.0.1",
        "+49 30 1234567",
        "1e99",
        "1E99",
        "0E99",
        "2024年3月",
        "Date of stay: March 2024",
        "2567-03-05",
        "05.03.2024 25.00",
        "5 tháng 13, 2024",
    ],
)
def test_what_is_no_date_becomes_none(text: str) -> None:
    with pytest.raises(ValueUnread, match="2024-03-05"):
        parse_date(text, DAY)


@given(
    st.text(st.characters(exclude_categories=["Nd", "No", "Nl"]), max_size=60),
    st.sampled_from([None, MONTH, DAY]),
)
def test_a_text_without_a_digit_is_no_date(text: str, order: DateOrder | None) -> None:
    with pytest.raises(ValueUnread):
        parse_date(text, order)


WORDS = st.sampled_from(
    [
        "5",
        "12",
        "2024",
        "24",
        "March",
        "mars",
        "Sun",
        "10:00",
        "UTC",
        "Reviewed",
        "in",
        "on",
        "the",
        "and",
        ",",
        "3/5/2024",
        "x",
    ]
)


@given(st.lists(WORDS, max_size=8))
def test_words_are_a_date_only_with_one_day_one_month_and_one_year(words: list[str]) -> None:
    text = " ".join(words)
    try:
        parse_date(text, None)
    except ValueUnread:
        return
    whole = text.count("3/5/2024")
    named = len(re.findall("March|mars", text))
    numbers = len(re.findall(r"(?<![\d/:])(?:5|12|2024|24)(?![\d/:])", text))
    assert (whole, named, numbers) in {(1, 0, 0), (0, 1, 2)}
    assert "x" not in words or "Reviewed" in words
