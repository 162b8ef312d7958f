"""What a report says of an execution's rows, added up by the database: memory never holds the rows."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId, Profile, RecordId
from shared.contracts.report_rows import (
    Answering,
    FoundCategory,
    LabelCount,
    PeopleCount,
    Period,
    ProductCount,
    Quote,
    ReasonCount,
    RejectedQuote,
    Searched,
    Span,
    StarsCount,
    TimeCount,
)
from shared.platform.database import Transaction

T = TypeVar("T", bound=Contract)
QUOTE_LENGTH = 400
"""Characters of a row's text that a report quotes at most."""

_ROWS = "execution_id = %(execution_id)s AND status IN ('labelled', 'unknown')"
_QUOTED = f"""
    record_id, `row_number`, label_final AS label, sentiment, product_name, stars, create_date, title,
    LEFT(feedback, {QUOTE_LENGTH}) AS text, CHAR_LENGTH(feedback) > {QUOTE_LENGTH} AS cut,
    failure_reason AS reason
"""
_BY_LABEL = f"""
    SELECT COALESCE(label_final, 'unknown') AS label, sentiment, COUNT(*) AS `rows`,
        COUNT(stars) AS starred, COALESCE(SUM(stars), 0) AS stars_sum
    FROM customer_feedback WHERE {_ROWS} GROUP BY 1, 2
"""
_SPAN = f"""
    SELECT MIN(create_date) AS `first`, MAX(create_date) AS `last`, COUNT(*) - COUNT(create_date) AS undated
    FROM customer_feedback WHERE {_ROWS}
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
    WHERE {_ROWS} AND create_date IS NOT NULL {{among}} GROUP BY 1, 2 ORDER BY 1
"""
_BY_STARS = f"""
    SELECT stars, sentiment, COUNT(*) AS `rows` FROM customer_feedback WHERE {_ROWS} GROUP BY 1, 2
"""
_BY_PRODUCT = f"""
    SELECT product_name, COUNT(*) AS `rows`,
        SUM(CASE WHEN sentiment = 'negative' THEN 1 ELSE 0 END) AS negative,
        COUNT(stars) AS starred, COALESCE(SUM(stars), 0) AS stars_sum
    FROM customer_feedback WHERE {_ROWS} AND product_name IS NOT NULL
    GROUP BY product_name ORDER BY COUNT(*) DESC, product_name LIMIT %(limit)s
"""
_ID_RANGE = """
    SELECT MIN(id) AS `first`, MAX(id) AS `last` FROM customer_feedback WHERE execution_id = %(execution_id)s
"""
# The first rows of a label are candidates enough, and found by an index however large the execution is.
# A text that many sent is quoted once; one of about a paragraph reads best.
_EXAMPLES = f"""
    SELECT {_QUOTED} FROM customer_feedback JOIN (
        SELECT MIN(id) AS id, MIN(distance) AS distance FROM (
            SELECT id, text_key, ABS(CHAR_LENGTH(feedback) - %(length)s) AS distance
            FROM customer_feedback FORCE INDEX (feedback_by_label)
            WHERE profile = %(profile)s AND label_final = %(label)s AND id BETWEEN %(first)s AND %(last)s
                AND {_ROWS}
            ORDER BY id LIMIT 500
        ) AS candidates GROUP BY text_key
    ) AS distinct_texts USING (id)
    ORDER BY distance, id LIMIT %(limit)s
"""
_QUOTES = f"SELECT {_QUOTED} FROM customer_feedback WHERE record_id IN %(record_ids)s"
_FAILED = f"""
    SELECT {_QUOTED} FROM customer_feedback WHERE execution_id = %(execution_id)s AND status = 'failed'
    ORDER BY id LIMIT %(limit)s
"""
_FAILED_REASONS = """
    SELECT COALESCE(failure_reason, '') AS reason, COUNT(*) AS `rows` FROM customer_feedback
    WHERE execution_id = %(execution_id)s AND status = 'failed'
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s
"""
_REJECTED_REASONS = """
    SELECT reason, COUNT(*) AS `rows` FROM rejected_row WHERE execution_id = %(execution_id)s
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s
"""
_REJECTED = f"""
    SELECT position, reason, LEFT(raw, {QUOTE_LENGTH}) AS raw, CHAR_LENGTH(raw) > {QUOTE_LENGTH} AS cut
    FROM rejected_row WHERE execution_id = %(execution_id)s
    ORDER BY CHAR_LENGTH(position), position LIMIT %(limit)s
"""
_FOUND = """
    SELECT name, description, status, COALESCE(examples, '[]') AS examples FROM customer_feedback_category
    WHERE profile = %(profile)s AND execution_id = %(execution_id)s AND origin = 'discovered'
        AND status <> 'retired'
    ORDER BY id
"""
_SEARCHED = "SELECT pool, left_out FROM discovery WHERE execution_id = %(execution_id)s"
_ANSWERING = f"""
    SELECT model_id, prompt_version, taxonomy_version, corrections_version, COUNT(*) AS `rows`
    FROM customer_feedback WHERE {_ROWS} GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 20
"""
_BY_PEOPLE = f"""
    SELECT COUNT(label_post_processing) AS relabelled, COUNT(label_correction) AS corrected
    FROM customer_feedback WHERE {_ROWS}
"""


def by_label(tx: Transaction, execution_id: ExecutionId) -> list[LabelCount]:
    """Rows by final label and sentiment."""
    return _many(tx, LabelCount, _BY_LABEL, {"execution_id": execution_id})


def span(tx: Transaction, execution_id: ExecutionId) -> Span:
    """From when to when the rows are dated."""
    return _many(tx, Span, _SPAN, {"execution_id": execution_id})[0]


def by_time(tx: Transaction, execution_id: ExecutionId, period: Period) -> list[TimeCount]:
    """Dated rows by period and sentiment, in the order of time; a period without rows is left out."""
    query = _BY_TIME.format(start=_STARTS[period], key="sentiment", among="")
    return _many(tx, TimeCount, query, {"execution_id": execution_id})


def labels_by_time(
    tx: Transaction, execution_id: ExecutionId, period: Period, labels: Collection[str]
) -> list[TimeCount]:
    """Dated rows of these labels by period and label, in the order of time."""
    if not labels:
        return []
    query = _BY_TIME.format(start=_STARTS[period], key="label_final", among="AND label_final IN %(labels)s")
    return _many(tx, TimeCount, query, {"execution_id": execution_id, "labels": list(labels)})


def by_stars(tx: Transaction, execution_id: ExecutionId) -> list[StarsCount]:
    """Rows by stars and sentiment; None is a row without stars."""
    return _many(tx, StarsCount, _BY_STARS, {"execution_id": execution_id})


def by_product(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[ProductCount]:
    """The products with the most rows."""
    return _many(tx, ProductCount, _BY_PRODUCT, {"execution_id": execution_id, "limit": limit})


def examples(
    tx: Transaction, execution_id: ExecutionId, profile: Profile, wanted: Mapping[str, int], length: int = 160
) -> list[Quote]:
    """A few rows of some final labels, no text twice, those nearest to `length` characters first.

    Args:
        wanted: how many of each label.
    """
    tx.execute(_ID_RANGE, {"execution_id": execution_id})
    arguments = {"execution_id": execution_id, "profile": profile, "length": length, **(tx.fetchone() or {})}
    found = []
    for label, limit in wanted.items():
        found += _many(tx, Quote, _EXAMPLES, arguments | {"label": label, "limit": limit})
    return found


def quotes(tx: Transaction, record_ids: Collection[RecordId]) -> list[Quote]:
    """These rows, of whatever execution."""
    return _many(tx, Quote, _QUOTES, {"record_ids": list(record_ids)}) if record_ids else []


def failed(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[Quote]:
    """The first failed rows."""
    return _many(tx, Quote, _FAILED, {"execution_id": execution_id, "limit": limit})


def failed_reasons(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[ReasonCount]:
    """Why rows failed, the commonest reason first."""
    return _many(tx, ReasonCount, _FAILED_REASONS, {"execution_id": execution_id, "limit": limit})


def rejected_reasons(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[ReasonCount]:
    """Why rows were rejected, the commonest reason first."""
    return _many(tx, ReasonCount, _REJECTED_REASONS, {"execution_id": execution_id, "limit": limit})


def rejected(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[RejectedQuote]:
    """The first rejected rows."""
    return _many(tx, RejectedQuote, _REJECTED, {"execution_id": execution_id, "limit": limit})


def found_categories(tx: Transaction, execution_id: ExecutionId, profile: Profile) -> list[FoundCategory]:
    """The categories that this execution's discovery found and that were not retired since."""
    return _many(tx, FoundCategory, _FOUND, {"execution_id": execution_id, "profile": profile})


def searched(tx: Transaction, execution_id: ExecutionId) -> Searched:
    """How many unknown rows this execution's discovery looked at, and how many it left out."""
    return next(iter(_many(tx, Searched, _SEARCHED, {"execution_id": execution_id})), Searched())


def answering(tx: Transaction, execution_id: ExecutionId) -> list[Answering]:
    """Which models and versions labelled the rows, most rows first (at most 20)."""
    return _many(tx, Answering, _ANSWERING, {"execution_id": execution_id})


def by_people(tx: Transaction, execution_id: ExecutionId) -> PeopleCount:
    """How many rows carry a label of discovery's, and how many one of people's."""
    return _many(tx, PeopleCount, _BY_PEOPLE, {"execution_id": execution_id})[0]


def _many(tx: Transaction, model: type[T], query: str, arguments: Mapping[str, Any]) -> list[T]:
    tx.execute(query, arguments)
    return [model.model_validate(row) for row in tx.fetchall()]
