"""Table `rejected_row`: rows of files, and messages, that are no feedback."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import StringConstraints

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction

_REASON_LENGTH = 1000


class RejectedRow(Contract):
    """A row of a file, or a message, that is no feedback."""

    execution_id: ExecutionId
    position: Annotated[str, StringConstraints(max_length=64)]
    reason: str
    raw: str


_REJECT = """
    INSERT INTO rejected_row (execution_id, position, reason, raw)
    VALUES (%(execution_id)s, %(position)s, %(reason)s, %(raw)s)
    ON DUPLICATE KEY UPDATE position = rejected_row.position
"""
_REJECTED = """
    SELECT execution_id, position, reason, raw FROM rejected_row
    WHERE execution_id = %(execution_id)s
    ORDER BY CHAR_LENGTH(position), position LIMIT %(limit)s OFFSET %(offset)s
"""
# By the length of the positions first, so that row 10 follows row 9: each length walks the primary key.
_REJECTED_AFTER = """
    SELECT execution_id, position, reason, raw FROM rejected_row
    WHERE execution_id = %(execution_id)s AND CHAR_LENGTH(position) = %(length)s AND position > %(after)s
    ORDER BY position LIMIT %(limit)s
"""
_REJECTED_LENGTH = """
    SELECT MIN(CHAR_LENGTH(position)) AS length FROM rejected_row
    WHERE execution_id = %(execution_id)s AND CHAR_LENGTH(position) > %(length)s
"""


def reject(tx: Transaction, rows: Sequence[RejectedRow]) -> int:
    """Records rows that are no feedback; returns how many were not recorded before."""
    columns = [row.model_dump() | {"reason": row.reason[:_REASON_LENGTH]} for row in rows]
    return (tx.executemany(_REJECT, columns) or 0) if columns else 0


def rejected_pages(
    tx: Transaction, execution_id: ExecutionId, size: int = 1000
) -> Iterator[list[RejectedRow]]:
    """The execution's rejected rows in the order of their positions, page by page."""
    offset = 0
    while True:
        tx.execute(_REJECTED, {"execution_id": execution_id, "limit": size, "offset": offset})
        page = [RejectedRow.model_validate(row) for row in tx.fetchall()]
        if not page:
            return
        yield page
        offset += len(page)


def rejected_after(
    tx: Transaction, execution_id: ExecutionId, after: str, size: int = 500
) -> list[RejectedRow]:
    """The next page of rejected rows behind position `after` (`""`: the first), in order of position.

    For readers that spread over several transactions.
    """
    arguments: dict[str, Any] = {
        "execution_id": execution_id,
        "length": len(after),
        "after": after,
        "limit": size,
    }
    while True:
        tx.execute(_REJECTED_AFTER, arguments)
        page = [RejectedRow.model_validate(row) for row in tx.fetchall()]
        if page:
            return page
        tx.execute(_REJECTED_LENGTH, arguments)
        longer = tx.fetchone()
        if longer is None or longer["length"] is None:
            return []
        arguments |= {"length": longer["length"], "after": ""}
