"""Dates as people write them."""

import time
from datetime import datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.dates import DateOrder, decides, parse_date, usual_order
from services.ingest.refusal import ValueUnread

at = partial(datetime, tzinfo=None)
"""UTC without a zone, as the database keeps it."""
MONTH, DAY = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST


@pytest.mark.parametrize(
    "text,order,moment",
    [
        ("2024-03-05", None, at(2024, 3, 5)),
        ("2024-03-05T09:15:00Z", None, at(2024, 3, 5, 9, 15)),
        ("2024-03-05T01:15:00+02:00", None, at(2024, 3, 4, 23, 15)),
        ("2024-03-05 09:15", None, at(2024, 3, 5, 9, 15)),
        ("2024-03-05T09:15:07.123456", None, at(2024, 3, 5, 9, 15, 7)),
        ("2024/3/5 9:15", None, at(2024, 3, 5, 9, 15)),
        (" 5/3/2024 9:15 ", MONTH, at(2024, 5, 3, 9, 15)),
        ("5/3/2024 9:15", DAY, at(2024, 3, 5, 9, 15)),
        ("05.03.2024", DAY, at(2024, 3, 5)),
        ("٥/٣/٢٠٢٤", DAY, at(2024, 3, 5)),
        ("٢٠٢٤-٠٣-٠٥ ٠٩:١٥", DAY, at(2024, 3, 5, 9, 15)),
        ("५ March २०२४", None, at(2024, 3, 5)),
        ("٥ مارس ٢٠٢٤", None, at(2024, 3, 5)),
        ("05.03.2024", MONTH, at(2024, 5, 3)),
        ("5-3-24", DAY, at(2024, 3, 5)),
        ("5-3-71", DAY, at(1971, 3, 5)),
        ("5/3/2024 12:05 AM", MONTH, at(2024, 5, 3, 0, 5)),
        ("5/3/2024 12:05 p.m.", MONTH, at(2024, 5, 3, 12, 5)),
        ("5/3/2024, 1:05:09pm", MONTH, at(2024, 5, 3, 13, 5, 9)),
        ("5/3/2024", None, at(2024, 5, 3)),
        ("05.03.2024", None, at(2024, 3, 5)),
        ("29/2/2024", DAY, at(2024, 2, 29)),
        ("12 16, 2012", None, at(2012, 12, 16)),
        ("03 5, 2012", None, at(2012, 3, 5)),
        ("03 5, 2012", DAY, at(2012, 5, 3)),
    ],
)
def test_a_date_is_read(text: str, order: DateOrder | None, moment: datetime) -> None:
    assert parse_date(text, order) == moment


@pytest.mark.parametrize(
    "text",
    [
        "30/2/2024",
        "29/2/2023",
        "0/1/2024",
        "5/3/2024 25:00",
        "5/3/2024 13:05 pm",
        "5/3/2024 9:60",
        "5/3-2024",
        "yesterday",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1/1/0001",
        "۱۴۰۲/۱۲/۱۵",
        "٥/٣/٥٦٧",
        "5/3/2567",
        "5/3/2024 9:15 and more",
    ],
)
def test_a_date_that_does_not_exist_is_rejected_with_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueUnread, match="2024-03-05"):
        parse_date(text, DAY)


@pytest.mark.parametrize("text", ["31/12/1899", "1/1/2101", "March 5, 1850"])
def test_a_year_that_no_feedback_is_of_is_rejected(text: str) -> None:
    with pytest.raises(ValueUnread, match="its year is not between 1900 and 2100"):
        parse_date(text, DAY)


def test_the_time_zone_of_the_machine_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert parse_date("2024-03-05T01:15:00+02:00", None) == at(2024, 3, 4, 23, 15)
        assert parse_date("1709594100", None) == at(2024, 3, 4, 23, 15)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_date_of_the_other_order_is_rejected_with_the_file_s_order() -> None:
    with pytest.raises(ValueUnread, match="in this file the month comes first"):
        parse_date("25/3/2024", MONTH)
    with pytest.raises(ValueUnread, match="in this file the day comes first"):
        parse_date("3/25/2024", DAY)


@pytest.mark.parametrize(
    "text,order",
    [
        ("13/5/2024", DAY),
        ("5/13/2024", MONTH),
        ("31.12.24 9:15", DAY),
        ("31/1/2024", DAY),
        ("1/31/2024", MONTH),
        ("12/31/2024", MONTH),
        ("12 31, 2024", MONTH),
        ("1/32/2024", None),
        ("5/6/2024", None),
        ("2024-05-13", None),
        ("13/13/2024", None),
        ("32/1/2024", None),
        ("", None),
    ],
)
def test_only_a_date_that_can_be_nothing_else_decides(text: str, order: DateOrder | None) -> None:
    assert decides(text) is order


MOMENTS = st.datetimes(at(1970, 1, 1), at(2069, 12, 31)).map(lambda moment: moment.replace(microsecond=0))


@given(MOMENTS, st.sampled_from([MONTH, DAY]), st.sampled_from("/.-"), st.booleans(), st.booleans())
def test_what_is_written_in_one_order_is_read_back_in_it(
    moment: datetime, order: DateOrder, mark: str, short_year: bool, half: bool
) -> None:
    parts = [moment.month, moment.day] if order is MONTH else [moment.day, moment.month]
    year = moment.strftime("%y") if short_year else str(moment.year)
    time = moment.strftime("%I:%M:%S %p" if half else "%H:%M:%S")
    text = mark.join([*map(str, parts), year]) + " " + time
    assert parse_date(text, order) == moment
    assert decides(text) in (None, order)


@given(st.text(max_size=40), st.sampled_from([None, MONTH, DAY]))
def test_whatever_is_written_is_a_date_or_a_reason(text: str, order: DateOrder | None) -> None:
    try:
        moment = parse_date(text, order)
    except ValueUnread:
        return
    assert 1900 <= moment.year <= 2100
    assert moment.tzinfo is None


def test_where_the_delimiter_is_a_semicolon_the_day_comes_first_if_nothing_else_tells() -> None:
    assert (usual_order(";"), usual_order(","), usual_order("\t")) == (DAY, None, None)
