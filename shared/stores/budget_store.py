"""Table `budget_notice`: budgets that executions have reached. Classify writes it, the sweeper reads it."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from shared.contracts.base import Contract
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores.reading import many

_NOTICES = """
    SELECT budget, limit_usd, created_time FROM budget_notice WHERE execution_id = %(execution_id)s
"""
# Each calendar month (UTC) has its own budget: a notice of an earlier month is renewed.
_CLAIM = """
    INSERT INTO budget_notice (execution_id, budget, limit_usd)
    VALUES (%(execution_id)s, %(budget)s, %(limit)s)
    ON DUPLICATE KEY UPDATE created_time = IF(
        budget_notice.budget = 'month'
            AND budget_notice.created_time < DATE_FORMAT(UTC_DATE(), '%%Y-%%m-01'),
        NOW(3), budget_notice.created_time)
"""


class BudgetNotice(Contract):
    """A row of table `budget_notice`: an execution reached a budget, and people were notified."""

    budget: Literal["execution", "month"]
    limit_usd: Decimal
    created_time: datetime


def notices(tx: Transaction, execution_id: ExecutionId) -> list[BudgetNotice]:
    """The budgets that this execution has reached so far."""
    return many(tx, BudgetNotice, _NOTICES, {"execution_id": execution_id})


def claim(tx: Transaction, execution_id: ExecutionId, budget: str, limit: Decimal) -> bool:
    """Records that this execution reached this limit; False if it was recorded, and people notified, before.

    A monthly limit is recorded once in each calendar month (UTC).
    """
    return tx.execute(_CLAIM, {"execution_id": execution_id, "budget": budget, "limit": limit}) > 0
