"""Table `budget_notice`: which budgets were found to be reached. Classify writes, the sweeper reads."""

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
# Each calendar month (UTC) is a budget of its own: what was told in an earlier one is told again.
_CLAIM = """
    INSERT INTO budget_notice (execution_id, budget, limit_usd)
    VALUES (%(execution_id)s, %(budget)s, %(limit)s)
    ON DUPLICATE KEY UPDATE created_time = IF(
        budget_notice.budget = 'month'
            AND budget_notice.created_time < DATE_FORMAT(UTC_DATE(), '%%Y-%%m-01'),
        NOW(3), budget_notice.created_time)
"""


class BudgetNotice(Contract):
    """An execution reached a budget, and people were told so."""

    budget: Literal["execution", "month"]
    limit_usd: Decimal
    created_time: datetime


def notices(tx: Transaction, execution_id: ExecutionId) -> list[BudgetNotice]:
    """The budgets that this execution has reached so far."""
    return many(tx, BudgetNotice, _NOTICES, {"execution_id": execution_id})


def claim(tx: Transaction, execution_id: ExecutionId, budget: str, limit: Decimal) -> bool:
    """Writes down that this execution reached this limit; False if that was known, and people told.

    A monthly limit is reached, and told, once in each month.
    """
    return tx.execute(_CLAIM, {"execution_id": execution_id, "budget": budget, "limit": limit}) > 0
