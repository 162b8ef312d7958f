from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.classify.budget import notice
from services.notify.mail import writing
from shared.contracts.execution import Execution, ExecutionStatus
from shared.model.budgets import Exceeded, Limits, exceeded


def dollars(amount: str) -> Decimal:
    return Decimal(amount)


@pytest.mark.parametrize(
    "spent, month, planned, budget",
    [
        ("0", "0", "1", None),
        ("0.5", "0", "0.5", None),
        ("0.5", "0", "0.51", "execution"),
        ("0", "9.5", "0.5", None),
        ("0", "9.5", "0.51", "month"),
        ("0.9", "9.9", "0.2", "execution"),
    ],
)
def test_a_batch_is_planned_against_both_budgets(
    spent: str, month: str, planned: str, budget: str | None
) -> None:
    limits = Limits(execution=dollars("1"), month=dollars("10"))

    reached = exceeded(limits, dollars(spent), dollars(month), dollars(planned))

    assert (reached.budget if reached else None) == budget


def test_a_budget_of_zero_is_no_limit() -> None:
    assert exceeded(Limits(), dollars("999"), dollars("999"), dollars("999")) is None


def execution(**fields: object) -> Execution:
    now = datetime(2026, 5, 4, tzinfo=UTC)
    return Execution.model_validate(
        {
            "execution_id": "reviews-0123456789abcdef",
            "kind": "file",
            "profile": "feedback",
            "status": ExecutionStatus.CLASSIFYING,
            "execution_key": "k",
            "started_at": now,
            "last_progress_at": now,
            "ingested_at": now,
            **fields,
        }
    )


def test_people_read_what_is_done_what_remains_and_what_it_would_cost() -> None:
    stopped = execution(accepted=1000, labelled=200, unknown=50, parked=20, estimated_cost=dollars("0.5"))

    said = writing.notice(notice(stopped, Exceeded("execution", dollars("0.500000")), price=dollars("9")))

    assert "ExecutionBudgetUSD is 0.5 US dollars" in said.text
    assert "Done: 250 records for an estimated 0.5000 US dollars" in said.text
    assert "Remaining: 750 records; they would cost about 1.5000" in said.text
    assert len(said.subject) <= 100


def test_before_anything_is_done_the_price_is_the_estimate() -> None:
    stopped = execution(accepted=10, ingested_at=None)

    said = writing.notice(notice(stopped, Exceeded("month", dollars("1")), price=dollars("0.01")))

    assert "MonthlyBudgetUSD" in said.text
    assert (
        "Remaining: 10 records so far, its file is still being read; they would cost about 0.1000"
        in said.text
    )


def test_a_budget_that_would_be_exceeded_is_told_with_its_limit() -> None:
    limits = Limits(execution=dollars("1"), month=dollars("10"))

    assert exceeded(limits, dollars("1"), dollars("1"), dollars("1")) == Exceeded("execution", dollars("1"))
    assert exceeded(limits, dollars("0"), dollars("10"), dollars("1")) == Exceeded("month", dollars("10"))
