"""The figures of a report, aggregated by the database."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores.feedback_store.rows import ANSWERED
from shared.stores.reading import many
from shared.stores.rejected_store import ReasonCount


class LabelCount(Contract):
    """Rows of one final label and one sentiment, with the sum of their stars."""

    label: str
    sentiment: str | None
    rows: int
    starred: int
    stars_sum: Decimal


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


class StarsCount(Contract):
    """Rows with this many stars and this sentiment."""

    stars: Decimal | None
    sentiment: str | None
    rows: int


class ProductCount(Contract):
    """Rows about one product."""

    product_name: str
    rows: int
    negative: int
    starred: int
    stars_sum: Decimal


class Answering(Contract):
    """The model and versions that labelled rows."""

    model_id: str | None
    prompt_version: str | None
    taxonomy_version: int | None
    corrections_version: int | None
    rows: int


class PeopleCount(Contract):
    """Rows that discovery or people moved to another label than the model's."""

    relabelled: int = 0
    corrected: int = 0


_BY_LABEL = f"""
    SELECT COALESCE(label_final, 'unknown') AS label, sentiment, COUNT(*) AS `rows`,
        COUNT(stars) AS starred, COALESCE(SUM(stars), 0) AS stars_sum
    FROM customer_feedback WHERE {ANSWERED} GROUP BY 1, 2
"""
_DATED = f"""
    SELECT CASE WHEN create_date IS NULL THEN 'undated' WHEN create_date < %(start)s THEN 'before'
        WHEN create_date >= %(end)s THEN 'after' ELSE 'inside' END AS place,
        MIN(create_date) AS `first`, MAX(create_date) AS `last`, COUNT(*) AS `rows`
    FROM customer_feedback WHERE {ANSWERED} GROUP BY 1
"""
_STARTS = {
    Period.DAY: "DATE(create_date)",
    Period.WEEK: "DATE(create_date) - INTERVAL WEEKDAY(create_date) DAY",
    Period.MONTH: "DATE(create_date) - INTERVAL DAYOFMONTH(create_date) - 1 DAY",
    Period.YEAR: "MAKEDATE(YEAR(create_date), 1)",
}
# `{start}` is one of _STARTS and `{key}` one of two columns, never input.
_BY_TIME = f"""
    SELECT {{start}} AS start, {{key}} AS `key`, COUNT(*) AS `rows` FROM customer_feedback
    WHERE {ANSWERED} AND create_date BETWEEN %(first)s AND %(last)s {{among}} GROUP BY 1, 2 ORDER BY 1
"""
_BY_MONTH = f"""
    SELECT {_STARTS[Period.MONTH]} AS start, COUNT(*) AS `rows` FROM customer_feedback
    WHERE {ANSWERED} AND create_date IS NOT NULL GROUP BY 1 ORDER BY 1
"""
_BY_STARS = f"""
    SELECT stars, sentiment, COUNT(*) AS `rows` FROM customer_feedback WHERE {ANSWERED} GROUP BY 1, 2
"""
_BY_PRODUCT = f"""
    SELECT product_name, COUNT(*) AS `rows`,
        SUM(CASE WHEN sentiment = 'negative' THEN 1 ELSE 0 END) AS negative,
        COUNT(stars) AS starred, COALESCE(SUM(stars), 0) AS stars_sum
    FROM customer_feedback WHERE {ANSWERED} AND product_name IS NOT NULL
    GROUP BY product_name ORDER BY COUNT(*) DESC, product_name LIMIT %(limit)s
"""
_FAILED_REASONS = """
    SELECT COALESCE(failure_reason, '') AS reason, COUNT(*) AS `rows` FROM customer_feedback
    WHERE execution_id = %(execution_id)s AND status = 'failed'
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s
"""
_ANSWERING = f"""
    SELECT model_id, prompt_version, taxonomy_version, corrections_version, COUNT(*) AS `rows`
    FROM customer_feedback WHERE {ANSWERED} GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 20
"""
_BY_PEOPLE = f"""
    SELECT COUNT(label_post_processing) AS relabelled, COUNT(label_correction) AS corrected
    FROM customer_feedback WHERE {ANSWERED}
"""


def by_label(tx: Transaction, execution_id: ExecutionId) -> list[LabelCount]:
    """Rows by final label and sentiment."""
    return many(tx, LabelCount, _BY_LABEL, {"execution_id": execution_id})


def by_month(tx: Transaction, execution_id: ExecutionId) -> dict[date, int]:
    """Dated rows by the first day of their month, in the order of time."""
    tx.execute(_BY_MONTH, {"execution_id": execution_id})
    return {row["start"]: row["rows"] for row in tx.fetchall()}


def dated(tx: Transaction, execution_id: ExecutionId, start: date, end: date) -> dict[str, DatedRows]:
    """The rows by where they lie: `before` the day `start`, `inside`, `after` (`end` or later), `undated`."""
    tx.execute(_DATED, {"execution_id": execution_id, "start": start, "end": end})
    return {row.pop("place"): DatedRows.model_validate(row) for row in map(dict, tx.fetchall())}


def by_time(
    tx: Transaction,
    execution_id: ExecutionId,
    period: Period,
    first: datetime | None,
    last: datetime | None,
) -> list[TimeCount]:
    """Rows dated `first` to `last` by period and sentiment, in the order of time, without empty periods."""
    query = _BY_TIME.format(start=_STARTS[period], key="sentiment", among="")
    return many(tx, TimeCount, query, {"execution_id": execution_id, "first": first, "last": last})


def labels_by_time(
    tx: Transaction,
    execution_id: ExecutionId,
    period: Period,
    first: datetime | None,
    last: datetime | None,
    labels: Collection[str],
) -> list[TimeCount]:
    """Rows of these labels, dated `first` to `last`, by period and label, in the order of time."""
    if not labels:
        return []
    query = _BY_TIME.format(start=_STARTS[period], key="label_final", among="AND label_final IN %(labels)s")
    which = {"execution_id": execution_id, "first": first, "last": last}
    return many(tx, TimeCount, query, which | {"labels": list(labels)})


def by_stars(tx: Transaction, execution_id: ExecutionId) -> list[StarsCount]:
    """Rows by stars and sentiment; None is a row without stars."""
    return many(tx, StarsCount, _BY_STARS, {"execution_id": execution_id})


def by_product(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[ProductCount]:
    """The products with the most rows."""
    return many(tx, ProductCount, _BY_PRODUCT, {"execution_id": execution_id, "limit": limit})


def failed_reasons(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[ReasonCount]:
    """Why rows failed, the commonest reason first."""
    return many(tx, ReasonCount, _FAILED_REASONS, {"execution_id": execution_id, "limit": limit})


def answering(tx: Transaction, execution_id: ExecutionId) -> list[Answering]:
    """Which models and versions labelled the rows, most rows first (at most 20)."""
    return many(tx, Answering, _ANSWERING, {"execution_id": execution_id})


def by_people(tx: Transaction, execution_id: ExecutionId) -> PeopleCount:
    """How many rows have a label by discovery, and how many a correction."""
    return many(tx, PeopleCount, _BY_PEOPLE, {"execution_id": execution_id})[0]
