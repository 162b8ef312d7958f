"""The figures of a report over time, added up by the database from its tallies."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum

from shared.contracts.base import Contract
from shared.platform.database import Transaction
from shared.stores.feedback_store.tallies import Tallies
from shared.stores.reading import many


class Period(StrEnum):
    """The length of a step in time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class DatedRows(Contract):
    """Rows with their first and their last date; without dates, rows that have none."""

    rows: int
    first: datetime | None
    last: datetime | None


class TimeCount(Contract):
    """Rows of one key (a sentiment or a label) in the period that begins on `start`."""

    start: date
    key: str | None
    rows: int


_DATED = """
    SELECT CASE WHEN day IS NULL THEN 'undated' WHEN day < %(start)s THEN 'before'
        WHEN day >= %(end)s THEN 'after' ELSE 'inside' END AS place,
        MIN(first_date) AS `first`, MAX(last_date) AS `last`, SUM(`rows`) AS `rows`
    FROM {table} AS t GROUP BY 1
"""
_STARTS = {
    Period.DAY: "day",
    Period.WEEK: "day - INTERVAL WEEKDAY(day) DAY",
    Period.MONTH: "day - INTERVAL DAYOFMONTH(day) - 1 DAY",
    Period.YEAR: "MAKEDATE(YEAR(day), 1)",
}
# `{start}` is one of _STARTS and `{key}` one of two columns, never input.
_BY_TIME = """
    SELECT {start} AS start, {key} AS `key`, SUM(`rows`) AS `rows` FROM {table} AS t
    WHERE day BETWEEN DATE(%(first)s) AND DATE(%(last)s) {among} GROUP BY 1, 2 ORDER BY 1
"""
_BY_MONTH = f"""
    SELECT {_STARTS[Period.MONTH]} AS start, SUM(`rows`) AS `rows` FROM {{table}} AS t
    WHERE day IS NOT NULL GROUP BY 1 ORDER BY 1
"""


def by_month(tx: Transaction, counted: Tallies) -> dict[date, int]:
    """Dated rows by the first day of their month, in the order of time."""
    tx.execute(_BY_MONTH.format(table=counted.table("days")), counted.arguments)
    return {row["start"]: int(row["rows"]) for row in tx.fetchall()}


def dated(tx: Transaction, counted: Tallies, start: date, end: date) -> dict[str, DatedRows]:
    """The rows by where they lie: `before` the day `start`, `inside`, `after` (`end` or later), `undated`."""
    limits = {"start": start, "end": end}
    tx.execute(_DATED.format(table=counted.table("days")), counted.arguments | limits)
    return {row.pop("place"): DatedRows.model_validate(row) for row in map(dict, tx.fetchall())}


def by_time(
    tx: Transaction,
    counted: Tallies,
    period: Period,
    first: datetime | None,
    last: datetime | None,
    labels: Collection[str] | None = None,
) -> list[TimeCount]:
    """Rows dated `first` to `last` by period and sentiment, in the order of time, without empty periods.

    Args:
        labels: counts the rows of these instead, by period and label.
    """
    key, among = ("sentiment", "") if labels is None else ("label", "AND label IN %(labels)s")
    query = _BY_TIME.format(start=_STARTS[period], key=key, among=among, table=counted.table("days"))
    which = {"first": first, "last": last, "labels": labels}
    return many(tx, TimeCount, query, counted.arguments | which)
