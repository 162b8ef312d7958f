"""Table `rejected_row`: rows of files, and messages, that are no feedback."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import StringConstraints

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import many, page, value

_REASON_LENGTH = 1000
QUOTE_LENGTH = 400
"""Characters of a row's text that a report quotes, at most."""


class RejectedRow(Contract):
    """A row of a file, or a message, that is no feedback."""

    execution_id: ExecutionId
    position: Annotated[str, StringConstraints(max_length=64)]
    reason: str
    raw: str


class RejectedQuote(Contract):
    """A rejected row as it came, cut."""

    position: str
    reason: str
    raw: str
    cut: bool


class ReasonCount(Contract):
    """How many rows failed, or were rejected, for one reason."""

    reason: str
    rows: int


# Ordered by the length of the positions first, so that row 10 follows row 9; within a length the primary key
# gives the order.
_REJECTED_AFTER = """
    SELECT {columns} FROM rejected_row
    WHERE execution_id = %(execution_id)s AND CHAR_LENGTH(position) = %(length)s AND position > %(after)s
    ORDER BY position LIMIT %(limit)s
"""
_SIZE = "OCTET_LENGTH(raw) + 4000"
_REJECTED_LENGTH = """
    SELECT MIN(CHAR_LENGTH(position)) AS length FROM rejected_row
    WHERE execution_id = %(execution_id)s AND CHAR_LENGTH(position) > %(length)s
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


def reject(tx: Transaction, rows: Sequence[RejectedRow]) -> int:
    """Records rows that are no feedback; returns how many were not recorded before."""
    columns = [row.model_dump() | {"reason": row.reason[:_REASON_LENGTH]} for row in rows]
    return insert(tx, "rejected_row", columns, once=True)


def rejected_after(
    tx: Transaction, execution_id: ExecutionId, after: str, size: int = 500
) -> list[RejectedRow]:
    """A page of rejected rows in the order of position, after position `after` (`""`: the first page)."""
    arguments: dict[str, Any] = {"execution_id": execution_id, "limit": size}
    arguments |= {"length": len(after), "after": after}
    while True:
        rows = page(tx, RejectedRow, _REJECTED_AFTER, arguments, _SIZE)
        if rows:
            return rows
        longer = value(tx, _REJECTED_LENGTH, arguments)
        if longer is None:
            return []
        arguments |= {"length": longer, "after": ""}


def rejected_reasons(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[ReasonCount]:
    """Why rows were rejected, the commonest reason first."""
    return many(tx, ReasonCount, _REJECTED_REASONS, {"execution_id": execution_id, "limit": limit})


def rejected(tx: Transaction, execution_id: ExecutionId, limit: int) -> list[RejectedQuote]:
    """The first rejected rows."""
    return many(tx, RejectedQuote, _REJECTED, {"execution_id": execution_id, "limit": limit})
