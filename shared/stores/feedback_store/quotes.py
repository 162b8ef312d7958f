"""Rows as a report quotes them, their texts cut."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.contracts.base import FromJson, Tolerant
from shared.contracts.records import ExecutionId, Profile, RecordId
from shared.platform.database import Transaction
from shared.stores.feedback_store.report import GOOD_STARS, POOR_STARS
from shared.stores.feedback_store.rows import ANSWERED
from shared.stores.reading import many
from shared.stores.rejected_store import QUOTE_LENGTH


class Quote(Tolerant):
    """A row as it is quoted; its text may be cut."""

    record_id: RecordId
    row_number: int | None
    label: str | None
    sentiment: str | None
    product_name: str | None
    stars: Decimal | None
    create_date: datetime | None
    title: str | None
    text: str
    cut: bool
    reason: str | None = None
    attributes: FromJson[dict[str, Any] | None] = None


_PARAGRAPH = 160
"""Characters of a text that reads best as an example."""
_QUOTED = f"""
    record_id, `row_number`, label_final AS label, sentiment, product_name, stars, create_date, title,
    LEFT(feedback, {QUOTE_LENGTH}) AS text, CHAR_LENGTH(feedback) > {QUOTE_LENGTH} AS cut,
    failure_reason AS reason, attributes
"""
_ID_RANGE = """
    SELECT MIN(id) AS `first`, MAX(id) AS `last` FROM customer_feedback WHERE execution_id = %(execution_id)s
"""
# From the first 500 rows of a label, which an index finds however large the execution is. A text that many
# sent is quoted once.
_EXAMPLES = f"""
    SELECT {_QUOTED} FROM customer_feedback JOIN (
        SELECT MIN(id) AS id, MIN(distance) AS distance FROM (
            SELECT id, text_key, ABS(CHAR_LENGTH(feedback) - {_PARAGRAPH}) AS distance
            FROM customer_feedback FORCE INDEX (feedback_by_label)
            WHERE profile = %(profile)s AND label_final = %(label)s AND id BETWEEN %(first)s AND %(last)s
                AND {ANSWERED}
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
# Among the first 100,000 rows, which an index finds however large the execution is.
_CONTRADICTORY = f"""
    SELECT {_QUOTED} FROM customer_feedback JOIN (
        SELECT id FROM customer_feedback FORCE INDEX (feedback_by_row) WHERE execution_id = %(execution_id)s
        ORDER BY `row_number` LIMIT 100000
    ) AS candidates USING (id)
    WHERE {ANSWERED} AND (stars >= {GOOD_STARS} AND sentiment = 'negative'
        OR stars <= {POOR_STARS} AND sentiment = 'positive')
    ORDER BY ABS(stars - 3) DESC, id LIMIT %(limit)s
"""


def examples(
    tx: Transaction, execution_id: ExecutionId, profile: Profile, wanted: Mapping[str, int]
) -> list[Quote]:
    """A few rows of some final labels, no text twice, those of about a paragraph first.

    Args:
        wanted: how many of each label.
    """
    tx.execute(_ID_RANGE, {"execution_id": execution_id})
    arguments = {"execution_id": execution_id, "profile": profile, **(tx.fetchone() or {})}
    found = []
    for label, limit in wanted.items():
        found += many(tx, Quote, _EXAMPLES, arguments | {"label": label, "limit": limit})
    return found


def of_records(tx: Transaction, record_ids: Collection[RecordId]) -> list[Quote]:
    """These rows, whichever their executions."""
    return many(tx, Quote, _QUOTES, {"record_ids": list(record_ids)}) if record_ids else []


def failed(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[Quote]:
    """The first failed rows."""
    return many(tx, Quote, _FAILED, {"execution_id": execution_id, "limit": limit})


def contradictory(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[Quote]:
    """Rows whose stars praise and whose words complain, or the reverse, the plainest first."""
    return many(tx, Quote, _CONTRADICTORY, {"execution_id": execution_id, "limit": limit})
