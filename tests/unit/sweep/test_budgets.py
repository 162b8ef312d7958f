from datetime import datetime
from decimal import Decimal
from typing import Literal

import pytest

from services.sweep.budgets import may_go_on
from shared.model.budgets import Limits
from shared.stores.budget_store import BudgetNotice

NOW = datetime.fromisoformat("2026-11-22 10:00")
LAST_MONTH = datetime.fromisoformat("2026-10-31 23:00")
LAST_YEAR = datetime.fromisoformat("2025-11-22 10:00")


def reached(budget: Literal["execution", "month"], limit: str, created_time: datetime = NOW) -> BudgetNotice:
    return BudgetNotice(budget=budget, limit_usd=Decimal(limit), created_time=created_time)


def limits(execution: str = "0", month: str = "0") -> Limits:
    return Limits(Decimal(execution), Decimal(month))


@pytest.mark.parametrize(
    "today, goes_on",
    [(limits("5"), False), (limits("4"), False), (limits("5.01"), True), (limits("0"), True)],
    ids=["the same", "lowered", "raised", "lifted"],
)
def test_an_execution_goes_on_when_the_limit_it_ran_into_was_raised(today: Limits, goes_on: bool) -> None:
    assert may_go_on(today, [reached("execution", "5")], Decimal("4.9"), NOW) is goes_on


def test_the_highest_limit_that_was_reached_counts() -> None:
    both = [reached("execution", "5"), reached("execution", "8")]

    assert not may_go_on(limits("8"), both, Decimal(0), NOW)
    assert may_go_on(limits("9"), both, Decimal(0), NOW)


def test_both_budgets_must_allow_it() -> None:
    both = [reached("execution", "5"), reached("month", "50")]

    assert not may_go_on(limits("6", "50"), both, Decimal(0), NOW)
    assert not may_go_on(limits("5", "60"), both, Decimal(0), NOW)
    assert may_go_on(limits("6", "60"), both, Decimal(0), NOW)


def test_a_months_budget_ends_with_the_month() -> None:
    before = [reached("month", "50", LAST_MONTH)]

    assert may_go_on(limits(month="50"), before, Decimal(0), NOW)


def test_a_new_month_that_is_as_good_as_spent_is_not_tried_each_minute() -> None:
    before = [reached("month", "50", LAST_MONTH)]

    assert may_go_on(limits(month="50"), before, Decimal("47.5"), NOW)
    assert not may_go_on(limits(month="50"), before, Decimal("47.6"), NOW)


def test_an_executions_budget_does_not_end_with_the_month() -> None:
    assert not may_go_on(limits("5"), [reached("execution", "5", LAST_MONTH)], Decimal(0), NOW)


def test_the_same_month_of_another_year_is_another_month() -> None:
    assert may_go_on(limits(month="50"), [reached("month", "50", LAST_YEAR)], Decimal(0), NOW)
