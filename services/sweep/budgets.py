"""Decides whether rows that were parked for a budget may be released. No I/O."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from shared.model.budgets import Limits
from shared.stores.budget_store import BudgetNotice

_ROOM = Decimal("0.95")
"""In a later month, a part of the unchanged monthly limit: above it the limit counts as reached."""


def may_go_on(limits: Limits, reached: Sequence[BudgetNotice], month_cost: Decimal, now: datetime) -> bool:
    """Whether each budget that the execution reached was raised since, or was that of an earlier month.

    It compares limits, not costs: a batch is parked when its estimated cost would exceed the budget, so
    a little of the budget is left, and rows released for it would be parked again each minute.

    Args:
        limits: today's budgets in US dollars.
        reached: the budgets that the execution reached.
        month_cost: this month's cost so far, in US dollars.
        now: UTC, without a zone, as the database's times are.
    """
    return not any(_still_holds(limits, each, month_cost, now) for each in reached)


def _still_holds(limits: Limits, reached: BudgetNotice, month_cost: Decimal, now: datetime) -> bool:
    limit = limits.execution if reached.budget == "execution" else limits.month
    if not limit or limit > reached.limit_usd:
        return False
    if reached.budget == "execution":
        return True
    same_month = (reached.created_time.year, reached.created_time.month) == (now.year, now.month)
    return same_month or month_cost > limit * _ROOM
