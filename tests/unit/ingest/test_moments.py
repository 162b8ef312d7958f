"""Times of day, zones, and times that are numbers."""

from datetime import datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.dates import DateOrder, parse_date

at = partial(datetime, tzinfo=None)
MONTH, DAY = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST


@pytest.mark.parametrize(
    "text",
    [
        "1709629200",
        "1709629200000",
        "1709629200000.0",
        "1709629200000000",
        "1.7096292E12",
        "/Date(1709629200000)/",
        "45356.375",
        "45356,375",
        "20240305090000",
        "202403050900",
        "Tue, 05 Mar 2024 10:00:00 +0100",
        "Tue, 5 Mar 2024 09:00 GMT",
        "Tue Mar 05 2024 10:00:00 GMT+0100 (CET)",
        "Tue Mar 05 2024 10:00:00 GMT+0100 (Central European Standard Time)",
        "Tue Mar  5 10:00:00 CET 2024",
        "2024-03-05 09:00:00 UTC",
        "2024-03-05 09:00:00.123456 UTC",
        "2024-03-05 10:00 GMT+1",
        "2024-03-05 10:00 GMT+01:00",
        "2024-03-05 04:00:00 -0500",
        "2024-03-05 10:00:00+01",
        "2024-03-05T09:00:00.1234567Z",
        "2024-03-05T10:00:00+01:00[Europe/Berlin]",
        "5/3/2024 4:00 AM EST",
        "5.3.2024, 10:00 MEZ",
        "5. März 2024, 9:00 Uhr",
        "5 mars 2024 à 9h00",
        "mardi 5 mars 2024 à 09:00:00",
        "9:00, 5 March 2024",
        "March 5th, 2024 at 9:00am",
        "March 5, 2024 9 a.m.",
        "05-MAR-24 09.00.00.000000 AM",
        "2024年3月5日 9時00分",
        "2024年3月5日 上午9:00",
        "2024/03/05 下午17:00".replace("下午17", "上午09"),
        "2024/03/05 10:00:00 vorm. MEZ",
        "2024/03/05 11:00:00 vorm. OEZ",
        "2024/03/05 6:00:00 午後 JST",
        "2024/03/05 10:00:00 AM GMT+1",
        "05/03/2024 09:00:00 π.μ.",
        "5. 3. 2024 오전 9:00:00",
        "2024-03-05 10:00:00 +0100 CET",
        "2024-03-05 09:00:00 +0000 UTC",
        "2024-03-05T09:00:00z",
        "05MAR2024:09:00:00",
        "05/Mar/2024:10:00:00 +0100",
        "2024-03-05-09.00.00.123456",
        "2024-03-05-09.00.00",
        "5.3.2024 klo 9.00",
        "5.3.2024 9.00.00",
        "05-03-2024 09.00",
        "05/03/24 09.00",
        "5. maaliskuuta 2024 klo 9.00",
        "Mar 5, 2024, 9:00:00\u202fAM",
        "5/3/2024 9:00:00 a.\u00a0m.",
    ],
)
def test_a_moment_is_read_in_its_zone(text: str) -> None:
    assert parse_date(text, DAY) == at(2024, 3, 5, 9)


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 05 Mar 2024 23:42:17 +0100",
        "5 March 2024 10:42:17 PM",
        "5 March 2024 10.42.17 p.m.",
        "2024年3月5日 下午10:42:17",
        "2024年3月5日 午後10時42分17秒",
        "2024-03-06 04:12:17 GMT+05:30",
        "2024-03-06 04:12:17 UTC",
        "2024-03-06 04:12:17 +0530",
        "2024-03-05 17:42:17 UTC−5",
    ],
)
def test_hours_minutes_and_seconds_are_read_in_words_too(text: str) -> None:
    moment = at(2024, 3, 6, 4, 12, 17) if text.endswith("12:17 UTC") else at(2024, 3, 5, 22, 42, 17)
    assert parse_date(text, DAY) == moment


def test_half_past_midnight_is_in_the_morning() -> None:
    assert parse_date("2024年3月5日 上午12:30", DAY) == at(2024, 3, 5, 0, 30)


@given(
    st.integers(at(2002, 1, 1).toordinal(), at(2098, 1, 1).toordinal()),
    st.integers(0, 86_399),
    st.sampled_from([1, 1000, 10**6, 10**9]),
)
def test_seconds_since_1970_are_read_in_any_unit(day: int, second: int, unit: int) -> None:
    seconds = (day - at(1970, 1, 1).toordinal()) * 86_400 + second
    read = parse_date(str(seconds * unit), None)
    assert (read - at(1970, 1, 1)).total_seconds() == seconds


@given(st.datetimes(at(1981, 1, 1), at(2048, 12, 31)).map(lambda moment: moment.replace(microsecond=0)))
def test_a_cell_of_excel_is_read_to_the_second(moment: datetime) -> None:
    days = (moment - at(1899, 12, 30)).total_seconds() / 86_400
    assert parse_date(f"{days:.9f}", None) == moment
