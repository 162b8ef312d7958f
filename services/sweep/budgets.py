"""Whether an execution that was parked for a budget may go on. Pure: the figures arrive as arguments."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from shared.model.budgets import Limits
from shared.stores.budget_store import BudgetNotice

_ROOM = Decimal("0.95")
"""In a new month the limit is the old one: a month spent to more than this part is as good as reached."""


def may_go_on(limits: Limits, reached: Sequence[BudgetNotice], month_cost: Decimal, now: datetime) -> bool:
    """Whether each budget that was reached has been raised since, or is a past month's.

    Comparing limits, not costs: a batch is parked when its own cost would exceed the budget, so a little
    is always left, and would be tried in vain each minute.

    Args:
        limits: today's.
        reached: what the execution ran into.
        month_cost: US dollars that this month has cost so far.
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
